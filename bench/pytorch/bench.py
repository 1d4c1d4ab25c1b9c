"""Times an attack step and a dual-bn training step with PGD-10; prints one JSON document.

    python3 bench.py --network resnet18 --batch 64 --threads 2
"""
import argparse
import json
import resource
import statistics
import time

import torch

from attack import attack_mode, input_gradient, linf_step
from networks import NETWORKS, make_network
from normalization import use_branch
from train_step import make_optimizer, train_step


def milliseconds(run, repeats):
    """The median time of `run`, after one that does not count."""
    run()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="resnet18", choices=NETWORKS)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5, help="timed attack steps")
    parser.add_argument("--train-repeats", type=int, default=1, help="timed training steps")
    parser.add_argument("--format", default="contiguous", choices=["contiguous", "channels-last"])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if options.format == "channels-last" else torch.contiguous_format

    model = make_network(options.network, "dual-bn").to(memory_format=layout)
    images = torch.rand(options.batch, 3, 32, 32).contiguous(memory_format=layout)
    labels = torch.randint(10, (options.batch,))
    optimizer = make_optimizer(model)

    def attack_step():
        linf_step(images, input_gradient(model, images, labels), images, 8 / 255, 2 / 255)

    use_branch(model, "adv")
    with attack_mode(model):
        attack_ms = milliseconds(attack_step, options.repeats)
    train_ms = milliseconds(lambda: train_step(model, optimizer, images, labels), options.train_repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"engine": f"pytorch {torch.__version__}", "threads": options.threads}
    result |= {"network": options.network, "batch": options.batch}
    result |= {"attackStepMs": round(attack_ms, 1), "trainStepMs": round(train_ms, 1)}
    print(json.dumps(result | {"peakRssMb": round(peak)}))


if __name__ == "__main__":
    main()
