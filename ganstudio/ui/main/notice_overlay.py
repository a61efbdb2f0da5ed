"""Where the notice lies: over the upper edge of the docks, so that nothing moves when it comes and goes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QMainWindow, QToolBar

from ganstudio.core.design import Space
from ganstudio.ui.widgets.notice_bar import Notice
from ganstudio.ui.widgets.reading_order import OVER

EDGE = Space.CLOSE  # left and right of it
LIFT = Space.TIGHT  # of the toolbars' lower rim that it covers: it lies over the docks' titles, not over their tools


class NoticeOverlay(QObject):
    """Keeps the notice below the toolbars, as wide as the window."""

    def __init__(self, window: QMainWindow, notice: Notice, above: Sequence[QToolBar]) -> None:
        """Takes the notice, which is hidden until it is wanted.

        Args:
            window: Its parent.
            notice: What is placed.
            above: The toolbars below which it lies.
        """
        super().__init__(window)
        self._window, self._notice, self._above = window, notice, list(above)
        notice.setProperty(OVER, True)
        notice.hide()
        notice.wanted.connect(self._show)
        for watched in (window, *self._above):
            watched.installEventFilter(self)

    def place(self) -> None:
        """Puts it where it belongs."""
        seen = [bar.geometry().bottom() + 1 for bar in self._above if not bar.isHidden()]
        top = max(seen, default=LIFT) - LIFT
        self._notice.move(EDGE, top)
        self._notice.resize(max(self._window.width() - 2 * EDGE, 1), self._notice.height())

    def _show(self, on: bool) -> None:
        if on:
            self.place()
            self._notice.raise_()
        focus = self._window.focusWidget()
        had = focus is not None and self._notice.isAncestorOf(focus)
        self._notice.setVisible(on)
        if had and not on:  # else Qt would give the keys to whatever comes next: a field that takes Space for a letter
            self._window.setFocus()

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide):
            self.place()
        return False
