"""D on data: how real D finds the data, or what is generated."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from ganstudio.core.control import Choice, Controls
from ganstudio.lessons.quantities.parts.scores import scores
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.trainer import Trainer


class JudgedParams(Controls, frozen=True, kw_only=True):
    """Which samples."""

    on: Annotated[Literal["real", "generated"], Choice(help="Which samples D is asked about")] = "real"


class DOnData(Quantity[JudgedParams]):
    """E sigmoid(D), ½ if D cannot tell; the mean score itself if that is no logit."""

    name = "d-on-data"
    title = "D on samples"
    help = "Mean of σ(D) on real samples, or on generated ones: ½ if D cannot tell them apart. If D's score is not a " \
           "logit, the mean score."

    def compute(self, trainer: Trainer | None, params: JudgedParams) -> float | None:
        assert trainer is not None
        on = scores(trainer)[0 if params.on == "real" else 1]
        if trainer.game.variant.score_kind == "logit":
            return float((0.5 + 0.5 * np.tanh(0.5 * on)).mean())
        return float(on.mean())
