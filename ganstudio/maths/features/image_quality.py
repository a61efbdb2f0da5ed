"""Numbers that compare features of generated images with those of real ones: KID, IS, precision, recall, diversity."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CHUNK = 512  # rows of a distance matrix at a time: 2500 of them are 10 MB
HALF_A_LEVEL = 1 / 255  # of 256 levels from -1 to 1
ROUNDING = 1e-12  # of the largest squared distance: below it two features count as the same


def kid(x: Floats, y: Floats) -> float:
    """Kernel inception distance: the unbiased squared MMD under the kernel (x . y / d + 1)^3.

    Unbiased: of two samples of one distribution it is 0 on average, and as often below as above.
    On the line the kernel compares three moments: 3 (E x - E y)^2 + 3 (E x^2 - E y^2)^2 + (E x^3 - E y^3)^2,
    which is 22 for N(0, 1) and N(1, 1).

    Args:
        x: ``(n, d)`` features.
        y: ``(m, d)``.

    Raises:
        ValueError: One of them holds fewer than 2 samples.

    Source:
        Binkowski et al. 2018, arXiv:1801.01401, section 4; the estimate is Gretton et al. 2012, eq. (3).
    """
    n, m = len(x), len(y)
    if min(n, m) < 2:
        raise ValueError(f"samples of {n} and {m} have no unbiased estimate: it takes 2")
    within_x = (_kernel_sum(x, x) - _own_sum(x)) / (n * (n - 1))
    within_y = (_kernel_sum(y, y) - _own_sum(y)) / (m * (m - 1))
    return within_x + within_y - 2 * _kernel_sum(x, y) / (n * m)


def _kernel_sum(x: Floats, y: Floats) -> float:
    """Sum of the kernel over all pairs."""
    d = x.shape[1]
    return float(sum(_cubed(x[at : at + CHUNK] @ y.T / d + 1).sum() for at in range(0, len(x), CHUNK)))


def _own_sum(x: Floats) -> float:
    """Sum of the kernel of each sample with itself."""
    return float(_cubed((x**2).sum(axis=1) / x.shape[1] + 1).sum())


def _cubed(x: Floats) -> Floats:
    return x * x * x  # numpy's power takes thirty times as long


def inception_score(probabilities: Floats) -> float:
    """exp E KL(p(class | image), p(class)): 1 if every image looks alike, K where K classes are sure and as many.

    Over all samples at once, not the mean over ten splits of the first implementation.

    Args:
        probabilities: ``(n, K)``, rows sum to 1.

    Source:
        Salimans et al. 2016, arXiv:1606.03498, section 4.
    """
    mean = probabilities.mean(axis=0)
    seen = probabilities > 0
    ratio = np.ones_like(probabilities)
    np.divide(probabilities, mean, out=ratio, where=seen)
    return float(np.exp((probabilities * np.log(ratio)).sum(axis=1).mean()))


class Coverage(NamedTuple):
    """Shares from 0 to 1."""

    precision: float  # of the generated samples that lie where real ones do
    recall: float  # of the real samples that lie where generated ones do


def precision_recall(real: Floats, fake: Floats, k: int = 5) -> Coverage:
    """Improved precision and recall: a set reaches as far as balls around its samples, to the k-th nearest other.

    Args:
        real: ``(n, d)`` features, n over k.
        fake: ``(m, d)``, m over k.
        k: Which neighbour each ball ends at.

    Raises:
        ValueError: There are no k neighbours.

    Source:
        Kynkäänniemi et al. 2019, arXiv:1904.06991, eq. (1) and (2), with k = 3 of 50,000; 5 is Naeem et al.'s
        (2020, arXiv:2002.09797), steadier at a few thousand.
    """
    if not 1 <= k < min(len(real), len(fake)):
        raise ValueError(f"samples of {len(real)} and {len(fake)} have no neighbour number {k}")
    centre = real.mean(axis=0)  # far from 0 the differences of large squares would round
    real, fake = real - centre, fake - centre
    return Coverage(_share_within(fake, real, k), _share_within(real, fake, k))


def _share_within(x: Floats, centres: Floats, k: int) -> float:
    """Share of ``x`` ``(n, d)`` inside at least one of the balls around ``(m, d)``."""
    radii = np.concatenate([
        np.partition(_squared(part, centres), k, axis=1)[:, k]  # number 0 is the sample itself
        for part in np.split(centres, range(CHUNK, len(centres), CHUNK))
    ])
    inside = [(_squared(part, centres) <= radii).any(axis=1) for part in np.split(x, range(CHUNK, len(x), CHUNK))]
    return float(np.concatenate(inside).mean())


def _squared(x: Floats, y: Floats) -> Floats:
    """Squared distances ``(n, m)``; what rounding makes of 0 is 0."""
    of_x, of_y = (x**2).sum(axis=1), (y**2).sum(axis=1)
    squared = of_x[:, None] + of_y - 2 * x @ y.T
    squared[squared < ROUNDING * (of_x[:, None] + of_y)] = 0.0
    return cast(Floats, squared)


def different(x: NDArray[np.float32] | Floats) -> int:
    """How many of samples ``(n, d)`` differ from each other, bit for bit."""
    return len({row.tobytes() for row in x})


def varies(real: NDArray[np.float32] | Floats) -> bool:
    """Whether real images differ enough to be a measure for others: on average by half a grey level a pixel.

    Features are scaled by their spread over the real images: if there is none, any generated image is infinitely far.

    Args:
        real: ``(n, d)`` pixels, -1 to 1.
    """
    return bool(len(real) > 1 and np.sqrt(real.astype(np.float64).var(axis=0).mean()) >= HALF_A_LEVEL)


def mean_pair_distance(x: NDArray[np.float32] | Floats) -> float:
    """Mean Euclidean distance of all pairs of samples ``(n, d)``, n of 2 or more."""
    x = x.astype(np.float64)
    x -= x.mean(axis=0)
    upper = np.triu_indices(len(x), k=1)
    return float(np.sqrt(_squared(x, x)[upper]).mean())


def diversity(
    real: NDArray[np.float32] | Floats, fake: NDArray[np.float32] | Floats, most: int = 500
) -> float | None:
    """Mean distance of pairs of generated samples over that of real ones: 0 if all are the same.

    Args:
        real: ``(n, d)`` pixels.
        fake: ``(m, d)``.
        most: How many of each are looked at, the first.

    Returns:
        None if there are fewer than 2 of either or the real ones do not differ.
    """
    if min(len(real), len(fake)) < 2:
        return None
    usual = mean_pair_distance(real[:most])
    return mean_pair_distance(fake[:most]) / usual if usual > 0 else None
