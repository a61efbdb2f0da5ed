"""What the panel Normalisation says of each norm."""

from __future__ import annotations

import math

from ganstudio.core.feature_norms import LOST, OVER_BATCH
from ganstudio.core.system.wording import figure

FAINT = 0.01  # a difference between classes below it can hardly be seen
TITLES = {"batch": "batch norm", "layer": "layer norm", "instance": "instance norm", "group": "group norm",
          "adain": "AdaIN", "spade": "SPADE"}
BEFORE = "Map plus latent. Each comes in by one layer of its own."
WHY = {
    "layer": "The class stays in how the channels differ from each other.",
    "instance": "A class adds a constant to a channel, whose own mean is subtracted: the class is gone.",
    "group": "The class stays in how the channels of a group differ from each other.",
    "adain": "The class is gone as after instance norm: scale and shift come from the latent, not from the map.",
}
READING = (
    "Each row is a norm, whose coloured cells share one mean and one spread; a row of cells is a map of the batch, a "
    "column a channel; yours is framed. On the right is this channel for label maps of one class everywhere, all with "
    "one latent: purple below 0, green above. The number is the mean difference between classes over the mean size of "
    "the values. Only this run's norm, with a bar on its left, has its trained scale and shift.")


def over(norm: str, group_size: int, *, alone: bool) -> str:
    """What one mean and one spread are taken over, in few words."""
    if norm in OVER_BATCH and not alone:
        return "Over maps, pixels."
    channels = {"layer": "channels, ", "group": f"{group_size} channels, "}
    return f"Over {channels.get(norm, '')}pixels."


def why(norm: str, *, own: bool, alone: bool) -> str:
    """What becomes of the class of a one-class map."""
    if norm == "spade" and own:
        return "Batch norm, then a scale and a shift for each pixel from the label map: the class is back."
    if norm in OVER_BATCH:
        again = "Without the map's scale and shift it is batch norm. " if norm == "spade" else ""
        return again + ("Alone in its batch a map loses its class, as with instance norm." if alone else
                        "The class is known only beside the other maps of its batch.")
    return WHY[norm]


def scale(norm: str, *, own: bool) -> str:
    """Which scale and shift follow the norm."""
    if not own:
        return "" if norm == "spade" else "Scale 1, shift 0."
    if norm == "instance":
        return "This run's norm: it has no scale or shift."
    return "Both are this run's." if norm in ("spade", "adain") else "Scale and shift are this run's."


def verdict(norm: str, difference: float, *, own: bool) -> str:
    """Whether the class is kept, and how large the difference between classes is."""
    if not math.isfinite(difference):
        return figure(difference)
    if norm == "spade" and not own:  # without its scale and shift it is no SPADE, and nothing is said of its class
        return f"map not added: {'0' if difference < LOST else figure(difference, 2)}"
    if difference < LOST:
        return "class lost: 0"
    return f"{'class faint' if difference < FAINT else 'class kept'}: {figure(difference, 2)}"


def headline(norm: str, *, own: bool, alone: bool) -> str:
    """What is to be seen in the row of a norm."""
    title = TITLES[norm][:1].upper() + TITLES[norm][1:]
    return f"{title}. {why(norm, own=own, alone=alone)} {scale(norm, own=own)}".rstrip()
