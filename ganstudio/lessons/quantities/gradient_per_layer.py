"""Gradient per layer: by which factor the gradient of D's loss grows from one layer of D to the one before it."""

from __future__ import annotations

from typing import Annotated, Literal

from ganstudio.core.control import Choice, Controls
from ganstudio.lessons.quantity import Quantity
from ganstudio.probes.gradients import IMAGES, SAMPLES, decades
from ganstudio.training.trainer import Trainer


class LayerParams(Controls, frozen=True, kw_only=True):
    """Of which player."""

    player: Annotated[Literal["discriminator", "generator"], Choice(help="Through whose layers")] = "discriminator"


class GradientPerLayer(Quantity[LayerParams]):
    """Ten to the decades per layer of the Gradients panel, on the same samples: 1 if gradients keep their size.

    Source: Gulrajani et al. 2017, arXiv:1704.00028, figure 1b.
    """

    name = "gradient-per-layer"
    title = "gradient from layer to layer"
    help = "By which factor the gradient grows from one layer to the one before it, from the output to the input: " \
           "below 1 it vanishes, above 1 it explodes. Undefined if fewer than two layers receive any."

    def compute(self, trainer: Trainer | None, params: LayerParams) -> float | None:
        assert trainer is not None
        samples = IMAGES if trainer.game.data.kind == "image" else SAMPLES
        of_d, of_g = trainer.view.layer_gradients(samples)
        found = decades((of_d if params.player == "discriminator" else of_g).cpu().numpy())
        return None if found is None else 10.0**found
