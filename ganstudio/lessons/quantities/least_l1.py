"""Least L1: how far from the true images the picture is that expects the least L1, each pixel's median."""

from __future__ import annotations

import numpy as np

from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.maths.image_differences import mean_difference
from ganstudio.training.trainer import Trainer

EXAMPLES = 500


class LeastL1(Quantity[NoParams]):
    """Of the exact medians, where the data knows them."""

    name = "least-l1"
    title = "least L1"
    unit = "pixel values, of which black and white are 2 apart"
    help = "Mean absolute difference between the true images of 500 sources and the picture whose expected L1 is the " \
           "least, which the data knows exactly. Undefined for other data than scenes."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        game = trainer.game
        examples = game.data.examples(EXAMPLES, "unseen", game.variant.needs)
        best = None if examples is None else game.data.least_l1_images(examples)
        return None if examples is None or best is None else mean_difference(np.asarray(best), examples.images)
