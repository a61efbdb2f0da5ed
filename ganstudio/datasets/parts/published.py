"""Image sets that others have published: on this machine in a folder, or fetched once into the studio's cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

from ganstudio.core.control import Controls, FilePath
from ganstudio.core.system.errors import BadInput, DataMissing
from ganstudio.core.system.resources import cache_folder
from ganstudio.files.download import NotFetched, Published, fetch


class PublishedControls(Controls, frozen=True, kw_only=True):
    """The folder of the files."""

    path: Annotated[str, FilePath(folder=True, live=False, label="folder",
                                  help="Folder with the published files; empty: they are fetched from the internet "
                                       "once and kept")] = ""


def own_folder(name: str) -> Path:
    """The folder for the files of a set, fetched or put there by the user."""
    return cache_folder() / "data" / name


def chosen_folder(name: str, path: str) -> Path:
    """The folder that a user gave, or the set's own; BadInput if it is not there."""
    if not path:
        return own_folder(name)
    try:
        folder = Path(path).expanduser()
        if folder.is_dir():
            return folder
        there = folder.exists()
    except (OSError, ValueError, RuntimeError):
        there = False
    raise BadInput(f"path = '{path}' of the data set {name} {'is a file' if there else 'does not exist'}: "
                   "give the folder that holds its files")


def found(folder: Path, names: Sequence[str], below: Sequence[str]) -> Path | None:
    """The first of these names that is in the folder or in one of the folders below it."""
    places = [folder, *(folder / name for name in below)]
    return next((place / name for place in places for name in names if (place / name).is_file()), None)


def fetched(name: str, path: str, file: Callable[[], Published], instead: str) -> Path:
    """The file from the internet, if the user gave no folder of their own.

    Args:
        name: The data set's.
        path: The folder that the user gave, or nothing.
        file: What to fetch.
        instead: The files that the user could put there, in words.

    Raises:
        BadInput: It was looked for in the user's folder, or could not be fetched.
    """
    if path:
        raise BadInput(f"'{path}' does not contain {instead}: give the folder that does, or none to fetch the files")
    folder = own_folder(name)
    try:
        return fetch(file(), folder)
    except NotFetched as reason:
        raise DataMissing(f"{name} needs the internet once, but could not be fetched from {reason}: choose a folder "
                          f"with {instead} (path=FOLDER), put them into {folder}, or use digits, which needs no "
                          "internet", name) from None
    except ImportError as fault:
        raise DataMissing(f"{name} cannot be fetched: {fault}: choose a folder with {instead} (path=FOLDER), put them "
                          f"into {folder}, or use digits, which needs no internet", name) from None
    except OSError as fault:
        raise BadInput(f"{name} cannot be kept in {folder}: {fault.strerror or fault}") from None
