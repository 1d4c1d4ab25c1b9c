"""Batch normalization with one or two sets of statistics (NS) and affine parameters (AP).

State-dict names: `bn1.weight` where there is one set, `bn1.adv.weight` where there are two; `running_mean` likewise.
Which branch a dual layer uses is set from outside with `use_branch`.
"""
import torch
from torch import nn

BRANCHES = ("clean", "adv")


class DualBatchNorm2d(nn.Module):
    """NS and AP apart: one BatchNorm2d a branch (AdvProp; Xie et al. 2020)."""

    def __init__(self, channels):
        super().__init__()
        self.clean = nn.BatchNorm2d(channels)
        self.adv = nn.BatchNorm2d(channels)
        self.branch = "clean"

    def forward(self, x):
        return getattr(self, self.branch)(x)


class DualStatistics2d(nn.Module):
    """NS apart, AP shared."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.clean = nn.BatchNorm2d(channels, affine=False)
        self.adv = nn.BatchNorm2d(channels, affine=False)
        self.branch = "clean"

    def forward(self, x):
        return per_channel(getattr(self, self.branch)(x), self.weight, self.bias)


class Affine2d(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return per_channel(x, self.weight, self.bias)


class DualAffine2d(nn.BatchNorm2d):
    """NS shared, AP apart. The branch "adv+clean" stands for a batch whose first half is adversarial."""

    def __init__(self, channels):
        super().__init__(channels, affine=False)
        self.clean = Affine2d(channels)
        self.adv = Affine2d(channels)
        self.branch = "clean"

    def forward(self, x):
        branches = self.branch.split("+")
        parts = super().forward(x).chunk(len(branches))
        return torch.cat([getattr(self, branch)(part) for branch, part in zip(branches, parts)])


def per_channel(x, weight, bias):
    return x * weight[:, None, None] + bias[:, None, None]


def use_branch(model, branch):
    """Let every dual layer of `model` use `branch` from now on; plain networks have none to choose."""
    for module in model.modules():
        if isinstance(module, (DualBatchNorm2d, DualStatistics2d, DualAffine2d)):
            module.branch = branch


NORMALIZATIONS = {
    "bn": nn.BatchNorm2d,
    "dual-bn": DualBatchNorm2d,
    "dual-ns": DualStatistics2d,
    "dual-ap": DualAffine2d,
}
