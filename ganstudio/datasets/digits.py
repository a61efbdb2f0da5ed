"""Digits: handwriting drawn by strokes, made here once and kept in the cache folder, each with its label."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import numpy as np

from ganstudio.core.control import Controls, Integer
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.stroke_digits import SIDE, digits
from ganstudio.maths.kept_arrays import Arrays, Promise, kept_arrays

MARGIN = 2  # px around the 28 that are drawn
SEED = 0
DRAWING = 1  # another number wherever strokes are drawn otherwise: what was kept is then made again


class DigitsControls(Controls, frozen=True, kw_only=True):
    """As many digits as a run of some minutes sees a few times over."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="Number of different digits to learn from")] = 20_000


class Digits(ImageDataset[DigitsControls]):
    """Ten digits in many hands: polylines bent, slanted, wobbling, of varying width.

    Source: ours, after the look of MNIST (LeCun et al. 1998); 28 px, padded to 32. The same digits in every run.
    """

    name = "digits"
    classes = list("0123456789")
    title = "Digits"
    gives = frozenset({"label"})
    usual = True
    help = "Handwritten digits drawn from strokes, 32 px, with labels. Made on this machine; no internet needed."
    source = "Our own, in the style of MNIST (LeCun et al. 1998)"

    def load(self) -> Pixels:
        return _drawn(self.controls.count)


@lru_cache(maxsize=1)  # a run that starts again does not read them again
def _drawn(count: int) -> Pixels:
    """From the disk, or drawn: 20,000 take 1.4 s. NumPy may draw other numbers in another version."""
    kept = kept_arrays(
        f"digits-{count}-seed{SEED}-drawing{DRAWING}-numpy{np.__version__}",
        {"images": Promise("uint8", (count, SIDE, SIDE)), "labels": Promise("uint8", (count,))},
        lambda: _made(count),
    )
    padded = np.pad(kept["images"][:, None], ((0, 0), (0, 0), (MARGIN,) * 2, (MARGIN,) * 2))
    return Pixels(padded, kept["labels"].astype(np.int64))


def _made(count: int) -> Arrays:
    images, labels = digits(count, seed=SEED)
    return {"images": images, "labels": labels}
