"""What the draw panel says: what to do, what the drawing is used for, and how dense it is under the pointer."""

from __future__ import annotations

from ganstudio.core.drawing import Doubles, Floats, Kind
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import counted

EMPTY: dict[Kind, str] = {
    "plane": "Paint where points should be. They become the training data; the networks see them centred and scaled "
             "to a spread of 1.",
    "line": "Draw how likely each x is. Points drawn from the curve become the training data; the networks see them "
            "centred and scaled to a spread of 1.",
}
REACH: dict[Kind, float] = {"plane": 2.0, "line": 3.0}  # of the canvas on either side of 0, data units


READING = ("What you paint is a density: more paint gives more points there. The circles, or the steps on a line, are "
           "points drawn from it, and they become the training data.")
HEALTHY = "The points show what you meant, and after some hundred steps generated points cover them, too."
SICK = ("Thin strokes or places far apart: G may leave some of them out, or connect them with points where you painted "
        "nothing. That is mode collapse, or the price of a G that is continuous.")
GUIDE = (READING, HEALTHY, SICK)


def words(kind: Kind, points: Doubles, *, in_use: bool) -> str:
    """What the drawing is, in one or two plain sentences.

    Args:
        kind: What it is drawn on.
        points: Drawn from it, ``(n, 1)`` or ``(n, 2)``; none of an empty drawing.
        in_use: Whether the run trains on them.
    """
    if not len(points):
        return EMPTY[kind]
    look = "circles: a sample of them" if kind == "plane" else "steps"
    drawing = f"{counted(len(points), 'point')} ({look})"
    if not in_use:
        drawn = "is drawn" if len(points) == 1 else "are drawn"
        return f"{drawing} {drawn} from this."
    return f"In use: {drawing}. The other panels have the same units; the networks see the points centred and scaled."


def density_text(kind: Kind, density: Floats, x: float, y: float) -> str:
    """The density at a place, data units; empty beyond the canvas."""
    reach, size = REACH[kind], len(density)
    column, row = (int((value + reach) / (2 * reach) * size) for value in (x, y))
    if not 0 <= column < size:
        return ""
    if kind == "line":
        return f"x {x:.2f}: density {density[column]:.2f}"
    top = float(density.max())
    if not 0 <= row < size or top <= 0:
        return ""
    return f"x {x:.2f}, y {y:.2f}: {density[row, column] / top:.0%} of the highest density"


def sentence(fault: BadInput) -> str:
    """A refusal as a sentence."""
    text = str(fault)
    return text[:1].upper() + text[1:] + "."
