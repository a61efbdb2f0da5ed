"""How far the patches of one image are from those of another, wherever they lie in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.maths.transport import sliced_w1

SIDE = 7  # px of a patch
DIRECTIONS = 128
BLUR = 1.0  # px: sd of the blur that is the ceiling

Floats = NDArray[np.float64]


def patches(image: NDArray[np.floating], side: int = SIDE) -> Floats:
    """All patches of an image ``(c, h, w)``: ``((h - side + 1) (w - side + 1), c side side)``."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (side, side), axis=(1, 2))  # (c, rows, columns, s, s)
    c, rows, columns = windows.shape[:3]
    return np.ascontiguousarray(windows.transpose(1, 2, 0, 3, 4), np.float64).reshape(rows * columns, c * side * side)


def patch_sw1(one: NDArray[np.floating], other: NDArray[np.floating], seed: int = 0) -> float:
    """Sliced W1 between the patches of two images of one size, in data units.

    A patch is a point with a coordinate for each of its pixels and colours. If all pixels of an image become v
    brighter, that is about .8 v.

    Args:
        one: ``(c, h, w)``.
        other: The same shape.
        seed: Of the directions.
    """
    return sliced_w1(patches(one), patches(other), seed, DIRECTIONS)


def blurred(image: NDArray[np.floating]) -> Floats:
    """An image ``(c, h, w)`` blurred by a Gaussian whose standard deviation is ``BLUR`` px."""
    from scipy.ndimage import gaussian_filter1d  # here: 0.1 s that the engine's greeting need not take

    soft: Floats = gaussian_filter1d(gaussian_filter1d(image.astype(np.float64), BLUR, axis=-1), BLUR, axis=-2)
    return soft
