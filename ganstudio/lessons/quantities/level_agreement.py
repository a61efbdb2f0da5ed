"""Level agreement: whether a growing generator's small images are its large ones, shrunk."""

from __future__ import annotations

from typing import Annotated

import torch

from ganstudio.core.control import Controls, Integer
from ganstudio.core.network import Growable
from ganstudio.lessons.quantity import Quantity
from ganstudio.maths.resampling import shrunk
from ganstudio.training.trainer import Trainer


class LevelParams(Controls, frozen=True, kw_only=True):
    """Which level is compared."""

    level: Annotated[int, Integer(0, 16, help="The level: 0 makes images of 4 px, each further one twice as wide")] = 0


class LevelAgreement(Quantity[LevelParams]):
    """Of the images of the panel Progressive: the same latents at a level and at the level of now."""

    name = "level-agreement"
    title = "agreement of a level with the full images"
    help = "Correlation over images and pixels, the mean image taken off, of what a growing generator makes at a " \
           "level with its images of now at that size. Undefined if nothing grows or the level is not reached."

    def compute(self, trainer: Trainer | None, params: LevelParams) -> float | None:
        assert trainer is not None
        game, view = trainer.game, trainer.view
        stage = game.phase.stage
        if stage is None or not isinstance(game.modules.get("G"), Growable) or params.level > stage.level:
            return None
        small = view.generate_at_level(view.latents, params.level, averaged=True)
        large = shrunk(view.generate_at_level(view.latents, stage.level, averaged=True), 4 << params.level)
        a, b = ((x - x.mean(dim=0)).flatten().double() for x in (small, large))
        scale = a.norm() * b.norm()
        return float(torch.dot(a, b) / scale) if float(scale) > 0 else None
