"""Ring: Gaussians on a circle, the standard test for missing modes."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import numpy as np

from ganstudio.core.control import Controls, Integer, Slider
from ganstudio.core.dataset import Extent, Modes
from ganstudio.datasets.parts.mixtures import MixtureDataset


class RingControls(Controls, frozen=True, kw_only=True):
    """Eight modes, radius 2 and sd .02, divided by 1.414: the WGAN-GP toy script's scale."""

    modes: Annotated[int, Integer(1, 64, live=False, help="Number of Gaussians on the circle")] = 8
    radius: Annotated[float, Slider(0.1, 10.0, live=False, unit="data units", help="Radius of the circle")] = 1.414
    sd: Annotated[float, Slider(0.001, 1.0, scale="log", live=False, unit="data units", symbol="σ",
                                help="Spread of each Gaussian")] = 0.01414


class Ring(MixtureDataset[RingControls]):
    """Gaussians on a circle.

    Source: Metz et al. 2017, arXiv:1611.02163. Angles are 2 pi i / 8: a linspace that includes both
    ends lays two modes on one spot, as two published scripts do.
    """

    name = "ring"
    title = "Ring of Gaussians"
    kinds = ("plane",)
    usual = True
    help = "Equal Gaussians on a circle. A collapsed generator makes points at a few of them only."
    source = "Metz et al. 2017, arXiv:1611.02163; scale of the WGAN-GP toy script"

    @cached_property
    def modes(self) -> Modes:
        c = self.controls
        angles = 2 * np.pi * np.arange(c.modes) / c.modes
        centres = c.radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return Modes(centres, np.full(c.modes, c.sd), np.full(c.modes, 1 / c.modes))

    @property
    def extent(self) -> Extent:
        reach = 1.6 * self.controls.radius + 3 * self.controls.sd
        return Extent(-reach, reach)
