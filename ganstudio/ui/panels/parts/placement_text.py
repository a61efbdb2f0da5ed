"""What the panel of the dragged picture says: where the picture is, and what EQ-T means."""

from __future__ import annotations

import math

from ganstudio.core.system.wording import figure

WHOLE, STUCK = 40.0, 20.0  # dB


def verdict(eq_t: float, pictures: int) -> str:
    """What a number of EQ-T says of a generator, in a sentence."""
    if math.isnan(eq_t):
        return "EQ-T is not known: some pixels are NaN."
    if math.isinf(eq_t):
        return "EQ-T has no end: the pictures do not differ at all."
    read = f"EQ-T {eq_t:.1f} dB, of {pictures} pictures"
    if eq_t >= WHOLE:
        return f"{read}: the picture moves as a whole."
    if eq_t < STUCK:
        return f"{read}: details stick to the pixels."
    return f"{read}: most of it moves as a whole, some details do not."


def whereabouts(right: float, down: float, angle: float, side: int) -> str:
    """Where the picture was dragged, in pixels of its own; empty: it was not."""
    across, along = right * side, down * side
    if max(abs(across), abs(along)) < 0.005 and abs(angle) < 0.05:
        return ""
    moved = [f"{figure(abs(by))} px {words[by > 0]}"
             for by, words in ((across, ("left", "right")), (along, ("up", "down"))) if abs(by) >= 0.005]
    turned = [f"turned by {angle:.0f}°"] if abs(angle) >= 0.05 else []
    return ", ".join([*moved, *turned])
