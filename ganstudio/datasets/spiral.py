"""Spiral: arms wound around the origin, the test for telling near neighbours apart.

r = 1.9 sqrt(u),  u ~ U(0, 1)
angle = 2 pi (turns r / 1.9 + k / arms),  k one of 0 .. arms - 1
x = r (cos angle, sin angle) + noise N(0, I)
"""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Generator, Tensor

from ganstudio.core.control import Controls, Integer, Slider
from ganstudio.core.dataset import Dataset, Extent

RADIUS = 1.9  # of the outer ends, data units: with the default noise the points sit in [-2, 2]


class SpiralControls(Controls, frozen=True, kw_only=True):
    """Two arms of one and a half turns, as in the benchmark of two spirals but with half of its turns."""

    arms: Annotated[int, Integer(1, 8, live=False, help="Number of arms that start in the middle")] = 2
    turns: Annotated[float, Slider(0.1, 4.0, live=False, unit="turns",
                                   help="How often each arm goes around from its inner to its outer end")] = 1.5
    noise: Annotated[float, Slider(0.0, 0.5, live=False, unit="data units", symbol="σ",
                                   help="Spread of the points around the arms")] = 0.04


class Spiral(Dataset[SpiralControls]):
    """Archimedean spirals turned against each other, each with an equal share of the points.

    The squared radius is uniform, so that beyond the first tenths of a turn the points lie evenly along
    an arm. With noise the density has no closed form, without it there is none: none is given.

    Source: the benchmark of two spirals (Lang and Witbrock 1988), in points drawn at random.
    """

    name = "spiral"
    title = "Spiral"
    kinds = ("plane",)
    help = "Arms wound around the middle. A weak generator fills the gaps; more turns make them narrower."
    source = "Lang and Witbrock 1988, Learning to tell two spirals apart; with noise, and scaled to a radius of 1.9"

    @property
    def extent(self) -> Extent:
        reach = RADIUS + 0.2 + 3 * self.controls.noise
        return Extent(-reach, reach)

    def sample(self, n: int, rng: Generator) -> Tensor:
        c, device = self.controls, rng.device
        outward = torch.rand(n, generator=rng, device=device).sqrt()
        arm = torch.randint(c.arms, (n,), generator=rng, device=device)
        angle = 2 * torch.pi * (c.turns * outward + arm / c.arms)
        curve = RADIUS * outward[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
        return curve + c.noise * torch.randn((n, 2), generator=rng, device=device)
