"""What the Scales panel says of a generator of levels: by how much they differ, and whether they come together."""

from __future__ import annotations

import math
from collections.abc import Sequence

AGREE = 0.25  # of the images' own spread: what is below it is hard to see


def number(value: float) -> str:
    """A disagreement as it is written."""
    return f"{value:.2f}" if math.isfinite(value) else "–"


def words(now: Sequence[float], steps: int, first: Sequence[float], first_steps: int) -> str:
    """What is to be seen, in one or two sentences.

    Args:
        now: The disagreement of each level but the largest, the smallest first.
        steps: After which it is so.
        first: The earliest that is known of this run.
        first_steps: After which that was.
    """
    finite = [value for value in now if math.isfinite(value)]
    if not finite:
        return "The largest images are all alike: there is nothing to compare the smaller ones with."
    worst = max(finite)
    if worst < AGREE:
        said = f"All sizes show the same image: they differ by {number(worst)} times its spread at most."
    else:
        said = (f"The image of {4 << list(now).index(worst)} px differs most from the largest one: by {number(worst)} "
                "times the spread among images.")
    before = max((value for value in first if math.isfinite(value)), default=math.nan)
    if first_steps < steps and math.isfinite(before):
        said += f" After {first_steps:,} steps it was {number(before)}."
    return said
