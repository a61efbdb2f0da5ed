"""One image file, of any size and mode, to a small square of bytes; what cannot be read is said in a few words.

Nothing in a file is run and none can take the memory: formats that call other programs (EPS, WMF) are not opened, and
sizes are read from the header before a pixel is.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import stat
import struct
import threading
import zlib
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ganstudio.files.further_pictures import count_pictures
from ganstudio.files.wide_pixels import Range, Scales, Wide, scales_of, wide

Bytes = NDArray[np.uint8]
Crop = Literal["centre", "fit", "stretch", "keep"]
Colour = Literal["rgb", "grey"]
Part = Literal["whole", "left", "right"]

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "PPM", "TGA", "AVIF", "HEIF")
ENDINGS = frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".bmp", ".dib", ".tif",
                     ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".avif"))

HEIF_ENDINGS = frozenset((".heic", ".heif", ".hif"))  # read with the extra heif
HEIF_PLUGIN = "pillow_heif"

OTHER_PICTURES = {
    ".jxl": "JPEG XL", ".jp2": "JPEG 2000", ".psd": "Photoshop", ".svg": "SVG",
    ".eps": "EPS", ".dng": "a raw photograph", ".cr2": "a raw photograph", ".cr3": "a raw photograph",
    ".nef": "a raw photograph", ".arw": "a raw photograph", ".orf": "a raw photograph", ".rw2": "a raw photograph",
    ".raf": "a raw photograph", ".exr": "OpenEXR", ".hdr": "Radiance HDR", ".ico": "an icon", ".pcx": "PCX",
    ".mp4": "a video", ".mov": "a video", ".avi": "a video", ".webm": "a video", ".mkv": "a video",
}
"""Endings of pictures that are not read, and their kinds: the user is told of them, unlike of readmes and tables."""

MIN_SIDE = 4  # px: the size at which growing networks start; below it there is nothing to learn from
MAX_BYTES = 512 * 2**20  # of a file
MAX_PIXELS = 50_000_000  # decoded at once: 200 MB in four channels
BIG_PIXELS = 8_000_000  # from here on, one at a time: a pool of sixteen threads must not hold sixteen of them
_BIG = threading.Lock()

# What Pillow is known to raise on damaged files, besides its own.
FAULTS = (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError, SyntaxError,
          RuntimeError, AssertionError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError)

# EXIF's orientation -> what puts the picture upright (EXIF 2.3, section 4.6.4).
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TURNED = frozenset(UPRIGHT[orientation] for orientation in (5, 6, 7, 8))  # whose width is the upright one's height
ORIENTATION = 0x0112


class Unreadable(Exception):
    """A file is no image that could be learnt from: the message follows its name ("is empty")."""


class Square(msgspec.Struct, frozen=True):
    """What becomes of an image."""

    side: int  # px
    # The middle square, all of it on a white ground, or all of it pulled to a square; or no square: ``side`` px are
    # then the longer side of an image that keeps its shape.
    crop: Crop = "centre"
    colour: Colour = "rgb"
    part: Part = "whole"  # or one half of a picture that holds two, side by side
    nearest: bool = False  # each pixel is one of the image's own: colours that stand for classes are not mixed

    @property
    def shape(self) -> tuple[int, int, int]:
        return (3 if self.colour == "rgb" else 1), self.side, self.side


def prepare() -> None:
    """Loads Pillow's formats, and the plugin for HEIC if it is installed, once, before threads need them."""
    Image.init()
    if reads_heif():
        with contextlib.suppress(ImportError):  # installed, and broken
            importlib.import_module(HEIF_PLUGIN).register_heif_opener()


def reads_heif() -> bool:
    """Whether the extra heif is installed."""
    return importlib.util.find_spec(HEIF_PLUGIN) is not None


def endings() -> frozenset[str]:
    """The endings, in small letters, of files that are read as images."""
    return ENDINGS | HEIF_ENDINGS if reads_heif() else ENDINGS


class Read(msgspec.Struct, frozen=True):
    """What was read of a file."""

    pixels: Bytes | None  # (c, side, side); None if it has more than 8 bits a channel and no scale was given
    range: Range | None = None  # of its values, if it has more than 8 bits a channel
    pictures: int = 1  # pages or frames, of which the first was read
    size: tuple[int, int] = (0, 0)  # width and height in px, upright, of the part that was read


def decoded_file(path: Path, square: Square) -> Bytes:
    """The image of a file, ``(c, side, side)``, scaled by its own values; raises ``Unreadable``."""
    read = read_file(path, square)
    if read.pixels is None and read.range is not None:
        read = read_file(path, square, scales_of([read.range]))
    assert read.pixels is not None
    return read.pixels


def read_file(path: Path, square: Square, scales: Scales | None = None) -> Read:
    """The image of a file, as ``read_image`` gives it; raises ``Unreadable``."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise Unreadable("is a folder")
        if not stat.S_ISREG(found.st_mode):  # a pipe would wait for ever
            raise Unreadable("is not a regular file")
        if found.st_size == 0:
            raise Unreadable("is empty")
        if found.st_size > MAX_BYTES:
            raise Unreadable(f"has {found.st_size:,} bytes: allowed are at most {MAX_BYTES:,}")
        handle = path.open("rb")
    except OSError as fault:
        raise Unreadable(f"cannot be opened: {fault.strerror or fault}") from None
    with handle:
        return read_image(handle, square, scales)


def read_image(handle: BinaryIO, square: Square, scales: Scales | None = None) -> Read:
    """The image in an open file; of an animation or of several pages, the first picture.

    Args:
        handle: The file, open at its beginning.
        square: What becomes of the image.
        scales: What black and white are if it has more than 8 bits a channel; None: only its range is read then.

    Warnings of Pillow (odd EXIF, large sizes) are the caller's to silence: filters belong to the process, not to
    a thread.

    Raises:
        Unreadable: It is no image, damaged, or too small or large.
    """
    try:
        with Image.open(handle, formats=_formats()) as image:
            return _squared(image, handle, square, scales)
    except Unreadable:
        raise
    except UnidentifiedImageError:
        raise Unreadable("is not an image") from None
    except Image.DecompressionBombError:
        raise Unreadable(f"is too large: allowed are {MAX_PIXELS:,} pixels, and more in a JPEG") from None
    except FAULTS as fault:
        said = " ".join(str(fault).split()) or type(fault).__name__
        raise Unreadable(f"is damaged: {said[:120]}") from None


def _formats() -> list[str]:
    return [name for name in FORMATS if name in Image.OPEN]


def _squared(image: Image.Image, handle: BinaryIO, square: Square, scales: Scales | None) -> Read:
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise Unreadable(f"is {width} x {height} px: allowed are at least {MIN_SIDE} px a side")
    coded = width * height if image.info.get("progressive") else 0  # its coefficients are held whole in memory
    _draft(image, square)
    pixels = max(coded, image.width * image.height)
    if pixels > MAX_PIXELS:
        raise Unreadable(f"is {width:,} x {height:,} px: allowed are {MAX_PIXELS:,} pixels, and more in a JPEG")
    with _BIG if pixels > BIG_PIXELS else nullcontext():
        numbers = wide(image, handle, _formats())  # first: how pixels lie in the file is known until they are read
        upright = UPRIGHT.get(_orientation(image))
        seen = _size_of_part((height, width) if upright in TURNED else (width, height), square.part)
        found = None if numbers is None else _range(numbers)
        if numbers is not None and scales is None:
            return Read(None, found, count_pictures(image, handle), seen)
        whole = image if numbers is None or scales is None else numbers.scaled(scales)
        plain = _plain(whole, square.colour)
        if square.part != "whole":
            plain = _half(plain if upright is None else plain.transpose(upright), square.part)
            upright = None
        small = _resized(plain, square)
    flat = _over_white(small)
    if upright is not None:
        flat = flat.transpose(upright)
    flat = flat.convert("RGB" if square.colour == "rgb" else "L")
    pixel = np.asarray(flat, dtype=np.uint8)
    made = np.ascontiguousarray(pixel.transpose(2, 0, 1)) if pixel.ndim == 3 else pixel[None]
    return Read(made, found, count_pictures(image, handle), seen)


def _size_of_part(size: tuple[int, int], part: Part) -> tuple[int, int]:
    """The size in px of what is read of an upright picture; raises ``Unreadable``."""
    width, height = size
    if part == "whole":
        return size
    if width % 2:
        raise Unreadable(f"is {width:,} px wide: two pictures side by side have an even width")
    if width // 2 < MIN_SIDE:
        raise Unreadable(f"is {width} px wide: two pictures side by side have at least {2 * MIN_SIDE} px")
    return width // 2, height


def _half(image: Image.Image, part: Part) -> Image.Image:
    """The left or right half; cut off, for scaling would mix pixels across the middle."""
    width, height = image.size
    half = width // 2
    left = 0 if part == "left" else width - half
    return image.crop((left, 0, left + half, height))


def _range(numbers: Wide) -> Range:
    try:
        return numbers.range
    except ValueError as fault:
        raise Unreadable(str(fault)) from None


def _draft(image: Image.Image, square: Square) -> None:
    """Has a JPEG decoded at a half, a quarter or an eighth if that is still twice what is needed."""
    if square.nearest:
        return
    side = 2 * square.side * (1 if square.part == "whole" else 2)
    wanted = (side, side)
    if square.crop in ("fit", "keep"):
        longer = max(image.size)
        wanted = (max(1, side * image.width // longer), max(1, side * image.height // longer))
    image.draft("RGB" if square.colour == "rgb" else "L", wanted)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except FAULTS:  # a picture is worth more than what is written about it
        return 1


def _plain(image: Image.Image, colour: Colour) -> Image.Image:
    """The image in one of L, LA, RGB and RGBA."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _resized(image: Image.Image, square: Square) -> Image.Image:
    """``side`` px a side, or the longer one; each pixel is a weighted mean of all that fall on it: anti-aliasing."""
    width, height = image.size
    side = square.side
    to, box = (side, side), (0.0, 0.0, float(width), float(height))
    if square.crop == "centre":
        edge = min(width, height)
        left, top = (width - edge) / 2, (height - edge) / 2
        box = (left, top, left + edge, top + edge)
    elif square.crop in ("fit", "keep"):
        scale = side / max(width, height)
        to = (max(1, round(width * scale)), max(1, round(height * scale)))
    if square.nearest:
        small = image.resize(to, Image.Resampling.NEAREST, box=box)
    else:
        small = image.resize(to, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    if to == (side, side) or square.crop == "keep":
        return small
    ground = Image.new(small.mode, (side, side), "white")
    ground.paste(small, ((side - to[0]) // 2, (side - to[1]) // 2))
    return ground


def _over_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")
