"""Gradient on generated: how much G is told at its samples."""

from __future__ import annotations

from typing import Annotated, Literal

from ganstudio.core.control import Choice, Controls
from ganstudio.lessons.quantity import Quantity
from ganstudio.probes.gradients import IMAGES, SAMPLES
from ganstudio.training.trainer import Trainer


class GradientParams(Controls, frozen=True, kw_only=True):
    """Which figure of the norms."""

    part: Annotated[Literal["mean", "largest", "median"], Choice(help="Which figure of the norms")] = "mean"


class GradientOnGenerated(Quantity[GradientParams]):
    """The norms that the Gradients panel shows as received by G, on the same samples."""

    name = "gradient-on-generated"
    title = "gradient that G receives"
    unit = "loss per data unit"
    help = "Norm of the gradient of G's loss at its samples, each sample's own, over the samples of the Gradients panel"

    def compute(self, trainer: Trainer | None, params: GradientParams) -> float | None:
        assert trainer is not None
        count = IMAGES if trainer.game.data.kind == "image" else SAMPLES
        norms = trainer.view.gradient_at_fake(count).double()
        if not len(norms):
            return None
        match params.part:
            case "largest":
                return float(norms.max())
            case "median":
                return float(norms.median())
        return float(norms.mean())
