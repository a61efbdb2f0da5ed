"""One field over everything that can be done: actions of the menus, variants and data sets."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ganstudio.ui.main.pickers import Pickers
from ganstudio.ui.main.shortcut_list import commands

LETTERS, LINES = 60, 16  # the size of the list
TO_THE_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Found(NamedTuple):
    """A line of the palette."""

    text: str
    act: Callable[[], object]


class CommandPalette(QDialog):
    """Typed words narrow the list; Enter does what is marked."""

    def __init__(self, window: QWidget, menus: Sequence[QAction], pickers: Pickers) -> None:
        """Makes it.

        Args:
            window: Over which it lies.
            menus: Of the window's menu bar.
            pickers: Variants and data sets.
        """
        super().__init__(window)
        self._window = window
        self.setObjectName("palette")
        self.setWindowTitle("Every command")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._found = [
            Found(f"{each.menu} › {each.title}" + (f"    {each.keys}" if each.keys else ""), each.action.trigger)
            for each in commands(menus) if each.action.isEnabled()]
        if pickers.variants.isEnabled():
            self._found += [Found(text, functools.partial(pickers.choose, text)) for text in pickers.found]
        self.line = QLineEdit()
        self.line.setObjectName("palette.line")
        self.line.setAccessibleName("What to do")
        self.line.setPlaceholderText("what to do, a variant, or data…")
        self.line.setToolTip(
            "Lists the commands that contain every word typed here. Arrow keys choose one, Enter runs it.")
        self.list = QListWidget()
        self.list.setObjectName("palette.list")
        self.list.setAccessibleName("What can be done")
        self.list.setToolTip("Enter or a double click does it")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the line gives it the arrow keys
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.list)
        metrics = self.fontMetrics()
        self.resize(LETTERS * metrics.averageCharWidth(), LINES * (metrics.lineSpacing() + 6))
        self.line.textChanged.connect(self._narrow)
        self.line.returnPressed.connect(self._do)
        self.line.installEventFilter(self)
        self.list.itemActivated.connect(self._do)
        self._narrow("")

    def _narrow(self, text: str) -> None:
        """Shows the lines that hold every word; those that begin with one come first."""
        words = text.lower().split()
        kept = [each for each in self._found if all(word in each.text.lower() for word in words)]
        if words:
            kept.sort(key=lambda each: not any(part.startswith(words[0]) for part in each.text.lower().split()))
        self.list.clear()
        for each in kept:
            item = QListWidgetItem(each.text)
            item.setData(Qt.ItemDataRole.UserRole, self._found.index(each))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _do(self, _: object = None) -> None:
        if self.list.currentRow() < 0:
            return
        act = self._found[int(self.list.currentItem().data(Qt.ItemDataRole.UserRole))].act
        self.accept()
        QTimer.singleShot(0, self._window, act)  # once the window has its focus again

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in TO_THE_LIST:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)
