"""Low-pass filters: a windowed sinc whose window fits the width of the transition."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Taps = NDArray[np.float64]


def kaiser_beta(taps: int, width: float, rate: float) -> float:
    """The shape of the Kaiser window whose sinc has a transition of ``width`` (unit of ``rate``).

    Source: Kaiser 1974; Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5.3.
    """
    attenuation = 2.285 * (taps - 1) * math.pi * width / (rate / 2) + 7.95  # dB
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    if attenuation > 21:
        return 0.5842 * math.pow(attenuation - 21, 0.4) + 0.07886 * (attenuation - 21)
    return 0.0


def kaiser_taps(taps: int, cutoff: float, width: float, rate: float) -> Taps:
    """A low-pass filter whose sum is 1.

    Args:
        taps: How many taps; a single one lets everything pass.
        cutoff: Frequency at which half of the amplitude passes, in samples a unit of length, as ``rate``.
        width: Of the transition, around the cutoff.
        rate: At which the taps are spaced.

    Returns:
        ``(taps,)``, symmetric.
    """
    if taps == 1:
        return np.ones(1)
    at = np.arange(taps) - (taps - 1) / 2
    sinc = np.sinc(cutoff / (rate / 2) * at)
    windowed: Taps = sinc * np.kaiser(taps, kaiser_beta(taps, width, rate))
    windowed /= windowed.sum()
    return windowed
