"""Mean image error: how far the mean of the generated images is from the mean of the real ones."""

from __future__ import annotations

from ganstudio.lessons.quantities.parts.sampled_images import sampled_images
from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.training.trainer import Trainer


class MeanImageError(Quantity[NoParams]):
    """Of 500 images of each kind, by the average of G if there is one."""

    name = "mean-image-error"
    title = "distance of the mean images"
    unit = "pixel values, of which black and white are 2 apart"
    help = "Mean absolute difference, pixel by pixel, between the mean of generated images and that of real ones. " \
           "Undefined for points and for runs with labels."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        images = sampled_images(trainer)
        if images is None:
            return None
        real, fake = images
        return float((fake.clamp(-1, 1).mean(dim=0) - real.mean(dim=0)).abs().double().mean())
