"""CelebA's faces and their attributes in a folder of any layout, or in archives in it, whatever their names are.

What tells the faces is how their files are numbered, ``000001.jpg`` and so on; of two such sets, the aligned one.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ganstudio.core.system.resources import cache_folder
from ganstudio.files.unpacking import DEEPEST, Held, files_below, visit

FACE = re.compile(r"[0-9]{6}\.(jpg|png)")
ALIGNED = "align"  # in the path of the set that is learnt from; the other one holds whole photographs
LIST = re.compile(r"list_attr_celeba.*\.(txt|csv)")
MOST_TEXT = 64 * 2**20  # bytes of a list of attributes; the published one has 26 MB
MOST_FACE = 2**20  # bytes of a face; published ones have some 10 KB
FEWEST = 2


def folder_of_faces(folder: Path) -> Path | None:
    """The folder, this one or one below it, that holds the faces themselves."""
    found: list[tuple[bool, int, Path]] = []
    top = len(folder.parts)
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        if len(here.parts) - top >= DEEPEST:
            folders[:] = []
        count = sum(FACE.fullmatch(name.lower()) is not None for name in names)
        if count >= FEWEST:
            found.append((ALIGNED in str(here.relative_to(folder)), count, here))
    return max(found, key=lambda one: one[:2])[2] if found else None


def archive_of_faces(folder: Path) -> Path | None:
    """A ZIP archive of any name, in a folder or below it, that holds the faces themselves, and no others."""
    for path, _ in files_below(folder):
        with contextlib.suppress(OSError, zipfile.BadZipFile, ValueError), path.open("rb") as file:
            if file.read(4) != b"PK\x03\x04":
                continue
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if FACE.fullmatch(Path(name).name.lower())]
            aligned = sum(ALIGNED in name or ALIGNED in path.name for name in names)
            if len(names) >= FEWEST and aligned in (0, len(names)):
                return path
    return None


@contextlib.contextmanager
def searched(folder: Path, *, faces: bool = True) -> Iterator[tuple[Path | None, tuple[str, str] | None]]:
    """What archives of any name in a folder hold, and lists of attributes beside or in them.

    Args:
        folder: That is looked through.
        faces: Whether the faces are wanted; else the list alone.

    Yields:
        The faces as a ZIP archive that is there inside the block, and the list's name and text; None for what is not
        there.
    """
    text: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory(dir=_room(), ignore_cleanup_errors=True) as place:
        path = Path(place) / "faces.zip"
        with zipfile.ZipFile(path, "w") as copy:
            kept: set[str] = set()

            def take(held: Held) -> None:
                name = Path(held.name).name.lower()
                if LIST.fullmatch(name) is not None and not text:
                    with contextlib.suppress(UnicodeDecodeError):
                        text.append((held.name, held.stream.read(MOST_TEXT).decode("utf-8")))
                elif faces and FACE.fullmatch(name) is not None:
                    inner = f"{'' if ALIGNED in held.name[len(str(folder)):] else 'others/'}{name}"
                    if inner not in kept:
                        kept.add(inner)
                        copy.writestr(inner, held.stream.read(MOST_FACE))

            if folder.is_dir():
                visit(folder, take, images=faces)
        aligned = sum("/" not in name for name in kept)
        if 0 < aligned < len(kept):
            _drop_others(path)
        yield path if len(kept) >= FEWEST else None, text[0] if text else None


def _drop_others(path: Path) -> None:
    """Leaves the aligned faces alone."""
    fresh = path.with_suffix(".part")
    with zipfile.ZipFile(path) as both, zipfile.ZipFile(fresh, "w") as one:
        for entry in both.infolist():
            if "/" not in entry.filename:
                one.writestr(entry, both.read(entry))
    fresh.replace(path)


def _room() -> Path:
    place = cache_folder()
    place.mkdir(parents=True, exist_ok=True)
    return place
