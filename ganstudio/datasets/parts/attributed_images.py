"""Drawn images with named attributes, one of which divides them into two domains: what faces and digits share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from ganstudio.core.control import Controls
from ganstudio.core.dataset import NOTHING, Batch
from ganstudio.core.examples import Bytes, Examples
from ganstudio.datasets.parts.drawn_images import SEEDS, DrawnImages
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.two_domains import between_domains, domain_words, drawn_of_each
from ganstudio.maths.kept_arrays import Arrays, Promise

DC = TypeVar("DC", bound=Controls)


class AttributedImages(DrawnImages[DC]):
    """Sources are the images themselves where a game changes attributes, and those of the first domain else.

    A subclass's ``load`` calls ``keep_attributes``; the details of its examples are their parameters.
    """

    values: ClassVar[Mapping[str, Sequence[str]]]  # every attribute -> the words for its values

    @property
    @abstractmethod
    def used(self) -> tuple[str, ...]:
        """The attributes that the game uses."""

    @property
    @abstractmethod
    def domain(self) -> str:
        """The attribute whose first value is the domain of sources."""

    @abstractmethod
    def drawn(self, p: Mapping[str, NDArray[Any]]) -> Bytes:
        """Images ``(n, 3, h, h)`` of parameters."""

    @property
    def domains(self) -> tuple[str, str]:
        return domain_words(self.domain, self.values[self.domain])

    @property
    def attribute_values(self) -> Mapping[str, Sequence[str]]:
        return {name: self.values[name] for name in self.used}

    @property
    def judged_values(self) -> Mapping[str, Sequence[str]]:
        """What a judge reads: every attribute, also those that the game does not use."""
        return self.values

    def used_of(self, p: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
        """The values ``(n, a)`` of the attributes that the game uses."""
        return np.stack([p[name] for name in self.used], axis=1).astype(np.int64)

    def truth_of_next(self, details: Mapping[str, NDArray[Any]], name: str) -> Bytes:
        return self.drawn({**details, name: (details[name] + 1) % len(self.values[name])})

    def examples(self, n: int, purpose: str, needs: frozenset[str] = NOTHING) -> Examples:
        """Images; for a test of translation with sources, and the truth of what is asked of them.

        A game with attributes is asked for the next value of the first one, any other for a value of the domain
        that is not its first.
        """
        found = super().examples(n, purpose, needs)
        if purpose != "unseen" or "source" not in needs:
            return found
        p = {name: array for name, array in found.details.items() if name != "box"}  # of the source's own place
        if not between_domains(needs):
            return Examples(images=self.truth_of_next(p, self.used[0]), sources=found.images,
                            attributes=found.attributes, details=p)
        later = np.random.default_rng(SEEDS[purpose]).integers(1, len(self.values[self.domain]), n)
        before, after = ({**p, self.domain: value} for value in (np.zeros_like(later), later))
        return Examples(images=self.drawn(after), sources=self.drawn(before), details=after)

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


class ParametricImages(AttributedImages[DC]):
    """Images that one value of each attribute says all about, but for what is drawn at random with them."""

    @property
    @abstractmethod
    def class_attribute(self) -> str:
        """The attribute whose value is an image's class."""

    @abstractmethod
    def parameters(self, n: int, seed: int) -> dict[str, NDArray[Any]]:
        """What n images are drawn from, each attribute among it, ``(n,)``."""

    def draw_examples(self, n: int, seed: int) -> Examples:
        p = self.parameters(n, seed)
        return Examples(images=self.drawn(p), attributes=self.used_of(p), details=p)

    def make_arrays(self) -> Arrays:
        p = self.parameters(self.count, SEEDS["training"])
        every = np.stack([p[name] for name in self.values], axis=1)
        return {"images": self.drawn(p), "attributes": every.astype(np.uint8)}

    def promised(self) -> dict[str, Promise]:
        return {"images": Promise("uint8", (self.count, 3, self.side, self.side)),
                "attributes": Promise("uint8", (self.count, len(self.values)))}

    def load(self) -> Pixels:
        kept = self._kept()
        p = {name: kept["attributes"][:, at].astype(np.int64) for at, name in enumerate(self.values)}
        self.keep_attributes(self.used_of(p), p[self.domain])
        return Pixels(kept["images"], p[self.class_attribute])
