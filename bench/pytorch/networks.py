"""The networks of src/nn, as a PyTorch user would write them; state-dict names are the same on both sides.

`norm` makes the normalization of so many channels: nn.BatchNorm2d, or one of normalization.py.
"""
from torch import nn
from torch.nn import functional as F

from normalization import NORMALIZATIONS


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inputs, width, stride, norm):
        super().__init__()
        self.conv1 = conv(inputs, width, 3, stride)
        self.bn1 = norm(width)
        self.conv2 = conv(width, width, 3)
        self.bn2 = norm(width)
        self.downsample = projection(inputs, width, stride, norm)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return F.relu(y, inplace=True)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, width, stride, norm):
        super().__init__()
        self.conv1 = conv(inputs, width, 1)
        self.bn1 = norm(width)
        self.conv2 = conv(width, width, 3, stride)
        self.bn2 = norm(width)
        self.conv3 = conv(width, 4 * width, 1)
        self.bn3 = norm(4 * width)
        self.downsample = projection(inputs, 4 * width, stride, norm)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn3(self.conv3(y))
        y += x if self.downsample is None else self.downsample(x)
        return F.relu(y, inplace=True)


def projection(inputs, outputs, stride, norm):
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(conv(inputs, outputs, 1, stride), norm(outputs))


class ResNet(nn.Module):
    """He et al. 2016. The stem of small images is 3x3, stride 1, no max-pool; the large one, and names, are torchvision's."""

    def __init__(self, block, blocks, *, channels=3, classes=10, width=64, stem="small", norm=nn.BatchNorm2d):
        super().__init__()
        large = stem == "large"
        self.conv1 = conv(channels, width, 7, 2) if large else conv(channels, width, 3)
        self.bn1 = norm(width)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1) if large else nn.Identity()
        inputs = width
        self.stages = len(blocks)
        for stage, count in enumerate(blocks):
            layers = []
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                layers.append(block(inputs, width * 2**stage, stride, norm))
                inputs = width * 2**stage * block.expansion
            self.add_module(f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x)), inplace=True))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


class PreActBlock(nn.Module):
    """Normalizes before it convolves (He et al. 2016b); `shortcut` is the name that the code base gives the 1x1 one."""

    def __init__(self, inputs, width, stride, norm, shortcut):
        super().__init__()
        self.bn1 = norm(inputs)
        self.conv1 = conv(inputs, width, 3, stride)
        self.bn2 = norm(width)
        self.conv2 = conv(width, width, 3)
        self.project = None
        if stride != 1 or inputs != width:
            project = conv(inputs, width, 1, stride)
            self.add_module(shortcut, nn.Sequential(project) if shortcut == "shortcut" else project)
            self.project = shortcut

    def forward(self, x):
        h = F.relu(self.bn1(x), inplace=True)
        y = self.conv2(F.relu(self.bn2(self.conv1(h)), inplace=True))
        return y + (x if self.project is None else getattr(self, self.project)(h))


def preact_stage(inputs, width, blocks, stride, norm, shortcut):
    sizes = [(inputs, stride)] + [(width, 1)] * (blocks - 1)
    return nn.Sequential(*(PreActBlock(c, width, s, norm, shortcut) for c, s in sizes))


class PreActResNet18(nn.Module):
    """Names of kuangliu/pytorch-cifar, with the last normalization of Rice et al. 2020."""

    def __init__(self, *, channels=3, classes=10, width=64, norm=nn.BatchNorm2d):
        super().__init__()
        self.conv1 = conv(channels, width, 3)
        self.layer1 = preact_stage(width, width, 2, 1, norm, "shortcut")
        self.layer2 = preact_stage(width, 2 * width, 2, 2, norm, "shortcut")
        self.layer3 = preact_stage(2 * width, 4 * width, 2, 2, norm, "shortcut")
        self.layer4 = preact_stage(4 * width, 8 * width, 2, 2, norm, "shortcut")
        self.bn = norm(8 * width)
        self.linear = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        return self.linear(F.relu(self.bn(x), inplace=True).mean((2, 3)))


class WideStage(nn.Module):
    """Keeps the name `block1.layer.0` of the published code."""

    def __init__(self, *arguments):
        super().__init__()
        self.layer = preact_stage(*arguments, "convShortcut")

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    """Zagoruyko & Komodakis 2016; names of the one that TRADES published. `width` is the first stage's, 160 for -10."""

    def __init__(self, depth, *, channels=3, classes=10, width=160, norm=nn.BatchNorm2d):
        super().__init__()
        blocks = (depth - 4) // 6
        self.conv1 = conv(channels, 16, 3)
        self.block1 = WideStage(16, width, blocks, 1, norm)
        self.block2 = WideStage(width, 2 * width, blocks, 2, norm)
        self.block3 = WideStage(2 * width, 4 * width, blocks, 2, norm)
        self.bn1 = norm(4 * width)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x), inplace=True).mean((2, 3)))


def basic(blocks, width):
    return lambda **options: ResNet(BasicBlock, blocks, **{"width": width, **options})


NETWORKS = {
    "resnet8": basic([1, 1, 1], 16),
    "resnet10": basic([1, 1, 1, 1], 16),
    "resnet20": basic([3, 3, 3], 16),
    "resnet18": basic([2, 2, 2, 2], 64),
    "resnet50": lambda **options: ResNet(Bottleneck, [3, 4, 6, 3], **options),
    "preact-resnet18": PreActResNet18,
    "wrn-28-10": lambda **options: WideResNet(28, **options),
    "wrn-34-10": lambda **options: WideResNet(34, **options),
}


def make_network(name, normalization="bn", **options):
    """Options: channels, classes, width; every network has its own default width."""
    return NETWORKS[name](norm=NORMALIZATIONS[normalization], **options)
