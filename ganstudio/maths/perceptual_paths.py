"""Perceptual path length: how fast an image changes, as features see it, along paths between two latents.

    E [ d(G(path(t)), G(path(t + eps))) / eps^2 ],  d the squared distance of the features

Source: Karras et al. 2019, arXiv:1812.04948, section 4.1; the share that is kept: the authors' code.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

KEPT = (0.01, 0.99)  # of the lengths, from this quantile to that: a few jumps would decide the mean


def squared_speeds(near: Tensor, far: Tensor, epsilon: float) -> Tensor:
    """|f(far) - f(near)|^2 / epsilon^2 of each pair of features ``(n, d)``: ``(n,)``."""
    return (far - near).square().sum(1) / epsilon**2


def kept_lengths(lengths: Tensor, kept: tuple[float, float] = KEPT) -> Tensor:
    """Those between two quantiles, in their order; the quantiles are rounded outwards to lengths that occur."""
    ranked, last = lengths.sort().values, len(lengths) - 1
    low, high = ranked[math.floor(kept[0] * last)], ranked[math.ceil(kept[1] * last)]
    return lengths[(lengths >= low) & (lengths <= high)]


def mean_length(lengths: Tensor) -> tuple[float, float]:
    """Mean of the lengths ``(n,)`` that are kept, and its standard error."""
    kept = kept_lengths(lengths).double()
    error = float(kept.std()) / math.sqrt(len(kept)) if len(kept) > 1 else 0.0
    return float(torch.mean(kept)), error
