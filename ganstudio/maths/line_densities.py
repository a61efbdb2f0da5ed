"""Densities on a line by cells, and the divergences between two of them by quadrature."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from ganstudio.core.dataset import Dataset, Floats
from ganstudio.core.measure import MeasureInput

MOST_CELLS = 1 << 16
CELLS_PER_SD = 10  # the middle of a cell of a tenth of an sd tells a Gaussian's mass to 1e-9 and better
UNSEEN = 1e-6  # mass that no divergence is made infinite for: tails are cut off somewhere


class Cells(msgspec.Struct, frozen=True):
    """Probability by cells of equal width."""

    edges: Floats  # (n + 1,), data units
    mass: Floats  # (n,), probability of each cell

    @property
    def centres(self) -> Floats:
        """The middle of each cell, ``(n,)``."""
        return (self.edges[:-1] + self.edges[1:]) / 2

    @property
    def density(self) -> Floats:
        """Mean density of each cell, ``(n,)``, per data unit."""
        return self.mass / np.diff(self.edges)


def mass_of_data(data: Dataset[Any], edges: Floats) -> Cells | None:
    """The data's own, from its density at the cells' centres; None if it is not known.

    Not from differences of the distribution function, which round to 0 far out on the right.
    """
    log_density = data.log_density(((edges[:-1] + edges[1:]) / 2)[:, None])
    return None if log_density is None else Cells(edges, np.exp(log_density) * np.diff(edges))


def mass_along(path: Floats, mass: Floats, edges: Floats) -> Cells:
    """Of what a generator with one latent makes of slices of that latent.

    Within a slice the generator is taken for a straight line, so that folds, and cells that no end of a
    slice falls into, are right. The distribution function is then a sum of ramps.

    Args:
        path: ``(m + 1,)``, G at the ends of the slices, data units, finite.
        mass: ``(m,)``, probability of each slice.
        edges: ``(n + 1,)``.
    """
    low = np.minimum(path[:-1], path[1:])
    reach = np.maximum(np.abs(np.diff(path)), 1e-9 * float(edges[-1] - edges[0]))
    knots = np.concatenate([low, low + reach])
    steeper = np.concatenate([mass / reach, -mass / reach])
    order = np.argsort(knots)
    knots, slope = knots[order], np.cumsum(steeper[order])
    below = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(knots))])
    at_edges = np.interp(edges, knots, below, left=0.0, right=float(mass.sum()))
    return Cells(edges, np.diff(at_edges).clip(min=0))


def bandwidth(samples: Floats) -> float:
    """Silverman's rule for a Gaussian kernel, with the smaller of two spreads: 0.9 min(sd, IQR / 1.34) n^(-1/5)."""
    quarters = np.quantile(samples, [0.25, 0.75])
    spread = min(float(samples.std()), float(quarters[1] - quarters[0]) / 1.34) or float(samples.std())
    return float(max(0.9 * spread * len(samples) ** -0.2, 1e-9))


def smoothed(cells: Cells, sd: float) -> Cells:
    """Convolved with a Gaussian of that sd, data units; what leaves the cells is lost."""
    width = float(cells.edges[1] - cells.edges[0])
    if sd < width / 4:
        return cells
    from scipy.ndimage import gaussian_filter1d  # here: 0.1 s that the engine's greeting need not take

    return Cells(cells.edges, gaussian_filter1d(cells.mass, sd / width, mode="constant", truncate=5.0))


def mass_of_samples(samples: Floats, edges: Floats) -> Cells:
    """Histogram of samples ``(m,)``."""
    return Cells(edges, np.histogram(samples, edges)[0] / max(len(samples), 1))


def fine_edges(low: float, high: float, finest: float) -> Floats:
    """Edges of cells no wider than ``finest``, as far as 65,536 of them reach; at least 2,048."""
    n = int(min(max(np.ceil((high - low) / max(finest, 1e-12)), 2048), MOST_CELLS))
    return np.linspace(low, high, n + 1)


def pair_of(evidence: MeasureInput) -> tuple[Cells, Cells] | None:
    """Data's and generator's mass over the same fine cells; None if the data's density is not known."""
    fake = evidence.fake.ravel()
    if not (fake.size and np.isfinite(fake).all()):
        return None
    extent, modes = evidence.data.extent, evidence.data.modes
    finest = float(modes.sds.min()) if modes is not None else (extent.high - extent.low) / 400
    margin = (0.25 if evidence.mass is None else 0.75) * (extent.high - extent.low)
    first, last = evidence.reach or (float(fake.min()), float(fake.max()))
    low, high = min(extent.low, first) - margin, max(extent.high, last) + margin
    kernel = 0.0 if evidence.mass is not None else min(bandwidth(fake), 0.1 * (extent.high - extent.low))
    spread = float(fake.std()) if evidence.moments is None else float(evidence.moments[1, 0])
    edges = fine_edges(low, high, min(finest, max(spread, 1e-6), kernel or finest) / CELLS_PER_SD)
    data = mass_of_data(evidence.data, edges)
    if data is None:
        return None
    if evidence.mass is not None:
        return data, Cells(edges, evidence.mass(edges))
    return smoothed(data, kernel), smoothed(mass_of_samples(fake, edges), kernel)


class Divergences(msgspec.Struct, frozen=True, kw_only=True):
    """Between data p and generator q, in nats; infinite if one puts mass and the other none."""

    kl: float  # of q from p: E_p[log p/q]
    kl_reverse: float  # E_q[log q/p]
    jsd: float  # from 0 to log 2
    chi2: float  # Pearson: E_q[(p/q - 1)^2]
    tv: float  # total variation, from 0 to 1


def divergences(p: Cells, q: Cells) -> Divergences:
    """Divergences of two distributions over the same cells; what lies outside of them counts as one cell more."""
    a, b = (np.append(cells.mass, max(1 - cells.mass.sum(), 0.0)) for cells in (p, q))
    a[-1], b[-1] = (0.0 if rest[-1] < UNSEEN else rest[-1] for rest in (a, b))
    half_a, half_b = _kl(a, (a + b) / 2), _kl(b, (a + b) / 2)
    there = b > 0
    chi2 = float((((a - b)[there]) ** 2 / b[there]).sum()) if a[~there].sum() <= UNSEEN else math.inf
    return Divergences(kl=_kl(a, b), kl_reverse=_kl(b, a), jsd=(half_a + half_b) / 2, chi2=chi2,
                       tv=float(np.abs(a - b).sum() / 2))


def _kl(a: Floats, b: Floats) -> float:
    """E_a[log a/b]; infinite if b is 0 on more of a's mass than rounding explains."""
    if a[b == 0].sum() > UNSEEN:
        return math.inf
    both = (a > 0) & (b > 0)
    return float((a[both] * (np.log(a[both]) - np.log(b[both]))).sum())
