"""Distance to the best D: how far D is, on a line, from the discriminator that would be optimal for this G."""

from __future__ import annotations

import numpy as np

from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.probes.line import LineProbe
from ganstudio.training.trainer import Trainer


class DistanceToBestD(Quantity[NoParams]):
    """Mean of |sigmoid(D) - sigmoid(D*)| over data and samples, D* being the dashed curve of the Line panel."""

    name = "distance-to-best-d"
    title = "distance from D to the best D"
    help = "Mean of |σ(D) − σ(D*)| over data and generated samples on a line, D* being the dashed curve of the Line " \
           "panel. Undefined on other data, and if D's score is not a logit."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        if trainer.game.data.kind != "line" or trainer.game.variant.score_kind != "logit":
            return None
        seen = LineProbe().look(trainer.view, 0)
        if seen.optimum is None:
            return None
        best, score = seen.optimum.doubles(), seen.score.doubles()
        known = np.isfinite(best)
        weight = (seen.data.doubles() + seen.generator.doubles())[known]
        apart = np.abs(np.tanh(best[known] / 2) - np.tanh(score[known] / 2)) / 2
        return float((weight * apart).sum() / weight.sum()) if weight.sum() > 0 else None
