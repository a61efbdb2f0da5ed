"""Grid: Gaussians on a square lattice, the test for missing modes with more to miss."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import numpy as np

from ganstudio.core.control import Controls, Integer, Slider
from ganstudio.core.dataset import Extent, Modes
from ganstudio.datasets.parts.mixtures import MixtureDataset


class GridControls(Controls, frozen=True, kw_only=True):
    """5 by 5 modes, pitch 2 and sd .05, divided by 2.828: the WGAN-GP toy script's scale."""

    side: Annotated[int, Integer(2, 16, live=False, help="Number of Gaussians along each side")] = 5
    pitch: Annotated[float, Slider(0.05, 5.0, live=False, unit="data units", help="Distance from one Gaussian to the "
                                                                                  "next")
                     ] = 0.7072
    sd: Annotated[float, Slider(0.001, 1.0, scale="log", live=False, unit="data units", symbol="σ",
                                help="Spread of each Gaussian")] = 0.01768


class Grid(MixtureDataset[GridControls]):
    """Gaussians on a square lattice, centred on the origin.

    Source: the WGAN-GP toy script (Gulrajani et al. 2017, arXiv:1704.00028), which calls it 25gaussians.
    """

    name = "grid"
    title = "Grid of Gaussians"
    kinds = ("plane",)
    help = "Equal Gaussians on a square grid: 25 modes to find, and as many ways to miss one."
    source = "The WGAN-GP toy script (Gulrajani et al. 2017, arXiv:1704.00028)"

    @cached_property
    def modes(self) -> Modes:
        c = self.controls
        ticks = c.pitch * (np.arange(c.side) - (c.side - 1) / 2)
        centres = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
        K = c.side**2
        return Modes(centres, np.full(K, c.sd), np.full(K, 1 / K))

    @property
    def extent(self) -> Extent:
        c = self.controls
        reach = c.pitch * c.side / 2 + 3 * c.sd  # half a pitch of margin around the outer modes
        return Extent(-reach, reach)
