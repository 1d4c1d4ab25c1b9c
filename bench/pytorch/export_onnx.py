"""Writes src/onnx/read/testing/*.onnx, what PyTorch makes of two small classifiers, each with images and logits beside it:

    /usr/bin/python3 bench/pytorch/export_onnx.py src/onnx/read/testing

resnet8.onnx takes any number of images; lenet.onnx, written for two, has what is met in older code: normalization of the
input, max pooling, a view by numbers, dropout and a softmax. Made with Debian's PyTorch 1.13.
"""
import pathlib
import sys

import torch
from torch import nn

import safetensors_io
from networks import make_network


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.2, 0.3, 0.25]).view(1, 3, 1, 1))
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 4, 3, groups=2)
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout()
        self.bn = nn.BatchNorm1d(4)
        self.fc1 = nn.Linear(4, 4)
        self.fc2 = nn.Linear(4, 5)

    def forward(self, x):
        x = (x - self.mean) / self.deviation
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(nn.functional.leaky_relu(self.conv2(x)))
        x = self.bn(self.fc1(x.view(x.size(0), 4)))
        return torch.softmax(self.fc2(self.dropout(torch.sigmoid(x))), 1)


def randomize(model):
    """Statistics and affine parameters as no training leaves them, so that none is mistaken for another."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_()


def export(folder, name, model, **options):
    randomize(model.eval())
    images = torch.rand(2, 3, 8, 8)
    torch.onnx.export(model, images, folder / f"{name}.onnx", input_names=["images"], output_names=["logits"], **options)
    with torch.no_grad():
        safetensors_io.write(folder / f"{name}.safetensors", {"images": images.numpy(), "logits": model(images).numpy()})


if __name__ == "__main__":
    torch.manual_seed(0)
    into = pathlib.Path(sys.argv[1])
    free = {"images": {0: "batch"}, "logits": {0: "batch"}}
    export(into, "resnet8", make_network("resnet8", width=2, classes=5), dynamic_axes=free)
    export(into, "lenet", LeNet())
