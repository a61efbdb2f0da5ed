"""Digits: handwriting drawn by strokes, made here in a second, each with its label."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import numpy as np

from ganstudio.core.control import Controls, Integer
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.stroke_digits import digits

MARGIN = 2  # px around the 28 that are drawn


class DigitsControls(Controls, frozen=True, kw_only=True):
    """As many digits as a run of some minutes sees a few times over."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="How many different digits there are to learn from")] = 20_000


class Digits(ImageDataset[DigitsControls]):
    """Ten digits in many hands: polylines bent, slanted, wobbling, of varying width.

    Source: ours, after the look of MNIST (LeCun et al. 1998); 28 px, padded to 32. The same digits in every run.
    """

    name = "digits"
    title = "Digits"
    usual = True
    help = "Handwritten digits drawn by strokes, 32 px, with labels. Made on this machine; no internet needed."
    source = "Ours, after the look of MNIST (LeCun et al. 1998)"

    def load(self) -> Pixels:
        return _drawn(self.controls.count)


@lru_cache(maxsize=1)  # a run that is started anew does not draw them again
def _drawn(count: int) -> Pixels:
    images, labels = digits(count, seed=0)
    return Pixels(np.pad(images[:, None], ((0, 0), (0, 0), (MARGIN,) * 2, (MARGIN,) * 2)), labels.astype(np.int64))
