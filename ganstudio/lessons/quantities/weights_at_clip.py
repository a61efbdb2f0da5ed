"""Weights at the clip: the share of the critic's weights that clipping has pushed to its bound."""

from __future__ import annotations

from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.training.trainer import Trainer

ROUNDED = 1e-6  # c is rounded to float32 when weights are clipped


class WeightsAtClip(Quantity[NoParams]):
    """As the Gradients panel shows it below its histogram."""

    name = "weights-at-clip"
    title = "weights at ±c"
    help = "Share of the critic's weights that are at −c or c. Undefined in a variant that clips no weights."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        view = trainer.view
        bound = view.variant.weight_bound(view.controls)
        weights = view.weights()
        if bound is None or not len(weights):
            return None
        return float((weights.double().abs() >= bound * (1 - ROUNDED)).double().mean())
