"""Decoded images kept on disk: one array file a set, mapped into memory, made once and dropped when there are too many.

An entry is ``KEY.npy``, the pixels, and ``KEY.json``, what is known about them. The second is written last, and both
appear under their names in one move each, so that what can be found is whole.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.resources import cache_folder

Bytes = NDArray[np.uint8]

MOST_BYTES = 4 * 2**30  # of all entries but the one in use
MOST_MEMORY = 4 * 2**30  # bytes held if nothing can be written
SPARE = 2**30  # bytes of the disk that are left alone
DAY_S = 86_400

T = TypeVar("T", bound=msgspec.Struct)


def folder() -> Path:
    """The folder of the entries."""
    return cache_folder() / "images"


def kept(key: str, about: type[T]) -> tuple[Bytes, T] | None:
    """The pixels ``(n, c, h, w)`` and what is known about them, if they are kept whole.

    The pixels are mapped privately: reading pulls in the pages that are touched, writing changes no file.
    """
    try:
        known = msgspec.json.decode(_file(key, "json").read_bytes(), type=about)
        pixels = np.load(_file(key, "npy"), mmap_mode="c", allow_pickle=False)
        with contextlib.suppress(OSError):
            os.utime(_file(key, "json"))  # the age that decides what is dropped
    except (OSError, EOFError, ValueError, msgspec.MsgspecError):
        return None
    return (np.asarray(pixels), known) if pixels.dtype == np.uint8 and pixels.ndim == 4 else None


def _file(key: str, kind: str) -> Path:
    return folder() / f"{key}.{kind}"


class Writer:
    """Takes images one after the other: to disk, or to memory if nothing can be written."""

    def __init__(self, key: str, most: int, shape: tuple[int, int, int]) -> None:
        """Makes room for at most ``most`` images of ``shape``.

        Raises:
            BadInput: Neither the disk nor the memory that may be used can hold that many.
        """
        self._key = key
        self._shape = shape
        self._held: list[Bytes] = []
        self._count = 0
        self._part: Path | None = None
        self._handle: BinaryIO | None = None
        needed, room = most * int(np.prod(shape)), 0
        with contextlib.suppress(OSError):
            folder().mkdir(parents=True, exist_ok=True)
            room = max(0, shutil.disk_usage(folder()).free - SPARE)
            if needed <= room:
                number, name = tempfile.mkstemp(prefix=f"{key}.", suffix=".part", dir=folder())
                self._part, self._handle = Path(name), os.fdopen(number, "wb")
                self._write_header()
        if self._handle is None and needed > MOST_MEMORY:
            raise BadInput(f"{most:,} images of {shape[-1]} px take {needed / 2**30:.1f} GB decoded, and the disk of "
                           f"{folder()} has {room / 2**30:.1f} GB to spare: choose a lower resolution or make room")

    def add(self, image: Bytes) -> None:
        """Takes the next image; BadInput if the disk has run full."""
        if self._handle is None:
            self._held.append(image)
        else:
            try:
                self._handle.write(image.tobytes())
            except OSError as fault:
                raise BadInput(f"decoded images cannot be written to {folder()}: {fault.strerror or fault}") from None
        self._count += 1

    def replace(self, place: int, image: Bytes) -> None:
        """Puts an image in the place of one that was taken, by its number from 0; BadInput if it cannot be written."""
        if self._handle is None:
            self._held[place] = image
            return
        try:
            end = self._handle.tell()
            self._handle.seek(end - (self._count - place) * image.nbytes)
            self._handle.write(image.tobytes())
            self._handle.seek(end)
        except OSError as fault:
            raise BadInput(f"decoded images cannot be written to {folder()}: {fault.strerror or fault}") from None

    def finish(self, about: msgspec.Struct) -> Bytes:
        """The pixels ``(n, c, h, w)``, kept with ``about`` for the next time if they are on disk."""
        if self._handle is None or self._part is None:
            return np.stack(self._held) if self._held else np.empty((0, *self._shape), np.uint8)
        self._handle.seek(0)
        self._write_header()
        self._handle.close()
        self._handle = None
        try:
            self._part.replace(_file(self._key, "npy"))
            self._part.write_bytes(msgspec.json.encode(about))
            self._part.replace(_file(self._key, "json"))
            _drop_old(self._key)
            return np.asarray(np.load(_file(self._key, "npy"), mmap_mode="c", allow_pickle=False))
        except OSError:  # Windows: another window has the older entry mapped
            return np.asarray(np.load(self._part, allow_pickle=False))

    def close(self) -> None:
        """Leaves nothing half-made behind."""
        if self._handle is not None:
            self._handle.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)

    def _write_header(self) -> None:
        """NumPy leaves room in a header for the first axis to grow: the count is filled in at the end."""
        assert self._handle is not None
        np.lib.format.write_array_header_1_0(
            self._handle, {"descr": "|u1", "fortran_order": False, "shape": (self._count, *self._shape)})


def _drop_old(used: str) -> None:
    """Drops the entries longest unused until all but ``used`` take at most ``MOST_BYTES``."""
    with contextlib.suppress(OSError):
        for part in folder().glob("*.part"):  # of a process that was ended
            if part.stat().st_mtime < time.time() - DAY_S:
                part.unlink()
        entries = [(about.stat().st_mtime, about) for about in folder().glob("*.json") if about.stem != used]
        taken = 0
        for _, about in sorted(entries, reverse=True):
            pixels = about.with_suffix(".npy")
            taken += pixels.stat().st_size if pixels.exists() else 0
            if taken > MOST_BYTES:
                about.unlink()
                pixels.unlink(missing_ok=True)
