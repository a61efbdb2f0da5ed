"""A spike in a feature map of unit noise: what instance norm makes of everything else, and what demodulation does.

Instance norm divides by the standard deviation of the map as it is, so a spike makes all other values smaller: a
generator can send a number past the norm that way. Demodulation divides by a number that is known before the data:
what the style would give if the input had unit variance.

Source: Karras et al. 2020, arXiv:1912.04958, sections 2 and 2.1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EPS = 1e-8


def unit_noise(side: int, seed: int = 0) -> tuple[Floats, tuple[int, int]]:
    """A map ``(side, side)`` of noise with mean 0 and standard deviation 1, and the middle place, where it is 0."""
    rng, middle = np.random.default_rng(seed), (side // 2, side // 2)
    noise = rng.normal(size=(side, side))
    others = np.ones((side, side), bool)
    others[middle] = False
    noise[middle] = 0.0
    noise[others] -= noise[others].mean()
    return noise / noise.std(), middle


def spiked(noise: Floats, place: tuple[int, int], height: float) -> Floats:
    """The map with a spike at a place where it is 0."""
    found = noise.copy()
    found[place] = height
    return found


def instance_normed(values: Floats) -> Floats:
    """The map less its mean, over its own standard deviation."""
    normed: Floats = (values - values.mean()) / np.sqrt(values.var() + EPS)
    return normed


def demodulated(values: Floats, style: float) -> Floats:
    """The map after a convolution of one weight, modulated by a style and demodulated: the data is not looked at."""
    weight = style / math.sqrt(style * style + EPS)
    return values * weight


def background_factor(height: float, pixels: int) -> float:
    """By what instance norm multiplies all other values of a map of unit noise if one has this height.

    Args:
        height: Of the spike, standard deviations of the noise.
        pixels: Of the map.
    """
    return 1.0 / math.sqrt(1.0 + height * height / pixels * (1.0 - 1.0 / pixels))


def peak_over_rms(values: Floats) -> float:
    """The largest size of a value over the root mean square of all; at most the root of their number."""
    return float(np.abs(values).max() / np.sqrt(np.square(values).mean()))
