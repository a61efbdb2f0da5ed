"""Checkerboard: uniform on every other square of a board, the test for sharp edges and empty gaps.

p(x) = 1 / (squares side^2) on the squares whose row and column number have an even sum, else 0
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from torch import Generator, Tensor

from ganstudio.core.control import Controls, Integer, Slider
from ganstudio.core.dataset import Dataset, Extent, Floats

INSET = 2.0**-14  # of a square's side, left free at its edges: float32 never rounds a sample into the next square


class CheckerboardControls(Controls, frozen=True, kw_only=True):
    """4 by 4 squares from -2 to 2: the usual board, at half its usual size."""

    cells: Annotated[int, Integer(1, 16, live=False, help="Number of squares along each side of the board")] = 4
    size: Annotated[float, Slider(0.5, 8.0, live=False, unit="data units", help="Length of the board's sides")] = 4.0


class Checkerboard(Dataset[CheckerboardControls]):
    """Points evenly on the squares of one colour, the one at the lower left being among them.

    Source: Grathwohl et al. 2019, FFJORD, arXiv:1810.01367, figure 2, whose board goes from -4 to 4.
    """

    name = "checkerboard"
    title = "Checkerboard"
    kinds = ("plane",)
    help = "Points spread evenly on every other square. A smooth generator blurs the edges and bridges the gaps."
    source = "Grathwohl et al. 2019, arXiv:1810.01367, figure 2; at half the size"

    @property
    def extent(self) -> Extent:
        reach = 0.6 * self.controls.size
        return Extent(-reach, reach)

    @property
    def _squares(self) -> int:
        """How many squares hold points."""
        return (self.controls.cells**2 + 1) // 2

    def sample(self, n: int, rng: Generator) -> Tensor:
        c, device = self.controls, rng.device
        # Along a row the squares come at every other place; in an odd one they begin one further.
        which = 2 * torch.randint(self._squares, (n,), generator=rng, device=device)
        row = which // c.cells
        column = which % c.cells
        if c.cells % 2 == 0:
            column = column + row % 2
        inside = INSET + (1 - 2 * INSET) * torch.rand((n, 2), generator=rng, device=device)
        return c.size * ((torch.stack([column, row], dim=1) + inside) / c.cells - 0.5)

    def log_density(self, x: Floats) -> Floats:
        c = self.controls
        place = np.floor((x / c.size + 0.5) * c.cells)
        inside = ((place >= 0) & (place < c.cells)).all(axis=1) & (place.sum(axis=1) % 2 == 0)
        return np.where(inside, -np.log(self._squares * (c.size / c.cells) ** 2), -np.inf)
