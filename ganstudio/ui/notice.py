"""A notice across the window: what happened, what was kept, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget


class Notice(QFrame):
    """Says one thing at a time. Whoever holds it follows ``wanted``: a tool bar hides widgets by their actions."""

    wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 4, 8, 4)
        # A label that wraps asks for the height of its narrowest shape: two lines are what a notice needs.
        self.setMaximumHeight(2 * self.fontMetrics().lineSpacing() + 22)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row.addWidget(self._text, 1)
        self._buttons: list[QPushButton] = []
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setObjectName("notice.close")
        self._close.setToolTip("Close this notice")
        self._close.setAccessibleName("Close this notice")
        self._close.clicked.connect(self.dismiss)
        self._row.addWidget(self._close)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def tell(self, text: str, actions: Sequence[tuple[str, Callable[[], None]]] = ()) -> None:
        """Says something, with a button for each thing that can be done."""
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        self._text.setText(text)
        self.setAccessibleName(text)
        for index, (label, act) in enumerate(actions):
            button = QPushButton(label)
            button.setObjectName(f"notice.{index}")
            button.clicked.connect(self.dismiss)
            button.clicked.connect(lambda _=False, act=act: act())
            self._row.insertWidget(1 + index, button)
            self._buttons.append(button)
        self.wanted.emit(True)

    def dismiss(self) -> None:
        """Nothing is to be said any more."""
        self.wanted.emit(False)
