"""Images as they are shown and written: bytes, grids of them, and how many fit beside each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.views import Array
from ganstudio.core.system.errors import BadInput

Bytes = NDArray[np.uint8]
Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)


def pixels(images: NDArray[np.floating[Any]]) -> Bytes:
    """Images as bytes: round((x + 1) * 127.5), what lies outside cut off, NaN as black.

    Args:
        images: ``(n, c, h, w)`` in [-1, 1].

    Returns:
        ``(n, h, w, c)``.
    """
    levels = np.nan_to_num((images + 1) * 127.5, nan=0.0, posinf=255.0, neginf=0.0)
    whole: Bytes = np.rint(levels).clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(whole.transpose(0, 2, 3, 1))


def images_of(array: Array) -> Bytes:
    """The images of a view, ``(n, h, w, c)``: a read-only look at its bytes.

    Raises:
        ValueError: They are no bytes, or the shape does not fit them.
    """
    if array.dtype != "u1" or len(array.shape) != 4 or any(side < 0 for side in array.shape):
        raise ValueError(f"an array of {array.dtype} and shape {array.shape} is not images")
    return np.frombuffer(array.data, np.uint8).reshape(array.shape)


def coloured(images: Bytes) -> Bytes:
    """Images ``(n, h, w, c)`` with three channels; grey ones get the same in each.

    Raises:
        BadInput: They have neither one nor three channels.
    """
    if images.ndim != 4 or images.shape[3] not in (1, 3):
        raise BadInput(f"images of shape {images.shape} are not allowed: they are (n, h, w, 1) or (n, h, w, 3)")
    return images if images.shape[3] == 3 else np.repeat(images, 3, axis=3)


def grid(images: Bytes, columns: int, gap: int = 0, colour: Colour = BLACK) -> Bytes:
    """One picture of many images, row by row from the top left.

    Args:
        images: ``(n, h, w, c)``, c 1 or 3.
        columns: Images beside each other, at least 1; if there are fewer, as many.
        gap: Pixels between two images; none around them.
        colour: Of the gaps and of places left over, RGB.

    Returns:
        ``(rows * h + (rows - 1) * gap, columns * w + (columns - 1) * gap, 3)``; without images ``(0, 0, 3)``.

    Raises:
        BadInput: A number of columns below 1, a gap below 0, or images that are none.
    """
    if columns < 1 or gap < 0:
        raise BadInput(f"{columns} columns with gaps of {gap} px are not allowed: at least 1 column and gaps from 0")
    rgb = coloured(images)
    n, height, width, _ = rgb.shape
    if n == 0:
        return np.zeros((0, 0, 3), np.uint8)
    columns = min(columns, n)
    rows = -(-n // columns)
    cells = np.empty((rows * columns, height + gap, width + gap, 3), np.uint8)
    cells[:] = np.array(colour, np.uint8)
    cells[:n, :height, :width] = rgb
    whole = cells.reshape(rows, columns, height + gap, width + gap, 3).transpose(0, 2, 1, 3, 4)
    sheet = whole.reshape(rows * (height + gap), columns * (width + gap), 3)
    return np.ascontiguousarray(sheet[: len(sheet) - gap, : sheet.shape[1] - gap])


def enlarged(image: Bytes, factor: int) -> Bytes:
    """An image ``(h, w, c)``, each of its pixels a square of ``factor`` pixels: ``(factor h, factor w, c)``.

    Raises:
        BadInput: The factor is below 1.
    """
    if factor < 1:
        raise BadInput(f"images {factor} times as large are not allowed: at least 1")
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def columns_for(n: int, width: float, height: float, aspect: float = 1.0, gap: float = 0.0) -> int:
    """How many images beside each other make them largest in a rectangle; of equals the fewest empty places.

    Args:
        n: Images.
        width: Of the rectangle, px.
        height: Of the rectangle, px.
        aspect: An image's width over its height.
        gap: Between two images, px.
    """
    best, found = (-np.inf, 0), 1
    for columns in range(1, max(n, 1) + 1):
        rows = -(-n // columns)
        side = cell_width(columns, rows, width, height, aspect, gap)
        key = (side, columns - rows * columns)
        if key > best:
            best, found = key, columns
    return found


def cell_width(columns: int, rows: int, width: float, height: float, aspect: float = 1.0, gap: float = 0.0) -> float:
    """Width of the largest images that fit a rectangle in this number of columns and rows; all in px."""
    wide = (width - (columns - 1) * gap) / columns
    high = (height - (rows - 1) * gap) / max(rows, 1)
    return min(wide, high * aspect)
