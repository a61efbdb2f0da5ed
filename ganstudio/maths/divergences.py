"""Divergences between discrete distributions, in nats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def kl(p: Floats, q: Floats) -> float:
    """KL(p || q) of two distributions ``(K,)`` that sum to 1; infinite if q misses p."""
    there = p > 0
    with np.errstate(divide="ignore"):
        return float((p[there] * np.log(p[there] / q[there])).sum())


def jsd(p: Floats, q: Floats) -> float:
    """Jensen-Shannon divergence of two distributions ``(K,)``: between 0 and log 2."""
    return (_to_middle(p, q) + _to_middle(q, p)) / 2


def _to_middle(p: Floats, q: Floats) -> float:
    """KL of p against (p + q) / 2, without forming the middle: halving the smallest float gives 0."""
    there = p > 0
    return float((p[there] * np.log(2 * p[there] / (p[there] + q[there]))).sum())
