"""PGD (Madry et al. 2018) in L-infinity and L2, as careful PyTorch code writes it.

Evaluation mode, parameters frozen, and only the gradient of the images asked for: nothing of a weight's gradient is
computed, and no running statistic moves.
"""
import contextlib

import torch
from torch.nn import functional as F


@contextlib.contextmanager
def attack_mode(model):
    """Evaluation mode and frozen parameters for as long as the block lasts."""
    training = model.training
    wanted = [parameter.requires_grad for parameter in model.parameters()]
    model.eval().requires_grad_(False)
    try:
        yield
    finally:
        model.train(training)
        for parameter, requires in zip(model.parameters(), wanted):
            parameter.requires_grad_(requires)


def input_gradient(model, images, labels, loss=F.cross_entropy):
    """d(loss(logits, labels))/d(images), [N, C, H, W]; the mean cross-entropy unless told otherwise."""
    images = images.detach().requires_grad_()
    return torch.autograd.grad(loss(model(images), labels), images)[0]


def length(x):
    """The L2 norm of each example, [N, 1, 1, 1]."""
    return x.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None, None]


def linf_step(x, gradient, images, epsilon, step_size):
    x = x + step_size * gradient.sign()
    return torch.min(torch.max(x, images - epsilon), images + epsilon).clamp(0, 1)


def l2_step(x, gradient, images, epsilon, step_size):
    offset = x + step_size * gradient / length(gradient) - images
    return (images + offset * (epsilon / length(offset)).clamp_max(1)).clamp(0, 1)


STEPS = {"linf": linf_step, "l2": l2_step}


def training_start(images):
    """x + 0.001 N(0, I), clipped (Pang et al. 2021)."""
    return (images + 0.001 * torch.randn_like(images)).clamp(0, 1)


def pgd_iterates(model, images, labels, *, start, epsilon=8 / 255, step_size=2 / 255, steps=10, norm="linf",
                 loss=F.cross_entropy):
    """The start and the image after each step; `model` must be in attack_mode."""
    x = start
    yield x
    for _ in range(steps):
        x = STEPS[norm](x, input_gradient(model, x, labels, loss), images, epsilon, step_size)
        yield x


def pgd(model, images, labels, **options):
    """Adversarial images of [N, C, H, W] in [0, 1]; options as pgd_iterates'."""
    with attack_mode(model):
        for x in pgd_iterates(model, images, labels, **options):
            pass
    return x
