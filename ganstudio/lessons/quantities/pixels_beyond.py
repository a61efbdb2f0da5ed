"""Pixels beyond: how many of the generated pixel values no image can have."""

from __future__ import annotations

from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.training.trainer import Trainer


class PixelsBeyond(Quantity[NoParams]):
    """Of the images on screen, before they are cut to the range that is shown."""

    name = "pixels-beyond"
    title = "share of pixel values beyond black and white"
    help = "Share of the generated images' pixel values outside −1 to 1, which black and white have. Undefined for " \
           "points."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        view = trainer.view
        if trainer.game.data.kind != "image":
            return None
        return float((view.generate(view.latents).abs() > 1).double().mean())
