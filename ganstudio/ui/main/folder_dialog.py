"""Shows a folder of images before it is trained on: how many, some of them as they will be, and what is left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from ganstudio.core.control import Value
from ganstudio.core.design import Least, Space
from ganstudio.core.images import Bytes, images_of
from ganstudio.core.protocol.catalog import DataInfo
from ganstudio.core.protocol.data_preview import FolderPreview, Inspected
from ganstudio.core.system.wording import counted
from ganstudio.ui.main.data_dialog import DataDialog
from ganstudio.ui.state.dropped import short
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import NO_IMAGES, ImageGrid
from ganstudio.ui.widgets.side_by_side import SideBySide

LABELS = {"resolution": "&Resolution", "crop": "C&rop", "colour": "&Colour", "direction": "&Direction"}
CHOICES = {
    "a to b": "from A to B", "b to a": "from B to A",
    "centre": "the middle is cut out", "fit": "all, on white", "stretch": "pulled to a square", "rgb": "in colour",
    "grey": "in grey",
}
PAIRED_COLUMNS = 4  # of pairs
TWO_KINDS = "unpaired-folders"  # the data set whose classes are sources and images
MOST_CLASSES = 6  # that are named


class FolderDialog(DataDialog):
    """Another resolution, crop or colour is shown at once; ``chosen`` is called when the training is to begin."""

    def __init__(
        self, found: Inspected, data: DataInfo, remark: str, theme: Theme, parent: QWidget,
        look: Callable[[dict[str, Value]], None], chosen: Callable[[dict[str, Value]], None],
    ) -> None:
        """Makes the dialog.

        Args:
            found: The first look at the folder.
            data: The data set, with its controls.
            remark: What is used in place of what was dropped; or nothing.
            theme: The palette.
            parent: The window.
            look: Is given other choices; what they show comes by ``show_found``.
            chosen: Is given the choices.
        """
        self._path = str(found.data_controls["path"])
        folder = short(self._path.replace("\\", "/").rstrip("/").rpartition("/")[2] or self._path)
        super().__init__("folder-preview", f"Images in {folder}", "Train on these images", parent)
        self._folder, self._remark = folder, remark
        self._look, self._chosen = look, chosen
        self._boxes = {}
        for control in data.controls:
            if control.name not in LABELS:
                continue
            unit = f" {control.unit}" if control.unit else ""
            entries = [(CHOICES.get(choice, f"{choice}{unit}"), choice) for choice in control.choices]
            now = found.data_controls.get(control.name, control.default)
            box = self.add_choice(control.name, LABELS[control.name], entries, now, control.help)
            box.currentIndexChanged.connect(self._choose)
            self._boxes[control.name] = box
        self.grid = ImageGrid("", filled=False)
        self.grid.setObjectName("folder-preview.images")
        self.grid.setMinimumHeight(Least.PREVIEW[1])
        self.made = ImageGrid("", filled=False)  # of two kinds the second one
        self.made.setObjectName("folder-preview.second-images")
        self.made.hide()
        for grid in (self.grid, self.made):
            grid.edged = True
            grid.apply_theme(theme)
        self.lay_out((SideBySide(self.grid, self.made, gap=Space.TIGHT), 1))
        self.show_found(found)

    @property
    def data_controls(self) -> dict[str, Value]:
        """The folder, and what is chosen."""
        return {"path": self._path, **{name: str(box.currentData()) for name, box in self._boxes.items()}}

    def _choose(self) -> None:
        side = self._boxes["resolution"].currentText()
        self.grid.entitle(f"Reading images at {side}…")
        self._look(self.data_controls)

    def show_found(self, found: Inspected) -> None:
        """Shows some of the images as they are chosen now."""
        folder = found.folder
        if folder is None:
            return
        self.allow(True)
        images = images_of(folder.pictures)
        self.grid.setAccessibleName(f"{len(images)} of the images, {images.shape[1]} px a side")
        self.made.setVisible(found.data == TWO_KINDS)
        if folder.pairs:
            turned = self.data_controls.get("direction") == "b to a"
            pairs = joined(images, turned=turned)
            self.grid.show_images(pairs, PAIRED_COLUMNS)
            self.grid.entitle(f"{share(len(pairs), folder, 'pair')}: what G is given, and beside it what it is to make")
        elif found.data == TWO_KINDS:
            second = of_second(folder)
            self.grid.show_images(images[~second])
            self.grid.entitle(f"what G is given: {int((~second).sum())} of them")
            self.made.show_images(images[second] if second.any() else NO_IMAGES)
            self.made.entitle(f"what G is to make: {int(second.sum())} of them")
            self.made.setAccessibleName(f"{int(second.sum())} of the images that G is to make")
        else:
            self.grid.show_images(images)
            self.grid.entitle(f"{share(len(images), folder, 'image')}, as the run will be given them")
        least = "" if folder.whole else "More than "
        count = counted(folder.count, "pair" if folder.pairs else "image")
        self.headline.setText(f"{least}{count} in “{self._folder}”")
        self.details.setText(details(folder, found.data))
        self.show_notes([*([self._remark] if self._remark else []), *left_out(folder)])

    def show_refusal(self, sentence: str) -> None:
        """What was chosen cannot be used."""
        self.allow(False)
        self.show_notes([sentence])

    # Qt ------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        self._chosen(self.data_controls)
        super().accept()


def joined(images: Bytes, *, turned: bool) -> Bytes:
    """The two images of each pair as one picture ``(n, h, 2 w, c)``, the source on the left.

    Args:
        images: Of A and B in turn, ``(2 n, h, w, c)``.
        turned: Whether B are the sources.
    """
    first, second = images[::2], images[1::2]
    both: Bytes = np.concatenate((second, first) if turned else (first, second), axis=2)
    return both


def of_second(folder: FolderPreview) -> NDArray[np.bool_]:
    """Which of the pictures lie in the second of two folders, ``(n,)``."""
    second = list(folder.classes)[1:2]
    return np.array([any(f"/{name}/" in f"/{file}" for name in second) for file in folder.names], dtype=bool)


def share(shown: int, folder: FolderPreview, what: str) -> str:
    """How many of the images, or pairs, of a folder are shown."""
    if folder.whole and shown == folder.count > 1:
        return f"all {counted(shown, what)}"
    return f"{counted(shown, what)} of them"


def details(folder: FolderPreview, data: str = "folder") -> str:
    """Layout, sizes and classes of the images, in a sentence or two."""
    small, large = (f"{size[0]:,} × {size[1]:,}" for size in (folder.smallest, folder.largest))
    text = f"{small} px each." if small == large else f"From {small} to {large} px."
    if folder.pairs and folder.names[:1] == folder.names[1:2]:
        text += " Each picture is cut into a left and a right half, which are a pair."
    elif folder.pairs:
        text += " A pair is an image of the first folder and the one of the same name in the second."
    if data == TWO_KINDS and len(folder.classes) == 2:
        (first_kind, of_first), (other_kind, of_other) = folder.classes.items()
        text += f" Sources: {short(first_kind, 24)} ({of_first:,}). To be made: {short(other_kind, 24)} ({of_other:,})."
    elif folder.classes:
        first = list(folder.classes.items())[:MOST_CLASSES]
        named = ", ".join(f"{short(name, 24)} ({count:,})" for name, count in first)
        more = f" and {len(folder.classes) - MOST_CLASSES:,} more" if len(folder.classes) > MOST_CLASSES else ""
        text += f" {counted(len(folder.classes), 'class', 'classes')} by their sub-folders: {named}{more}."
    if not folder.whole:
        text += " The folder is large: only a part of it was counted; the run uses all."
    return text


def left_out(folder: FolderPreview) -> list[str]:
    """What is not used, and why: a sentence each."""
    sentences = [f"Left out: {counted(count, 'file')} ({reason.removeprefix('is ')})."
                 for reason, count in folder.others.items()]
    if folder.unread:
        what = "pair" if folder.pairs else "image"
        some = f"{len(folder.unread)} of {counted(folder.looked_at, what)} looked at cannot be used"
        sentences.append(f"{some}: {'; '.join(folder.unread)}.")
    return sentences
