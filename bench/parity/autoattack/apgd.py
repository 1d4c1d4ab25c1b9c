"""APGD as AutoAttack runs it (Croce & Hein 2020, 2021), for many examples at once, never left early.

Written from a description of the published program (fra31/auto-attack), not from src/attacks. `ask` gives the loss [N] and its
gradient at images [N, C, H, W]; what is returned is the loss at every point that was asked, [questions, N].
"""
import torch

from common import per_image, project_l1, size_of, stored


def linf_project(clean, x, epsilon):
    return torch.min(torch.max(x, clean - epsilon), clean + epsilon).clamp(0, 1)


def l2_project(clean, x, epsilon):
    """Into the ball, then into [0, 1]: not the nearest point of both."""
    moved = x - clean
    length = per_image(size_of(moved, "l2"))
    return (clean + moved / (length + 1e-12) * length.clamp_max(epsilon)).clamp(0, 1)


PROJECT = {"linf": linf_project, "l2": l2_project}
DIRECTION = {
    "linf": torch.sign,
    "l2": lambda gradient: gradient / (per_image(size_of(gradient, "l2")) + 1e-12),
}


def apgd(ask, clean, start, *, norm, epsilon, steps):
    """L-infinity and L2."""
    project, direction = PROJECT[norm], DIRECTION[norm]
    count = len(clean)
    x = before = start
    loss, gradient = ask(x)
    asked = [loss]
    best_x, best_gradient, best_loss = x.clone(), gradient.clone(), loss.clone()
    size = torch.full((count,), 2 * epsilon)
    history = torch.zeros(steps, count)
    reduced, best_at_check = torch.ones(count, dtype=torch.bool), best_loss.clone()
    period, shorter, shortest = (max(int(share * steps), 1) for share in (0.22, 0.03, 0.06))
    since = 0
    for step in range(steps):
        momentum = x - before
        before = x
        a = 0.75 if step > 0 else 1.0
        z = project(clean, x + per_image(size) * direction(gradient), epsilon)
        x = stored(project(clean, x + a * (z - x) + (1 - a) * momentum, epsilon))
        loss, gradient = ask(x)
        asked.append(loss)
        history[step] = loss
        grew = loss > best_loss
        best_x[grew], best_gradient[grew], best_loss[grew] = x[grew], gradient[grew], loss[grew]
        since += 1
        if since < period:
            continue
        # The index wraps: in the first window the oldest loss is compared with the last row, which is still 0.
        rises = sum((history[step - i] > history[step - i - 1]).long() for i in range(period))
        oscillates = rises <= 0.75 * period
        stuck = ~reduced & (best_at_check >= best_loss)
        reduced = oscillates | stuck
        best_at_check = best_loss.clone()
        size[reduced] /= 2
        x, gradient = x.clone(), gradient.clone()
        x[reduced], gradient[reduced] = best_x[reduced], best_gradient[reduced]
        period, since = max(period - shorter, shortest), 0
    return torch.stack(asked)


def changed(x, clean):
    return (x != clean).flatten(1).sum(1)


def sparse_signs(gradient, share):
    """Signs of the largest gradients, over how many they are; one of them for each image."""
    sizes = gradient.abs().flatten(1)
    dimensions = sizes.shape[1]
    rank = ((1 - share) * dimensions).clamp(0, dimensions - 1).floor().long()
    least = sizes.sort(dim=1).values.gather(1, rank[:, None])
    signs = gradient.sign() * (sizes >= least).view_as(gradient)
    return signs / (per_image(signs.abs().flatten(1).sum(1)) + 1e-10)


def apgd_l1_stage(ask, clean, start, epsilon, steps, asked):
    """Returns the points of the best loss."""
    dimensions = clean[0].numel()
    x = start
    loss, gradient = ask(x)
    asked.append(loss)
    best_x, best_gradient, best_loss = x.clone(), gradient.clone(), loss.clone()
    size = torch.full((len(clean),), float(epsilon))
    # The published program computes shares in float32, and floors what comes of them.
    share_of = lambda count: (count.float() / dimensions) / 1.5
    count_before = changed(x, clean)
    share = share_of(count_before)
    period = max(int(0.04 * steps), 1)
    for step in range(steps):
        moved = x - clean + per_image(size) * sparse_signs(gradient, share)
        x = stored(clean + project_l1(clean, moved, epsilon))
        loss, gradient = ask(x)
        asked.append(loss)
        grew = loss > best_loss
        best_x[grew], best_gradient[grew], best_loss[grew] = x[grew], gradient[grew], loss[grew]
        if (step + 1) % period:
            continue
        count = changed(best_x, clean)
        sparser = count / count_before < 0.95
        size = torch.where(sparser, torch.full_like(size, epsilon), size / 1.5).clamp(epsilon / 10, epsilon)
        share, count_before = share_of(count), count
        x, gradient = x.clone(), gradient.clone()
        x[sparser], gradient[sparser] = best_x[sparser], best_gradient[sparser]
    return best_x


def apgd_l1(ask, clean, start, *, epsilon, steps):
    """From the start in the largest ball, through 3, 2 and 1 epsilon."""
    first = -(-3 * steps // 10)
    asked, x = [], start
    for factor, count in ((3, first), (2, first), (1, steps - 2 * first)):
        if asked:
            x = stored(clean + project_l1(clean, x - clean, factor * epsilon))
        x = apgd_l1_stage(ask, clean, x, factor * epsilon, count, asked)
    return torch.stack(asked)
