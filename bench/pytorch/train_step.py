"""One step of hybrid adversarial training: attack, then one update from clean and adversarial images together.

loss = 0.5 CE(clean) + 0.5 CE(adv). `dual-bn` lets each half through its own branch; `hybrid` lets one concatenated
batch [adv; clean] through a plain network, so that the statistics are the mixture's.
"""
import torch
from torch.nn import functional as F

from attack import pgd, training_start
from networks import use_branch


def dual_bn_loss(model, clean, adversarial, labels):
    use_branch(model, "clean")
    loss_clean = F.cross_entropy(model(clean), labels)
    use_branch(model, "adv")
    loss_adversarial = F.cross_entropy(model(adversarial), labels)
    return 0.5 * loss_clean + 0.5 * loss_adversarial


def hybrid_loss(model, clean, adversarial, labels):
    return F.cross_entropy(model(torch.cat([adversarial, clean])), torch.cat([labels, labels]))


def madry_loss(model, clean, adversarial, labels):
    return F.cross_entropy(model(adversarial), labels)


LOSSES = {"dual-bn": dual_bn_loss, "hybrid": hybrid_loss, "madry": madry_loss}


def make_optimizer(model, rate=0.1):
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)


def train_step(model, optimizer, images, labels, *, regime="dual-bn", attack=None):
    """Attack through BN_adv in evaluation mode, then one update; returns the loss."""
    use_branch(model, "adv")
    adversarial = pgd(model, images, labels, **{"start": training_start(images), **(attack or {})})
    model.train()
    loss = LOSSES[regime](model, images, adversarial, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()
