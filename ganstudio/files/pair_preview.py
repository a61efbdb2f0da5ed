"""A look at a folder or archive of pairs before it is trained on: some pairs, both cut as the run will cut them."""

from __future__ import annotations

import time
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from ganstudio.core.protocol.data_preview import FolderPreview
from ganstudio.core.protocol.views import Array
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.files.folder_preview import (
    DECODING_S,
    FIRST,
    MIN_DECODED,
    PICTURES,
    REASONS,
    Listing,
    opened,
    spread,
    suggested_resolution,
)
from ganstudio.files.image_decoding import Bytes, Square, Unreadable, prepare
from ganstudio.files.image_folder import printable, short
from ganstudio.files.image_layouts import folders_of, pairs_of
from ganstudio.files.wide_pixels import scales_of

ALONE = "without a partner of the same name in the other folder"
Part = tuple[str, Square]  # an image's name, and what is read of it


def preview_pairs(path: Path, square: Square | None, listing: Listing, shown: str) -> FolderPreview:
    """Opens some pairs, evenly from among all; a picture of the preview is followed by its partner.

    Args:
        path: The folder or archive.
        square: What becomes of each image; None: a square of the size that the images fill.
        listing: Its images.
        shown: It in words, for sentences.

    Raises:
        BadInput: It is laid out in both ways at once, or none of its pairs can be used.
    """
    sides = folders_of(listing.names, shown)
    names = [(name, name) for name in listing.names] if sides is None else pairs_of(listing.names, sides)
    alone = 0 if sides is None else len(listing.names) - 2 * len(names)
    prepare()
    archive = zipfile.ZipFile(path) if path.is_file() else None
    pictures: list[Bytes] = []
    held: list[str] = []
    unread: list[str] = []
    sizes: list[tuple[int, int]] = []
    looked = 0
    until = time.monotonic() + DECODING_S
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow about odd files
        try:
            if square is None:
                square = Square(int(suggested_resolution(_sizes(path, archive, names[:FIRST], halves=sides is None))))
            for looked, pair in enumerate(spread(names, PICTURES // 2), start=1):
                report("reading images", looked, min(len(names), PICTURES // 2))
                try:
                    reads = [_read(path, archive, part) for part in _parts(pair, square, halves=sides is None)]
                    if reads[0][1] != reads[1][1]:
                        (w, h), (w_b, h_b) = reads[0][1], reads[1][1]
                        raise Unreadable(f"is {w:,} x {h:,} px and its partner {w_b:,} x {h_b:,} px")
                except Unreadable as reason:
                    unread.append(f"{short(pair[0], 60)} {reason}")
                    continue
                pictures += [pixels for pixels, _ in reads]
                sizes += [size for _, size in reads]
                held += [printable(name) for name in pair]
                if time.monotonic() > until and looked >= MIN_DECODED:
                    break
        finally:
            if archive is not None:
                archive.close()
    if not pictures:
        said = f": {'; '.join(unread[:3])}" if unread else ""
        raise BadInput(f"{shown} holds no pair that can be used among the {looked} looked at{said}")
    areas = sorted(sizes, key=lambda size: size[0] * size[1])
    sheet = np.ascontiguousarray(np.stack(pictures).transpose(0, 2, 3, 1))
    return FolderPreview(
        count=len(names), whole=listing.whole, classes={}, pictures=Array.of(sheet), names=held,
        smallest=list(areas[0]), largest=list(areas[-1]), resolution=str(square.side), unread=unread[:REASONS],
        others={**listing.others, **({ALONE: alone} if alone else {})}, pairs=True, looked_at=looked)


def _parts(pair: tuple[str, str], square: Square, *, halves: bool) -> list[Part]:
    if not halves:
        return [(name, square) for name in pair]
    return [(pair[0], msgspec.structs.replace(square, part=part)) for part in ("left", "right")]


def _read(path: Path, archive: zipfile.ZipFile | None, part: Part) -> tuple[Bytes, tuple[int, int]]:
    """The pixels of an image, by its own values if it has more than 8 bits a channel, and its size in px."""
    _, read = opened(path, archive, *part)
    if read.pixels is None and read.range is not None:
        _, read = opened(path, archive, *part, scales_of([read.range]))
    assert read.pixels is not None
    return read.pixels, read.size


def _sizes(
    path: Path, archive: zipfile.ZipFile | None, pairs: Sequence[tuple[str, str]], *, halves: bool,
) -> list[tuple[int, int]]:
    found = []
    for pair in pairs:
        try:
            found += [opened(path, archive, *part)[1].size for part in _parts(pair, Square(8), halves=halves)]
        except Unreadable:
            continue
    return found
