"""The grid of the latent space as cells on the plane: their outlines, which of them hold a point, which are folded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def outlines(at: Floats) -> Floats:
    """Corners around each cell of the grid ``(n, m, 2)``, ``(cells, 4, 2)``; of a single row its pieces' ends."""
    if len(at) == 1:
        return np.stack([at[0, :-1], at[0, 1:]], axis=1)
    return np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=2).reshape(-1, 4, 2)


def holding(cells: Floats, x: float, y: float) -> NDArray[np.bool_]:
    """Which cells ``(m, 4, 2)`` hold a point, ``(m,)``."""
    edges = np.roll(cells, -1, axis=1)
    # A ray to the right crosses the sides of a cell that holds the point an odd number of times.
    above, below = cells[..., 1] > y, edges[..., 1] > y
    with np.errstate(all="ignore"):
        crossing = cells[..., 0] + (y - cells[..., 1]) / (edges[..., 1] - cells[..., 1]) * (
            edges[..., 0] - cells[..., 0])
    odd: NDArray[np.bool_] = ((above != below) & (crossing > x)).sum(axis=1) % 2 == 1
    return odd


def folded(at: Floats) -> float:
    """Share of the cells of the grid ``(n, n, 2)`` that lie turned over, against the way most of them lie."""
    if len(at) == 1:
        return 0.0
    cells = outlines(at).astype(np.float64)
    first, second = cells[:, 2] - cells[:, 0], cells[:, 3] - cells[:, 1]
    turned = float(np.mean(first[:, 0] * second[:, 1] < first[:, 1] * second[:, 0]))
    return min(turned, 1 - turned)
