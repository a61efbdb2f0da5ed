"""JSD from D: the Jensen–Shannon divergence that D's loss stands for, if D is the best possible."""

from __future__ import annotations

import math

import numpy as np

from ganstudio.lessons.quantities.parts.scores import scores
from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.training.trainer import Trainer


class JSDFromD(Quantity[NoParams]):
    """log 2 - L_D / 2, with L_D = -E log D(x) - E log(1 - D(G(z))): a lower bound on JSD for any D.

    Source: Goodfellow et al. 2014, arXiv:1406.2661, theorem 1: at the best D, L_D = 2 log 2 - 2 JSD.
    """

    name = "jsd-from-d"
    title = "JSD that D's loss gives"
    unit = "nats"
    help = "log 2 minus half of D's loss −E log D(x) − E log(1 − D(G(z))): the Jensen–Shannon divergence if D is at " \
           "its optimum, and less otherwise. Undefined if D's score is not a logit."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        if trainer.game.variant.score_kind != "logit":
            return None
        real, fake = scores(trainer)
        loss = np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean()
        return float(math.log(2) - loss / 2)
