"""What the Scales panel says of a generator of one image."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ganstudio.views.one_image import Reconstructions, Variations


def number(value: float) -> str:
    """An error as it is written."""
    return f"{value:.3f}" if math.isfinite(value) else "–"


def scale_words(view: Reconstructions) -> str:
    """Which scale is under way, and how far it has come."""
    at = len(view.real) - 1
    said = f"Scale {at}, the finest" if at == view.scales - 1 else f"Scale {at} of 0 to {view.scales - 1}"
    if view.lasts:
        said += f", {view.shown:,} of {view.lasts:,} steps"
    said += f": error {number(view.rmse[-1])}"
    if at > 0 and math.isfinite(view.enlarged[-1]):
        said += f" ({number(view.enlarged[-1])} when it began)"
    return f"{said}."


def variation_words(view: Variations) -> str:
    """How much the samples differ."""
    return f"Diversity with noise from scale {view.start} on: {number(view.diversity)}."


def patch_words(view: Variations) -> str:
    """How far the patches of the samples are from the image's; empty if that is not known."""
    if view.patch_sw1 is None or view.floor is None or view.ceiling is None:
        return ""
    return (f"Patch distance {number(view.patch_sw1)} (mirrored image {number(view.floor)}, blurred "
            f"{number(view.ceiling)}).")


def titles(view: Variations) -> str:
    """The title of the samples."""
    canvas = "" if (view.wide, view.high) == (1.0, 1.0) else f", canvas {view.wide:g} × {view.high:g}"
    return f"generated from scale {view.start}{canvas}"


def columns_said(view: Reconstructions) -> Sequence[tuple[str, str, str]]:
    """Width and height, error, and what the scale begins from, of each scale."""
    return [(f"{made.shape[2]}×{made.shape[1]}", f"error {number(error)}",
             "" if math.isnan(begun) else f"from {number(begun)}")
            for made, error, begun in zip(view.made, view.rmse, view.enlarged, strict=True)]
