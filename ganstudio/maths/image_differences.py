"""How far images are apart."""

from __future__ import annotations

import numpy as np

from ganstudio.core.examples import Bytes


def mean_difference(a: Bytes, b: Bytes) -> float:
    """Mean absolute difference of images of one shape, in units of pixels from -1 to 1."""
    return float(np.abs(a.astype(np.float32) - b.astype(np.float32)).mean() / 127.5)
