"""One training step: attack, then one update from clean and adversarial images together.

loss = 0.5 CE(clean) + 0.5 CE(adv) in every regime with two halves. A regime is a function from the model, both halves
and the labels to the loss; the normalization that it needs is in NEEDS.
"""
import torch
from torch.nn import functional as F

from attack import pgd, training_start
from normalization import use_branch


def standard(model, clean, adversarial, labels):
    return F.cross_entropy(model(clean), labels)


def madry(model, clean, adversarial, labels):
    return F.cross_entropy(model(adversarial), labels)


def concatenated(model, clean, adversarial, labels):
    """One batch [adv; clean], normalized by the statistics of the mixture."""
    use_branch(model, "adv+clean")
    return F.cross_entropy(model(torch.cat([adversarial, clean])), torch.cat([labels, labels]))


def two_passes(model, clean, adversarial, labels):
    """Each half by its own statistics, through its own branch where there are two."""
    use_branch(model, "clean")
    loss_clean = F.cross_entropy(model(clean), labels)
    use_branch(model, "adv")
    loss_adversarial = F.cross_entropy(model(adversarial), labels)
    return 0.5 * loss_clean + 0.5 * loss_adversarial


REGIMES = {
    "standard": standard,
    "madry": madry,
    "hybrid": concatenated,
    "hybrid-two-pass": two_passes,
    "dual-bn": two_passes,
    "dual-ns": two_passes,
    "dual-ap": concatenated,
}
NEEDS = {regime: regime if regime.startswith("dual") else "bn" for regime in REGIMES}


def make_optimizer(model, rate=0.1):
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)


def train_step(model, optimizer, images, labels, *, regime="dual-bn", attack=None):
    """Attack through BN_adv in evaluation mode, then one update; returns the loss. `attack`: options of pgd."""
    adversarial = images
    if regime != "standard":
        use_branch(model, "adv")
        adversarial = pgd(model, images, labels, **{"start": training_start(images), **(attack or {})})
    model.train()
    loss = REGIMES[regime](model, images, adversarial, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()
