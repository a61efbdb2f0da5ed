"""Mixture: any mixture of Gaussians on a line, with exact density and distribution function."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import numpy as np

from ganstudio.core.control import Controls, Numbers
from ganstudio.core.dataset import Extent, Floats, Modes
from ganstudio.core.system.errors import BadInput
from ganstudio.datasets.parts.mixtures import MixtureDataset


class MixtureControls(Controls, frozen=True, kw_only=True):
    """The f-GAN paper's univariate experiment: 0.33 N(-1, var 0.0625) + 0.67 N(2, var 2)."""

    weights: Annotated[tuple[float, ...], Numbers(0.0, 1e6, live=False,
                                                  help="Weight of each Gaussian; they are divided by their sum")
                       ] = (0.33, 0.67)
    means: Annotated[tuple[float, ...], Numbers(-1e4, 1e4, live=False, unit="data units", symbol="μ",
                                                help="Centre of each Gaussian")] = (-1.0, 2.0)
    sds: Annotated[tuple[float, ...], Numbers(0.0, 1e4, live=False, unit="data units", symbol="σ",
                                              help="Standard deviation of each Gaussian")] = (0.25, 1.41421356)

    def check(self) -> None:
        lengths = len(self.weights), len(self.means), len(self.sds)
        if len(set(lengths)) > 1:
            raise BadInput("weights, means and sds go together one by one and must be equally many, "
                           "not {}, {} and {}".format(*lengths))
        for name, numbers, least in ("weights", self.weights, 1e-6), ("sds", self.sds, 1e-4):
            if min(numbers) < least:
                raise BadInput(f"{name} = {min(numbers):g} is too small: each of the {name} "
                               f"must be positive, at least {least:g}")


class Mixture(MixtureDataset[MixtureControls]):
    """A mixture of Gaussians on a line.

    Source: Nowozin, Cseke, Tomioka 2016, arXiv:1606.00709, the univariate experiment, for the defaults.
    """

    name = "mixture"
    title = "Mixture on a line"
    kinds = ("line",)
    usual = True
    help = ("Gaussians on a line, by weights, means and sds. One Gaussian fitted to them shows what each divergence "
            "prefers.")
    source = "Nowozin, Cseke, Tomioka 2016, arXiv:1606.00709, univariate experiment"

    @cached_property
    def modes(self) -> Modes:
        weights = np.array(self.controls.weights, dtype=np.float64)
        centres = np.array(self.controls.means, dtype=np.float64)[:, None]
        return Modes(centres, np.array(self.controls.sds, dtype=np.float64), weights / weights.sum())

    @property
    def extent(self) -> Extent:
        centres, reach = self.modes.centres[:, 0], 4.5 * self.modes.sds
        return Extent(float((centres - reach).min()), float((centres + reach).max()))

    def cdf(self, x: Floats) -> Floats:
        from scipy.special import ndtr  # here: 0.1 s that the engine's greeting need not take

        m = self.modes
        return ndtr((x[:, None] - m.centres[:, 0]) / m.sds) @ m.weights
