"""The avatars that are shipped: read without pickle, unpacked to pixels in a fraction of a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


def read_avatars(path: Path) -> tuple[Bytes, dict[str, Bytes]]:
    """Pixels ``(n, 3, 64, 64)``, RGB, and each part's choices ``(n,)`` by the part's name.

    The file is packaging/avatars's: each pixel is a place in its avatar's own palette.
    """
    with np.load(path, allow_pickle=False) as stored:
        indices, palettes, choices, parts = (stored[name] for name in ("indices", "palettes", "choices", "parts"))
    n, height, width = indices.shape
    pixels = np.empty((n, 3, height, width), np.uint8)
    for avatar, palette, index in zip(pixels, palettes, indices, strict=True):
        for channel in range(3):
            np.take(palette[:, channel], index, out=avatar[channel], mode="clip")  # "raise" buffers: 3 x slower
    return pixels, {str(part): choices[:, column] for column, part in enumerate(parts)}
