"""Minibatch standard deviation: one more feature map that tells D how much the images of a batch differ."""

from __future__ import annotations

import torch
from torch import Tensor

GROUP = 4  # images
EPS = 1e-8


def with_minibatch_stddev(x: Tensor) -> Tensor:
    """Appends the spread within groups of 4 images as a constant map.

    Group m of M takes every M-th image: m, m + M, m + 2M, m + 3M. If the batch is no multiple of 4, some groups
    are smaller. Population variance, sqrt(var + 1e-8), then the mean over features and pixels.

    Args:
        x: Features, ``(n, c, h, w)``.

    Returns:
        ``(n, c + 1, h, w)``; the statistics are taken in float32 at least.

    Source:
        Karras et al. 2017, arXiv:1710.10196, section 3; strided groups of 4 as in the authors' code.
    """
    n, c, h, w = x.shape
    groups = -(-n // GROUP)
    rows = -(-n // groups)
    absent = rows * groups - n
    exact = x.to(torch.promote_types(x.dtype, torch.float32))
    members = torch.cat([exact, exact.new_zeros(absent, c, h, w)]).reshape(rows, groups, c, h, w)
    there = (torch.arange(rows * groups, device=x.device) < n).to(exact.dtype).reshape(rows, groups, 1, 1, 1)
    count = there.sum(dim=0)
    difference = (members - members.sum(dim=0) / count) * there
    spread = (difference.square().sum(dim=0) / count + EPS).sqrt().mean(dim=(1, 2, 3))
    column = spread.to(x.dtype).repeat(rows)[:n].reshape(n, 1, 1, 1)
    return torch.cat([x, column.expand(n, 1, h, w)], dim=1)
