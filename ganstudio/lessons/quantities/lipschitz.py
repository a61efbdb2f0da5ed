"""Lipschitz: the steepest slope of D that is found, which its Lipschitz constant cannot be below."""

from __future__ import annotations

from ganstudio.lessons.quantities.parts.slopes import slopes
from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.training.trainer import Trainer


class Lipschitz(Quantity[NoParams]):
    """The largest slope at real samples, at generated ones and on the segments between them."""

    name = "lipschitz"
    title = "steepest slope of D"
    unit = "score per data unit"
    help = "The largest norm of D's input gradient at real samples, generated ones and between them: the Lipschitz " \
           "constant is at least this"

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        return max(float(slopes(trainer, at).max()) for at in ("real", "generated", "segments"))
