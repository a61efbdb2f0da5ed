"""How samples fall on the modes of a mixture: counted in one place, for the picture and for the measures."""

from __future__ import annotations

import msgspec
import numpy as np

from ganstudio.core.dataset import Floats, Modes

WITHIN_SD = 3.0  # of the nearest mode: a sample of high quality
NEAR_SD = 6.0  # of the nearest mode: what is farther is not near it, though no other mode is nearer


class ModeCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of n samples at K modes, each sample at the mode whose centre is nearest in that mode's sds."""

    nearest: Floats  # (K,), share of the samples whose nearest mode it is
    good: Floats  # (K,), share of the samples within 3 sd of it
    found: int  # modes with enough of these, `Modes.found_from`
    high_quality: float  # share of the samples within 3 sd of their mode
    near: float  # share of them within 6 sd
    distance: float  # median distance of a sample to its mode, data units
    sd_ratio: float | None  # spread of the samples within 3 sd over the modes' sd; None without such samples


def count_modes(points: Floats, modes: Modes) -> ModeCounts:
    """Counts samples ``(n, d)``, data units, at modes; n is at least 1, and all are finite."""
    n, d = points.shape
    K = len(modes.weights)
    squared = np.zeros((n, K))
    for axis in range(d):  # six times as fast as a sum over an axis of one or two
        squared += np.square(points[:, axis, None] - modes.centres[:, axis])
    squared /= modes.sds**2
    nearest = squared.argmin(axis=1)
    to_nearest = squared[np.arange(n), nearest]
    within = to_nearest <= WITHIN_SD**2
    counts = np.bincount(nearest[within], minlength=K)
    return ModeCounts(
        nearest=np.bincount(nearest, minlength=K) / n,
        good=counts / n,
        found=int((counts >= np.maximum(1.0, modes.found_from * n)).sum()),
        high_quality=float(within.mean()),
        near=float((to_nearest <= NEAR_SD**2).mean()),
        distance=float(np.median(np.sqrt(to_nearest) * modes.sds[nearest])),
        sd_ratio=float(np.sqrt(to_nearest[within].mean() / d)) if within.any() else None,
    )
