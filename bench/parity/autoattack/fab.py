"""FAB and FAB-T as AutoAttack runs them (Croce & Hein 2020, arXiv 1907.02044), from the clean image, example by example.

Written from a description of the published program (fra31/auto-attack), not from src/attacks. Projections are by sorting.
"""
import torch

from common import stored


def common_length(weight, speed, room, wanted):
    """The smallest l with sum weight min(l speed, room) = wanted; infinite if there is none. All of positive weight."""
    order = (room / speed).sort().indices
    weight, speed, room = weight[order], speed[order], room[order]
    arrived = torch.cat([torch.zeros(1), (weight * room).cumsum(0)])
    slopes = (weight * speed).flip(0).cumsum(0).flip(0)
    for at in range(len(order)):
        length = (wanted - arrived[at]) / slopes[at]
        if length <= room[at] / speed[at]:
            return length
    return torch.tensor(float("inf"))


def shortest_way(norm, v, w, c):
    """d of the least |d| with c + <w, d> = 0 and v + d in [0, 1]; to the faces where no d suffices. All flat."""
    side = -1.0 if c < 0 else 1.0
    w, c = side * w, side * c
    room = torch.where(w > 0, v, 1 - v)
    weight = w.abs()
    d = torch.zeros_like(v)
    if norm == "l1":
        left = c.clone()
        for i in weight.sort(descending=True, stable=True).indices:
            if weight[i] == 0 or left <= 0:
                break
            d[i] = torch.min(room[i], left / weight[i])
            left = left - weight[i] * d[i]
    else:
        moves = weight > 0 if norm == "linf" else weight >= 1e-8
        if moves.any():
            speed = torch.ones_like(weight) if norm == "linf" else weight
            length = common_length(weight[moves], speed[moves], room[moves], c)
            d[moves] = torch.min(length * speed[moves], room[moves])
    return -w.sign() * d


SIZE = {"linf": lambda d: d.abs().max(), "l2": lambda d: d.square().sum().sqrt(), "l1": lambda d: d.abs().sum()}
DUAL = {"linf": SIZE["l1"], "l2": SIZE["l2"], "l1": SIZE["linf"]}


def fab(logits_at, image, label, target, *, norm, steps):
    """Towards `target`; towards whichever class is nearest at each step if it is None.

    Yields, of each step, the image that it leads to; and the one from which the next goes on, 0.9 of the way if it is misclassified.
    """
    shape, clean = image.shape, image.flatten()

    def linear(x):
        x = x.clone().requires_grad_()
        z = logits_at(x.view(1, *shape))[0]
        classes = [k for k in range(len(z)) if k != label] if target is None else [target]
        found = []
        for k in classes:
            f = z[k] - z[label]
            w = stored(torch.autograd.grad(f, x, retain_graph=True)[0])
            found.append((stored(f.detach()), w))
        return min(found, key=lambda fw: fw[0].abs() / (DUAL[norm](fw[1]) + 1e-12))

    x = clean
    for _ in range(steps):
        f, w = linear(x)
        d1 = shortest_way(norm, x, w, f)
        d2 = shortest_way(norm, clean, w, f + w @ (clean - x))
        a1, a2 = (max(SIZE[norm](d).item(), 1e-8) for d in (d1, d2))
        alpha = min(a1 / (a1 + a2), 0.1)
        x = stored(((1 - alpha) * (x + 1.05 * d1) + alpha * (clean + 1.05 * d2)).clamp(0, 1))
        reached = x
        with torch.no_grad():
            # As float32: a pixel that ends at a face may leave two classes equal, to a rounding.
            misclassified = stored(logits_at(x.view(1, *shape))[0]).argmax() != label
        if misclassified:
            x = stored(clean + 0.9 * (x - clean))
        yield reached.view(shape), x.view(shape)
