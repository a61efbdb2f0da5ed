"""Fade jump: how far images of a growing generator are from those of the size below, enlarged."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from ganstudio.core.control import Controls, Slider
from ganstudio.core.network import Growable, Stage
from ganstudio.lessons.quantity import Quantity
from ganstudio.maths.resampling import doubled
from ganstudio.networks.parts.noise import copied_module
from ganstudio.training.trainer import Trainer


class FadeParams(Controls, frozen=True, kw_only=True):
    """Where in the fade."""

    alpha: Annotated[float, Slider(0.0, 1.0, symbol="α", help="Share of the newest layers")] = 0.0


class FadeJump(Quantity[FadeParams]):
    """Of the level that fades in, or of the next one if none does; at 0 a fade begins, and nothing may jump there."""

    name = "fade-jump"
    title = "distance from the enlarged images of the size below"
    unit = "pixel values, of which black and white are 2 apart"
    help = "Mean absolute difference, pixel by pixel, between a growing generator's images at a share α of the " \
           "newest layers and its images of half the size, enlarged. Undefined if nothing can grow any more."

    def compute(self, trainer: Trainer | None, params: FadeParams) -> float | None:
        assert trainer is not None
        stage, G = trainer.game.phase.stage, trainer.game.modules.get("G")
        if stage is None or G is None or not isinstance(G, Growable):
            return None
        level = stage.level if stage.alpha < 1 else stage.level + 1
        if not 0 < level < G.levels:
            return None
        growing: Any = copied_module(G)
        growing.eval()
        with torch.no_grad():
            growing.set_stage(Stage(level - 1))
            before = doubled(growing(trainer.view.latents))
            growing.set_stage(Stage(level, params.alpha))
            after = growing(trainer.view.latents)
        return float((after - before).abs().double().mean())
