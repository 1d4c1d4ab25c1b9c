"""What the searches of AutoAttack share. Everything is float64 but what is kept of a step, see `stored`."""
import torch


def stored(x):
    """Images and gradients are float32 in every implementation, whatever computes them."""
    return x.float().double()


def per_image(values):
    """[N] as [N, 1, 1, 1]."""
    return values.view(-1, 1, 1, 1)


def size_of(x, norm):
    """[N, ...] to [N]."""
    flat = x.flatten(1)
    return {
        "linf": lambda: flat.abs().max(1).values,
        "l2": lambda: flat.square().sum(1).sqrt(),
        "l1": lambda: flat.abs().sum(1),
    }[norm]()


def project_l1(clean, moved, epsilon):
    """The nearest perturbation within the L1 ball that leaves the image in [0, 1], by bisection.

    z_i = sign(y_i) max(min(room_i, |y_i| - t), 0), the smallest t >= 0 that satisfies the ball.
    """
    room = torch.where(moved >= 0, 1 - clean, clean)
    at = lambda t: torch.min(room, moved.abs() - per_image(t)).clamp_min(0)
    low = torch.zeros(len(clean))
    high = size_of(moved, "linf")
    inside = size_of(at(low), "l1") <= epsilon
    for _ in range(200):
        middle = (low + high) / 2
        enough = size_of(at(middle), "l1") <= epsilon
        low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
    return moved.sign() * at(torch.where(inside, torch.zeros_like(high), high))


def dlr(z, y):
    order = z.sort(dim=1).values
    rows = torch.arange(len(z))
    is_right = order[:, -1] == z[rows, y]
    other = torch.where(is_right, order[:, -2], order[:, -1])
    return -(z[rows, y] - other) / (order[:, -1] - order[:, -3] + 1e-12)


def targeted_dlr(z, y, target):
    order = z.sort(dim=1).values
    rows = torch.arange(len(z))
    far = (order[:, -3] + order[:, -4]) / 2
    return -(z[rows, y] - z[rows, target]) / (order[:, -1] - far + 1e-12)
