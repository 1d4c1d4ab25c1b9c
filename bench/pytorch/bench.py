"""Times a PGD step and a dual-bn training step with PGD-10 on 32x32 images; prints one JSON document.

    python3 bench.py --network resnet18 --batch 64 --threads 2

The counterpart of `dualbn bench`: the same network, batch, threads and mathematics, written as a careful PyTorch user
writes it: evaluation mode, frozen parameters, the gradient of the images alone (attack.py).

What was tried besides (ResNet-18, batch 64, PyTorch 1.13.1, AVX2): channels-last (--layout) is slower by a fifth;
folding normalizations into the convolutions (torch.fx) makes the attack step 7 % faster, but has to be done again after
every update; backward passes of each half by itself instead of their sum take 330 MB less at the peak.
"""
import argparse
import json
import resource
import statistics
import sys
import time

import torch

from attack import attack_mode, input_gradient, linf_step
from networks import NETWORKS, make_network
from normalization import use_branch
from train_step import make_optimizer, train_step


def milliseconds(run, repeat, finish, clock=time.perf_counter):
    """The median time of `run`, after one that does not count; `finish` waits for what runs on."""
    run()
    finish()
    times = []
    for _ in range(repeat):
        begin = clock()
        run()
        finish()
        times.append(1000 * (clock() - begin))
    return statistics.median(times)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="resnet18", choices=NETWORKS)
    parser.add_argument("--width", type=int, help="channels of the first stage; default the network's own")
    parser.add_argument("--batch", type=int, default=64, help="clean images a step")
    parser.add_argument("--steps", type=int, default=10, help="PGD steps of the training attack")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3, help="timed training steps; attack steps five times as often")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--layout", default="contiguous", choices=["contiguous", "channels-last"])
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    width = {"width": options.width} if options.width else {}
    device = torch.device(options.device)
    finish = torch.cuda.synchronize if options.device == "cuda" else (lambda: None)
    model = make_network(options.network, "dual-bn", **width).to(device, memory_format=layout)
    images = torch.rand(options.batch, 3, 32, 32).contiguous(memory_format=layout).to(device)
    labels = torch.randint(10, (options.batch,)).to(device)
    optimizer = make_optimizer(model, 0.01)
    attack = {"steps": options.steps}

    def attack_step():
        linf_step(images, input_gradient(model, images, labels), images, 8 / 255, 2 / 255)

    use_branch(model, "adv")
    with attack_mode(model):
        attack_ms = milliseconds(attack_step, 5 * options.repeat, finish)
    print("attack step done", file=sys.stderr)
    train_ms = milliseconds(lambda: train_step(model, optimizer, images, labels, attack=attack), options.repeat,
                            finish)
    print(json.dumps({
        "engine": f"pytorch {torch.__version__}",
        "device": torch.cuda.get_device_name() if options.device == "cuda" else "cpu",
        "tf32": options.device == "cuda" and torch.backends.cudnn.allow_tf32,
        "threads": options.threads,
        "network": options.network,
        "batch": options.batch,
        "attackStepMs": attack_ms,
        "trainStepMs": train_ms,
        "peakRssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))


if __name__ == "__main__":
    main()
