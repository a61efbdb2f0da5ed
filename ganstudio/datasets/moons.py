"""Moons: two half circles that reach into each other, the test for two curved modes.

t ~ U(0, pi)
upper (cos t, sin t)  or  lower (1 - cos t, 1/2 - sin t),  one half each
x = 1.2 (curve - (1/2, 1/4)) + noise N(0, I)
"""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Generator, Tensor

from ganstudio.core.control import Controls, Slider
from ganstudio.core.dataset import Dataset, Extent

SCALE = 1.2  # brings the width of 3 to 3.6: it sits in [-2, 2] with its noise
CENTRE = (0.5, 0.25)


class MoonsControls(Controls, frozen=True, kw_only=True):
    """The noise is the width of the moons."""

    noise: Annotated[float, Slider(0.0, 0.5, live=False, unit="data units", symbol="σ",
                                   help="Spread of the points around the half circles")] = 0.06


class Moons(Dataset[MoonsControls]):
    """Two half circles, each with half of the points.

    Source: scikit-learn's make_moons, centred and scaled by 1.2; each point draws its moon, so that
    the samples are independent.
    """

    name = "moons"
    title = "Two moons"
    kinds = ("plane",)
    help = "Two half circles that reach into each other. A weak generator joins them by a bridge."
    source = "scikit-learn's make_moons, centred and scaled by 1.2"

    @property
    def extent(self) -> Extent:
        reach = 1.5 * SCALE + 0.1 + 3 * self.controls.noise
        return Extent(-reach, reach)

    def sample(self, n: int, rng: Generator) -> Tensor:
        device = rng.device
        t = torch.pi * torch.rand(n, generator=rng, device=device)
        lower = torch.rand(n, generator=rng, device=device) < 0.5
        x = torch.where(lower, 1 - torch.cos(t), torch.cos(t)) - CENTRE[0]
        y = torch.where(lower, 0.5 - torch.sin(t), torch.sin(t)) - CENTRE[1]
        noise = torch.randn((n, 2), generator=rng, device=device)
        return SCALE * torch.stack([x, y], dim=1) + self.controls.noise * noise
