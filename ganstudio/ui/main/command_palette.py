"""One field over everything that can be done: actions, panels, variants, data sets, and controls with a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ganstudio.core.system.printable import printable
from ganstudio.ui.main.action_registry import Line

LETTERS, LINES = 70, 16  # the size of the list
TO_THE_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(QDialog):
    """Typed words narrow the list; Enter does what is marked."""

    def __init__(self, window: QWidget, lines: Callable[[str], Iterable[Line]]) -> None:
        """Makes it.

        Args:
            window: Over which it lies.
            lines: Gives the lines for a typed text, answers to it first.
        """
        super().__init__(window)
        self._window, self._lines = window, lines
        self._shown: list[Line] = []
        self.setObjectName("palette")
        self.setWindowTitle("Every command")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.line = QLineEdit()
        self.line.setObjectName("palette.line")
        self.line.setAccessibleName("What to do")
        self.line.setPlaceholderText("what to do, a variant, data, or a control and its value: λ 0.5")
        self.line.setToolTip("Lists the commands that contain every word typed here. Arrow keys choose one, Enter runs "
                             "it. A control with a value, as “λ 0.5” or “batch 64”, sets it.")
        self.list = QListWidget()
        self.list.setObjectName("palette.list")
        self.list.setAccessibleName("What can be done")
        self.list.setToolTip("Enter or a double click does it")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the line gives it the arrow keys
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.list)
        metrics = self.fontMetrics()
        self.resize(min(LETTERS * metrics.averageCharWidth(), window.width()),
                    min(LINES * (metrics.lineSpacing() + 6), window.height()))
        self.line.textChanged.connect(self._narrow)
        self.line.returnPressed.connect(self._do)
        self.line.installEventFilter(self)
        self.list.itemActivated.connect(self._do)
        self._narrow("")

    def _narrow(self, text: str) -> None:
        """Shows the answers to the text, then the lines that hold every word; those that begin with one come first."""
        words = text.lower().split()
        every = list(self._lines(text))
        kept = [each for each in every if not each.first and (
            each.matches or all(word in each.text.lower() for word in words))]
        if words:
            kept.sort(key=lambda each: (each.hides, not each.matches and not any(
                part.startswith(words[0]) for part in each.text.lower().split())))
        self._shown = [*(each for each in every if each.first), *kept]
        if not self._shown:
            self._shown = [Line(f"Nothing is called “{printable(text.strip())}”: fewer letters find more", None)]
        self.list.clear()
        for each in self._shown:
            item = QListWidgetItem(each.text)
            if each.act is None:
                item.setFlags(Qt.ItemFlag.NoItemFlags)  # it says why something cannot be done
            self.list.addItem(item)
        first = next((row for row, each in enumerate(self._shown) if each.act is not None), -1)
        refused = bool(self._shown) and self._shown[0].act is None
        self.list.setCurrentRow(-1 if refused else first)

    def _do(self, _: object = None) -> None:
        row = self.list.currentRow()
        act = self._shown[row].act if 0 <= row < len(self._shown) else None
        if act is None:
            return
        self.accept()
        QTimer.singleShot(0, self._window, act)  # once the window has its focus again

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in TO_THE_LIST:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)
