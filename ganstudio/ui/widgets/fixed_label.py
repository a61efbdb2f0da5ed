"""Labels whose text changes many times a second, without a new layout of the window for each.

A QLabel asks for a new layout with every text, whatever its size: in a window of docks that takes 4 ms.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

REST_MS = 500  # without another text


class FixedLabel(QWidget):
    """Holds a label, which fills it, and hides the label's size hints from the layout around."""

    def __init__(self, label: QLabel) -> None:
        super().__init__()
        self.label = label
        label.setParent(self)

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.label.resize(self.size())


class GrowOnlyLabel(FixedLabel):
    """As wide as its longest text so far: only a text that needs more room makes the window lay itself out again.

    Once its text rests it is as wide as that, whatever came before.
    """

    def __init__(self, label: QLabel) -> None:
        super().__init__(label)
        self._room = label.sizeHint().width()
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._fit)

    def _fit(self) -> None:
        if (room := self.label.sizeHint().width()) != self._room:
            self._room = room
            self.updateGeometry()

    # Qt ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(self._room, self.label.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.label.minimumSizeHint()

    def event(self, event: QEvent) -> bool:
        # The event that a label sends to a parent without a layout when its text has changed.
        if event.type() == QEvent.Type.LayoutRequest:
            self._rest.start()
            if self.label.sizeHint().width() > self._room:
                self._fit()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_room"):
            self._fit()
