"""Parallel lines: the example on which every divergence but Wasserstein's says nothing.

x = (theta, U(0, 1))
"""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Generator, Tensor

from ganstudio.core.control import Controls, Slider
from ganstudio.core.dataset import NOTHING, Dataset, Extent


class LinesControls(Controls, frozen=True, kw_only=True):
    """The position of the line of real points."""

    theta: Annotated[float, Slider(-4.0, 4.0, unit="data units", symbol="θ",
                                   help="Position of the line of real points. The other line is at 0.")] = 0.5


class Lines(Dataset[LinesControls]):
    """Points on an upright segment at theta, to be distinguished from, or reached by, the segment at 0.

    Between the line at 0 and the line at theta W1 = |theta|. For theta other than 0 the Jensen-Shannon
    divergence is log 2 for every theta, and KL is infinite both ways: neither has a slope to follow.
    A segment has no density on the plane, so none is given.

    Source: Arjovsky et al. 2017, arXiv:1701.07875, Example 1.
    """

    name = "lines"
    title = "Parallel lines"
    kinds = ("plane",)
    abilities = frozenset({"parallel lines"})
    panel = "line-theory"
    help = "A vertical line at θ. From the line at 0: W1 = |θ|, but JSD = log 2 and KL = ∞ for every θ other than 0."
    source = "Arjovsky et al. 2017, arXiv:1701.07875, Example 1"

    def __init__(self, controls: LinesControls) -> None:
        super().__init__(controls)
        self._start = controls.theta  # where the run began with it; copies with another theta keep it

    @property
    def extent(self) -> Extent:
        theta = self.controls.theta
        return Extent(min(0.0, theta) - 0.5, max(1.0, theta) + 0.5)  # both lines are in sight

    def sample(self, n: int, rng: Generator) -> Tensor:
        return self.gather(self.draw(n, rng))

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """Points ``(n, 2)`` of which only the height is used: theta may move before they are.

        The first column is what it was when theta could not move, so that a run's checkpoints are the same as then.
        """
        y = torch.rand(n, generator=rng, device=rng.device)
        return torch.stack([torch.full_like(y, self._start), y], dim=1)

    def gather(self, drawn: Tensor) -> Tensor:
        """The points at theta as it is now."""
        y = drawn[:, 1]
        return torch.stack([torch.full_like(y, self.controls.theta), y], dim=1)
