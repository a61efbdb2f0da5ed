"""Untrained: how far the images of the same networks are from the data before the first step."""

from __future__ import annotations

import numpy as np

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.features.frechet import frechet_of
from ganstudio.maths.features.image_quality import varies

FEWEST = 6


class Untrained(Measure):
    """The FID that a run began from: an FID says little but beside another one of the same net."""

    name = "untrained"
    title = "Untrained"
    kinds = ("image",)
    needs = frozenset({"latent"})
    expensive = True
    on_request = True
    numbers = {
        "fid_untrained": MetricInfo(
            title="FID before training", better="floor",
            help="FID of the run's own generator before its first step, with the same latents, real images and feature "
                 "net. Undefined where the FID is."),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        real = evidence.real_features
        if evidence.untrained is None or real is None or len(real.values) < FEWEST or not varies(evidence.real):
            return {"fid_untrained": None}
        made = evidence.untrained().values
        return {"fid_untrained": frechet_of(real.values, made) if np.isfinite(made).all() else None}
