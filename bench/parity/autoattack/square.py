"""Square as AutoAttack runs it (Andriushchenko et al. 2020), for many examples at once, with draws that are handed in.

Written from a description of the published program (fra31/auto-attack), not from src/attacks. Numbers of a query are uniform in
[0, 1): row and column of its window, in L2 and L1 those of a second window and whether bumps lie, then one a channel for its sign.
"""
import torch

from common import per_image, project_l1, size_of, stored

BORDERS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)


def share_at(query):
    return 0.8 / 2 ** sum(query > border for border in BORDERS)


def side_at(query, norm, height):
    side = round((share_at(query) * height**2) ** 0.5)  # Python rounds a half to the even number
    if norm == "linf":
        return min(max(side, 1), height)
    side = max(side, 3)
    return min(side if side % 2 else side + 1, height)


def signs(numbers):
    return torch.where(numbers < 0.5, -1.0, 1.0)


def bump(rows, columns, norm):
    """Nested rectangles around the middle, the k-th of which adds 1 / (k + 1)^power."""
    power = {"l2": 2, "l1": 4}[norm]
    values = torch.zeros(rows, columns)
    y, x = rows // 2, columns // 2
    for k in range(max(y, x) + 1):
        values[max(y - k, 0):y + k + 1, max(x - k, 0):x + k + 1] += 1 / (k + 1) ** power
    return values / size_of(values[None], norm)


def eta(side, norm, lying):
    half = side // 2
    values = torch.cat([bump(half, side, norm), -bump(side - half, side, norm)])
    values = values / size_of(values[None], norm)
    return values.T if lying else values


def start(clean, numbers, *, norm, epsilon):
    count, channels, height, width = clean.shape
    if norm == "linf":
        stripes = signs(numbers).view(count, channels, 1, width)
        return (clean + epsilon * stripes).clamp(0, 1)
    side = height // 5
    tiles = height // side
    offset = (height - 5 * side) // 2
    numbers = numbers.view(count, tiles, tiles, 1 + channels)
    delta = torch.zeros_like(clean)
    for i in range(count):
        for row in range(tiles):
            for column in range(tiles):
                lying, *rest = numbers[i, row, column]
                y, x = offset + side * row, offset + side * column
                tile = eta(side, norm, lying > 0.5) * signs(torch.stack(rest)).view(-1, 1, 1)
                delta[i, :, y:y + side, x:x + side] += tile
    return finish(clean, delta, norm, epsilon)


def finish(clean, delta, norm, epsilon):
    if norm == "l1":
        return clean + project_l1(clean, delta, epsilon * (1 - 1e-6))
    return (clean + epsilon * delta / (per_image(size_of(delta, "l2")) + 1e-12)).clamp(0, 1)


def window(numbers, side, height):
    top, left = (int(number * (height - side)) for number in numbers)
    return slice(top, top + side), slice(left, left + side)


def propose(clean, best, numbers, side, *, norm, epsilon):
    """The candidate of one example, [C, H, W]."""
    channels, height, _ = clean.shape
    if norm == "linf":
        rows, columns = window(numbers[:2], side, height)
        x = best.clone()
        x[:, rows, columns] += 2 * epsilon * signs(numbers[2:]).view(-1, 1, 1)
        return torch.min(torch.max(x, clean - epsilon), clean + epsilon).clamp(0, 1)
    first, second = window(numbers[:2], side, height), window(numbers[2:4], side, height)
    pattern, sign = eta(side, norm, numbers[4] > 0.5), signs(numbers[5:])
    delta = best - clean
    whole = size_of(delta[None], norm)[0]
    after = delta.clone()
    after[(slice(None), *second)] = 0
    for channel in range(channels):
        both = torch.zeros_like(delta[channel], dtype=torch.bool)
        both[first], both[second] = True, True
        old = delta[channel][first]
        n1 = size_of(old[None], norm)[0]
        n12 = size_of(delta[channel][both][None], norm)[0]
        fresh = pattern * sign[channel] + old / (1e-12 + n1)
        if norm == "l2":
            to = ((epsilon**2 - whole**2).clamp_min(0) / channels + n12**2).sqrt()
        else:
            to = ((epsilon - whole).clamp_min(0) / channels + n12) * channels
        after[channel][first] = fresh * to / (1e-12 + size_of(fresh[None], norm)[0])
    return finish(clean[None], after[None], norm, epsilon)[0]


def square(logits_at, clean, labels, starts, draws, *, norm, epsilon, queries):
    """The margin of each candidate, [1 + queries, N]: NaN after one of 0 or less, which ends the search of an example."""
    height = clean.shape[2]
    rows = torch.arange(len(labels))

    def margin(x):
        with torch.no_grad():
            z = logits_at(x)
        right = z[rows, labels]
        z[rows, labels] = -float("inf")
        return right - z.max(1).values

    best = stored(start(clean, starts, norm=norm, epsilon=epsilon))
    least = margin(best)
    asked = [least.clone()]
    for query in range(queries):
        side = side_at(query, norm, height)
        x = stored(torch.stack([
            propose(clean[i], best[i], draws[i, query], side, norm=norm, epsilon=epsilon) for i in rows]))
        found = margin(x)
        asked.append(torch.where(least <= 0, torch.full_like(found, float("nan")), found))
        better = (least > 0) & (found < least)
        best[better], least[better] = x[better], found[better]
    return torch.stack(asked)
