"""A column of fields that scrolls up and down only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QScrollArea


class ScrollColumn(QScrollArea):
    """Scrolls up and down only: it is as wide as the widest field at the present size of text."""

    def minimumSizeHint(self) -> QSize:
        size = super().minimumSizeHint()
        content = self.widget()
        if content is not None:
            scroll_bar = self.verticalScrollBar().sizeHint().width()
            size.setWidth(content.minimumSizeHint().width() + scroll_bar + 2)
        return size

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # of the fields
            self.updateGeometry()
        return super().eventFilter(watched, event)
