"""What is known of a written digit: which it is, and how the hand that wrote it slants, stretches, turns and presses.

The hand's numbers are continuous. As attributes each is cut into parts that are as likely as each other, by the exact
quantiles of what it is drawn from; all are drawn independently.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ganstudio.datasets.parts.stroke_digits import Pen, Strokes

VALUES: dict[str, tuple[str, ...]] = {
    "digit": tuple("0123456789"), "slant": ("backward", "upright", "slightly forward", "forward", "far forward"),
    "stretch": ("very narrow", "narrow", "usual width", "wide", "very wide"),
    "turn": ("turned far left", "turned left", "straight", "turned right", "turned far right"),
    "pen": ("very thin pen", "thin pen", "usual pen", "thick pen", "very thick pen"),
    "pressure": ("heavy beginning", "heavy end")}
"""Every factor, with the words for its values, each as likely."""
BITS = {name: math.log2(len(words)) for name, words in VALUES.items()}
"""The entropy of each factor, exact."""
NORMAL = (-0.8416212335729143, -0.2533471031357997, 0.2533471031357997, 0.8416212335729143)
"""Fifths of N(0, 1)."""
BETA = (0.244053, 0.373971, 0.498545, 0.641803)
"""Fifths of Beta(2, 2.5), which the pen's radius follows between its least and its most."""


def factors_of(drawn: Strokes) -> dict[str, NDArray[np.int64]]:
    """The value ``(n,)`` of each factor of ``VALUES``."""
    pen, hand = Pen(), drawn.hand
    thin, thick = pen.radius
    half = drawn.pressure.shape[1] // 2
    found = {
        "digit": drawn.labels, "slant": np.searchsorted(NORMAL, (hand["shear"] - pen.lean) / pen.slant),
        "stretch": np.searchsorted(NORMAL, hand["stretch"] / pen.stretch),
        "turn": np.searchsorted(NORMAL, hand["angle"] / pen.turn),
        "pen": np.searchsorted(BETA, (drawn.radius - thin) / (thick - thin)),
        "pressure": drawn.pressure[:, half:].mean(1) > drawn.pressure[:, :half].mean(1)}
    return {name: values.astype(np.int64) for name, values in found.items()}
