"""Gaussians: any number of them on the plane, with the places, widths and weights that the user gives."""

from __future__ import annotations

import math
from functools import cached_property
from random import Random
from typing import Annotated, Literal

import numpy as np

from ganstudio.core.control import Choice, Controls, Integer, Needs, Numbers, Slider
from ganstudio.core.dataset import Extent, Floats, Modes
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.parts.mixtures import MixtureDataset

MOST = 64
CANDIDATES = 30  # for each centre; with one alone two of seven often touch


_DRAWN, _LISTED = ((Needs("centres", among=(how,)),) for how in ("drawn", "listed"))


class GaussiansControls(Controls, frozen=True, kw_only=True):
    """Seven alike to begin with; sds, weights, xs and ys hold one number for all or one for each.

    One number may hold for all, so that the user can change any lists to any others, one control at a time.
    """

    centres: Annotated[Literal["drawn", "listed"], Choice(
        live=False, help="Drawn: count Gaussians at random places. Listed: one at each of xs and ys.")] = "drawn"
    count: Annotated[int, Integer(1, MOST, live=False, needs=_DRAWN, help="Number of Gaussians that are drawn")] = 7
    layout: Annotated[int, Integer(0, 9999, live=False, needs=_DRAWN,
                                    help="Seed of the random places")] = 1
    spread: Annotated[float, Slider(0.1, 10.0, live=False, unit="data units", needs=_DRAWN,
                                    help="Drawn centres are within this distance of the origin")] = 1.7
    xs: Annotated[tuple[float, ...], Numbers(-10.0, 10.0, live=False, unit="data units", needs=_LISTED,
                                             help="x of each listed centre, or one number for all")
                  ] = (-1.2, 1.2, 0.0)
    ys: Annotated[tuple[float, ...], Numbers(-10.0, 10.0, live=False, unit="data units", needs=_LISTED,
                                             help="y of each listed centre, or one number for all")
                  ] = (-0.7, -0.7, 1.4)
    sds: Annotated[tuple[float, ...], Numbers(0.001, 5.0, live=False, unit="data units", symbol="σ",
                                              help="Spread of each Gaussian, or one number for all")] = (0.08,)
    weights: Annotated[tuple[float, ...], Numbers(
        1e-6, 1e6, live=False, help="Weight of each Gaussian, or one number for all; they are divided by their sum"
    )] = (1.0,)

    @property
    def number(self) -> int:
        """How many Gaussians there are."""
        return self.count if self.centres == "drawn" else max(len(self.xs), len(self.ys))

    def check(self) -> None:
        if self.number > MOST:
            raise BadInput(f"xs and ys list {self.number} Gaussians: at most {MOST} are allowed")
        lists = {"sds": self.sds, "weights": self.weights}
        if self.centres == "listed":
            lists = {"xs": self.xs, "ys": self.ys, **lists}
        for name, numbers in lists.items():
            if len(numbers) not in (1, self.number):
                gaussians = f"{self.number} Gaussian{'s' * (self.number > 1)}"
                raise BadInput(f"{name} has {len(numbers)} numbers for {gaussians}: "
                               "give one that holds for all, or one for each")
        if self.centres == "listed":
            spots = list(zip(_each(self.xs, self.number), _each(self.ys, self.number), strict=True))
            twice = next((spot for spot in spots if spots.count(spot) > 1), None)
            if twice is not None:
                raise BadInput("two Gaussians are at x = {:g}, y = {:g}: xs and ys must differ".format(*twice))


class Gaussians(MixtureDataset[GaussiansControls]):
    """A mixture of isotropic Gaussians on the plane.

    Drawn centres keep apart: each is the best of a few candidates, uniform on a disc. One more Gaussian
    leaves the others where they are.

    Source: Mitchell 1991, Spectrally optimal sampling for distribution ray tracing, for the drawn centres.
    """

    name = "gaussians"
    title = "Gaussians of your own"
    kinds = ("plane",)
    help = "Any number of Gaussians with their places, spreads and weights. Rare or narrow ones are missed first."
    source = "Your choice; drawn centres by best candidate, Mitchell 1991"

    @cached_property
    def modes(self) -> Modes:
        c, n = self.controls, self.controls.number
        if c.centres == "drawn":
            centres = drawn_centres(n, c.layout, c.spread)
        else:
            centres = np.stack([_each(c.xs, n), _each(c.ys, n)], axis=1)
        weights = _each(c.weights, n)
        return Modes(centres, _each(c.sds, n), weights / weights.sum())

    @property
    def extent(self) -> Extent:
        # The origin, where generators start, is always in the middle of the picture.
        reach = float((np.abs(self.modes.centres) + 4 * self.modes.sds[:, None]).max()) * 1.05
        return Extent(-reach, reach)


def drawn_centres(count: int, layout: int, spread: float) -> Floats:
    """Centres ``(count, 2)`` on the disc of radius ``spread`` in data units, apart from each other."""
    rng = Random(layout)  # Python promises the same draws in every version
    chosen: list[tuple[float, float]] = []
    for _ in range(count):
        candidates = [_on_disc(rng) for _ in range(CANDIDATES)]
        chosen.append(max(candidates, key=lambda at: min((math.dist(at, other) for other in chosen), default=0.0)))
    return spread * np.array(chosen, dtype=np.float64)


def _on_disc(rng: Random) -> tuple[float, float]:
    radius, angle = math.sqrt(rng.random()), 2 * math.pi * rng.random()
    return radius * math.cos(angle), radius * math.sin(angle)


def _each(numbers: tuple[float, ...], count: int) -> Floats:
    """One number for each of ``count``: ``(count,)``."""
    return np.broadcast_to(np.array(numbers, dtype=np.float64), count).copy()
