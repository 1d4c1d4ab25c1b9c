"""State dicts as safetensors files, and what networks make of images, for bench/parity/interop.test.ts:

    state_dict.py load NETWORK WIDTH WEIGHTS IMAGES RESULTS    the logits of an exported cell
    state_dict.py make NETWORK WIDTH WEIGHTS IMAGES RESULTS    a network that PyTorch made: its weights, and its logits

WEIGHTS holds a plain state dict, of safetensors or, as its name ends in .pth, of torch.save; images and logits are files of one tensor. A
dash for WIDTH is the network's own. `make` writes the weights in the forms of torch.save, too, beside WEIGHTS.
"""
import sys

import torch

import safetensors_io
from networks import make_network


def randomize(model):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)


def save_forms(model, beside):
    """The same network as people save it."""
    state = model.state_dict()
    saved = {
        "zip": state,
        "whole": model,
        "parallel": {"epoch": 1, "state_dict": torch.nn.DataParallel(model).state_dict(), "acc": torch.tensor(1.0)},
        "double": {"net": {name: tensor.double() for name, tensor in state.items()}},
        "views": {name: tensor.transpose(0, -1).contiguous().transpose(0, -1) for name, tensor in state.items()},
    }
    for form, value in saved.items():
        torch.save(value, f"{beside}.{form}.pth")
    torch.save(state, f"{beside}.legacy.pth", _use_new_zipfile_serialization=False)


def read_state(path):
    if path.endswith(".pth"):
        return torch.load(path, weights_only=True)
    return {name: torch.tensor(array) for name, array in safetensors_io.read(path).items()}


def main(how, network, width, weights, images_path, results):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    images = torch.tensor(safetensors_io.read(images_path)["images"])
    options = {} if width == "-" else {"width": int(width)}
    model = make_network(network, channels=images.shape[1], classes=3, **options)
    if how == "make":
        randomize(model)
        # As torch.save'd dictionaries have them, counters included.
        safetensors_io.write(weights, {name: tensor.numpy() for name, tensor in model.state_dict().items()})
        save_forms(model, weights)
    else:
        state = read_state(weights)
        counters = {name for name in model.state_dict() if name.endswith("num_batches_tracked")}
        missing, unexpected = model.load_state_dict(state, strict=False)
        assert not unexpected and set(missing) <= counters, (missing, unexpected)
    model.eval()
    with torch.no_grad():
        safetensors_io.write(results, {"logits": model(images).numpy()})


if __name__ == "__main__":
    main(*sys.argv[1:])
