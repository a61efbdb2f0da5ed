"""What the line panel says: how much of the data G covers, and how far D is from the best D there is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.core.protocol.views import Line

Floats = NDArray[np.float32]
KNOWN = {
    "exact": "G's density is exact", "pushed": "G's density follows from its one latent",
    "kernel": "G's density is a kernel estimate",
}
FARTHEST = 30.0  # where the probe puts an optimum that is infinite


def score_text(score: float, logit: bool) -> str:
    """A score in words: a logit as a probability too."""
    if not np.isfinite(score):
        return "unknown" if np.isnan(score) else f"{score}"
    if logit:
        return f"{1 / (1 + math.exp(min(-score, 700))):.4g} (logit {score:.4g})"
    return f"{score:.4g}" if abs(score) != FARTHEST else f"{'−' if score < 0 else '+'}∞"


def words(view: Line, x: Floats, data: Floats, fake: Floats, variant: VariantInfo | None, unit: float = 1.0) -> str:
    """What the picture shows, in plain words; ``unit``: one unit of the networks' in the user's, for distances."""
    width = float(x[1] - x[0])
    shared = float(np.minimum(data, fake).sum()) * width
    outside = 1 - float(fake.sum()) * width
    known = "" if view.exact else " (a histogram of the data)"
    text = f"Orange covers {shared:.0%} of blue{known}; {KNOWN.get(view.generator_known, 'G is a histogram')}."
    if outside > 0.02:
        return f"{text} {outside:.0%} of the generated points lie outside the picture."
    if view.label:
        return f"{text} D's score and the lines from z are of class {view.label}."
    if view.loss is None or view.best_loss is None:
        return text
    if variant is not None and variant.reads_w1:
        clipped = any(control.name == "clip" for control in variant.controls)
        units = ", which is not in W1's units" if clipped else ""
        gap, exact = -view.loss * unit, -view.best_loss * unit
        return f"{text} Over these two densities the critic's gap is {gap:.3g}{units}, and W1 is {exact:.3g}."
    return f"{text} D's loss is {view.loss:.3f}; the best D against this G has {view.best_loss:.3f}."
