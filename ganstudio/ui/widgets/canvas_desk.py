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
        self.setMinimumSize(canvas.minimumWidth(), canvas.minimumHeight())

    def arrange(self) -> None:
        """Shares the room between the two."""
        width, height = self.width(), self.height()
        bar = self._area.verticalScrollBar().sizeHint().width()
        narrow, wide = self._tools.minimumSizeHint().width() + bar, self._tools.sizeHint().width() + bar
        if height > 1.4 * width or narrow > width // 2:
            share = min(self._tools.heightForWidth(width), height // 2)
            self._canvas.setGeometry(0, 0, width, height - share)
            self._area.setGeometry(0, height - share, width, share)
        else:
            share = min(wide, max(width // 2, narrow))
            self._canvas.setGeometry(0, 0, width - share, height)
            self._area.setGeometry(width - share, 0, share, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()
