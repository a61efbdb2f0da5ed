"""The window's first painting: where its parts are going to be, drawn before any of them is there.

Plots and panels take longer to import than Qt. Until they are there, the window shows the outline of what it was when
it was closed last: its menus' names, the panels' titles and tabs. Nothing of it looks as if it could be operated, and
what the user does meanwhile is done once the window is complete.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent, QEventLoop, QObject, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar, QWidget

from ganstudio.core.design import Space, Theme
from ganstudio.core.system.resources import cache_folder

WORDS = "Starting the engine…"
PATIENCE_S = 0.5  # a desktop that has not let the window paint by then lets it paint later

Rect = tuple[int, int, int, int]
"""Left, top, width and height in the window, pixels."""


class Part(msgspec.Struct, frozen=True):
    """A name, and where it is."""

    text: str
    at: Rect


class Outline(msgspec.Struct, frozen=True):
    """Where the parts of a window are."""

    size: tuple[int, int] = (0, 0)  # of the window
    scale: float = 1.0  # of its text
    panels: list[Rect] = []
    names: list[Part] = []  # of menus and tabs
    titles: list[Part] = []  # of panels


class Opening(QWidget):
    """Lies over the window while its parts are made."""

    def __init__(self, window: QMainWindow, theme: Theme, outline: Outline) -> None:
        super().__init__(window)
        self._window, self._theme, self._outline = window, theme, outline
        self.painted_at: float | None = None  # `time.time` of the first painting
        self.setGeometry(window.rect())
        window.installEventFilter(self)

    def show_window(self) -> None:
        """Shows the window, and waits until it has been painted. What the user does meanwhile stays in the queue."""
        self._window.show()
        until = time.monotonic() + PATIENCE_S
        while self.painted_at is None and time.monotonic() < until:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 10)

    def finish(self) -> None:
        """Shows what has come into the window since it was shown, and goes."""
        for child in self._window.children():
            if isinstance(child, QWidget) and not child.isWindow() and child.isHidden() \
                    and not child.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
                child.show()  # Qt shows the children of a window together with it, and later ones not at all
        self._window.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, known = self._theme, self._outline
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.window))
        fits = known.size == (self.width(), self.height())
        painter.setPen(QColor(theme.quiet))
        foot = self.rect().adjusted(Space.CLOSE, 0, 0, -Space.TIGHT)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, WORDS)
        if fits:
            for rect in known.panels:
                painter.fillRect(QRect(*rect), QColor(theme.base))
            for part in known.names:
                painter.drawText(QRect(*part.at), Qt.AlignmentFlag.AlignCenter, part.text)
            heading = QFont(self.font())
            heading.setWeight(QFont.Weight.DemiBold)
            painter.setFont(heading)
            for part in known.titles:
                strip = QRect(*part.at)
                painter.fillRect(strip, QColor(theme.raised))
                painter.setPen(QColor(theme.text))
                painter.drawText(strip.adjusted(Space.WIDE, 0, 0, 0),
                                 Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, part.text)
        painter.end()
        if self.painted_at is None:
            self.painted_at = time.time()


def outline_of(window: QMainWindow, scale: float) -> Outline:
    """Where the parts of a window are that can be seen."""
    panels, titles, names = [], [], []
    for child in window.children():
        if isinstance(child, QTabBar) and child.isVisible():
            names += [Part(child.tabText(index), _rect(child.tabRect(index).translated(child.pos())))
                      for index in range(child.count())]
    for name, dock in getattr(window, "docks", {}).items():
        title = dock.titleBarWidget()
        if dock.isFloating() or title is None or dock.visibleRegion().isEmpty():
            continue
        panels.append(_rect(dock.geometry()))
        strip = QRect(title.geometry()).translated(dock.pos())
        titles.append(Part(dock.windowTitle() or name, _rect(strip)))
    bar = window.menuBar()
    for action in bar.actions():
        at = bar.actionGeometry(action)
        if action.isVisible() and not at.isEmpty():
            names.append(Part(action.text().replace("&", ""), _rect(at.translated(bar.pos()))))
    return Outline(size=(window.width(), window.height()), scale=scale, panels=panels, names=names, titles=titles)


def kept_outline(scale: float) -> Outline:
    """The outline of the window that was closed last; an empty one if there is none for text of this size."""
    try:
        outline = msgspec.json.decode(_file().read_bytes(), type=Outline)
    except (OSError, msgspec.MsgspecError):
        return Outline()
    return outline if outline.scale == scale else Outline()


def keep_outline(outline: Outline) -> None:
    """Keeps an outline for the next start; a disk that is full costs that start its outline."""
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        _file().write_bytes(msgspec.json.encode(outline))
    except OSError:
        return


def _file() -> Path:
    return cache_folder() / "outline.json"


def _rect(rect: QRect) -> Rect:
    return rect.x(), rect.y(), rect.width(), rect.height()
