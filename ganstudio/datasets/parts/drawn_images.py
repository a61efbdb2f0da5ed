"""Image sets that the program draws from parameters: kept on disk, drawn at any size, with examples to judge by."""

from __future__ import annotations

import copy
from abc import abstractmethod
from typing import ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor

from ganstudio.core.control import Controls, in_key, values
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes, Examples
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.maths.kept_arrays import Arrays, Promise, kept_arrays

SIDE = 32  # px, unless a network asks for another
LEAST, MOST = 16, 256  # px
SEEDS = {"training": 0, "unseen": 1, "judge": 2}
"""Examples of another purpose are other ones."""

DC = TypeVar("DC", bound=Controls)


class DrawnImages(ImageDataset[DC]):
    """Images that are pure functions of parameters. A subclass draws examples; the first ``count`` are learnt from."""

    gives = frozenset({"source"})
    drawing: ClassVar[int] = 1  # another number wherever it is drawn otherwise: what was kept is made again
    side = SIDE

    @abstractmethod
    def draw_examples(self, n: int, seed: int) -> Examples:
        """Draws n examples, ``self.side`` px a side; the same for the same seed."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many it learns from."""

    def examples(self, n: int, purpose: str, needs: frozenset[str] = NOTHING) -> Examples:
        """Examples for a purpose of ``SEEDS``."""
        return self.draw_examples(n, SEEDS[purpose])

    def load(self) -> Pixels:
        drawn = self._kept()
        self.sources: Bytes = drawn["sources"]
        return Pixels(drawn["images"])

    def _kept(self) -> Arrays:
        # Everything that the pictures depend on is in the key.
        key = f"{self.name}-{self.side}px-{in_key(values(self.controls))}-drawing{self.drawing}-numpy{np.__version__}"
        return kept_arrays(key, self.promised(), self.make_arrays)

    def make_arrays(self) -> Arrays:
        """Draws what it learns from."""
        made = self.examples(self.count, "training")
        assert made.sources is not None
        return {"images": made.images, "sources": made.sources}

    def promised(self) -> dict[str, Promise]:
        """What ``make_arrays`` gives."""
        side = (self.side, self.side)
        source = side if self.classes_of_maps else (3, *side)
        return {"images": Promise("uint8", (self.count, 3, *side)), "sources": Promise("uint8", (self.count, *source))}

    def resized(self, resolution: int) -> DrawnImages[DC]:
        if resolution == self.side:
            return self
        if not LEAST <= resolution <= MOST or resolution & (resolution - 1):
            raise BadInput(f"resolution = {resolution} does not suit data set {self.name}: "
                           f"it is drawn at a power of two from {LEAST} to {MOST} px")
        other = copy.copy(self)
        other.side = resolution
        other.pixels = other.load()
        other._on_device = None
        return other

    @property
    def source_shape(self) -> tuple[int, ...]:
        return (len(self.classes_of_maps) or 3, self.side, self.side)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        batch = super().batch(drawn, needs)
        if "source" not in needs:
            return batch
        chosen = self.source_tensor(self.sources[drawn.cpu().numpy()]).to(drawn.device)
        return Batch(batch.x, batch.label, chosen)

    def source_images(self, source: Tensor) -> Tensor:
        if not self.classes_of_maps:
            return source
        brushes = torch.tensor(self.brushes, device=source.device, dtype=source.dtype) / 127.5 - 1
        return brushes[source.argmax(1)].permute(0, 3, 1, 2)
