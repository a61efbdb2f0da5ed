"""Real and generated images of a run, as the quantities that need no feature net look at them."""

from __future__ import annotations

import torch
from torch import Tensor

from ganstudio.maths.latents import draw_latents
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer

IMAGES = 500
AT_ONCE = 64


def sampled_images(trainer: Trainer) -> tuple[Tensor, Tensor] | None:
    """500 images of each kind, ``(n, c, h, w)``: real ones, and those of the average of G if there is one, else of G.

    None for points and for runs with labels.
    """
    game, view = trainer.game, trainer.view
    if game.data.kind != "image" or game.variant.needs:
        return None
    rng = generator_for(trainer.spec.seed, "lesson variety", game.device)
    real = game.real_at_stage(game.data.sample(IMAGES, rng))
    parts = torch.split(draw_latents(game.network_controls, IMAGES, rng), AT_ONCE)
    made = [view.generate(z) if (average := view.average(z)) is None else average for z in parts]
    return real, torch.cat(made)
