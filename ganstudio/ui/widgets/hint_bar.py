"""A status bar whose hint comes back when nothing else is said: menus and tips wipe what a plain one shows."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QStatusBar, QWidget

from ganstudio.core.design import Space

LEFT = Space.CLOSE  # before the message


class HintBar(QStatusBar):
    """Shows messages, and a hint whenever there is none. What has no room ends with …, and is a tooltip as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self._hint = ""
        self.messageChanged.connect(self._fall_back)

    def set_hint(self, text: str) -> None:
        """What is shown from now on while there is no message."""
        self._hint = text
        self.showMessage(text)

    def _fall_back(self, text: str) -> None:
        if not text and self._hint:
            self.showMessage(self._hint)
        else:
            self._explain()

    def shown(self) -> str:
        """The message as it is painted."""
        return self.fontMetrics().elidedText(self.currentMessage(), Qt.TextElideMode.ElideRight, self._area().width())

    def _area(self) -> QRect:
        """Where the message is painted: left of the widgets that are always there."""
        beside = [child.x() for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
                  if child.isVisible()]
        return self.rect().adjusted(LEFT, 0, min([*beside, self.width()]) - self.width() - LEFT, 0)

    def _explain(self) -> None:
        text = self.currentMessage()
        self.setToolTip("" if self.shown() == text else text)

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self._area(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.shown())
        self._explain()  # the widgets beside it may have become wider

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()
