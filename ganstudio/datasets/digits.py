"""Digits: handwriting drawn by strokes, made here once and kept in the cache folder, each with its label and its line.

As pairs the source is the bare stroke, drawn with a thin pen, and the image the written digit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated

import numpy as np
from torch import Tensor

from ganstudio.core.control import Controls, Integer
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes, Examples
from ganstudio.datasets.parts.digit_factors import VALUES, factors_of
from ganstudio.datasets.parts.drawn_images import SEEDS
from ganstudio.datasets.parts.images import ImageDataset, Pixels, resized
from ganstudio.datasets.parts.stroke_digits import (
    SIDE,
    THIN,
    Pen,
    Strokes,
    digits,
    draw_pressure,
    inked,
    strokes,
)
from ganstudio.maths.kept_arrays import Arrays, Promise, kept_arrays

MARGIN = 2  # px around the 28 that are drawn
SEED = 0
AGAIN = 3  # seed of other pressures on the same lines
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
    gives = frozenset({"label", "source"})
    pairs = True
    usual = True
    help = ("Handwritten digits drawn from strokes, 32 px, with labels; as pairs, from the bare stroke to the written "
            "digit. Made on this machine; no internet needed.")
    source = "Our own, in the style of MNIST (LeCun et al. 1998)"

    def load(self) -> Pixels:
        return _drawn(self.controls.count)

    @property
    def judged_values(self) -> Mapping[str, Sequence[str]]:
        """What a judge reads: the digit and the parts of each number of its hand. No game is given these."""
        return VALUES

    @property
    def source_shape(self) -> tuple[int, ...]:
        return self.shape

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        batch = super().batch(drawn, needs)
        if "source" not in needs:
            return batch
        bare = _sized(_bare(self.controls.count)[drawn.cpu().numpy()], self.shape[-1])
        return Batch(batch.x, batch.label, self.source_tensor(bare).to(drawn.device))

    def examples(self, n: int, purpose: str, needs: frozenset[str] = NOTHING) -> Examples:
        """Written digits beside their bare strokes; the details have every factor, and the hand's own numbers.

        ``hand_shear``, ``hand_angle`` (radians, clockwise), ``hand_stretch`` (log of width over height), ``hand_beat``
        and ``hand_phase`` of the pressure, and ``radius`` (px of 28) are the numbers that were drawn.
        """
        found = strokes(n, SEEDS[purpose])
        side = self.shape[-1]
        return Examples(
            images=_sized(_written(found), side), sources=_sized(_drawn_thin(found), side),
            details={"lines": found.lines, "radius": found.radius, **factors_of(found),
                     **{f"hand_{name}": values for name, values in found.hand.items()}})

    def drawn_again(self, examples: Examples) -> Bytes:
        """The same strokes and pens with another pressure: the size of a stroke determines the radius of its pen."""
        lines, radius = examples.details["lines"], examples.details["radius"]
        pressure = draw_pressure(len(lines), np.random.default_rng(AGAIN), Pen().pressure)
        return _sized(_padded(inked(lines, radius[:, None] * pressure)), self.shape[-1])


def _written(drawn: Strokes) -> Bytes:
    return _padded(inked(drawn.lines, drawn.radius[:, None] * drawn.pressure))


def _drawn_thin(drawn: Strokes) -> Bytes:
    return _padded(inked(drawn.lines, np.full_like(drawn.pressure, THIN)))


def _padded(images: Bytes) -> Bytes:
    """Images ``(n, 28, 28)`` as ``(n, 1, 32, 32)``."""
    return np.pad(images[:, None], ((0, 0), (0, 0), (MARGIN,) * 2, (MARGIN,) * 2))


def _sized(images: Bytes, side: int) -> Bytes:
    return images if side == images.shape[-1] else resized(images, side)


@lru_cache(maxsize=1)  # a run that starts again does not read them again
def _drawn(count: int) -> Pixels:
    """From the disk, or drawn: 20,000 take 1.4 s. NumPy may draw other numbers in another version."""
    kept = _kept("digits", count, {"labels": Promise("uint8", (count,))}, lambda: _made(count))
    return Pixels(_padded(kept["images"]), kept["labels"].astype(np.int64))


@lru_cache(maxsize=1)
def _bare(count: int) -> Bytes:
    """The bare strokes of the same digits, ``(count, 1, 32, 32)``."""
    return _padded(_kept("digit-strokes", count, {}, lambda: _made_bare(count))["images"])


def _kept(what: str, count: int, beside: dict[str, Promise], make: Callable[[], Arrays]) -> Arrays:
    return kept_arrays(f"{what}-{count}-seed{SEED}-drawing{DRAWING}-numpy{np.__version__}",
                       {"images": Promise("uint8", (count, SIDE, SIDE)), **beside}, make)


def _made(count: int) -> Arrays:
    images, labels = digits(count, seed=SEED)
    return {"images": images, "labels": labels}


def _made_bare(count: int) -> Arrays:
    drawn = strokes(count, seed=SEED)
    return {"images": inked(drawn.lines, np.full_like(drawn.pressure, THIN))}
