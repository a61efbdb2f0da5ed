"""Variety: how much generated images differ from each other, against real ones, without any feature net."""

from __future__ import annotations

from ganstudio.lessons.quantities.parts.sampled_images import sampled_images
from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.maths.features.image_quality import diversity
from ganstudio.training.trainer import Trainer


class Variety(Quantity[NoParams]):
    """The measure diversity of 500 images, by the average of G if there is one: it takes a second, not a judge."""

    name = "variety"
    title = "variety of generated images over that of real ones"
    help = "Mean distance of two generated images over that of two real ones, pixel by pixel: 0 if all are alike. " \
           "Undefined for points and for runs with labels."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        images = sampled_images(trainer)
        if images is None:
            return None
        real, fake = images
        of_real, of_fake = (x.clamp(-1, 1).flatten(1).cpu().numpy() for x in (real, fake))
        return diversity(of_real, of_fake)
