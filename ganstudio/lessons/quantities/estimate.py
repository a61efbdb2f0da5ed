"""Estimate: what the critic says of W1, as the Wasserstein panel shows it."""

from __future__ import annotations

from ganstudio.lessons.measured_numbers import number
from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.training.trainer import Trainer


class Estimate(Quantity[NoParams]):
    """The measure ``w1_estimate``: the critic's gap between data and samples over its mean slope."""

    name = "estimate"
    title = "critic's estimate of W1"
    unit = "data units"
    help = "The critic's gap between real and generated samples, divided by its mean slope"

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        return number(trainer, "w1_estimate")
