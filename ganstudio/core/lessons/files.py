"""Files that a lesson names: inside its folder, and nowhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of, why_absent, why_no_file

PICTURE_BYTES = 4 * 1024 * 1024
PICTURE_SIDE = 4096  # pixels
PICTURES = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
"""By ending, how the bytes of such a file begin."""


def below(folder: Path, file: str, what: str) -> Path:
    """The path of a file below a folder, whether it is there or not.

    Args:
        folder: That it must not leave, also not by a link.
        file: With slashes, relative to the folder.
        what: It is, for the sentence.

    Raises:
        BadInput: It leads out of the folder.
    """
    parts = PurePosixPath(file).parts
    leads_out = not parts or file.startswith(("/", "~")) or ".." in parts or "\\" in file or ":" in file
    try:
        path = (folder / file).resolve()
        leads_out = leads_out or not path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        leads_out = True
    if leads_out:
        raise BadInput(f"{what} '{file[:60]}' is not in the lesson's folder: a lesson uses only files inside it")
    return path


def inside(folder: Path, file: str, what: str, *, folders: bool = False) -> Path:
    """The path of a file below a folder that is there.

    Args:
        folder: That it must not leave, also not by a link.
        file: With slashes, relative to the folder.
        what: It is, for the sentence.
        folders: Whether it may be a folder.

    Raises:
        BadInput: It leads out of the folder, or is not there.
    """
    path = below(folder, file, what)
    if fault := why_absent(path) or ("" if folders and path.is_dir() else why_no_file(path)):
        raise BadInput(f"{what} '{file[:60]}' {fault}")
    return path


def check_picture(folder: Path, place: str, file: str) -> None:
    """Checks that a picture is a file below the lesson's folder that can be shown.

    Args:
        folder: Of the lesson.
        place: Where it is named, for sentences.
        file: As it is named.

    Raises:
        BadInput: It cannot.
    """
    path = inside(folder, file, f"{place}: the picture")
    kind = PICTURES.get(path.suffix.lower())
    if kind is None:
        raise BadInput(f"{place}: the picture {file} has the ending '{path.suffix}': allowed are {', '.join(PICTURES)}")
    try:
        size = path.stat().st_size
        with path.open("rb") as opened:
            begin = opened.read(24)
    except OSError as fault:
        raise BadInput(f"{place}: the picture {file} cannot be read: {said_of(fault)}") from None
    if size > PICTURE_BYTES:
        raise BadInput(f"{place}: the picture {file} has {size // 1024:,} KB: at most {PICTURE_BYTES // 1024:,} are "
                       "allowed")
    if not begin.startswith(kind):
        raise BadInput(f"{place}: the file {file} is not a {path.suffix[1:].upper()} picture, whatever its name says")
    if path.suffix.lower() == ".png":
        sides = [int.from_bytes(begin[at : at + 4], "big") for at in (16, 20)]
        if not all(1 <= side <= PICTURE_SIDE for side in sides):
            raise BadInput(f"{place}: the picture {file} has {sides[0]:,} × {sides[1]:,} pixels: at most "
                           f"{PICTURE_SIDE:,} along each side are allowed")
