"""A frame around one widget of a window that the user is to look at."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from ganstudio.core.design import Pen
from ganstudio.ui.theme import DARK, Theme

THICK = round(Pen.HEAVY)
MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange,
         QEvent.Type.ZOrderChange)  # the last: it was raised above the frame


class LookFrame(QWidget):
    """Follows the widget wherever it goes; what is within is painted and clicked as if it were not there."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("look.frame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._colour = QColor(DARK.generated)
        self.widget: QWidget | None = None  # that is framed
        self.hide()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._colour = QColor(theme.generated)
        self.update()

    def around(self, widget: QWidget | None) -> None:
        """Frames a widget of the window; None: none."""
        if self.widget is not None and shiboken6.isValid(self.widget):
            self.widget.removeEventFilter(self)
        self.widget = widget
        if widget is not None:
            widget.installEventFilter(self)
        self._place()

    def _place(self) -> None:
        widget, window = self.widget, self.parentWidget()
        if widget is None or not widget.isVisible() or widget.window() is not window:
            self.hide()
            return
        # Around it, and within it only at an edge of the window: there it would cover what stands at its border.
        outer = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-THICK, -THICK, THICK, THICK)
        outer = outer.intersected(window.rect())
        self.setGeometry(outer)
        whole = QRect(QPoint(0, 0), outer.size())
        self.setMask(QRegion(whole).subtracted(QRegion(whole.adjusted(THICK, THICK, -THICK, -THICK))))
        self.raise_()
        self.show()

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.widget and event.type() in MOVES:
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._colour)
