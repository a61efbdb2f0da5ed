"""Fréchet distance of two Gaussians: what FID computes of the features of real and generated images.

    d^2 = |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1^1/2 S2 S1^1/2)^1/2

The last trace needs eigenvalues of symmetric matrices alone: no square root of a product that is not
symmetric, which comes out complex where the covariances are singular.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def frechet_distance(mean1: Floats, cov1: Floats, mean2: Floats, cov2: Floats) -> float:
    """Squared Fréchet distance (2-Wasserstein) of two Gaussians, in squared units of the space.

    Args:
        mean1: ``(d,)``.
        cov1: ``(d, d)``, symmetric, may be singular.
        mean2: ``(d,)``.
        cov2: ``(d, d)``.

    Raises:
        ValueError: The shapes do not fit each other.

    Source:
        Dowson and Landau 1982; as a measure of generators Heusel et al. 2017, arXiv:1706.08500, eq. (6).
    """
    d = len(mean1)
    if mean2.shape != (d,) or cov1.shape != (d, d) or cov2.shape != (d, d):
        raise ValueError(f"means {mean1.shape}, {mean2.shape} and covariances {cov1.shape}, {cov2.shape} do not fit")
    values, vectors = np.linalg.eigh(cov1)
    root = (vectors * np.sqrt(values.clip(min=0.0))) @ vectors.T
    shared = np.linalg.eigvalsh(root @ cov2 @ root)  # symmetric up to rounding; eigvalsh reads one triangle
    gap = mean1 - mean2
    squared = gap @ gap + np.trace(cov1) + np.trace(cov2) - 2 * np.sqrt(shared.clip(min=0.0)).sum()
    return float(max(squared, 0.0))  # rounding alone takes it below 0


def moments_of(x: Floats) -> tuple[Floats, Floats]:
    """Mean ``(d,)`` and unbiased covariance ``(d, d)`` of samples ``(n, d)``, n of 2 or more."""
    mean = x.mean(axis=0)
    centred = x - mean
    return mean, cast(Floats, centred.T @ centred / (len(x) - 1))


def frechet_of(x: Floats, y: Floats) -> float:
    """Squared Fréchet distance of the Gaussians fitted to two samples.

    Biased upwards: two samples of 1000 from one N(0, I_64) score about 2.1.

    Args:
        x: ``(n, d)``.
        y: ``(m, d)``.

    Raises:
        ValueError: One of them holds fewer than 2 samples.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(f"samples of {len(x)} and {len(y)} have no covariance: it takes 2")
    return frechet_distance(*moments_of(x), *moments_of(y))
