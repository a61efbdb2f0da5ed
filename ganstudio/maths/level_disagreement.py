"""By how much the images of a generator's levels differ from its largest ones, brought to the same sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganstudio.maths.resampling import shrunk


class LevelDisagreement:
    """rms(pool(o_K) - o_k) / sd of pool(o_K), for each level k below the largest, K.

    pool takes means over squares, as real images are shrunk: by another filter the disagreement of perfect levels would
    not be 0. The sd is over samples, the root of its mean square over pixels and colours. 0: each level shows the
    largest image. Levels that know nothing of each other and vary alike are sqrt(2) apart.

    Source:
        The levels are those of Karnewar, Wang 2019, arXiv:1903.06048; the number is ours.
    """

    def __init__(self) -> None:
        self._count = 0
        self._apart: list[float] = []  # by level, the sum over samples of the mean squared difference
        self._sums: list[Tensor] = []  # (c, side, side) float64, of the pooled images
        self._squares: list[Tensor] = []

    def add(self, levels: Sequence[Tensor]) -> None:
        """Counts images ``(n, c, side, side)`` of the same latents at every level, the smallest first."""
        *lower, top = levels
        if not self._count:
            self._apart = [0.0] * len(lower)
            self._sums, self._squares = ([torch.zeros_like(x[0], dtype=torch.float64) for x in lower] for _ in range(2))
        self._count += len(top)
        for at, image in enumerate(lower):
            pooled = shrunk(top, image.shape[-1]).double()
            self._apart[at] += float((pooled - image.double()).square().flatten(1).mean(1).sum())
            self._sums[at] += pooled.sum(0)
            self._squares[at] += pooled.square().sum(0)

    def values(self) -> list[float]:
        """The disagreement of each level but the largest, the smallest first; NaN if all largest images are alike."""
        found = []
        for apart, total, squares in zip(self._apart, self._sums, self._squares, strict=True):
            variance = float((squares / self._count - (total / self._count).square()).mean())
            found.append(math.sqrt(apart / self._count / variance) if variance > 0 else math.nan)
        return found
