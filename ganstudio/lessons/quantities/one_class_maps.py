"""One-class maps: how far SPADE's first norm keeps label maps of one class everywhere apart."""

from __future__ import annotations

import copy
from typing import Annotated, Any, Literal

import torch

from ganstudio.core.control import Choice, Controls
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.trainer import Trainer


class OneClassParams(Controls, frozen=True, kw_only=True):
    """How the maps come to the norm."""

    batch: Annotated[Literal["together", "alone"], Choice(
        help="Whether all classes' maps are in one batch, or each in a batch of its own, in training mode")
    ] = "together"


class OneClassMaps(Quantity[OneClassParams]):
    """On a copy of G in float64 and training mode, with one latent for all."""

    name = "one-class-maps"
    title = "difference of one-class maps after the first norm"
    help = "Mean absolute difference between G's first features of label maps of one class everywhere, over their " \
           "mean absolute value. Undefined unless the network is spade."

    def compute(self, trainer: Trainer | None, params: OneClassParams) -> float | None:
        assert trainer is not None
        game = trainer.game
        if game.network.name != "spade":
            return None
        G: Any = copy.deepcopy(game.modules["G"]).double().train()
        classes, side, _ = game.data.source_shape
        maps = torch.eye(classes, dtype=torch.float64)[:, :, None, None].expand(-1, -1, side, side)
        latent = trainer.view.latents[:1].double().expand(classes, -1)
        with torch.no_grad():
            parts = [slice(None)] if params.batch == "together" else [slice(at, at + 1) for at in range(classes)]
            found = torch.cat([G.first_map(latent[part], maps[part]) for part in parts])
        apart = (found[:, None] - found[None]).abs().mean() * classes / (classes - 1)
        return float(apart / found.abs().mean())
