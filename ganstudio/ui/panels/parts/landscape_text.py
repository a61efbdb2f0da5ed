"""What the landscape panel says: whether D's slope at the generated points is usable, flat, or a cliff."""

from __future__ import annotations

import math

from ganstudio.core.system.wording import figure

FLAT, CLIFF = 1e-4, 30.0  # slopes per unit of the networks' coordinates


def words(slope: float, player: str, *, dashed: bool, logit: bool, label: str = "", packing: int = 1,
          unit: float = 1.0) -> str:
    """What the picture shows, in one or two plain sentences.

    Args:
        slope: Median norm of D's gradient at the generated points, per unit of the networks'.
        player: What the discriminator is called.
        dashed: Whether the best boundary is drawn.
        logit: Whether scores are logits, so that the neutral colour is "undecided"; else higher ones are green.
        label: The class that D is asked about, if it is shown classes.
        packing: How many samples D scores together: it is shown so many copies of each point.
        unit: One unit of the networks' in the user's, in which the slope is said.
    """
    if not math.isfinite(slope):
        return f"The {player}'s slope is not a finite number any more."
    said = slope / unit
    if slope < FLAT:
        return f"The {player} is flat where the generated points lie: slope {said:.1e}. G learns nothing here."
    if slope > CLIFF:
        return f"Cliffs: the {player}'s slope at generated points has grown to {figure(said)} per data unit."
    seen = "Green: D says real; purple: D says fake" if logit else f"Green: the {player} scores higher"
    if label:
        seen += f", asked about class {label}"
    if packing > 1:
        seen += f", {packing} copies of each point packed together"
    best = " Dashed: the best possible D would be undecided." if dashed else ""
    return f"{seen}.{best} Typical slope at the orange points: {figure(said)} per data unit."
