"""Pyramids of images of any height and width: the sizes of their scales, and an image at another size."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional as F

Size = tuple[int, int]  # height and width, px


def scale_sizes(size: Size, coarsest: int, factor: float, scales: int = 0) -> list[Size]:
    """Height and width of each scale, the coarsest first; the finest is ``size`` itself.

    The factor between two scales is moved so far that the coarsest has a shorter side of ``coarsest`` px. Sides are
    rounded to the nearest pixel. An image whose shorter side is no longer than that has a single scale.

    Args:
        size: Of the image.
        coarsest: Shorter side of the coarsest scale, px.
        factor: Wished for between two scales, below 1.
        scales: How many there are; 0: as many as the factor needs.

    Source:
        Rott Shaham, Dekel, Michaeli 2019, arXiv:1905.01164, and its code, which rounds up.
    """
    short = min(size)
    if short <= coarsest:
        return [size]
    steps = scales - 1 if scales else math.ceil(math.log(coarsest / short) / math.log(factor) - 1e-9)
    if steps == 0:
        return [size]
    true = (coarsest / short) ** (1 / steps)
    smaller = [(round(size[0] * true**at), round(size[1] * true**at)) for at in range(steps, 0, -1)]
    return [*smaller, size]


def enlarged(x: Tensor, size: Size) -> Tensor:
    """Images ``(n, c, h, w)`` at a larger size, bicubic: ``(n, c, *size)``; ``x`` itself if that is its size."""
    if tuple(x.shape[2:]) == size:
        return x
    return F.interpolate(x, size=size, mode="bicubic", align_corners=False)


def reduced(x: Tensor, size: Size) -> Tensor:
    """Images ``(n, c, h, w)`` at a smaller size, bicubic with anti-aliasing: ``(n, c, *size)``; or ``x`` itself."""
    if tuple(x.shape[2:]) == size:
        return x
    return F.interpolate(x, size=size, mode="bicubic", align_corners=False, antialias=True)
