"""Pictures of more than 8 bits a channel, and the scale on which all of a folder become bytes.

A 16-bit file does not say how many of its bits the camera has filled, so the greatest value of all files decides: a
scale for each file would make a dark picture as bright as a light one, and the file's own range would leave 12-bit data
black. The scale depends on the files alone, not on their order.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Kind = Literal["whole", "real"]
Scales = Mapping[Kind, tuple[float, float]]  # by the kind of numbers: the values of black and white

USUAL_BITS = (8, 10, 12, 14, 16)  # that cameras, scanners and microscopes fill
HALF_A_BYTE = 127.5  # reals beyond it and up to 255 are taken for bytes written as reals
ROUNDING = 1e-4  # beyond an end of a usual range of reals
OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


class Range(msgspec.Struct, frozen=True):
    """The least and the greatest value of a picture, transparency left out."""

    kind: Kind
    low: float
    high: float


class Wide(msgspec.Struct, frozen=True):
    """A picture of more than 8 bits a channel."""

    values: NDArray[Any]  # (h, w) or (h, w, 3), whole or real numbers
    alpha: NDArray[np.uint8] | None  # (h, w)

    @property
    def range(self) -> Range:
        """Its least and greatest value; ValueError if one is not finite."""
        low, high = float(self.values.min()), float(self.values.max())
        if not np.isfinite([low, high]).all():
            raise ValueError("holds values that are not finite")
        return Range("real" if self.values.dtype.kind == "f" else "whole", low, high)

    def scaled(self, scales: Scales) -> Image.Image:
        """The picture in L, RGB or RGBA."""
        black, white = scales[self.range.kind]
        share = (self.values.astype(np.float32) - np.float32(black)) * np.float32(255 / (white - black or 1.0))
        image = Image.fromarray(np.rint(share.clip(0, 255)).astype(np.uint8))
        if self.alpha is not None:
            image = image.convert("RGB")
            image.putalpha(Image.fromarray(self.alpha))
        return image


def wide(image: Image.Image, handle: BinaryIO, formats: list[str]) -> Wide | None:
    """The numbers of a picture of more than 8 bits a channel; None if it has no more.

    Args:
        image: As Pillow opened it. Of 16 bits of colour it gives the upper 8 alone.
        handle: The open file, which is read once more for the lower 8.
        formats: That Pillow may open.
    """
    if image.mode.startswith(("I", "F")):
        return Wide(np.asarray(image), None)
    raw = _raw_mode(image)
    if raw == "LA;16B":
        both = _read_as(handle, formats, "RGBA", "RGBA")  # the two bytes of each as channels
        return Wide(_joined(both[..., 0], both[..., 1]), both[..., 2])
    name, _, order = raw.partition(";16")
    if image.mode not in ("RGB", "RGBA") or name not in ("RGB", "RGBA", "RGBX") or order not in OTHER_ORDER:
        return None
    low = _read_as(handle, formats, image.mode, f"{name};16{OTHER_ORDER[order]}")
    high = np.asarray(image)
    alpha = high[..., 3] if name == "RGBA" else None
    return Wide(_joined(high[..., :3], low[..., :3]), alpha)


def _raw_mode(image: Image.Image) -> str:
    """How the pixels lie in the file, as Pillow's decoders call it."""
    tiles = getattr(image, "tile", [])
    args: Any = tiles[0].args if tiles else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _read_as(handle: BinaryIO, formats: list[str], mode: str, raw: str) -> NDArray[np.uint8]:
    """The same picture decoded with other bytes of each number: Pillow has no mode for 16 bits of colour."""
    handle.seek(0)
    with Image.open(handle, formats=formats) as again:
        other: Any = again
        other._mode = mode
        other.tile = [tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw)
                      for tile in other.tile]
        return np.asarray(again)


def _joined(high: NDArray[np.uint8], low: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return high * np.uint16(256) + low


def scales_of(ranges: Iterable[Range]) -> Scales:
    """What black and white are in pictures of these ranges, of each kind of numbers."""
    whole: dict[Kind, tuple[float, float]] = {}
    for one in ranges:
        low, high = whole.get(one.kind, (one.low, one.high))
        whole[one.kind] = (min(low, one.low), max(high, one.high))
    return {kind: (_of_whole if kind == "whole" else _of_reals)(low, high) for kind, (low, high) in whole.items()}


def _of_whole(low: float, high: float) -> tuple[float, float]:
    """The fewest usual bits that hold all values; for want of such, the least and the greatest."""
    if low >= 0:
        for bits in USUAL_BITS:
            if high < 2**bits:
                return 0.0, 2.0**bits - 1
    return low, high


def _of_reals(low: float, high: float) -> tuple[float, float]:
    """0 to 1, -1 to 1 or 0 to 255 if the values are such; else the least and the greatest."""
    if low >= -ROUNDING and high <= 1 + ROUNDING:
        return 0.0, 1.0
    if low >= -1 - ROUNDING and high <= 1 + ROUNDING:
        return -1.0, 1.0
    if low >= -ROUNDING and HALF_A_BYTE < high <= 255 + ROUNDING:
        return 0.0, 255.0
    return low, high


def notes(ranges: list[Range], of: int) -> list[str]:
    """What the user is told of the scales: nothing of those that the files themselves mean.

    Args:
        ranges: Of the pictures of more than 8 bits a channel.
        of: How many pictures there are in all.
    """
    said = []
    for kind, (black, white) in scales_of(ranges).items():
        some = [one for one in ranges if one.kind == kind]
        low, high = min(one.low for one in some), max(one.high for one in some)
        share = f"{len(some):,} of {of:,} images" if len(some) < of else "the images" if of > 1 else "the image"
        if kind == "whole" and (black, white) != (0, 65535):
            bits = next((f", as data of {bits} bits" for bits in USUAL_BITS if (black, white) == (0, 2**bits - 1)), "")
            said.append(f"{share} in 16 bits or more hold values from {low:.0f} to {high:.0f}: all are scaled alike"
                        f"{bits}, from {black:.0f} (black) to {white:.0f} (white)")
        elif kind == "real" and (black, white) != (0, 1):
            said.append(f"{share} in real numbers hold values from {low:g} to {high:g}: all are scaled alike, from "
                        f"{black:g} (black) to {white:g} (white)")
    return said
