"""A canvas with its tools beside it or below it, as there is room."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class CanvasDesk(QWidget):
    """The canvas with its tools beside it, or below it if the desk is tall; the canvas has half of it at least."""

    def __init__(self, canvas: QWidget, tools: QWidget) -> None:
        super().__init__()
        self._canvas, self._tools = canvas, tools
        self._area = QScrollArea()
        self._area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(tools)
        canvas.setParent(self)
        self._area.setParent(self)
        self.setMinimumSize(2 * canvas.minimumWidth(), canvas.minimumHeight())

    def arrange(self) -> None:
        """Shares the room between the two."""
        width, height, needed = self.width(), self.height(), self._tools.minimumSizeHint()
        if height > 1.4 * width:
            share = min(needed.height(), height // 2)
            self._canvas.setGeometry(0, 0, width, height - share)
            self._area.setGeometry(0, height - share, width, share)
        else:
            bar = self._area.verticalScrollBar().sizeHint().width() if needed.height() > height else 0
            share = min(needed.width() + bar, width // 2)
            self._canvas.setGeometry(0, 0, width - share, height)
            self._area.setGeometry(width - share, 0, share, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()
