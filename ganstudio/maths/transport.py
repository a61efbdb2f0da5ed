"""Wasserstein distances between samples, in data units."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def exact_w1(x: Floats, y: Floats) -> float:
    """Exact W1 of two samples of the same size.

    On the line by sorting, elsewhere by the optimal assignment (0.15 to 0.4 s for 1000 points). The
    value of a finite sample is biased upwards: .147 for two samples of 1000 from one N(0, I_2).

    Args:
        x: ``(n, d)``, data units.
        y: ``(n, d)``.

    Raises:
        ValueError: The sizes differ.
    """
    if x.shape != y.shape:
        raise ValueError(f"samples of shapes {x.shape} and {y.shape} cannot be matched one to one")
    if x.shape[1] == 1:
        return float(np.abs(np.sort(x[:, 0]) - np.sort(y[:, 0])).mean())
    from scipy.optimize import linear_sum_assignment  # here, as it takes 0.2 s that the engine's greeting need not
    from scipy.spatial.distance import cdist

    cost = cdist(x, y)
    rows, columns = linear_sum_assignment(cost)
    return float(cost[rows, columns].mean())


def sliced_w1(x: Floats, y: Floats, seed: int, directions: int = 128) -> float:
    """Mean W1 of one-dimensional projections.

    Args:
        x: ``(n, d)``, data units.
        y: ``(n, d)``.
        seed: Of the directions, which are uniform on the sphere.
        directions: How many.

    Source:
        Rabin et al. 2011, Wasserstein barycenter and its application to texture mixing. A shift by v
        scores .636620 |v| in two dimensions and .5 |v| in three.
    """
    axes = np.random.default_rng(seed).standard_normal((x.shape[1], directions))
    axes /= np.linalg.norm(axes, axis=0)
    gaps = np.sort(x @ axes, axis=0) - np.sort(y @ axes, axis=0)
    return cast(float, np.abs(gaps).mean().item())
