"""Spectral norm: the largest singular value of D's layers."""

from __future__ import annotations

from typing import Annotated, Literal

from ganstudio.core.control import Choice, Controls, Integer
from ganstudio.lessons.quantity import Quantity
from ganstudio.probes.gradients import singular_values
from ganstudio.training.trainer import Trainer


class SpectralParams(Controls, frozen=True, kw_only=True):
    """Of which layer."""

    part: Annotated[Literal["largest", "smallest", "layer"], Choice(
        help="Of the layer with the largest or with the smallest norm, or of one layer")] = "largest"
    layer: Annotated[int, Integer(1, 200, help="With part = layer: which one, 1 being next to the input")] = 1


class SpectralNorm(Quantity[SpectralParams]):
    """The largest singular value of a layer's weight as D uses it, over layers."""

    name = "spectral-norm"
    title = "spectral norm of D's layers"
    help = "The largest singular value of a layer's weight as D uses it; of a convolution that of its reshaped kernel"

    def compute(self, trainer: Trainer | None, params: SpectralParams) -> float | None:
        assert trainer is not None
        norms = [float(singular_values(weight)[0]) for weight in trainer.view.layer_weights()]
        if not norms or (params.part == "layer" and params.layer > len(norms)):
            return None
        match params.part:
            case "layer":
                return norms[params.layer - 1]
            case "smallest":
                return min(norms)
        return max(norms)
