"""Linear, logarithmic and symmetric logarithmic axes: where things are drawn on them, and their ticks."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.wording import figure

Floats = NDArray[np.float32] | NDArray[np.float64]
Scale = Literal["linear", "log", "symlog"]


def scaled(y: Floats, scale: Scale, unit: float) -> NDArray[np.float64]:
    """Values as they are drawn on a linear, logarithmic or symmetric logarithmic axis.

    Args:
        y: ``(n,)``.
        scale: log leaves out what is not positive; symlog is linear within ``unit`` of 0.
        unit: Where symlog turns from linear to logarithmic.
    """
    y = np.asarray(y, dtype=np.float64)
    with np.errstate(all="ignore"):
        if scale == "log":
            return np.where(y > 0, np.log10(np.where(y > 0, y, 1)), np.nan)
        if scale == "symlog":
            return np.asarray(np.sign(y) * np.log10(1 + np.abs(y) / unit))
    return y


def scale_ticks(low: float, high: float, scale: Scale, unit: float) -> list[tuple[float, str]] | None:
    """Ticks of a logarithmic axis between two drawn values; None if the axis is linear."""
    if scale == "linear" or not (math.isfinite(low) and math.isfinite(high)):
        return None
    if scale == "log":
        first, last = math.ceil(low), math.floor(high)
        step = max(1, (last - first) // 6 + 1)
        decades = [(float(k), figure(10.0**k)) for k in range(first, last + 1, step)]
        return decades if len(decades) > 1 else _fine_ticks(low, high, scale, unit)
    ticks = [(0.0, "0")]
    powers = [k for k in range(-12, 39) if 10.0**k >= unit]
    step = max(1, int(max(abs(low), abs(high)) // 4) or 1)
    for k in powers[::step]:
        at = math.log10(1 + 10.0**k / unit)
        ticks += [(sign * at, figure(sign * 10.0**k)) for sign in (1, -1) if low <= sign * at <= high]
    inside = sum(low <= at <= high for at, _ in ticks)
    return ticks if inside > 1 else _fine_ticks(low, high, scale, unit)


def _fine_ticks(low: float, high: float, scale: Scale, unit: float) -> list[tuple[float, str]]:
    """Ticks within one decade: a few round numbers, with as many digits as it takes to distinguish them."""
    drawn = np.linspace(low, high, 6)
    values = 10.0**drawn if scale == "log" else np.sign(drawn) * unit * (10.0 ** np.abs(drawn) - 1)
    for digits in range(1, 16):
        labels = sorted({float(f"{value:.{digits}g}") for value in values})
        at = scaled(np.array(labels), scale, unit)
        ticks = [(float(a), figure(label, digits)) for a, label in zip(at, labels, strict=True) if low <= a <= high]
        if len(ticks) > 2:
            return ticks
    return [(low, ""), (high, "")]


def whole_decades(logs: Floats) -> tuple[float, float]:
    """Whole decades around decimal logarithms, at least two: an axis that stays still from picture to picture."""
    low, high = np.floor(float(logs.min())), np.ceil(float(logs.max()))
    return (low, high) if high - low >= 2 else (low - 1, max(high, low + 1))


def histogram_outline(edges: Floats, heights: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The outline of a histogram ``(bins + 1,)``, ``(bins,)`` from 0 back to 0."""
    x: NDArray[np.float64] = np.repeat(edges.astype(np.float64), 2)
    y: NDArray[np.float64] = np.concatenate([np.zeros(1), np.repeat(heights.astype(np.float64), 2), np.zeros(1)])
    return x, y
