"""One-class maps: how far SPADE's first norm keeps label maps of one class everywhere apart."""

from __future__ import annotations

from typing import Annotated, Literal

from ganstudio.core.control import Choice, Controls
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.first_norms import OneClassFeatures, difference_between, generator_that_normalises
from ganstudio.training.trainer import Trainer


class OneClassParams(Controls, frozen=True, kw_only=True):
    """How the maps come to the norm."""

    batch: Annotated[Literal["together", "alone"], Choice(
        help="Whether all classes' maps are in one batch, or each in a batch of its own, in training mode")
    ] = "together"


class OneClassMaps(Quantity[OneClassParams]):
    """In float64 and training mode, with one latent for all: a number of the panel Normalisation."""

    name = "one-class-maps"
    title = "difference of one-class maps after the first norm"
    help = "Mean absolute difference between G's first features of label maps of one class everywhere, as its norm " \
           "gives them, over their mean absolute value. Undefined unless the network is spade, on label maps."

    def compute(self, trainer: Trainer | None, params: OneClassParams) -> float | None:
        assert trainer is not None
        if generator_that_normalises(trainer.game) is None:
            return None
        features = OneClassFeatures(trainer.game, trainer.view.latents[:1])
        return float(difference_between(features.with_own_norm(alone=params.batch == "alone")))
