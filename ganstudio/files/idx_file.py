"""IDX files, MNIST's format: bytes behind a header of their shape; plain or gzipped.

Source: the table "file formats for the MNIST database", LeCun, Cortes and Burges: two zero bytes, the type (8: bytes),
the number of axes, each axis' length in four bytes, big end first, and the values.
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput
from ganstudio.files.unpacking import Held, visit

MOST_BYTES = 2**30


def _is_packed(path: Path) -> bool:
    """Whether a file is gzipped: by its first bytes, for a browser may have unpacked it and left the name."""
    with path.open("rb") as handle:
        head = handle.read(3)
    return head[:2] == b"\x1f\x8b" or (path.suffix == ".gz" and head != b"\0\0\x08")


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """The array of a file with ``axes`` axes, whose name may end in ``.gz``.

    Raises:
        BadInput: It is no such file, or cut short.
    """
    shown = f"'{path}'"
    try:
        with gzip.open(path, "rb") if _is_packed(path) else path.open("rb") as handle:
            header = handle.read(4 + 4 * axes)
            if len(header) < 4 + 4 * axes or header[:4] != bytes((0, 0, 8, axes)):
                raise BadInput(f"{shown} is not an IDX file of bytes with {axes} axes")
            shape = tuple(int.from_bytes(header[at : at + 4], "big") for at in range(4, len(header), 4))
            promised = math.prod(shape)
            if promised > MOST_BYTES:
                raise BadInput(f"{shown} promises {promised:,} bytes: allowed are {MOST_BYTES:,}")
            held = handle.read(promised)
            handle.read(1)  # the end: gzip compares its checksum there
    except OSError as fault:
        raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
    except (EOFError, zlib.error):
        raise BadInput(f"{shown} is damaged or cut short") from None
    if len(held) < promised:
        raise BadInput(f"{shown} is cut short: it holds {len(held):,} bytes, and its header promises {promised:,}")
    return np.frombuffer(held, np.uint8).reshape(shape)


class Array(msgspec.Struct, frozen=True):
    """An IDX array and where it was found."""

    name: str
    values: NDArray[np.uint8]


def pairs_below(folder: Path, side: int) -> tuple[list[tuple[Array, Array]], list[str]]:
    """Images and their labels in a folder and its archives, whatever their names are.

    Args:
        folder: What is looked through, as ``unpacking.visit`` does.
        side: Of the images, px; others are passed over.

    Returns:
        Each array of images ``(n, side, side)`` with one of labels ``(n,)``, from the same place if there are several;
        and what could not be read.
    """
    images: list[Array] = []
    labels: list[Array] = []

    def take(held: Held) -> None:
        head = held.stream.read(4)
        axes = head[3] if len(head) == 4 and head[:3] == b"\0\0\x08" else 0
        if axes not in (1, 3):
            return
        sizes = held.stream.read(4 * axes)
        shape = tuple(int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4))
        kept = images if axes == 3 else labels
        if len(shape) != axes or shape[1:] not in ((), (side, side)) or math.prod(shape) > MOST_BYTES:
            return
        values = held.stream.read(math.prod(shape))
        if len(values) < math.prod(shape):
            raise EOFError(f"it holds {len(values):,} bytes, and its header promises {math.prod(shape):,}")
        array = np.frombuffer(values, np.uint8).reshape(shape)
        if not any(array.shape == other.values.shape and bool((array == other.values).all()) for other in kept):
            kept.append(Array(held.name, array))

    faults = visit(folder, take)
    found = []
    for one in images:
        of_them = [other for other in labels if len(other.values) == len(one.values)]
        if of_them:
            near = max(of_them, key=lambda other: len(os.path.commonpath([one.name, other.name])))
            found.append((one, near))
    return found, faults
