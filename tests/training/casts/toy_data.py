"""Toy images of few pixels: alone, with a source that belongs to each, and with sources drawn on their own."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from ganstudio.core.control import Controls, Integer
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.datasets.parts.images import ImageDataset, Pixels


class ToyControls(Controls, frozen=True, kw_only=True):
    side: Annotated[int, Integer(4, 32, live=False)] = 8


class Blobs(ImageDataset[ToyControls]):
    """A bright square on dark noise."""

    name = "toy-blobs"
    title = "Blobs"

    def load(self) -> Pixels:
        rng, side = np.random.default_rng(0), self.controls.side
        images = rng.integers(0, 80, (40, 1, side, side), dtype=np.uint8)
        for image, (row, column) in zip(images, rng.integers(0, side // 2, (40, 2)), strict=True):
            image[0, row : row + side // 2, column : column + side // 2] = 220
        return Pixels(images)


class Pairs(Blobs):
    """With each image its negative, as the generator's source."""

    name = "toy-pairs"
    title = "Pairs"
    gives = frozenset({"source"})

    @property
    def source_shape(self) -> tuple[int, ...]:
        return self.shape

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        return Batch(self.gather(drawn), source=self._sources(drawn) if "source" in needs else None)

    def _sources(self, drawn: Tensor) -> Tensor:
        return -self.gather(drawn)


class Unpaired(Pairs):
    """Images and sources drawn by indices of their own."""

    name = "toy-unpaired"
    title = "Unpaired"

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        drawn = super().draw(n, rng)
        return torch.stack([drawn, super().draw(n, rng)], 1) if "source" in needs else drawn

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if "source" not in needs:
            return Batch(self.gather(drawn))
        return Batch(self.gather(drawn[:, 0]), source=self._sources(drawn[:, 1]))


class OneImage(Blobs):
    """A single image."""

    name = "toy-one-image"
    title = "One image"

    def load(self) -> Pixels:
        images: NDArray[np.uint8] = super().load().images[:1]
        return Pixels(images)
