"""Pixelnorm: the features of each pixel are brought to a mean square of 1, so that two players cannot escalate."""

from __future__ import annotations

import torch
from torch import Tensor

EPS = 1e-8


def pixel_norm(x: Tensor) -> Tensor:
    """x / sqrt(mean of x^2 over the features + 1e-8).

    Args:
        x: Features ``(n, c, h, w)`` or latents ``(n, c)``.

    Returns:
        The same shape and type; the mean is taken in float32 at least.

    Source:
        Karras et al. 2017, arXiv:1710.10196, section 4.2.
    """
    mean = x.square().mean(dim=1, keepdim=True, dtype=torch.promote_types(x.dtype, torch.float32))
    return x * (mean + EPS).rsqrt().to(x.dtype)
