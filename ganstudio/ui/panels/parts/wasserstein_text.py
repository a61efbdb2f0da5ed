"""What the Wasserstein panel says: whether the critic keeps up with G, judged by the exact distance."""

from __future__ import annotations

NEAR_FLOOR = 1.15  # times the noise floor: nearer than that, W1 of other samples would be as large by chance
LAG = 0.1  # a reading that is further off than this share of the exact distance lags behind it
FREEZE = " Freeze G to see what the critic estimates at its optimum."


def share_words(off: float) -> str:
    """How far a reading is from the exact distance, in words; ``off`` as a share of the exact distance."""
    if off < -1:
        return "negative, which no distance can be"
    return f"{abs(off):.0%} {'above' if off > 0 else 'below'} the exact W1"


def lag_words(off: float | None, times_floor: float) -> str:
    """Whether the critic lags while G moves.

    Args:
        off: How far its reading is from the exact distance, as a share of it; 0: within the noise floor; None: unknown.
        times_floor: The exact distance over its noise floor.
    """
    if off is None:
        return f"While G learns, the critic lags behind.{FREEZE}"
    if times_floor < NEAR_FLOOR:
        return "At this sample size no difference can be measured."
    if abs(off) <= LAG:
        return "The critic keeps up with G." if off else "The critic is right within the noise floor."
    return f"The critic lags behind: its estimate is {share_words(off)}.{FREEZE}"
