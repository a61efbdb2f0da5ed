"""Shows a folder of images before it is trained on: how many, some of them as they will be, and what is left out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ganstudio.core.control import Value
from ganstudio.core.design import Least
from ganstudio.core.images import images_of
from ganstudio.core.protocol.catalog import DataInfo
from ganstudio.core.protocol.data_preview import FolderPreview, Inspected
from ganstudio.core.system.wording import counted
from ganstudio.ui.main.data_dialog import DataDialog
from ganstudio.ui.state.dropped import short
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import ImageGrid

LABELS = {"resolution": "&Resolution", "crop": "C&rop", "colour": "&Colour", "direction": "&Direction"}
CHOICES = {
    "a to b": "from A to B", "b to a": "from B to A",
    "centre": "the middle is cut out", "fit": "all, on white", "stretch": "pulled to a square", "rgb": "in colour",
    "grey": "in grey",
}
PAIRED_COLUMNS = 8
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
        self.grid.apply_theme(theme)
        self.lay_out((self.grid, 1))
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
        # An even number in a row, so that no pair is parted.
        self.grid.show_images(images, PAIRED_COLUMNS if folder.pairs else 0)
        some = counted(len(images) // 2, "pair") if folder.pairs else f"{len(images)}"
        self.grid.entitle(f"{some} of them, as the run will be given them")
        self.grid.setAccessibleName(f"{len(images)} of the images, {images.shape[1]} px a side")
        least = "" if folder.whole else "More than "
        count = counted(folder.count, "pair" if folder.pairs else "image")
        self.headline.setText(f"{least}{count} in “{self._folder}”")
        self.details.setText(details(folder))
        self.show_notes([*([self._remark] if self._remark else []), *left_out(folder)])

    def show_refusal(self, sentence: str) -> None:
        """What was chosen cannot be used."""
        self.allow(False)
        self.show_notes([sentence])

    # Qt ------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        self._chosen(self.data_controls)
        super().accept()


def details(folder: FolderPreview) -> str:
    """Sizes and classes of the images, in a sentence or two."""
    small, large = (f"{size[0]:,} × {size[1]:,}" for size in (folder.smallest, folder.largest))
    text = f"{small} px each." if small == large else f"From {small} to {large} px."
    if folder.classes:
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
        some = f"{len(folder.unread)} of {counted(folder.looked_at, 'image')} looked at cannot be used"
        sentences.append(f"{some}: {'; '.join(folder.unread)}.")
    return sentences
