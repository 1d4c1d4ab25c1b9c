"""PyTorch's side of bench/evaluation.mjs: a forward pass and a PGD step in evaluation mode; prints one JSON document."""
import argparse
import json

import torch

from attack import attack_mode, pgd
from bench import milliseconds
from networks import NETWORKS, make_network
from normalization import use_branch


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default="resnet18", choices=NETWORKS)
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = make_network(options.network, "dual-bn")
    use_branch(model, "adv")
    images = torch.rand(options.images, 3, 32, 32)
    labels = torch.arange(options.images) % 10

    def forward():
        with torch.no_grad():
            model(images)

    with attack_mode(model):
        forward_ms = milliseconds(forward, options.repeat)
    attack_ms = milliseconds(lambda: pgd(model, images, labels, start=images, steps=options.steps), options.repeat)
    print(json.dumps({
        "engine": f"pytorch {torch.__version__}",
        "forwardMs": forward_ms,
        "attackStepMs": attack_ms / options.steps,
    }))


if __name__ == "__main__":
    main()
