"""Looks at what the user has chosen or dropped, on a thread of its own: which data set it is, with a preview.

The training goes on meanwhile, and the answer does not wait for a slow update of a large network.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.core.control import validated
from ganstudio.core.protocol.data_preview import Inspected
from ganstudio.core.protocol.messages import DataInspected, InspectData
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled, listening
from ganstudio.training.resolve_spec import datasets

if TYPE_CHECKING:
    from ganstudio.files.folder_preview import Listing

PUBLISHED = (
    ("cifar10", re.compile(r"cifar-10-(binary|python).*\.tar\.gz|data_batch_1\.bin", re.IGNORECASE)),
    ("celeba", re.compile(r"img_align_celeba\.zip", re.IGNORECASE)),
    ("mnist", re.compile(r"(train|t10k)-(images|labels)[-.]idx[13]-ubyte(\.gz)?", re.IGNORECASE)),
)
"""Files of image sets that others have published: the folder that holds one is that set's."""

OWN_FOLDERS = ("folder", "paired-folder", "unpaired-folders", "labelled-folder")
ENTRIES = 2000  # of a folder that are looked at for such files
OTHERS = {
    ".xlsx": "a spreadsheet: save it as CSV", ".xls": "a spreadsheet: save it as CSV",
    ".ods": "a spreadsheet: save it as CSV", ".parquet": "a table in a form that is not read: save it as CSV",
    ".json": "a table in a form that is not read: save it as CSV", ".mat": "a file of MATLAB's: save it as CSV or NPY",
    ".h5": "a file in a form that is not read: save it as CSV or NPY",
    ".pkl": "pickled, and what is pickled can run anything: save it as CSV or NPY",
    ".pt": "pickled, and what is pickled can run anything: save it as CSV or NPY",
    ".rar": "an archive in a form that is not read: unpack it, and use the folder",
    ".7z": "an archive in a form that is not read: unpack it, and use the folder",
    ".tar": "an archive in a form that is not read: unpack it, and use the folder",
    ".tgz": "an archive in a form that is not read: unpack it, and use the folder",
    ".gz": "packed: unpack it, and use what it holds",
}
ALLOWED = "allowed are tables (CSV, TSV, TXT), arrays (NPY, NPZ), images, folders and ZIP archives of images, and runs"


class DataInspector:
    """Answers one question at a time; a newer one cancels older ones: the user no longer needs their answers."""

    def __init__(self, publish: Callable[[DataInspected], None]) -> None:
        """``publish`` takes the answers, on the inspector's thread."""
        self._publish = publish
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="inspector")
        self._last = -1
        self._listed: tuple[str, Listing] | None = None  # the folder that was listed last

    def ask(self, command: InspectData) -> None:
        """Queues a path to look at; may be called from any thread."""
        self._last = command.id
        self._executor.submit(self._answer, command)

    def close(self) -> None:
        """Cancels the current look."""
        self._last = -1
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _answer(self, command: InspectData) -> None:
        """Publishes what a path is, or a sentence that says why it is nothing; of a question that is old, nothing."""
        found: Inspected | None = None
        refusal = ""
        try:
            with listening(lambda *_: self._last == command.id):
                if self._last != command.id:
                    return
                found = self._inspected(command)
        except Cancelled:
            return
        except BadInput as fault:
            refusal = str(fault)
        except Exception as fault:  # noqa: BLE001  # files hold anything, and the window waits for an answer
            refusal = f"'{command.path}' could not be looked at: {type(fault).__name__}: {fault}"
        if self._last == command.id:
            self._publish(DataInspected(id=command.id, path=command.path, found=found, refusal=refusal))

    def _inspected(self, command: InspectData) -> Inspected:
        try:
            path = Path(command.path).expanduser()
            there = path.exists()
        except (OSError, ValueError, RuntimeError):
            there = False
        if not there:
            raise BadInput(f"'{command.path}' does not exist")
        data, path = (command.data, path) if command.data else data_set_of(path)
        if data == "points":
            from ganstudio.files.table_preview import preview_table

            table = preview_table(path)
            return Inspected(data=data, data_controls={"file": str(path)},
                             kind="plane" if len(table.chosen) == 2 else "line", table=table)
        if data in OWN_FOLDERS:
            return self._folder(data, path, command)
        return Inspected(data=data, data_controls={"path": str(path)}, kind="image")

    def _folder(self, data: str, path: Path, command: InspectData) -> Inspected:
        # Here and not above: Pillow takes 0.1 s that the engine's greeting need not.
        from ganstudio.files.folder_preview import first_sizes, list_images, preview_folder
        from ganstudio.files.image_decoding import Square
        from ganstudio.files.image_layouts import KINDS, folders_of, layout_of
        from ganstudio.files.pair_preview import preview_pairs

        shown = f"the {'archive' if path.is_file() else 'folder'} '{path.name or path}'"
        asked = {name: value for name, value in command.data_controls.items() if name != "path"}
        listing = self._listed[1] if self._listed is not None and self._listed[0] == str(path) and asked else None
        if listing is None:
            listing = list_images(path, shown)
            self._listed = str(path), listing
        if not command.data:
            data = KINDS[layout_of(listing.names, first_sizes(path, listing.names))]
        controls: Any = validated(datasets()[data].controls_type(), asked, of=f"data set {data}")
        square = Square(int(controls.resolution), controls.crop, controls.colour) if asked else None
        if data == "unpaired-folders" and folders_of(listing.names, shown, any_two=True) is None:
            raise BadInput(f"{shown} does not hold its images in two folders")
        preview = preview_pairs if data == "paired-folder" else preview_folder
        folder = preview(path, square, listing, shown)
        if data == "labelled-folder" and len(folder.classes) < 2 and folder.whole:
            raise BadInput(f"{shown} does not hold a folder of images for each of two or more classes")
        chosen = {"path": str(path), **asked, "resolution": folder.resolution}
        return Inspected(data=data, data_controls=chosen, kind="image", folder=folder)


def data_set_of(path: Path) -> tuple[str, Path]:
    """The data set that a path is, and the path that it is to be given.

    Raises:
        BadInput: It is none.
    """
    from ganstudio.files.image_decoding import ENDINGS
    from ganstudio.files.image_folder import why_not_read
    from ganstudio.files.point_file import SUFFIXES

    if path.is_dir():
        with os.scandir(path) as entries:
            names = [entry.name for entry in islice(entries, ENTRIES)]
        published = next((found for name in names if (found := _published(path / name))), "")
        return published or "folder", path
    if published := _published(path):
        return published, path.parent
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return "points", path
    if suffix in ENDINGS:
        return "folder", path.parent
    if suffix == ".zip":
        return "folder", path
    if suffix in OTHERS:
        raise BadInput(f"'{path.name}' is {OTHERS[suffix]}")
    raise BadInput(f"'{path.name}' {why_not_read(path.name) or f'is no data that can be used: {ALLOWED}'}")


def _published(path: Path) -> str:
    name = next((name for name, pattern in PUBLISHED if pattern.fullmatch(path.name)), "")
    return "fashion-mnist" if name == "mnist" and "fashion" in str(path).lower() else name
