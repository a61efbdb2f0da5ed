"""Slope: the norm of D's input gradient, between real and generated samples or at them."""

from __future__ import annotations

from typing import Annotated, Literal

from ganstudio.core.control import Choice, Controls
from ganstudio.lessons.quantities.parts.slopes import slopes
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.trainer import Trainer


class SlopeParams(Controls, frozen=True, kw_only=True):
    """Where, and which figure of the norms."""

    at: Annotated[Literal["segments", "real", "generated"], Choice(
        help="Where: on segments between real and generated samples, or at samples of one kind")] = "segments"
    part: Annotated[Literal["mean", "largest", "smallest"], Choice(help="Which figure of the norms")] = "mean"


class Slope(Quantity[SlopeParams]):
    """The norm of dD/dx where WGAN-GP's penalty measures it."""

    name = "slope"
    title = "slope of D"
    unit = "score per data unit"
    help = "Norm of the gradient of D's score with respect to a sample"

    def compute(self, trainer: Trainer | None, params: SlopeParams) -> float | None:
        assert trainer is not None
        norms = slopes(trainer, params.at)
        match params.part:
            case "largest":
                return float(norms.max())
            case "smallest":
                return float(norms.min())
        return float(norms.mean())
