"""The PyTorch side of parity.test.ts: python3 parity.py FOLDER...

For each folder, loads the state that our side wrote (case.json, inputs.safetensors) and computes the same quantities into
results.safetensors: for each cell of NS x AP the logits and the gradient of the images, the iterates of PGD, and
everything that training steps move. Many folders at once, because importing PyTorch takes longer than a case.
"""
import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "pytorch"))
import safetensors_io  # noqa: E402
from attack import attack_mode, input_gradient, pgd_iterates  # noqa: E402
from networks import make_network  # noqa: E402
from normalization import BRANCHES  # noqa: E402
from train_step import NEEDS, make_optimizer, train_step  # noqa: E402


def cell_state(state, cell):
    """The state of a plain network: one branch's statistics, one's affine parameters."""
    picked = {}
    for name, tensor in state.items():
        kind = "statistics" if name.endswith(("running_mean", "running_var")) else "affine"
        branches = [branch for branch in BRANCHES if f".{branch}." in name]
        if branches in ([], [cell[kind]]):
            picked[name.replace(f".{cell[kind]}.", ".")] = tensor
    return picked


def run_case(folder):
    case = json.loads((folder / "case.json").read_text())
    torch.set_default_dtype(getattr(torch, case["dtype"]))
    given = {name: torch.tensor(array, dtype=torch.get_default_dtype())
             for name, array in safetensors_io.read(folder / "inputs.safetensors").items()}
    images = given.pop("input.images")
    labels = given.pop("input.labels").long()
    attack = {**case["attack"], "start": (images + given.pop("input.start")).clamp(0, 1)}
    results = {}

    for cell in case["cells"]:
        model = make_network(case["network"], **case["options"])
        model.load_state_dict(cell_state(given, cell))
        key = f"{cell['statistics']}.{cell['affine']}"
        with attack_mode(model):
            results[f"logits.{key}"] = model(images)
            results[f"gradient.{key}"] = input_gradient(model, images, labels)
            if cell == case["attacked"]:
                for step, x in enumerate(pgd_iterates(model, images, labels, **attack)):
                    results[f"iterate.{step}"] = x
                    results[f"iterateGradient.{step}"] = input_gradient(model, x, labels)

    if case["trainOnLastIterate"]:
        attack = {**attack, "start": results[f"iterate.{attack['steps']}"], "steps": 0}
    model = make_network(case["network"], NEEDS[case["regime"]], **case["options"])
    model.load_state_dict(given)
    optimizer = make_optimizer(model, case["learningRate"])
    for step in range(case["trainingSteps"]):
        loss = train_step(model, optimizer, images, labels, regime=case["regime"], attack=attack)
        results[f"loss.{step}"] = torch.tensor([loss])
    for name, tensor in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            results[f"state.{name}"] = tensor
    for name, parameter in model.named_parameters():
        # A parameter that the loss does not reach never gets a momentum.
        if "momentum_buffer" in optimizer.state[parameter]:
            results[f"velocity.{name}"] = optimizer.state[parameter]["momentum_buffer"]
    arrays = {name: tensor.detach().numpy() for name, tensor in results.items()}
    safetensors_io.write(folder / "results.safetensors", arrays)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for argument in sys.argv[1:]:
        run_case(pathlib.Path(argument))
