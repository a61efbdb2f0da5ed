"""The numbers of one update: what was minimised, how long its gradient was, and how far the weights moved.

It costs two copies of the player's weights and waits for the device, so a game is watched in single steps and in slow
motion only. It draws nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor


class UpdateNumbers(NamedTuple):
    """What is known of one update once it is made."""

    player: str
    update: int  # of this player, counted from 1
    place: int  # of this player in the step, counted from 1
    places: int  # that this player has in the step
    batch: int  # samples
    drew: bool  # whether it asked for real samples
    latents: int  # that it drew
    terms: dict[str, float]  # that were minimised
    readings: dict[str, float]  # what the variant reports beside them
    gradient: float  # Euclidean norm of the gradient of the terms' sum
    moved: float  # Euclidean norm of what the optimiser added to the weights
    weights: int  # that the player has
    set_after: int  # of them changed once more after the optimiser's step
    rate: float  # the learning rate of this update
    rate_share: float  # of the control's value
    optimiser: str


class UpdateWatch:
    """Is told of the moments of an update, in their order."""

    def __init__(self) -> None:
        self.numbers: UpdateNumbers | None = None  # of the last update that ended
        self._gradient = self._moved = 0.0
        self._weights = torch.zeros(0)

    def before_step(self, weights: Tensor, gradient: Tensor) -> None:
        """The gradient is known, and the weights are those that it was taken at; both are flat vectors."""
        self._gradient = float(gradient.double().norm())
        self._weights = weights.clone()

    def after_step(self, weights: Tensor) -> None:
        """The optimiser has moved the weights."""
        self._moved = float((weights.double() - self._weights.double()).norm())
        self._weights = weights.clone()

    def finish(
        self, weights: Tensor, *, player: str, update: int, place: int, places: int, batch: int, drew: bool,
        latents: int, terms: Mapping[str, Tensor], readings: Mapping[str, Tensor], rate: float, rate_share: float,
        optimiser: str,
    ) -> None:
        """The variant has done what follows an update; the arguments are those of `UpdateNumbers`."""
        same = (weights == self._weights) | (weights.isnan() & self._weights.isnan())
        self.numbers = UpdateNumbers(
            player=player, update=update, place=place, places=places, batch=batch, drew=drew,
            latents=latents,
            terms={name: float(term.detach()) for name, term in terms.items()},
            readings={name: float(reading.detach()) for name, reading in readings.items()},
            gradient=self._gradient, moved=self._moved, weights=weights.numel(),
            set_after=int((~same).sum()), rate=rate, rate_share=rate_share, optimiser=optimiser)
