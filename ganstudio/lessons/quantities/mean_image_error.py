"""Mean image error: how far the mean of the generated images is from the mean of the real ones."""

from __future__ import annotations

import torch

from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.maths.latents import draw_latents
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer

IMAGES = 500
AT_ONCE = 64


class MeanImageError(Quantity[NoParams]):
    """Of 500 images of each kind, by the average of G if there is one."""

    name = "mean-image-error"
    title = "distance of the mean images"
    unit = "pixel values, of which black and white are 2 apart"
    help = "Mean absolute difference, pixel by pixel, between the mean of generated images and that of real ones. " \
           "Undefined for points and for runs with labels."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        game, view = trainer.game, trainer.view
        if game.data.kind != "image" or game.variant.needs:
            return None
        rng = generator_for(trainer.spec.seed, "lesson variety", game.device)
        real = game.real_at_stage(game.data.sample(IMAGES, rng))
        parts = torch.split(draw_latents(game.network_controls, IMAGES, rng), AT_ONCE)
        made = [view.generate(z) if (average := view.average(z)) is None else average for z in parts]
        return float((torch.cat(made).clamp(-1, 1).mean(dim=0) - real.mean(dim=0)).abs().double().mean())
