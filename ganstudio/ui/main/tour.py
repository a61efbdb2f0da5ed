"""The tour: five places of the window, one after the other, each with a few sentences. It stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QMainWindow, QPushButton, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.widgets.reading_order import can_be_seen, stops_within

EDGE = Space.TIGHT  # of the frame around a place
LETTERS = 46  # of a line of its sentences


class Stop(NamedTuple):
    """A place of the window, and what is said there."""

    anchors: tuple[str, ...]  # names of widgets: the first that can be seen is framed
    title: str
    text: str


STOPS = (
    Stop(("panel.points", "panel.line", "panel.progressive", "panel.samples"), "What the generator makes",
         "Blue is the data, orange is what G makes. G begins with noise and learns to cover the blue. The run goes on "
         "while you read."),
    Stop(("panel.landscape", "panel.balance", "panel.line", "panel.curves"), "What the discriminator says",
         "D learns to tell orange from blue, and G learns from what D says. The panel Overview, in a tab below, shows "
         "the whole game as a picture."),
    Stop(("panel.controls",), "Change the game while it is played",
         "Drag a slider: it acts at the next update. ↺ takes a value back, ⟲ marks what restarts the run, and Ctrl+Z "
         "undoes."),
    Stop(("transport.play",), "Pause, and go step by step",
         "Space pauses. D, G and S make single steps; N goes through an update line by line in the panel Algorithm. "
         "The timeline at the lower edge goes back to any moment."),
    Stop(("menu.variant",), "Another game, other data",
         "Variants are objectives from papers; Data has points, images and your own files. Help has every key, the "
         "words on the screen, and this tour again."),
)


class Tour(QObject):
    """Shows the stops of a window, one at a time."""

    def __init__(self, window: QMainWindow, reach: Callable[[QWidget], None]) -> None:
        """Makes it.

        Args:
            window: Whose places are shown.
            reach: Gives a widget the keyboard's focus, as a key would.
        """
        super().__init__(window)
        self._window, self._reach = window, reach
        self._at = -1
        self._mark: _Mark | None = None
        self._card: _Card | None = None

    @property
    def at(self) -> int:
        """Which stop is shown, from 0; -1: none."""
        return self._at

    def start(self) -> None:
        """Begins with the first stop."""
        self._at = 0
        self._show()

    def go(self, by: int) -> None:
        """Goes on to the next stop, 1, or back, -1; beyond the last one it is over."""
        self._at = max(self._at + by, 0)
        if self._at >= len(STOPS):
            self.end()
        else:
            self._show()

    def end(self) -> None:
        """Ends the tour, at whatever stop it is."""
        self._at = -1
        for part in (self._mark, self._card):
            if part is not None:
                part.hide()
        self._window.removeEventFilter(self)
        self._window.setFocus()

    def anchor(self, stop: Stop) -> QWidget | None:
        """The widget that a stop is at; one behind a tab is brought to the front."""
        known = [self._window.findChild(QWidget, name) for name in stop.anchors]
        there = [widget for widget in known if isinstance(widget, QWidget) and not _is_away(widget)]
        for widget in there:
            dock = widget.parentWidget()
            if not can_be_seen(widget) and isinstance(dock, QDockWidget):
                dock.raise_()
                return widget
            if can_be_seen(widget):
                return widget
        return None

    def _show(self) -> None:
        if self._card is None:
            self._mark, self._card = _Mark(self._window), _Card(self._window, self)
        self._window.installEventFilter(self)
        self._card.tell(self._at, STOPS[self._at])
        self._place()
        self._card.show()
        self._card.raise_()
        self._reach(self._card.next)

    def _place(self) -> None:
        """Puts the frame around the place, and the card beside it."""
        card, mark = self._card, self._mark
        if card is None or mark is None or self._at < 0:
            return
        anchor = self.anchor(STOPS[self._at])
        card.fit()
        room = self._window.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        if anchor is None:
            mark.hide()
            card.move(room.center() - card.rect().center())
            return
        area = QRect(anchor.mapTo(self._window, QPoint(0, 0)), anchor.size())
        mark.put(area.adjusted(-EDGE, -EDGE, EDGE, EDGE).intersected(self._window.rect()))
        card.move(beside(area, card.size(), room))
        card.raise_()

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        return False


def _is_away(widget: QWidget) -> bool:
    dock = widget.parentWidget()
    return isinstance(dock, QDockWidget) and dock.isHidden()


def beside(area: QRect, size: QSize, room: QRect) -> QPoint:
    """Where a card goes: to the right of a place, to its left, below or above it, or over it if nothing else is free.

    Args:
        area: The place.
        size: Of the card.
        room: Where it may lie.
    """
    gap = 3 * EDGE
    places = (
        QPoint(area.right() + gap, area.top()), QPoint(area.left() - gap - size.width(), area.top()),
        QPoint(area.left(), area.bottom() + gap), QPoint(area.left(), area.top() - gap - size.height()))
    for place in places:
        x = min(max(place.x(), room.left()), room.right() - size.width())
        y = min(max(place.y(), room.top()), room.bottom() - size.height())
        if not QRect(QPoint(x, y), size).intersects(area):
            return QPoint(x, y)
    return QPoint(min(area.left() + gap, room.right() - size.width()),
                  min(area.top() + gap, room.bottom() - size.height()))


class _Mark(QWidget):
    """A frame around a place; what is inside can be seen and clicked."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("tour.mark")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def put(self, area: QRect) -> None:
        """Draws the frame along an area of the window."""
        self.setGeometry(area)
        inner = self.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        self.setMask(QRegion(self.rect()).subtracted(QRegion(inner)))
        self.raise_()
        self.show()

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().highlight().color(), 2 * EDGE))
        painter.drawRect(self.rect())


class _Card(QFrame):
    """What is said at a stop, and the buttons."""

    def __init__(self, window: QWidget, tour: Tour) -> None:
        super().__init__(window)
        self._tour, self._window = tour, window
        self.setObjectName("tour")
        self.setAccessibleName("Tour")
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._title, self._text = QLabel(), QLabel()
        for label, name in ((self._title, "title"), (self._text, "text")):
            label.setObjectName(f"tour.{name}")
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.skip = self._button("skip", "Skip", "Ends the tour (Esc). Help > Tour shows it again.", tour.end)
        self.back = self._button("back", "Back", "The place before", lambda: tour.go(-1))
        self.next = self._button("next", "Next", "The next place (Enter)", lambda: tour.go(1))
        row = QHBoxLayout()
        row.addWidget(self.skip)
        row.addStretch(1)
        row.addWidget(self.back)
        row.addWidget(self.next)
        column = QVBoxLayout(self)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addLayout(row)

    def _button(self, name: str, text: str, tip: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"tour.{name}")
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda: act())
        return button

    def tell(self, at: int, stop: Stop) -> None:
        """Takes the words of a stop."""
        self._title.setText(f"{at + 1} of {len(STOPS)}: {stop.title}")
        self._text.setText(stop.text)
        self.setAccessibleDescription(f"{stop.title}. {stop.text}")
        self.back.setEnabled(at > 0)
        self.next.setText("Done" if at + 1 == len(STOPS) else "Next")
        self.next.setAccessibleName(self.next.text())

    def fit(self) -> None:
        """As wide as some letters of text, and as high as its sentences need."""
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        width = min(LETTERS * self.fontMetrics().averageCharWidth() + Space.FAR, self._window.width() - 2 * EDGE)
        self.setFixedWidth(width)
        layout = self.layout()
        assert layout is not None
        self.setFixedHeight(layout.totalHeightForWidth(width))

    # Qt ------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match Qt.Key(event.key()):
            case Qt.Key.Key_Escape:
                self._tour.end()
            case Qt.Key.Key_PageDown:
                self._tour.go(1)
            case Qt.Key.Key_PageUp:
                self._tour.go(-1)
            case _:
                super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        stops = stops_within(self)
        now = self.focusWidget()
        index = stops.index(now) if now in stops else -1
        if stops:
            self._tour._reach(stops[(index + (1 if forward else -1)) % len(stops)])
        return bool(stops)
