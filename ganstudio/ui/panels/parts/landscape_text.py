"""What the landscape panel says: whether D's slope at the generated points is usable, flat, or a cliff."""

from __future__ import annotations

import math

from ganstudio.core.system.wording import figure

FLAT, CLIFF = 1e-4, 30.0  # slopes per data unit


def words(slope: float, player: str, *, dashed: bool, logit: bool, label: str = "", packing: int = 1) -> str:
    """What the picture shows, in one or two plain sentences.

    Args:
        slope: Median norm of D's gradient at the generated points, per data unit.
        player: What the discriminator is called.
        dashed: Whether the best boundary is drawn.
        logit: Whether scores are logits, so that the neutral colour is "undecided"; else higher ones are green.
        label: The class that D is asked about, if it is shown classes.
        packing: How many samples D scores together: it is shown so many copies of each point.
    """
    if not math.isfinite(slope):
        return f"The {player}'s slope is not a finite number any more."
    if slope < FLAT:
        return f"The {player} is flat where the generated points lie: slope {slope:.1e}. G learns nothing here."
    if slope > CLIFF:
        return f"Cliffs: the {player}'s slope at generated points has grown to {figure(slope)} per data unit."
    seen = "Green: D says real; purple: D says fake" if logit else f"Green: the {player} scores higher"
    if label:
        seen += f", asked about class {label}"
    if packing > 1:
        seen += f", {packing} copies of each point packed together"
    best = " Dashed: the best possible D would be undecided." if dashed else ""
    return f"{seen}.{best} Typical slope at the orange points: {figure(slope)} per data unit."
