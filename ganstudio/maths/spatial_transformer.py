"""Crop and paste at a box: the spatial transformer with a scale and a shift alone.

Boxes are ``(n, 4)``: left, top, right, bottom as shares of the side. Pixels have their middles at (i + 1/2) / side,
in both directions (``align_corners=False``), so that paste then crop is the identity but for resampling.

Source: Jaderberg et al. 2015, arXiv:1506.02025; Reed et al. 2016, arXiv:1610.02454, section 4.1.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LEAST = 0.05  # of the side: a box of no size would divide by 0


def scale_and_shift(box: Tensor) -> tuple[Tensor, Tensor]:
    """Size and centre of boxes as the sampler has them: ``(n, 2)`` each, x first, in [-1, 1]."""
    low, high = box[:, :2], box[:, 2:4]
    return (high - low).clamp_min(LEAST), low + high - 1


def crop(x: Tensor, box: Tensor, size: int) -> Tensor:
    """What lies in the box, ``(n, c, size, size)``, of maps ``(n, c, h, h)``; zeros where the box leaves the map."""
    scale, shift = scale_and_shift(box.to(x.dtype))
    return _sampled(x, scale, shift, size)


def paste(x: Tensor, box: Tensor, size: int) -> Tensor:
    """Maps ``(n, c, h, h)`` put into their boxes on maps of zeros, ``(n, c, size, size)``."""
    scale, shift = scale_and_shift(box.to(x.dtype))
    return _sampled(x, 1 / scale, -shift / scale, size, cut=True)


def _sampled(x: Tensor, scale: Tensor, shift: Tensor, size: int, *, cut: bool = False) -> Tensor:
    zero = torch.zeros_like(scale[:, 0])
    rows = torch.stack([torch.stack([scale[:, 0], zero, shift[:, 0]], 1),
                        torch.stack([zero, scale[:, 1], shift[:, 1]], 1)], dim=1)
    places = F.affine_grid(rows, [x.shape[0], x.shape[1], size, size], align_corners=False)
    found = F.grid_sample(x, places, mode="bilinear", padding_mode="border" if cut else "zeros", align_corners=False)
    return found * (places.abs().amax(-1) <= 1)[:, None] if cut else found
