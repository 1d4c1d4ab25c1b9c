"""The original's side of bench/autoattack.mjs: AutoAttack in L-infinity on exported weights; prints one JSON document.

The package `autoattack` comes from the folder that --original names. Whatever it prints goes to standard error.
"""
import argparse
import contextlib
import json
import os
import sys
import time

import torch

import safetensors_io
from networks import NETWORKS, make_network


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--original", required=True)
    parser.add_argument("--folder", required=True, help="with weights.safetensors and examples.safetensors")
    parser.add_argument("--network", required=True, choices=NETWORKS)
    parser.add_argument("--width", type=int)
    parser.add_argument("--epsilon", type=float, required=True)
    parser.add_argument("--attacks", required=True, help="names of the original's, with commas")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=250)
    return parser.parse_args()


def load_model(options, images, classes):
    state = {name: torch.tensor(array)
             for name, array in safetensors_io.read(os.path.join(options.folder, "weights.safetensors")).items()}
    width = {"width": options.width} if options.width else {}
    model = make_network(options.network, channels=images.shape[1], classes=classes(state), **width)
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    return model.eval().requires_grad_(False)


def right(model, images, labels, batch):
    with torch.no_grad():
        return torch.cat([model(x).argmax(1) == y for x, y in zip(images.split(batch), labels.split(batch))])


def main():
    options = arguments()
    sys.path.insert(0, options.original)
    from autoattack import AutoAttack

    torch.set_num_threads(options.threads)
    examples = safetensors_io.read(os.path.join(options.folder, "examples.safetensors"))
    images = torch.tensor(examples["images"])
    labels = torch.tensor(examples["labels"]).long()
    # The head is the one matrix; all other weights are filters.
    model = load_model(options, images, lambda state: next(t.shape[0] for t in state.values() if t.dim() == 2))
    begin = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        clean = right(model, images, labels, options.batch)
        adversary = AutoAttack(model, norm="Linf", eps=options.epsilon, version="custom", seed=0, device="cpu",
                               attacks_to_run=options.attacks.split(","))
        # As its version 'standard' has them.
        adversary.apgd.n_restarts = 1
        adversary.square.n_queries = 5000
        attacked = adversary.run_standard_evaluation(images, labels, bs=options.batch)
        robust = right(model, attacked, labels, options.batch)
    print(json.dumps({
        "engine": f"pytorch {torch.__version__}",
        "seconds": time.perf_counter() - begin,
        "clean": clean.int().tolist(),
        "robust": robust.int().tolist(),
    }))


if __name__ == "__main__":
    main()
