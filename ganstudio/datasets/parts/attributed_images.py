"""Drawn images with named attributes, one of which divides them into two domains: what faces and digits share."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from ganstudio.core.control import Controls
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.datasets.parts.drawn_images import DrawnImages
from ganstudio.datasets.parts.images import ImageDataset
from ganstudio.datasets.parts.two_domains import between_domains, drawn_of_each

DC = TypeVar("DC", bound=Controls)


class AttributedImages(DrawnImages[DC]):
    """Sources are the images themselves where a game changes attributes, and those of the first domain else.

    A subclass's ``load`` calls ``keep_attributes``.
    """

    def keep_attributes(self, used: NDArray[np.int64], domain: NDArray[np.int64]) -> None:
        """Keeps what goes with each image.

        Args:
            used: ``(N, a)``, the values of the attributes that the game uses.
            domain: ``(N,)``, the values of the attribute whose first value is the domain of sources.
        """
        self._attributes = used
        self._before, self._after = np.flatnonzero(domain == 0), np.flatnonzero(domain > 0)

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """Numbers of images; for a game between two domains numbers of an image of each, ``(n, 2)``."""
        if not between_domains(needs):
            return super().draw(n, rng, needs)
        return drawn_of_each(self._after, self._before, n, rng)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if between_domains(needs):
            label = ImageDataset.batch(self, drawn[:, 0], needs).label
            return Batch(self.gather(drawn[:, 0]), label, self.gather(drawn[:, 1]))
        batch = ImageDataset.batch(self, drawn, needs)
        attributes = None
        if "attributes" in needs:
            attributes = torch.from_numpy(self._attributes[drawn.cpu().numpy()]).to(drawn.device)
        return Batch(batch.x, batch.label, batch.x if "source" in needs else None, attributes)
