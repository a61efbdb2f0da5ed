"""Growth saving: how many times the multiplications a run would take if its players had their full size at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.core.network import Growable, Stage
from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.networks.parts.noise import copied_module
from ganstudio.training.trainer import Trainer


class GrowthSaving(Quantity[NoParams]):
    """Counted layer by layer in both players, over the whole schedule: levels and fades, each once.

    A multiplication is counted for each weight that an output of a convolution or a linear layer uses.
    """

    name = "growth-saving"
    title = "multiplications at full size over those while growing"
    help = "Multiplications that all images of the schedule would take at full size, over those that they take while " \
           "the players grow. Undefined if nothing grows."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        game = trainer.game
        players = [copied_module(game.modules[name]) for name in ("G", "D") if name in game.modules]
        growing = [player for player in players if isinstance(player, Growable)]
        settings = trainer.settings()
        level_images, fade_images = settings.get("images_per_level"), settings.get("images_per_fade")
        if len(growing) < 2 or not isinstance(level_images, int) or not isinstance(fade_images, int):
            return None
        G, D = players
        levels = growing[0].levels
        z = torch.zeros(2, int(getattr(game.network_controls, "latent_dim")))  # noqa: B009 - of networks on images only
        stable = [_multiplications(G, D, z, Stage(level)) for level in range(levels)]
        fading = [_multiplications(G, D, z, Stage(level, 0.5)) for level in range(1, levels)]
        taken = level_images * sum(stable) + fade_images * sum(fading)
        images = level_images * levels + fade_images * (levels - 1)
        return images * stable[-1] / taken


def _multiplications(G: Any, D: Any, z: Tensor, stage: Stage) -> float:
    """Of one pass of both players at a stage."""
    counted = 0.0

    def count(layer: nn.Module, _: object, made: Tensor) -> None:
        nonlocal counted
        weight = layer.weight
        assert isinstance(weight, Tensor)
        counted += made.numel() * weight[0].numel()

    layers = [layer for player in (G, D) for layer in player.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    try:
        for player in (G, D):
            player.set_stage(stage)
        with torch.no_grad():
            D(G(z))
    finally:
        for hook in hooks:
            hook.remove()
    return counted
