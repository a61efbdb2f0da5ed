"""Swiss roll: a curve wound around itself, the test for following a thin set.

t = 1.5 pi (1 + 2 u),  u ~ U(0, 1)
x = (t cos t, t sin t) / 7.5 + noise N(0, I)
"""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Generator, Tensor

from ganstudio.core.control import Controls, Slider
from ganstudio.core.dataset import Dataset, Extent

SCALE = 7.5  # the toy script's divisor


class SwissRollControls(Controls, frozen=True, kw_only=True):
    """The toy script's noise of .25 comes before its division by 7.5."""

    noise: Annotated[float, Slider(0.0, 0.5, live=False, unit="data units", symbol="σ",
                                   help="Spread of the points around the curve")] = 0.25 / SCALE


class SwissRoll(Dataset[SwissRollControls]):
    """A spiral of one and a half turns, denser at its inner end.

    Source: the WGAN-GP toy script (Gulrajani et al. 2017, arXiv:1704.00028), which takes it from
    scikit-learn's make_swiss_roll.
    """

    name = "swiss-roll"
    title = "Swiss roll"
    kinds = ("plane",)
    help = "A curve wound around itself. A weak generator fills the gaps between its turns."
    source = "The WGAN-GP toy script (Gulrajani et al. 2017, arXiv:1704.00028)"

    @property
    def extent(self) -> Extent:
        reach = 4.5 * torch.pi / SCALE + 0.1 + 3 * self.controls.noise  # t ends at 4.5 pi
        return Extent(-reach, reach)

    def sample(self, n: int, rng: Generator) -> Tensor:
        t = 1.5 * torch.pi * (1 + 2 * torch.rand(n, generator=rng, device=rng.device))
        curve = torch.stack([t * torch.cos(t), t * torch.sin(t)], dim=1) / SCALE
        return curve + self.controls.noise * torch.randn((n, 2), generator=rng, device=rng.device)
