"""One training step: attack, then one update from clean and adversarial images together.

loss = 0.5 CE(clean) + 0.5 CE(adv) in the hybrid regimes. A regime is a function from the model, both halves and the
labels to the loss; the normalization that it needs is in NEEDS.
"""
import torch
from torch.nn import functional as F

from attack import attack_mode, pgd, training_start
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


def each_logits(model, clean, adversarial):
    """The logits of each half by its own statistics, clean first."""
    use_branch(model, "clean")
    logits_clean = model(clean)
    use_branch(model, "adv")
    return logits_clean, model(adversarial)


def madry_beside_clean(model, clean, adversarial, labels):
    """Clean images only move running statistics."""
    _, logits_adversarial = each_logits(model, clean, adversarial)
    return F.cross_entropy(logits_adversarial, labels)


def divergences(reference, logits):
    """KL(p, q) of each example, p of the reference."""
    return F.kl_div(logits.log_softmax(1), reference.softmax(1), reduction="none").sum(1)


def trades(model, clean, adversarial, labels):
    """Zhang et al. 2019."""
    logits_clean, logits_adversarial = each_logits(model, clean, adversarial)
    return F.cross_entropy(logits_clean, labels) + 6 * divergences(logits_clean, logits_adversarial).mean()


def mart(model, clean, adversarial, labels):
    """Wang et al. 2020, without the constants that the authors add inside logarithms."""
    logits_clean, logits_adversarial = each_logits(model, clean, adversarial)
    true = F.one_hot(labels, logits_clean.shape[1]).bool()
    probabilities = logits_adversarial.softmax(1)
    second = probabilities.masked_fill(true, 0).max(1).values
    boosted = F.cross_entropy(logits_adversarial, labels) - (1 - second).log().mean()
    unsure = 1 - logits_clean.softmax(1)[true]
    return boosted + 5 * (divergences(logits_clean, logits_adversarial) * unsure).mean()


REGIMES = {
    "standard": standard,
    "madry": madry,
    "hybrid": concatenated,
    "hybrid-two-pass": two_passes,
    "dual-bn": two_passes,
    "dual-ns": two_passes,
    "dual-ap": concatenated,
    "madry-dual-bn": madry_beside_clean,
    "trades": trades,
    "trades-dual-bn": trades,
    "mart": mart,
}
NEEDS = {regime: regime[regime.index("dual"):] if "dual" in regime else "bn" for regime in REGIMES}


def make_optimizer(model, rate=0.1):
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)


def attack_loss(model, images, regime):
    """What the attack climbs: in TRADES the divergence from the clean images, seen through BN_clean in evaluation mode."""
    if not regime.startswith("trades"):
        return F.cross_entropy
    use_branch(model, "clean")
    with attack_mode(model):
        reference = model(images)
    return lambda logits, _: divergences(reference, logits).mean()


def train_step(model, optimizer, images, labels, *, regime="dual-bn", attack=None):
    """Attack through BN_adv in evaluation mode, then one update; returns the loss. `attack`: options of pgd."""
    adversarial = images
    if regime != "standard":
        options = {"start": training_start(images), "loss": attack_loss(model, images, regime), **(attack or {})}
        use_branch(model, "adv")
        adversarial = pgd(model, images, labels, **options)
    model.train()
    loss = REGIMES[regime](model, images, adversarial, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()
