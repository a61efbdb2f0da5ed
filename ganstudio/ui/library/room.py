"""Offers to make room in the library: says what can go, how much that frees, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.design import Space
from ganstudio.core.runs import thinning
from ganstudio.core.runs.library import Kept
from ganstudio.core.runs.thinning import FEW_STEPS, Survey
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled
from ganstudio.core.system.wording import counted
from ganstudio.ui.library.columns import amount
from ganstudio.ui.library.trash import Trash
from ganstudio.ui.library.working_bar import working_bar
from ganstudio.ui.widgets.plain_text import PlainLabel

MOST_FAULTS = 3  # that are said one by one


class RoomDialog(QDialog):
    """What can be done for room: each choice with its number of runs and what it frees."""

    def __init__(self, found: Survey, on_screen: bool, parent: QWidget | None = None) -> None:
        """``on_screen``: whether one of the runs is on screen."""
        super().__init__(parent)
        self._found = found
        self.setObjectName("room")
        self.setWindowTitle("Free room")
        layout = QVBoxLayout(self)
        layout.setSpacing(Space.WIDE)
        self.short = self._choice(
            layout, "short", len(found.short),
            f"Move {counted(len(found.short), 'run')} of fewer than {FEW_STEPS} steps to the trash: "
            f"{amount(found.of_short)}",
            "Undo takes them back. The disk has the room again when the trash is emptied.")
        self.thick = self._choice(
            layout, "thick", len(found.thick),
            f"Make {counted(len(found.thick), 'longer run')} thinner: about {amount(found.of_thick)}",
            "The first and the last checkpoint stay, and so does all that can be seen on the timeline. To go on from a "
            "step in between, the run is repeated up to there, which can take as long as the training did. This cannot "
            "be undone.")
        words = [f"{counted(found.spared, 'run')} with a name, a tag, a pin or a branch"] if found.spared else []
        words += ["what is on screen"] if on_screen else []
        self.spared = _words("room.spared", f"Left alone: {' and '.join(words)}." if words else "")
        self.spared.setVisible(bool(words))
        layout.addWidget(self.spared)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.free = QPushButton()
        self.free.setObjectName("room.free")
        self.free.setToolTip("Does what is ticked")
        buttons.addButton(self.free, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addStretch(1)
        layout.addWidget(buttons)
        for box in (self.short, self.thick):
            box.toggled.connect(self._count)
        self._count()
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("n") * 68)

    def _choice(self, layout: QVBoxLayout, name: str, count: int, title: str, what: str) -> QCheckBox:
        box = QCheckBox(title)
        box.setObjectName(f"room.{name}")
        box.setAccessibleDescription(what)
        box.setToolTip(what)
        box.setChecked(bool(count))
        below = _words(f"room.{name}.words", what)
        below.setIndent(self.fontMetrics().horizontalAdvance("nnn"))
        for widget in (box, below):
            layout.addWidget(widget)
            widget.setVisible(bool(count))
        return box

    def _count(self) -> None:
        size = self._found.of_short * self.short.isChecked() + self._found.of_thick * self.thick.isChecked()
        self.free.setText(f"Free about {amount(size)}")
        self.free.setEnabled(size > 0)
        self.free.setAccessibleName(self.free.text())


def offer(
    parent: QWidget, runs: Sequence[Kept], on_screen: Collection[Path], trash: Trash, done: Callable[[str], None],
) -> None:
    """Looks through the runs, asks, does what is agreed to, and says what came of it.

    Args:
        parent: The dialog that waits.
        runs: All runs of the folder.
        on_screen: Files that are left alone.
        trash: Where short runs go, and come back from.
        done: Is called with what was done, in a sentence or more.
    """
    found = Survey()
    with working_bar(parent, "room.progress", "Free room"):
        try:
            found = thinning.survey(runs, on_screen)
        except Cancelled:
            return
    shown = any(kept.path in on_screen for kept in runs)
    if not found.short and not found.thick:
        spared = f" Left alone: {counted(found.spared, 'run')} with a name, a tag, a pin or a branch."
        done("There is nothing to free: no run without a name is short, or holds what it can do without."
             + (spared if found.spared else ""))
        return
    dialog = RoomDialog(found, shown, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(
        lambda: done(_free(parent, found, trash, dialog.short.isChecked(), dialog.thick.isChecked())))
    dialog.open()


def _free(parent: QWidget, found: Survey, trash: Trash, short: bool, thick: bool) -> str:
    """Does what was agreed to; returns what to say."""
    said: list[str] = []
    faults: list[str] = []
    if short and found.short:
        sizes = {kept.path: kept.size for kept in found.short}
        went, faults = trash.throw(sizes)
        if went:
            undo = "; Undo takes them back" if trash.last else ""
            size = amount(sum(sizes[path] for path in went))
            said.append(f"{counted(len(went), 'short run')} of {size} went into the trash{undo}.")
    if thick and found.thick:
        thinner, freed = 0, 0
        with working_bar(parent, "room.progress", "Free room"):
            for kept, _ in found.thick:
                try:
                    won = thinning.thin(kept.path)
                except BadInput as fault:
                    faults.append(f"Not done: {fault}.")
                except Cancelled:
                    said.append("Cancelled: the other runs are as they were.")
                    break
                else:
                    thinner, freed = thinner + bool(won), freed + won
        said.insert(0, f"{amount(freed)} are free: {counted(thinner, 'run')} made thinner.")
    more = [f"So for {len(faults) - MOST_FAULTS} more."] if len(faults) > MOST_FAULTS else []
    return " ".join([*said, *faults[:MOST_FAULTS], *more])


def _words(name: str, text: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
