"""Changes to images that D is shown, each by chance: those of ADA that are cheap on small images.

Each is done with probability p, so that for p below .8 a G that learns the changed images has learnt the unchanged
ones: mirrored left and right (half of those), moved by up to an eighth of the side, brighter or darker, more or less
contrast.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

FURTHEST = 1 / 8  # of the side
BRIGHTNESS = 0.2  # standard deviation, pixels are in [-1, 1]
CONTRAST = 0.5  # standard deviation of the logarithm to the base 2


def augmented(x: Tensor, p: float, rng: Generator) -> Tensor:
    """Changed images, differentiable.

    Args:
        x: ``(n, c, h, w)``.
        p: Chance of each change; 0: ``x`` itself, and nothing is drawn.
        rng: Draws the changes.

    Source: Karras et al. 2020, Training GANs with Limited Data, arXiv:2006.06676, appendix B.
    """
    if p == 0:
        return x
    n, _, height, width = x.shape
    device = x.device
    by_chance = torch.rand(5, n, generator=rng, device=device)
    mirrored, moved, brighter, contrasted = (by_chance[:4] < p).unbind()
    columns = torch.arange(width, device=device).expand(n, width)
    columns = torch.where((mirrored & (by_chance[4] < 0.5))[:, None], width - 1 - columns, columns)
    shift = (2 * torch.rand(2, n, generator=rng, device=device) - 1) * FURTHEST * moved
    rows = _reflected(torch.arange(height, device=device) + (shift[0] * height).round().long()[:, None], height)
    places = _reflected(torch.arange(width, device=device) + (shift[1] * width).round().long()[:, None], width)
    columns = columns.gather(1, places)
    at = torch.arange(n, device=device)[:, None, None]
    x = x.permute(0, 2, 3, 1)[at, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    strength = torch.randn(2, n, 1, 1, 1, generator=rng, device=device)
    x = x + strength[0] * BRIGHTNESS * brighter[:, None, None, None]
    return x * 2 ** (strength[1] * CONTRAST * contrasted[:, None, None, None])


def _reflected(at: Tensor, size: int) -> Tensor:
    """Places beyond an edge, mirrored at the edge's pixel."""
    at = at.abs()
    return torch.where(at >= size, 2 * (size - 1) - at, at)
