"""What the landscape panel says: whether D's slope at the generated points is usable, flat, or a cliff."""

from __future__ import annotations

import math

FLAT, CLIFF = 1e-4, 30.0  # slopes per data unit


def words(slope: float, player: str, *, dashed: bool, label: str = "", packing: int = 1) -> str:
    """What the picture shows, in one or two plain sentences.

    Args:
        slope: Median norm of D's gradient at the generated points, per data unit.
        player: What the discriminator is called.
        dashed: Whether the best boundary is drawn.
        label: The class that D is asked about, if it is shown classes.
        packing: How many samples D scores together: it is shown so many copies of each point.
    """
    if not math.isfinite(slope):
        return f"The {player}'s slope is not a finite number any more."
    if slope < FLAT:
        return f"The {player} is flat where the generated points lie: slope {slope:.1e}. G learns nothing here."
    if slope > CLIFF:
        return f"Cliffs: the {player}'s slope at generated points has grown to {slope:.3g} per data unit."
    best = ", dashed is the best boundary" if dashed else ""
    asked = f"Asked about class {label}, D takes green for real" if label else "Green is taken for real"
    if packing > 1:
        asked = f"Green is taken for real, {packing} copies joined"
    return (f"{asked}{best}. The {player}'s median slope at generated points is {slope:.3g} "
            "per data unit.")
