"""What the line panel says: how much of the data G covers, and how far D is from the best D there is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.core.protocol.views import Line
from ganstudio.core.system.wording import figure

Floats = NDArray[np.float32]
ESTIMATED = {"exact": "", "pushed": "", "kernel": "G as a kernel estimate"}  # how G's density is known
FARTHEST = 30.0  # where the probe puts an optimum that is infinite


def score_text(score: float, logit: bool) -> str:
    """A score in words: a logit as a probability too."""
    if not np.isfinite(score):
        return "unknown" if np.isnan(score) else f"{score}"
    if logit:
        return f"{figure(1 / (1 + math.exp(min(-score, 700))), 4)} (logit {figure(score, 4)})"
    return f"{figure(score, 4)}" if abs(score) != FARTHEST else f"{'−' if score < 0 else '+'}∞"


def words(view: Line, x: Floats, data: Floats, fake: Floats, variant: VariantInfo | None, unit: float = 1.0) -> str:
    """What the picture shows, in plain words; ``unit``: one unit of the networks' in the user's, for distances."""
    width = float(x[1] - x[0])
    shared = float(np.minimum(data, fake).sum()) * width
    outside = 1 - float(fake.sum()) * width
    estimated = ["" if view.exact else "the data as a histogram",
                 ESTIMATED.get(view.generator_known, "G as a histogram")]
    how = ", ".join(part for part in estimated if part)
    text = f"Orange overlaps {shared:.0%} of blue{f' ({how})' if how else ''}."
    if outside > 0.02:
        return f"{text} {outside:.0%} of the generated points are outside the picture."
    if view.label:
        return f"{text} D's score and the lines from z are for class {view.label}."
    if view.loss is None or view.best_loss is None:
        return text
    if variant is not None and variant.reads_w1:
        clipped = any(control.name == "clip" for control in variant.controls)
        units = ", which is not in the units of W1" if clipped else ""
        gap, exact = -view.loss * unit, -view.best_loss * unit
        return f"{text} For these two densities the critic's gap is {figure(gap)}{units}, and W1 is {figure(exact)}."
    return f"{text} D's loss is {view.loss:.3f}; the best possible D against this G has {view.best_loss:.3f}."
