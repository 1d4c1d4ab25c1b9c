"""The PyTorch side of searches.test.ts: python3 run.py FOLDER...

For each folder, loads the network of one cell and what was drawn on our side (case.json, inputs.safetensors), and writes what
the search of `case["search"]` asked and found into results.safetensors.
"""
import json
import pathlib
import sys

import torch
from torch.nn import functional as F

here = pathlib.Path(__file__).parent
sys.path[:0] = [str(here), str(here.parent), str(here.parent.parent / "pytorch")]
import safetensors_io  # noqa: E402
from apgd import apgd, apgd_l1  # noqa: E402
from common import dlr, stored, targeted_dlr  # noqa: E402
from fab import fab  # noqa: E402
from networks import make_network  # noqa: E402
from parity import cell_state  # noqa: E402
from square import square  # noqa: E402


def run_apgd(model, given, images, labels, case):
    target = given["input.target"].long()
    loss_of = {"ce": lambda z: F.cross_entropy(z, labels, reduction="none"), "dlr": lambda z: dlr(z, labels),
               "targeted": lambda z: targeted_dlr(z, labels, target)}[case["loss"]]

    def ask(x):
        x = x.clone().requires_grad_()
        loss = loss_of(model(x))
        return stored(loss.detach()), stored(torch.autograd.grad(loss.sum(), x)[0])

    options = {"epsilon": case["epsilon"], "steps": case["steps"]}
    start = given["input.start"]
    if case["norm"] == "l1":
        return {"asked": apgd_l1(ask, images, start, **options)}
    return {"asked": apgd(ask, images, start, norm=case["norm"], **options)}


def run_fab(model, given, images, labels, case):
    targets = given["input.target"].long().tolist() if case["targeted"] else [None] * len(labels)
    walks = [list(fab(model, image, label, target, norm=case["norm"], steps=case["steps"]))
             for image, label, target in zip(images, labels.tolist(), targets)]
    reached, kept = (torch.stack([torch.stack([step[at] for step in walk]) for walk in walks]) for at in (0, 1))
    return {"reached": reached, "kept": kept}


def run_square(model, given, images, labels, case):
    draws = given["input.draws"]
    asked = square(model, images, labels, given["input.starts"], draws,
                   norm=case["norm"], epsilon=case["epsilon"], queries=case["steps"])
    return {"asked": asked}


def run_case(folder):
    case = json.loads((folder / "case.json").read_text())
    given = {name: torch.tensor(array, dtype=torch.float64)
             for name, array in safetensors_io.read(folder / "inputs.safetensors").items()}
    model = make_network(case["network"], **case["options"])
    state = {name: tensor for name, tensor in given.items() if not name.startswith("input.")}
    model.load_state_dict(cell_state(state, case["cell"]))
    model.eval().requires_grad_(False)
    search = {"apgd": run_apgd, "fab": run_fab, "square": run_square}[case["search"]]
    results = search(model, given, given["input.images"], given["input.labels"].long(), case)
    arrays = {name: tensor.detach().numpy() for name, tensor in results.items()}
    safetensors_io.write(folder / "results.safetensors", arrays)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    for argument in sys.argv[1:]:
        run_case(pathlib.Path(argument))
