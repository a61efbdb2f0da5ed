"""Variety: how much generated images differ from each other, against real ones, without any feature net."""

from __future__ import annotations

import torch

from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.maths.features.image_quality import diversity
from ganstudio.maths.latents import draw_latents
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer

IMAGES = 500
AT_ONCE = 64


class Variety(Quantity[NoParams]):
    """The measure diversity of 500 images, by the average of G if there is one: it takes a second, not a judge."""

    name = "variety"
    title = "variety of generated images over that of real ones"
    help = "Mean distance of two generated images over that of two real ones, pixel by pixel: 0 if all are alike. " \
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
        of_real, of_fake = (x.clamp(-1, 1).flatten(1).cpu().numpy() for x in (real, torch.cat(made)))
        return diversity(of_real, of_fake)
