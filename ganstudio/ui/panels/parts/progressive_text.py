"""What the progressive panel says: which phase the run is in, and how much of it is done."""

from __future__ import annotations

from ganstudio.core.protocol.views import Pyramid


def place(view: Pyramid) -> float:
    """How far a run is, in phases from the first: 2.5 is half of the third."""
    phase = 2 * view.level - (view.alpha < 1)
    if view.alpha < 1:
        return phase + max(view.alpha, 0.0)
    return phase + (min(view.shown / view.lasts, 1.0) if view.lasts else 0.5)


def words(view: Pyramid) -> str:
    """What is to be seen, in one or two plain sentences."""
    if not view.levels:
        return "Nothing grows here: these networks make whole images from the start."
    side = side_of(view)
    if view.alpha < 1:
        return f"{side} px layers are fading in and make {view.alpha:.0%} of each image. {images_shown(view)}."
    if fully_grown(view):
        return f"Fully grown: all layers up to {side} px are in use and train on. {images_shown(view)}."
    return f"Training at {side} px. {images_shown(view)}; then {2 * side} px fades in."


def images_shown(view: Pyramid) -> str:
    return f"{view.shown:,} of {view.lasts:,} images shown" if view.lasts else f"{view.shown:,} images shown"


def side_of(view: Pyramid) -> int:
    return 4 << view.level


def fully_grown(view: Pyramid) -> bool:
    return view.level >= view.levels - 1 and view.alpha >= 1
