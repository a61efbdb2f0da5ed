"""What the user drops onto the window: what will be done with it, said while it still hovers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from ganstudio.core.presets.preset_file import SUFFIX as PRESET
from ganstudio.core.runs.format import SUFFIX

TABLES = (".csv", ".tsv", ".txt", ".npy", ".npz")
IMAGES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".ppm",
          ".pgm", ".pbm", ".pnm", ".tga", ".avif")
ARCHIVES = (".zip", ".gz")

Act = Literal["run", "preset", "data", "refuse"]


class Dropped(NamedTuple):
    """What becomes of what was dropped."""

    act: Act  # open a run or a preset, look at data, or say why not
    path: str
    hint: str  # while it hovers
    sentence: str = ""  # why it is refused, or what is used in its place


def judge(paths: Sequence[str]) -> Dropped:
    """What is to be done with these files and folders."""
    if len(paths) == 1:
        return _one(Path(paths[0]))
    if not paths:
        return Dropped("refuse", "", "Only files and folders can be dropped here",
                       "What was dropped is not a file of this machine.")
    files = [Path(path) for path in paths]
    folders = {str(file.parent) for file in files}
    if all(_ending(file) in IMAGES for file in files):
        if len(folders) == 1:
            return _images(files[0].parent, f"{len(files)} images were dropped")
        return Dropped("refuse", "", "These images are in several folders: drop one folder",
                       f"The images that were dropped are in {len(folders)} folders: put them into one, and drop that.")
    if all(_ending(file) == SUFFIX for file in files):
        return Dropped("refuse", "", "Drop one run at a time",
                       f"{len(files)} runs were dropped: drop one to open it, or add all in Runs (Ctrl+O).")
    return Dropped("refuse", "", "Drop one file or folder at a time",
                   f"{len(files)} things were dropped, and a run learns from one data set: drop one file or folder.")


def _one(path: Path) -> Dropped:
    name = short(path.name or str(path))
    ending = _ending(path)
    if _is_folder(path):
        return Dropped("data", str(path), f"Drop to look at the images in “{name}”")
    if ending == SUFFIX:
        return Dropped("run", str(path), f"Drop to open the run “{name}”")
    if ending == PRESET:
        return Dropped("preset", str(path), f"Drop to start what the preset “{name}” says")
    if ending in TABLES:
        return Dropped("data", str(path), f"Drop to train on the points in “{name}”")
    if ending in IMAGES:
        return _images(path.parent, "One image was dropped")
    if ending in ARCHIVES:
        return Dropped("data", str(path), f"Drop to look at the images in the archive “{name}”")
    return Dropped("data", str(path), f"Drop to see whether “{name}” can be used")  # the engine says why not


def _images(folder: Path, what: str) -> Dropped:
    name = short(folder.name or str(folder))
    return Dropped("data", str(folder), f"Drop to look at all images in the folder “{name}”",
                   f"{what}: a run learns from a whole folder, so these are all images in “{name}”.")


def _ending(path: Path) -> str:
    return path.suffix.lower()


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def short(name: str, most: int = 48) -> str:
    """A name that fits into a line, the middle of a long one left out."""
    name = name if name.isprintable() else name.encode("unicode_escape", "backslashreplace").decode("ascii")
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-most // 2 :]}"
