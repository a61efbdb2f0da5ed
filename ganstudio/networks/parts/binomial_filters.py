"""Maps at twice and at half their size through binomial filters, which let no pattern of single pixels through.

Filters are those of rows and of columns alike, and sum to 1: a constant map keeps its value (but at a border of zeros).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

WIDE = (1.0, 3.0, 3.0, 1.0)
NARROW = (1.0, 2.0, 1.0)


def doubled_smoothly(x: Tensor) -> Tensor:
    """``(n, c, h, w)`` -> ``(n, c, 2h, 2w)``: zeros in between, then [1, 3, 3, 1] with gain 4.

    That is bilinear interpolation between pixel centres, but for the outermost pixels, which it repeats where the
    filter would see zeros.

    Source: Karras et al. 2020, arXiv:1912.04958, appendix B.
    """
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def filtered(x: Tensor, taps: tuple[float, ...], padding: int, stride: int = 1) -> Tensor:
    """Each channel through the same filter ``(n, c, h, w)``, with zeros around it; ``taps``: of a row and a column."""
    row = torch.tensor(taps, dtype=x.dtype, device=x.device) / sum(taps)
    channels = x.shape[1]
    kernel = (row[:, None] * row[None]).expand(channels, 1, len(taps), len(taps))
    return F.conv2d(x, kernel, padding=padding, stride=stride, groups=channels)


def halved_smoothly(x: Tensor) -> Tensor:
    """``(n, c, h, w)`` -> ``(n, c, h/2, w/2)`` through [1, 3, 3, 1].

    Source: Karras et al. 2020, arXiv:1912.04958, appendix B.
    """
    return filtered(x, WIDE, 1, 2)


def blurred(x: Tensor) -> Tensor:
    """``(n, c, h, w)`` through [1, 2, 1]. Source: Karras et al. 2019, arXiv:1812.04948, section 2."""
    return filtered(x, NARROW, 1)
