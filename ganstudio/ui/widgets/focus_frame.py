"""A frame around the widget that has the keyboard's focus, the same around every kind of widget.

Qt's styles mark the focus of each kind in their own way, of some by a pixel or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QScrollArea,
    QWidget,
)

from ganstudio.core.design import Space
from ganstudio.ui.theme import DARK, Theme

OUTSIDE = Space.HAIR  # of the frame around the widget
TAKES_SPACE = "takes_space"  # a property of widgets of our own that do something with that key
INSIDE = 1  # and over its edge: a widget at the window's edge has a frame, too
MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange,
         QEvent.Type.LayoutRequest, QEvent.Type.ZOrderChange)


class FocusFrame(QObject):
    """Frames whatever widget of a window, or of its dialogs, has the focus and can be reached by Tab.

    Enter presses a button that is framed. Space, which plays and pauses, does so only if the user came there by keys:
    ``reach``.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._colours = (QColor(DARK.accent), QColor(DARK.base))
        self._watched: list[QWidget] = []
        self._reached: QWidget | None = None
        self._before: QWidget | None = None  # what was reached before that
        self.widget: QWidget | None = None  # that is framed
        self._ring: _Ring | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._colours = (QColor(theme.accent), QColor(theme.base))
        self._place()

    def reach(self, widget: QWidget, reason: Qt.FocusReason) -> None:
        """Gives a widget the focus because of a key, and scrolls it into sight."""
        self._before, self._reached = self._reached, widget
        widget.setFocus(reason)
        parent = widget.parentWidget()
        while parent is not None and not parent.isWindow():
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(widget)
            parent = parent.parentWidget()

    def regain(self, widget: QWidget) -> None:
        """Gives the focus back to a widget that something else than the user has taken it from."""
        if widget in (self._reached, self._before):
            self.reach(widget, Qt.FocusReason.OtherFocusReason)
        else:
            widget.setFocus()

    def _moved(self, _: QWidget | None, now: QWidget | None) -> None:
        if not shiboken6.isValid(self._window):
            return
        if now is not self._reached:
            self._before, self._reached = self._reached, None
        for watched in self._watched:
            if shiboken6.isValid(watched):
                watched.removeEventFilter(self)
        self._watched = []
        self.widget = now if now is not None and self._is_framed(now) else None
        if self.widget is not None:
            each: QWidget | None = self.widget
            while each is not None:
                each.installEventFilter(self)
                self._watched.append(each)
                each = None if each.isWindow() else each.parentWidget()
        self._place()

    def _is_framed(self, widget: QWidget) -> bool:
        top: QWidget | None = widget.window()
        while top is not None and top is not self._window:
            parent = top.parentWidget()
            top = parent.window() if parent is not None else None
        stop = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) or widget is self._reached
        return top is not None and stop and not widget.isWindow()

    def _place(self) -> None:
        """Puts the frame where the widget is, as far as that can be seen."""
        if self._ring is not None and not shiboken6.isValid(self._ring):  # it went with a dialog
            self._ring = None
        widget = self.widget
        if widget is None or not shiboken6.isValid(widget) or not widget.isVisible():
            if self._ring is not None:
                self._ring.hide()
            return
        top = widget.window()
        if self._ring is None:
            self._ring = _Ring(top)
        elif self._ring.parentWidget() is not top:
            self._ring.setParent(top)
        outer = QRect(widget.mapTo(top, QPoint(0, 0)), widget.size()).adjusted(-OUTSIDE, -OUTSIDE, OUTSIDE, OUTSIDE)
        room, each = top.rect(), widget.parentWidget()
        while each is not None and each is not top:
            within = QRect(each.mapTo(top, QPoint(0, 0)), each.size())
            room = room.intersected(within.adjusted(-OUTSIDE, -OUTSIDE, OUTSIDE, OUTSIDE))
            each = each.parentWidget()
        self._ring.put(outer, room, self._colours)

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVES:
            self._place()
        elif isinstance(event, QKeyEvent) and watched is self.widget:
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        """Enter for a framed button, and Space for what the user went to by keys."""
        widget = self.widget
        takes_space = isinstance(widget, QAbstractButton | QComboBox) or (
            widget is not None and bool(widget.property(TAKES_SPACE)))
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Space and takes_space and (
                widget is self._reached and event.modifiers() == Qt.KeyboardModifier.NoModifier):
            event.accept()
            return True
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.KeyPress and enter and isinstance(widget, QAbstractButton) and not isinstance(
                widget.window(), QDialog):  # a dialog's Enter is its default button's
            widget.click()
            return True
        return False


@contextmanager
def unframed(window: QWidget) -> Iterator[None]:
    """Hides the frame for a while: a picture of the window has none."""
    rings = [ring for ring in window.findChildren(_Ring) if ring.isVisible()]
    for ring in rings:
        ring.hide()
    try:
        yield
    finally:
        for ring in rings:
            ring.show()


class _Ring(QWidget):
    """The frame itself. Its mask lets everything within be painted and clicked as if it were not there."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("focus.frame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._colours = (QColor(), QColor())
        self._outer = QRect()

    def put(self, outer: QRect, room: QRect, colours: tuple[QColor, QColor]) -> None:
        """Draws the frame along ``outer``, in the parent's pixels, where it lies within ``room``."""
        self._colours, self._outer = colours, outer
        thick = OUTSIDE + INSIDE
        inner = outer.adjusted(thick, thick, -thick, -thick)
        ring = QRegion(outer).subtracted(QRegion(inner)).intersected(QRegion(room))
        if ring.isEmpty():
            self.hide()
            return
        if self.geometry() != outer:
            self.setGeometry(outer)
        self.setMask(ring.translated(-outer.topLeft()))
        self.raise_()
        self.show()
        self.update()

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._colours[0])
        edge = QRect(OUTSIDE, OUTSIDE, self.width() - 2 * OUTSIDE - 1, self.height() - 2 * OUTSIDE - 1)
        painter.setPen(self._colours[1])
        painter.drawRect(edge)
