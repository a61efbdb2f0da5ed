"""A look at a folder or archive of images before it is trained on: how many, of which sizes, and some of them."""

from __future__ import annotations

import contextlib
import io
import os
import time
import warnings
import zipfile
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import numpy as np
from PIL import Image

from ganstudio.core.protocol.data_preview import FolderPreview
from ganstudio.core.protocol.views import Array
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.files.image_decoding import (
    FAULTS,
    FORMATS,
    Bytes,
    Read,
    Square,
    Unreadable,
    endings,
    prepare,
    read_file,
    read_image,
)
from ganstudio.files.image_folder import class_labels, is_hidden, printable, short, why_not_read
from ganstudio.files.wide_pixels import Scales, scales_of

T = TypeVar("T")

PICTURES = 40  # that are shown
LISTING_S = 2.0  # for looking which files there are
MOST_LISTED = 200_000
DECODING_S = 2.5  # for opening some of them; at least MIN_DECODED
MIN_DECODED = 4
FIRST = 7  # of which the sizes are looked at before a resolution is suggested
REPORT_EVERY = 512  # files
REASONS = 12  # that are listed
MOST_CLASSES = 1000
RESOLUTIONS = (64, 32, 16)  # that are suggested, the largest that most images fill


class Listing(NamedTuple):
    """The files of a folder or archive that are images by their names."""

    names: list[str]  # below the folder, in an order of their own
    others: dict[str, int]  # why files are left out -> how many
    whole: bool  # whether all was looked at


def list_images(path: Path, shown: str) -> Listing:
    """Looks which images there are, for ``LISTING_S`` at most.

    Raises:
        BadInput: It is neither a folder nor a ZIP archive, or holds no image.
    """
    try:
        listing = _in_archive(path) if path.is_file() else _in_folder(path)
    except OSError as fault:
        raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError):
        raise BadInput(f"{shown} is not a ZIP archive that can be read") from None
    if not listing.names:
        others = "; ".join(f"{count:,} {files_in_words(count)} left out: each {reason}"
                           for reason, count in listing.others.items())
        raise BadInput(f"{shown} holds no images{': ' if others else ''}{others}")
    return listing


def _in_archive(path: Path) -> Listing:
    with zipfile.ZipFile(path) as archive:
        names = [entry.filename for entry in archive.infolist()
                 if not entry.is_dir() and not is_hidden(entry.filename)]
    return _sorted_out(names, whole=True)


def _in_folder(root: Path) -> Listing:
    """Breadth first, and no file is opened or asked for its size."""
    until = time.monotonic() + LISTING_S
    names: list[str] = []
    waiting: deque[tuple[str, str]] = deque([(str(root), "")])
    seen: set[tuple[int, int]] = set()
    looked = 0
    while waiting:
        folder, above = waiting.popleft()
        try:
            found = Path(folder).stat()
            if (identity := (found.st_dev, found.st_ino)) in seen:
                continue
            seen.add(identity)
            with os.scandir(folder) as entries:
                for entry in entries:
                    if looked % REPORT_EVERY == 0:
                        report("looking for images", len(names), 0)
                        if time.monotonic() > until or looked >= MOST_LISTED:
                            return _sorted_out(names, whole=False)
                    looked += 1
                    if is_hidden(entry.name):
                        continue
                    try:
                        if entry.is_dir():
                            waiting.append((entry.path, f"{above}{entry.name}/"))
                        else:
                            names.append(above + entry.name)
                    except OSError:
                        continue  # a link to nothing: reading the folder tells of it
        except OSError:
            if not above:
                raise
    return _sorted_out(names, whole=True)


def _sorted_out(names: Sequence[str], *, whole: bool) -> Listing:
    by_ending: dict[str, list[str]] = {}
    for name in names:
        by_ending.setdefault(name[name.rfind("."):].lower(), []).append(name)
    images = [name for ending in endings() & by_ending.keys() for name in by_ending[ending]]
    others: Counter[str] = Counter()
    for files in by_ending.values():
        if reason := why_not_read(files[0]):
            others[reason] += len(files)
    return Listing(sorted(images), dict(others.most_common(REASONS)), whole)


def preview_folder(path: Path, square: Square | None, listing: Listing, shown: str) -> FolderPreview:
    """Opens some images, evenly from among all, and makes of each what a run would be given.

    Args:
        path: The folder or archive.
        square: What becomes of each image; None: a square of the size that the first look suggests.
        listing: Its images.
        shown: It in words, for sentences.

    Raises:
        BadInput: None of them can be used.
    """
    chosen = spread(listing.names, PICTURES)
    prepare()
    reads: list[Read] = []
    held: list[str] = []  # their names in the folder
    unread: list[str] = []
    sizes: list[tuple[int, int]] = []
    until = time.monotonic() + DECODING_S
    archive = zipfile.ZipFile(path) if path.is_file() else None
    looked = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow about odd files
        try:
            if square is None:
                square = Square(int(suggested_resolution(_first_sizes(path, archive, listing.names))))
            for looked, name in enumerate(chosen, start=1):
                report("reading images", looked, len(chosen))
                try:
                    size, read = opened(path, archive, name, square)
                    sizes.append(size)
                    reads.append(read)
                    held.append(name)
                except Unreadable as reason:
                    unread.append(f"{short(name, 60)} {reason}")
                if time.monotonic() > until and looked >= MIN_DECODED:
                    break
            pictures = _scaled(path, archive, held, reads, square, unread)
        finally:
            if archive is not None:
                archive.close()
    if all(picture is None for picture in pictures):
        count = f"{len(listing.names):,} {files_in_words(len(listing.names))}"
        raise BadInput(f"{shown} holds {count} called images, and none of the "
                       f"{looked} looked at can be used: {'; '.join(unread[:3])}")
    labels, classes = class_labels(listing.names) if listing.whole else ([], [])
    counts = Counter(labels)
    names = [printable(name) for name, picture in zip(held, pictures, strict=True) if picture is not None]
    areas = sorted(sizes, key=lambda size: size[0] * size[1])
    usable = [picture for picture in pictures if picture is not None]
    sheet = np.ascontiguousarray(np.stack(usable).transpose(0, 2, 3, 1))
    return FolderPreview(
        count=len(listing.names), whole=listing.whole,
        classes={printable(name): counts[at] for at, name in enumerate(classes[:MOST_CLASSES])},
        pictures=Array.of(sheet), names=names, smallest=list(areas[0]), largest=list(areas[-1]),
        resolution=str(square.side), unread=unread[:REASONS], others=listing.others, looked_at=looked)


def first_sizes(path: Path, names: Sequence[str]) -> list[tuple[int, int]]:
    """The sizes in px of a few images of a folder or an archive."""
    prepare()
    with (zipfile.ZipFile(path) if path.is_file() else contextlib.nullcontext()) as archive:
        return _first_sizes(path, archive, names)


def _first_sizes(path: Path, archive: zipfile.ZipFile | None, names: Sequence[str]) -> list[tuple[int, int]]:
    """The sizes of a few images."""
    sizes = []
    for name in spread(names, FIRST):
        with contextlib.suppress(Unreadable):
            sizes.append(opened(path, archive, name, Square(8))[0])
    return sizes


def _scaled(
    path: Path, archive: zipfile.ZipFile | None, names: Sequence[str], reads: Sequence[Read], square: Square,
    unread: list[str],
) -> list[Bytes | None]:
    """The pixels of each image; those of more than 8 bits a channel have one scale, by the range of all of them."""
    ranges = [read.range for read in reads if read.pixels is None and read.range is not None]
    pictures: list[Bytes | None] = []
    for name, read in zip(names, reads, strict=True):
        pixels = read.pixels
        if pixels is None:
            try:
                pixels = opened(path, archive, name, square, scales_of(ranges))[1].pixels
            except Unreadable as reason:
                unread.append(f"{short(name, 60)} {reason}")
        pictures.append(pixels)
    return pictures


def opened(
    path: Path, archive: zipfile.ZipFile | None, name: str, square: Square, scales: Scales | None = None,
) -> tuple[tuple[int, int], Read]:
    """The size of an image in px, and what was read of it as a square."""
    if archive is None:
        read = read_file(path / name, square, scales)  # first: it refuses what must not be opened
        with (path / name).open("rb") as handle:
            return _size(handle), read
    try:
        held = archive.read(name)
    except (*FAULTS, zipfile.BadZipFile) as fault:
        raise Unreadable(f"cannot be unpacked: {fault}") from None
    read = read_image(io.BytesIO(held), square, scales)
    return _size(io.BytesIO(held)), read


def _size(handle: BinaryIO) -> tuple[int, int]:
    try:
        with Image.open(handle, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            return image.size
    except FAULTS as fault:
        raise Unreadable(f"cannot be read: {fault}") from None


def suggested_resolution(sizes: Sequence[tuple[int, int]]) -> str:
    """The largest usual resolution that the middle one of the images fills; 64 if nothing is known."""
    if not sizes:
        return str(RESOLUTIONS[0])
    middle = sorted(min(size) for size in sizes)[len(sizes) // 2]
    return str(next((side for side in RESOLUTIONS if side <= middle), 8))


def spread(names: Sequence[T], most: int) -> list[T]:
    """Evenly from among all, in their order."""
    if len(names) <= most:
        return list(names)
    return [names[at * len(names) // most] for at in range(most)]


def files_in_words(count: int) -> str:
    return "file" if count == 1 else "files"
