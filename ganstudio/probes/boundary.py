"""Boundary: where the discriminator that is optimal against the present generator is undecided, p = q.

Neither density is looked at more closely than a kernel allows: modes may be far narrower than anything that
a thousand samples can tell. Both are smoothed with the same kernel, the data's exactly.
"""

from __future__ import annotations

from typing import Any

import contourpy
import numpy as np
import torch

from ganstudio.core.dataset import Dataset, Floats, Modes
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Boundary

CELLS = 80
KERNEL = 1.75  # cells
FAINT = 0.02  # of the top of both together: fainter, and the line would run along noise


class BoundaryProbe(Probe):
    """Polylines, for variants whose optimal discriminator follows from p/q alone and data of known density."""

    name = "boundary"
    title = "Optimal boundary"
    kinds = ("plane",)
    priority = "front"
    expensive = True

    def __init__(self) -> None:
        self._of: Dataset[Any] | None = None  # the data that the density below is of
        self._data: Floats | None = None

    def look(self, game: GameView, size: int) -> Boundary:
        extent = game.data.extent
        edges = np.linspace(extent.low, extent.high, CELLS + 1)
        sd = KERNEL * float(edges[1] - edges[0])
        undecided = game.variant.optimal_score(torch.zeros(1, dtype=torch.float64), game.controls)
        nothing = Boundary(at=Array.of(np.zeros((0, 2), dtype=np.float32)), resolution=sd)
        if undecided is None:
            return nothing
        if self._of is not game.data:  # the first look, or a control of the data was moved
            self._of = game.data
            self._data = _data_density(game.data, edges, sd)
        p = self._data
        fake = game.generate(game.latents).double().cpu().numpy()
        finite = fake[np.isfinite(fake).all(axis=1)]
        if p is None or not len(finite):
            return nothing
        counts = np.histogram2d(finite[:, 1], finite[:, 0], (edges, edges))[0]
        q = _smooth(counts) / (len(fake) * (edges[1] - edges[0]) ** 2)
        both = p + q
        difference = np.ma.masked_where(both < FAINT * both.max(), p - q)
        centres = (edges[:-1] + edges[1:]) / 2
        lines = contourpy.contour_generator(centres, centres, difference).lines(0.0)
        gap = np.full((1, 2), np.nan)
        parts = [part for line in lines for part in (np.asarray(line), gap)]
        at = np.concatenate(parts) if parts else np.zeros((0, 2))
        return Boundary(at=Array.of(at.astype(np.float32)), resolution=sd)


def _data_density(data: Dataset[Any], edges: Floats, sd: float) -> Floats | None:
    """The data's density over the grid, [row y, column x], smoothed; None if it is not known."""
    centres = (edges[:-1] + edges[1:]) / 2
    x, y = np.meshgrid(centres, centres)
    at = np.stack([x.ravel(), y.ravel()], axis=1)
    modes = data.modes
    if modes is not None:  # a Gaussian smoothed by a Gaussian is a wider one
        wide = Modes(modes.centres, np.sqrt(modes.sds**2 + sd**2), modes.weights)
        return np.exp(wide.log_density(at)).reshape(CELLS, CELLS)
    log_density = data.log_density(at)
    if log_density is None:
        return None
    return _smooth(np.exp(log_density).reshape(CELLS, CELLS))


def _smooth(cells: Floats) -> Floats:
    """Convolved with a Gaussian of ``KERNEL`` cells."""
    from scipy.ndimage import gaussian_filter  # here: 0.1 s that the engine's greeting need not take

    return gaussian_filter(cells, KERNEL, mode="constant")
