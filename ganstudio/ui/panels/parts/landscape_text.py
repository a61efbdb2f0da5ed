"""What the landscape panel says: whether D's slope at the generated points is usable, flat, or a cliff."""

from __future__ import annotations

import math

FLAT, CLIFF = 1e-4, 30.0  # slopes per data unit


def words(slope: float, player: str, *, dashed: bool, label: str = "") -> str:
    """What the picture shows, in one or two plain sentences.

    Args:
        slope: Median norm of D's gradient at the generated points, per data unit.
        player: What the discriminator is called.
        dashed: Whether the best boundary is drawn.
        label: The class that D is asked about, if it is shown classes.
    """
    if not math.isfinite(slope):
        return f"The {player}'s slope is not a finite number any more."
    if slope < FLAT:
        return f"The {player} is flat where the generated points lie: slope {slope:.1e}. G learns nothing here."
    if slope > CLIFF:
        return f"Cliffs: the {player}'s slope at generated points has grown to {slope:.3g} per data unit."
    best = ", dashed is the best boundary" if dashed else ""
    real = f"class {label}" if label else "real"
    return (f"Green is taken for {real}{best}. The {player}'s median slope at generated points is {slope:.3g} "
            "per data unit.")
