"""What lies in a folder and in archives in it, whatever unpackers and browsers have made of their names.

Content decides what is an archive: gzip, bzip2, xz, ZIP and tar, also one in another. Each file is handed over once, as
a stream; nothing is unpacked to disk but a ZIP in another archive, which cannot be read in a stream. Sizes are bounded.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report

DEEPEST = 5  # folders below the one that was given
MOST_FILES = 20_000  # looked into, in folders and archives together; images do not count
MOST_NESTED = 4  # archives in archives
MOST_BYTES = 4 * 2**30  # that may come out of the archives of a folder, more than any published set
HEAD = 512  # bytes that tell the kind of a file: tar's mark lies at 257
IMAGES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp")
IN_MEMORY = 64 * 2**20  # bytes of a ZIP in another archive; a larger one lies on disk for the time being

# What archives that are damaged, encrypted or of a kind of their own raise.
FAULTS = (OSError, EOFError, ValueError, LookupError, RuntimeError, NotImplementedError, zipfile.BadZipFile,
          tarfile.TarError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Held:
    """A file in a folder or an archive, to be read at once."""

    name: str  # its path, after that of each archive that it lies in
    size: int | None  # bytes; None if only reading tells
    stream: io.BufferedReader


Take = Callable[[Held], None]


@dataclass
class _Visit:
    take: Take
    images: bool
    left: int = field(default_factory=lambda: MOST_BYTES)
    files: int = 0
    faults: list[str] = field(default_factory=list)


class _Bounded(io.RawIOBase):
    """A stream out of an archive, which counts for all of them together."""

    def __init__(self, stream: io.RawIOBase | BinaryIO, visit: _Visit) -> None:
        super().__init__()
        self._stream = stream
        self._visit = visit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a Buffer, of which it is given one kind
        held = self._stream.read(len(buffer)) or b""
        self._visit.left -= len(held)
        if self._visit.left < 0:
            raise BadInput(f"the archives here unpack to more than {MOST_BYTES // 2**30} GB, more than any set that is "
                           "read: give the folder that holds the files alone")
        buffer[: len(held)] = held
        return len(held)


def files_below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The regular files of a folder and those below it, but for images, hidden ones and links to folders.

    Raises:
        BadInput: There are too many of them.
    """
    count, top = 0, len(folder.parts)
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not _is_hidden(name)) if len(here.parts) - top < DEEPEST else []
        for name in sorted(names):
            if _is_hidden(name) or Path(name).suffix.lower() in IMAGES:
                continue
            count += 1
            if count > MOST_FILES:
                raise BadInput(f"'{folder}' holds more than {MOST_FILES:,} files: give the folder that holds those of "
                               "the set")
            with contextlib.suppress(OSError):
                if (here / name).is_file():  # a pipe would wait for ever
                    yield here / name, (here / name).stat()


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def stamps(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a file below a folder does: names, sizes and times."""
    return tuple((str(path), found.st_size, found.st_mtime_ns) for path, found in files_below(folder))


def visit(folder: Path, take: Take, *, images: bool = False) -> list[str]:
    """Hands over each file in a folder and its archives; what is damaged is passed over.

    Args:
        folder: As in ``files_below``.
        take: Is given each file that is no archive, and reads as much of it as it needs.
        images: Whether it is also given images that lie in archives, by their names.

    Returns:
        A sentence's end on each file that could not be read: its name and why.

    Raises:
        BadInput: There are too many files, or too much comes out of the archives.
    """
    found = _Visit(take, images)
    for path, about in files_below(folder):
        report("looking for the files", found.files, 0)
        try:
            with path.open("rb") as stream:
                _look_into(found, Held(str(path), about.st_size, stream), 0, on_disk=True)
        except BadInput:
            raise
        except FAULTS as fault:
            found.faults.append(f"'{path}' cannot be read: {_line(fault)}")
    return found.faults


def _look_into(found: _Visit, held: Held, nested: int, *, on_disk: bool = False) -> None:
    found.files += not _is_image(held.name)
    if found.files > MOST_FILES:
        raise BadInput(f"the archives here hold more than {MOST_FILES:,} files: give the folder that holds those of "
                       "the set")
    head = held.stream.peek(HEAD)[:HEAD]
    if nested >= MOST_NESTED:
        found.take(held)
        return
    with contextlib.ExitStack() as open_files:
        inner = _unpacker(head, held.stream)
        try:
            if inner is not None:
                open_files.enter_context(inner)
                name = held.name.removesuffix(Path(held.name).suffix)
                _look_into(found, Held(name, None, _bounded(inner, found)), nested + 1)
            elif head[257:262] == b"ustar":
                _look_into_tar(found, held, nested)
            elif head[:4] == b"PK\x03\x04":
                source = held.stream if on_disk else open_files.enter_context(_copied(held.stream))
                _look_into_zip(found, held.name, source, nested)
            else:
                found.take(held)
        except BadInput:
            raise
        except FAULTS as fault:
            found.faults.append(f"'{held.name}' is damaged or cut short: {_line(fault)}")


def _is_image(name: str) -> bool:
    return Path(name).suffix.lower() in IMAGES


def _is_passed_over(found: _Visit, name: str) -> bool:
    return any(map(_is_hidden, Path(name).parts)) or (_is_image(name) and not found.images)


def _unpacker(head: bytes, stream: BinaryIO) -> BinaryIO | None:
    """A stream of what was packed; None if it is no single packed file."""
    if head[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    if head[:3] == b"BZh":
        return cast(BinaryIO, bz2.BZ2File(stream))
    if head[:6] == b"\xfd7zXZ\x00":
        return cast(BinaryIO, lzma.LZMAFile(stream))
    return None


def _look_into_tar(found: _Visit, held: Held, nested: int) -> None:
    with tarfile.open(fileobj=held.stream, mode="r|") as archive:
        for member in archive:
            if member.isfile() and not _is_passed_over(found, member.name):
                stream = archive.extractfile(member)
                if stream is not None:
                    inside = Held(f"{held.name}/{member.name}", member.size, _bounded(cast(BinaryIO, stream), found))
                    _look_into(found, inside, nested + 1)


def _look_into_zip(found: _Visit, name: str, source: BinaryIO, nested: int) -> None:
    with zipfile.ZipFile(source) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or _is_passed_over(found, entry.filename):
                continue
            with archive.open(entry) as stream:
                inside = Held(f"{name}/{entry.filename}", entry.file_size, _bounded(cast(BinaryIO, stream), found))
                _look_into(found, inside, nested + 1)


@contextlib.contextmanager
def _copied(stream: BinaryIO) -> Iterator[BinaryIO]:
    """A copy that can be read in any order."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
        copy.seek(0)
        yield cast(BinaryIO, copy)


def _bounded(stream: BinaryIO, found: _Visit) -> io.BufferedReader:
    return io.BufferedReader(_Bounded(stream, found), 1 << 16)


def _line(fault: Exception) -> str:
    return " ".join(str(getattr(fault, "strerror", None) or fault or type(fault).__name__).split())[:120]
