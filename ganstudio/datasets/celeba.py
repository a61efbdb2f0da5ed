"""CelebA: faces of well-known people, aligned by their eyes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Choice
from ganstudio.core.system.errors import BadInput, DataMissing
from ganstudio.core.system.progress import report
from ganstudio.datasets.parts.images import ImageDataset, Pixels
from ganstudio.datasets.parts.published import PublishedControls, chosen_folder, found, own_folder
from ganstudio.files import celeba_files
from ganstudio.files.torchvision_import import import_torchvision

if TYPE_CHECKING:
    from ganstudio.files.image_folder import Skipped

ARCHIVE, FOLDER, ATTRIBUTES = "img_align_celeba.zip", "img_align_celeba", "list_attr_celeba.txt"
BELOW = ["celeba", "CelebA", "CelebA/Img", "Img", "Anno"]  # as torchvision lays them, and as they are published
WATCH_S = 0.2  # between two looks at a download
ONE_LINE = "import sys, gdown; gdown.download(id=sys.argv[1], output=sys.argv[2], quiet=True)"


class CelebaControls(PublishedControls, frozen=True, kw_only=True):
    """The folder of the faces, their size, and the attribute that labels them."""

    resolution: Annotated[Literal["16", "32", "64", "128"],
                          Choice(live=False, unit="px", help="Side of the square that is cut from the middle of each "
                                                             "photograph and scaled")] = "64"
    label: Annotated[Literal["none", "Male", "Smiling", "Eyeglasses", "Young", "Blond_Hair", "Black_Hair", "Bald",
                             "Wearing_Hat"],
                     Choice(live=False, ability="label", help="The attribute that is a face's label, if "
                                                              "list_attr_celeba.txt is beside the images")] = "Male"


class Celeba(ImageDataset[CelebaControls]):
    """202,599 faces, 178 x 218 px, of which the middle square of 178 px is scaled.

    Source: Liu, Luo, Wang and Tang 2015, arXiv:1411.7766. For research that is not commercial.
    """

    name = "celeba"
    title = "CelebA"
    help = ("200,000 faces of well-known people. Read from your folder with img_align_celeba. With the package gdown "
            "installed it is fetched from the internet once (1.4 GB).")
    source = "Liu, Luo, Wang and Tang 2015, arXiv:1411.7766"

    skipped: list[Skipped]

    def load(self) -> Pixels:
        # Here and not above: Pillow takes 0.1 s that the engine's greeting need not.
        from ganstudio.files.image_decoding import Square
        from ganstudio.files.image_folder import read_folder, read_zip, skipped_sentence

        c = self.controls
        folder = chosen_folder(self.name, c.path)
        square = Square(int(c.resolution))
        attributes = found(folder, [ATTRIBUTES], BELOW)
        text = None if attributes is None else _text(attributes)
        if (unpacked := _unpacked(folder) or celeba_files.folder_of_faces(folder)) is not None:
            images = read_folder(unpacked, square, "the CelebA folder")
        elif (archive := celeba_files.archive_of_faces(folder)) is not None:
            images = read_zip(archive, square, "the CelebA archive")
        else:
            with celeba_files.searched(folder) as (copy, listed):
                if copy is not None:
                    images = read_zip(copy, square, "the CelebA archive in", str(folder))
                else:
                    archive = found(folder, [ARCHIVE], BELOW) or _fetched(c.path)
                    images = read_zip(archive, square, "the CelebA archive")
                text = text or listed
        if text is None and c.label != "none":
            with celeba_files.searched(folder, faces=False) as (_, listed):
                text = listed
        self.skipped = images.skipped
        self.warnings = tuple(sentence for sentence in (skipped_sentence(images.skipped), *images.notes) if sentence)
        labels = None
        if text is not None and c.label != "none":
            labels = read_attribute(*text, c.label, [Path(name).name for name in images.names])
        return Pixels(images.pixels, labels)


def _unpacked(folder: Path) -> Path | None:
    places = [folder / name / FOLDER for name in ("", *BELOW)]
    if folder.name == FOLDER or next(folder.glob("*.jpg"), None) is not None:
        places.insert(0, folder)
    return next((place for place in places if place.is_dir()), None)


def _text(path: Path) -> tuple[str, str]:
    """A list of attributes by its name, and its text; BadInput if it cannot be read."""
    try:
        return str(path), path.read_text("utf-8")
    except (OSError, ValueError) as fault:
        raise BadInput(f"'{path}' cannot be read: {fault}") from None


def read_attribute(path: str, text: str, name: str, files: list[str]) -> NDArray[np.int64] | None:
    """1 if a face has an attribute and 0 if not, ``(N,)``; None if the list does not know every face.

    Args:
        path: Of the list, for sentences.
        text: The list: as published, or as a table with commas and a header, as it is passed on.
        name: Of the attribute.
        files: The names of the faces.

    Raises:
        BadInput: It is no list of attributes, or does not know this one.
    """
    lines = text.splitlines()
    table = bool(lines) and "," in lines[0]
    rows = [line.split(",") if table else line.split() for line in lines]
    names = (rows[0][1:] if table else rows[1]) if len(rows) > 1 else []
    if name not in names:
        raise BadInput(f"'{path}' holds no attribute {name}: its {'first' if table else 'second'} line must name the "
                       "attributes")
    column = 1 + names.index(name)
    known = {cells[0].strip(): cells[column].strip() for cells in rows[1 if table else 2:]
             if len(cells) == 1 + len(names)}
    if any(file not in known for file in files):
        return None
    return np.array([known[file] == "1" for file in files], np.int64)


def _fetched(path: str) -> Path:
    """The archive from the drive that it is published on, through gdown in a process of its own, which can be ended."""
    folder = own_folder(Celeba.name)
    instead = f"put {ARCHIVE} or the folder {FOLDER} into {folder}, or give path=FOLDER of the folder with it"
    if path:
        raise BadInput(f"'{path}' contains neither {FOLDER} nor {ARCHIVE}: give the folder that does")
    if importlib.util.find_spec("gdown") is None:
        raise DataMissing(f"celeba is not on this machine, and fetching it takes the package gdown, which is not "
                          f"installed: {instead}", Celeba.name)
    torchvision = import_torchvision()
    number, md5 = next((number, md5) for number, md5, name in torchvision.datasets.CelebA.file_list if name == ARCHIVE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as held:
            part = Path(held) / ARCHIVE
            said = _download(number, part)
            if not part.is_file() or not torchvision.datasets.utils.check_md5(part, md5):
                raise DataMissing(f"celeba could not be fetched ({said or 'its checksum differs'}): {instead}",
                                  Celeba.name)
            return part.replace(folder / ARCHIVE)
    except OSError as fault:
        raise BadInput(f"celeba cannot be kept in {folder}: {fault.strerror or fault}") from None


def _download(number: str, part: Path) -> str:
    """Runs gdown; returns its last line if it failed."""
    child = subprocess.Popen([sys.executable, "-c", ONE_LINE, number, str(part)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with child:
        try:
            while child.poll() is None:
                report(f"fetching {ARCHIVE}", sum(file.stat().st_size for file in part.parent.iterdir()), 0)
                try:
                    child.wait(WATCH_S)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            child.kill()
        said = child.stderr.read().split("\n") if child.stderr is not None else []
    return next((line.strip() for line in reversed(said) if line.strip()), "") if child.returncode else ""
