"""CIFAR-10: small photographs of ten kinds of things."""

from __future__ import annotations

import re
import tarfile
import zlib
from pathlib import Path

import numpy as np

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.published import PublishedControls, chosen_folder, fetched, found
from ganstudio.files.download import Published
from ganstudio.files.torchvision_import import import_torchvision
from ganstudio.files.unpacking import Held, stamps, visit

ARCHIVE, FOLDER = "cifar-10-binary.tar.gz", "cifar-10-batches-bin"
NUMBERED = re.compile(r"batch[^a-z0-9]*([1-5])(?![0-9])")  # the name of a batch, whatever is before and behind it
BATCHES = [f"data_batch_{n}.bin" for n in range(1, 6)]
RECORD = 1 + 3 * 32 * 32  # bytes: the label, then red, green and blue, row by row
MOST_RECORDS = 10_000  # in a batch
MD5 = "c32a1d4ab5d03f1284b67883e8d87530"  # as published beside the archive


class Cifar10(ImageDataset[PublishedControls]):
    """50,000 photographs, 32 px.

    The binary version is read, records of fixed size. torchvision reads the Python version, which is pickled, and what
    is pickled can run anything.

    Source: Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """

    name = "cifar10"
    title = "CIFAR-10"
    gives = frozenset({"label"})
    help = ("50,000 colour photographs of ten kinds of things, 32 px, with labels. Fetched from the internet once "
            "(170 MB), or read from your folder.")
    source = "Krizhevsky 2009"
    classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
               "truck"]

    def load(self) -> Pixels:
        folder = chosen_folder(self.name, self.controls.path)
        files = [found(folder, [name], [FOLDER]) for name in BATCHES]
        there = [file for file in files if file is not None]
        if len(there) < len(BATCHES):
            archive = found(folder, [ARCHIVE], [])
            if archive is None and folder.is_dir() and (searched := _searched(folder)) is not None:
                return searched
            archive = archive or fetched(
                self.name, self.controls.path, _published,
                f"{ARCHIVE} (the binary version: the Python version is pickled, and is not read)")
            there = [archive]
        known = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in there)
        if (made := _READ.get(known)) is None:
            made = _from_archive(there[0]) if len(there) == 1 else _from_files(there)
            _READ.clear()
            _READ[known] = made
        return made


_READ: dict[tuple[object, ...], Pixels] = {}  # the last ones: a restarted run does not read them again


def _searched(folder: Path) -> Pixels | None:
    """From batches of any name, in the folder or in archives in it; None if there are not all five."""
    known = (str(folder), *stamps(folder))
    if (made := _READ.get(known)) is not None:
        return made
    batches: dict[int, tuple[str, bytes]] = {}

    def take(held: Held) -> None:
        number = NUMBERED.search(Path(held.name).name.lower())
        possible = held.size is None or (0 < held.size <= MOST_RECORDS * RECORD and held.size % RECORD == 0)
        if number is None or not possible or int(number[1]) in batches:
            return
        records = held.stream.read(MOST_RECORDS * RECORD + 1)
        if 0 < len(records) <= MOST_RECORDS * RECORD and len(records) % RECORD == 0 and max(records[::RECORD]) <= 9:
            batches[int(number[1])] = held.name, records

    visit(folder, take)
    if len(batches) < len(BATCHES):
        return None
    made = _pixels([batches[number] for number in sorted(batches)])
    _READ.clear()
    _READ[known] = made
    return made


def _published() -> Published:
    python_version: str = import_torchvision().datasets.CIFAR10.url
    return Published(ARCHIVE, [python_version.rpartition("/")[0] + "/" + ARCHIVE], MD5)


def _from_files(files: list[Path]) -> Pixels:
    held: list[tuple[str, bytes]] = []
    for file in files:
        try:
            with file.open("rb") as handle:
                held.append((str(file), handle.read(MOST_RECORDS * RECORD + 1)))
        except OSError as fault:
            raise BadInput(f"'{file}' cannot be read: {fault.strerror or fault}") from None
    return _pixels(held)


def _from_archive(path: Path) -> Pixels:
    """Read from the archive as it is: nothing is unpacked to disk."""
    held: list[tuple[str, bytes]] = []
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                name = Path(member.name).name
                handle = archive.extractfile(member) if name in BATCHES and member.isfile() else None
                if handle is not None:
                    held.append((f"{path}/{name}", handle.read(MOST_RECORDS * RECORD + 1)))
                    report("unpacking CIFAR-10", len(held), len(BATCHES))
    except OSError as fault:
        raise BadInput(f"'{path}' cannot be read: {fault.strerror or fault}") from None
    except (tarfile.TarError, EOFError, zlib.error):
        raise BadInput(f"'{path}' is damaged or cut short") from None
    if {Path(name).name for name, _ in held} != set(BATCHES):
        raise BadInput(f"'{path}' does not hold {BATCHES[0]} to {BATCHES[-1]}")
    return _pixels(sorted(held))


def _pixels(batches: list[tuple[str, bytes]]) -> Pixels:
    for name, held in batches:
        if not held or len(held) % RECORD or len(held) > MOST_RECORDS * RECORD:
            raise BadInput(f"'{name}' holds {len(held):,} bytes: allowed are records of {RECORD:,}, "
                           f"at most {MOST_RECORDS:,}")
    records = np.frombuffer(b"".join(held for _, held in batches), np.uint8).reshape(-1, RECORD)
    if records[:, 0].max() > 9:
        raise BadInput(f"'{batches[0][0]}' or the batches beside it hold labels beyond 9: they are not CIFAR-10's")
    return Pixels(np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64))
