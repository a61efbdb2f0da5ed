"""What the samples panel says: whether the images differ from each other as much as real ones do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
ALIKE = 0.25  # as a share of the difference between real images
TWINS_FROM = 0.25  # of the images: fewer twins are not mentioned, real images have some too


def variety(apart: Doubles, usual: Doubles) -> float:
    """How far generated images are apart, as a share of how far real ones are; NaN if it is unknown."""
    if not apart.size or not usual.size or np.median(usual) <= 0:
        return float("nan")
    return float(np.median(apart) / np.median(usual))


def twins(apart: Doubles, usual: Doubles) -> int:
    """Images that nearly equal another one: far nearer to it than a real image usually is to its nearest."""
    return int(np.count_nonzero(apart.min(axis=1) < ALIKE * np.median(usual.min(axis=1))))


def words(
    apart: Doubles, usual: Doubles, *, early: bool = False, translates: bool = False, one_image: bool = False,
) -> str:
    """What the picture shows, in one or two plain sentences.

    Args:
        apart: How far each generated image is from each other one, ``(n, n - 1)``.
        usual: The same of real images.
        early: Whether G has not had the time to make different images.
        translates: Whether G makes each image of a source, and not of a latent alone.
        one_image: Whether the data is a single image, so that nothing tells how much images should vary.
    """
    if one_image:
        return "Goal: the patches of the one image, in other places each time."
    ratio = variety(apart, usual)
    if np.isnan(ratio):
        return "Goal: as sharp and as varied as the real images."
    if ratio < ALIKE:
        if early:
            return ("G has hardly begun to learn: its images are still all alike. Goal: as sharp and as varied as the "
                    "real images.")
        what = "G ignores its sources" if translates else "Mode collapse"
        return f"{what}: these {len(apart)} generated images vary only {ratio:.0%} as much as real ones."
    alike, of_real = twins(apart, usual), twins(usual, usual)
    if alike >= of_real + TWINS_FROM * len(apart):
        why = "G makes too little of its sources" if translates else "G repeats itself, so modes are missing"
        return f"{alike} of {len(apart)} generated images nearly equal another one: {why}."
    return f"Goal: as sharp and as varied as the real images. These {len(apart)} vary {ratio:.0%} as much."
