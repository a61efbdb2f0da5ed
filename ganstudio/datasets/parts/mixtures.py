"""Mixtures of Gaussians: each sample can carry the index of the one that it came from."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Generator, Tensor

from ganstudio.core.control import Controls
from ganstudio.core.dataset import NOTHING, Batch, Dataset, Floats, Modes
from ganstudio.maths.mixture import sample_labelled_mixture, sample_mixture

DC = TypeVar("DC", bound=Controls)


class MixtureDataset(Dataset[DC]):
    """Samples of ``modes``, which a subclass gives. A label is a mode's index."""

    gives = frozenset({"label"})

    @property
    def known_modes(self) -> Modes:
        """The Gaussians."""
        modes = self.modes
        if modes is None:
            raise TypeError(f"{type(self).__name__} has no modes")
        return modes

    def sample(self, n: int, rng: Generator) -> Tensor:
        return sample_mixture(self.known_modes, n, rng)

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        if "label" not in needs:
            return self.sample(n, rng)
        x, label = sample_labelled_mixture(self.known_modes, n, rng)
        return torch.cat([x, label[:, None].float()], dim=1)  # (n, d + 1)

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        if "label" not in needs:
            return Batch(drawn)
        return Batch(drawn[:, :-1].contiguous(), drawn[:, -1].long())

    @property
    def label_frequencies(self) -> Floats | None:
        return self.known_modes.weights
