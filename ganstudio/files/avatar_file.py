"""The avatars that are shipped: read without pickle, unpacked to pixels in a fraction of a second."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


class ChangedAvatars(msgspec.Struct, frozen=True):
    """Avatars, and the same ones with one part changed."""

    images: Bytes  # (n, 3, 64, 64), RGB, as they are
    parts: dict[str, Bytes]  # each part's choices (n,), as they are
    changed: dict[str, Bytes]  # by the part that is another one, (n, 3, 64, 64)
    changed_to: dict[str, Bytes]  # by that part, its choice then (n,)


def read_avatars(path: Path) -> tuple[Bytes, dict[str, Bytes]]:
    """Pixels ``(n, 3, 64, 64)``, RGB, and each part's choices ``(n,)`` by the part's name.

    The file is packaging/avatars's: each pixel is a place in its avatar's own palette.
    """
    with np.load(path, allow_pickle=False) as stored:
        indices, palettes, choices, parts = (stored[name] for name in ("indices", "palettes", "choices", "parts"))
    return _pixels(indices, palettes), _by_name(parts, choices)


def read_changed_avatars(path: Path) -> ChangedAvatars:
    """Avatars beside the same ones with one part changed, from packaging/avatars's other file.

    An avatar and its changed ones have one palette: a pixel that the part does not touch is the same in all.
    """
    with np.load(path, allow_pickle=False) as stored:
        indices, palettes, choices, parts = (stored[name] for name in ("indices", "palettes", "choices", "parts"))
        names, choices_then = stored["changed"], stored["changed_to"]
    images, *changed = (_pixels(indices[:, at], palettes) for at in range(indices.shape[1]))
    return ChangedAvatars(images, _by_name(parts, choices),
                          {str(name): pixels for name, pixels in zip(names, changed, strict=True)},
                          _by_name(names, choices_then))


def _pixels(indices: Bytes, palettes: Bytes) -> Bytes:
    """The colours ``(n, 3, h, w)`` of places ``(n, h, w)`` in palettes ``(n, colours, 3)``."""
    n, height, width = indices.shape
    pixels = np.empty((n, 3, height, width), np.uint8)
    for avatar, palette, index in zip(pixels, palettes, indices, strict=True):
        for channel in range(3):
            np.take(palette[:, channel], index, out=avatar[channel], mode="clip")  # "raise" buffers: 3 x slower
    return pixels


def _by_name(names: NDArray[np.str_], choices: Bytes) -> dict[str, Bytes]:
    return {str(name): choices[:, column] for column, name in enumerate(names)}
