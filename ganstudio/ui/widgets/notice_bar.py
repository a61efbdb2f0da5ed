"""A notice across the window: what happened, what was kept, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.widgets.plain_text import PlainLabel, plain_tip

BESIDE = 0.5  # of the width: a text with less room beside its buttons lies above them
MOST_LINES = 5
COMMAND, EXPORT = "command", "export"  # kinds of things that can fail, and succeed the next time


class Notice(QFrame):
    """Says one thing at a time. Its owner shows it by ``wanted``: a tool bar hides widgets by their actions.

    What was refused or has failed is said over what was there before, and that comes back once the fault is over.
    """

    wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._places = QGridLayout(self)
        self._places.setContentsMargins(Space.WIDE, Space.HAIR, Space.USUAL, Space.HAIR)
        self._places.setColumnStretch(0, 1)
        self._text = PlainLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # A label that wraps asks for the height of its narrowest shape: it takes what ``_fit`` gives it.
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._acts = QWidget()
        self._row = QHBoxLayout(self._acts)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._buttons: list[QPushButton] = []
        self._lasting: tuple[str, Sequence[tuple[str, Callable[[], None]]]] | None = None  # what a fault was said over
        self._until = ""  # what kind of thing has to succeed for the present words to be over
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setObjectName("notice.close")
        self._close.setToolTip("Close this notice (Esc, once Tab has gone to it)")
        self._close.setAccessibleName("Close this notice")
        self._close.clicked.connect(self.dismiss)
        self._places.addWidget(self._text, 0, 0)
        self._places.addWidget(self._acts, 0, 1)
        self._places.addWidget(self._close, 0, 2)
        self._soon = QTimer(self, singleShot=True, interval=0)  # buttons have their size once they have their style
        self._soon.timeout.connect(self._fit)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def tell(self, text: str, actions: Sequence[tuple[str, Callable[[], None]]] = (), *, fault: str = "") -> None:
        """Says something, with a button for each thing that can be done.

        Args:
            text: What is said.
            actions: Labels, and what is done.
            fault: What kind of thing did not succeed; it is said until one of that kind does (``over``).
        """
        if not fault:
            self._lasting = text, actions
        self._until = fault
        self._show(text, actions)

    def pass_with(self, kind: str) -> None:
        """What is said now is over with the next success of that kind, and nothing comes back."""
        self._lasting, self._until = None, kind

    def over(self, kind: str) -> None:
        """Something of that kind has succeeded: what was said until then is over."""
        if self._until != kind:
            return
        self._until = ""
        if self._lasting is not None:
            self._show(*self._lasting)
        else:
            self.dismiss()

    def _show(self, text: str, actions: Sequence[tuple[str, Callable[[], None]]]) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        self._text.setText(text)
        self.setToolTip(plain_tip(text))
        self.setAccessibleName(self._text.text())
        for index, (label, act) in enumerate(actions):
            button = QPushButton(label)
            button.setObjectName(f"notice.{index}")
            button.clicked.connect(self.dismiss)
            button.clicked.connect(lambda _=False, act=act: act())
            self._row.addWidget(button)
            self._buttons.append(button)
        self._acts.setVisible(bool(actions))
        self._fit()
        self._soon.start()
        self.wanted.emit(True)

    def dismiss(self) -> None:
        """Hides the notice, and forgets what it said."""
        self._lasting, self._until = None, ""
        self.wanted.emit(False)

    def _fit(self) -> None:
        """Gives the text the height that it takes, beside the buttons or above them."""
        margins, gap = self._places.contentsMargins(), self._places.horizontalSpacing()
        whole = self.width() - margins.left() - margins.right() - self._close.sizeHint().width() - gap
        self._row.invalidate()
        acts = self._acts.sizeHint() if self._buttons else self._close.sizeHint()
        beside = whole - (acts.width() + gap if self._buttons else 0)
        above = bool(self._buttons) and beside < BESIDE * whole
        self._places.addWidget(self._acts, *((1, 0, 1, 3, Qt.AlignmentFlag.AlignLeft) if above else (0, 1)))
        metrics = self._text.fontMetrics()
        room = QRect(0, 0, max(whole if above else beside, 1), 10_000)
        text = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self._text.text()).height()
        text = max(min(text, MOST_LINES * metrics.lineSpacing()) + 4, self._close.sizeHint().height())
        height = text + self._places.verticalSpacing() + acts.height() if above else max(text, acts.height())
        self.setFixedHeight(height + margins.top() + margins.bottom())

    # Qt ------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_soon"):
            self._soon.start()
