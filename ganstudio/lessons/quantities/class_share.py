"""Class share: how much of what is generated is of one class."""

from __future__ import annotations

from typing import Annotated

import torch

from ganstudio.core.control import Controls, Integer
from ganstudio.lessons.measured_numbers import samples
from ganstudio.lessons.quantity import Quantity
from ganstudio.maths.features.feature_nets import net_for, pixels_of
from ganstudio.maths.latents import draw_latents
from ganstudio.maths.mode_counts import count_modes
from ganstudio.training.streams import generator_for
from ganstudio.training.trainer import Trainer

IMAGES = 512
AT_ONCE = 64


class ClassParams(Controls, frozen=True, kw_only=True):
    """Which class."""

    label: Annotated[int, Integer(0, 100_000, help="The class, an index from 0; of a mixture, which mode")] = 0


class ClassShare(Quantity[ClassParams]):
    """On mixtures by the nearest mode of 2,500 samples; of 512 images by the feature net's classifier."""

    name = "class-share"
    title = "share of a class"
    help = "Share of the generated samples that are of a class: by the nearest mode of a mixture, or by what a " \
           "classifier says of an image. Undefined for data without modes or classes."

    def compute(self, trainer: Trainer | None, params: ClassParams) -> float | None:
        assert trainer is not None
        points = samples(trainer)
        if points is None:
            return _of_images(trainer, params.label)
        modes = trainer.game.data.modes
        if modes is None or params.label >= len(modes.centres):
            return None
        return float(count_modes(points.fake, modes).nearest[params.label])


def _of_images(trainer: Trainer, label: int) -> float | None:
    game, view = trainer.game, trainer.view
    rng = generator_for(trainer.spec.seed, "lesson classes", game.device)
    latents = draw_latents(game.network_controls, IMAGES, rng)
    images = torch.cat([view.generate(part) for part in torch.split(latents, AT_ONCE)])
    found = net_for(game.data).features(pixels_of(images)).probabilities
    if found is None or label >= found.shape[1]:
        return None
    return float((found.argmax(1) == label).mean())
