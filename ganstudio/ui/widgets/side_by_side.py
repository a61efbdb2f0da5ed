"""Widgets beside each other where there is more width than height, else one above the other."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget


class SideBySide(QWidget):
    """All of the same size, to the pixel: what a layout has left over lies at the end."""

    def __init__(self, *widgets: QWidget, gap: int = 0) -> None:
        super().__init__()
        self._count, self._gap = len(widgets), gap
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._sides.setContentsMargins(0, 0, 0, 0)
        self._sides.setSpacing(gap)
        for widget in widgets:
            self._sides.addWidget(widget, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= self.height()
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        over = ((self.width() if beside else self.height()) - (self._count - 1) * self._gap) % self._count
        self._sides.setContentsMargins(0, 0, over if beside else 0, 0 if beside else over)
        self._sides.activate()  # before it is painted
