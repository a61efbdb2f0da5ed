"""The timeline: the run from its first step to its last, to be scrubbed, with a tick for whatever happened."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolBar, QToolTip, QWidget

from ganstudio.ui.hindsight import Hindsight
from ganstudio.ui.session import Session
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.tools import shown

EDGE = 9.0  # pixels left and right of the track
NEAR = 4.0  # pixels: a tick that the pointer is at
MANY = 10  # moments of a page


class Strip(QWidget):
    """The track, its ticks and its handle."""

    def __init__(self, session: Session, hindsight: Hindsight) -> None:
        super().__init__()
        self._session = session
        self._hindsight = hindsight
        self._theme = DARK
        self.setObjectName("timeline.strip")
        self.setAccessibleName("Timeline")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setToolTip("Drag to look back; arrow keys go from moment to moment, End comes back to the present")

    def dress(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.update()

    @property
    def span(self) -> int:
        """Steps along the track."""
        return max(self._hindsight.end, 1)

    def x_of(self, steps: float) -> float:
        """Where a step stands, in pixels."""
        return EDGE + (self.width() - 2 * EDGE) * min(steps / self.span, 1.0)

    def step_at(self, x: float) -> int:
        """The step that stands there."""
        return round((x - EDGE) / max(self.width() - 2 * EDGE, 1) * self.span)

    @property
    def changes(self) -> dict[int, str]:
        """Steps at which a control was moved, and what was moved."""
        told: dict[int, str] = {}
        for change in self._session.changes:
            steps = change.position.steps
            word = f"{change.name} to {shown(change.value)}"
            told[steps] = f"{told[steps]}, {word}" if steps in told else word
        return told

    def words(self, x: float) -> str:
        """What is to be said of a place on the track."""
        steps = max(0, min(self.step_at(x), self.span))
        told = [f"step {steps:,}"]
        told += [f"step {at:,}: {what}" for at, what in self.changes.items() if abs(self.x_of(at) - x) <= NEAR]
        told += [f"step {at:,}: pinned" for at in self._hindsight.pins if abs(self.x_of(at) - x) <= NEAR]
        diverged = self._session.last_diverged
        if diverged is not None and abs(self.x_of(diverged.what.at) - x) <= NEAR:
            told.append(f"step {diverged.what.at:,.0f}: diverged, “{diverged.what.term}” became {diverged.what.value}")
        left = self._hindsight.left_at
        if left is not None and abs(self.x_of(left) - x) <= NEAR:
            told.append(f"step {left:,}: this run left the one it branched from")
        return "\n".join(told)

    # Qt ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(300, max(round(1.6 * self.fontMetrics().height()), 24))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, middle = self._theme, self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.line))
        track = QRectF(EDGE, middle - 3, self.width() - 2 * EDGE, 6)
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(QColor(theme.quiet))
        for first, last in self._stretches():
            painter.drawRect(QRectF(first, middle - 1.5, max(last - first, 1.5), 3))
        left = self._hindsight.left_at
        if left:
            painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(self.x_of(left), 2), QPointF(self.x_of(left), self.height() - 2))
        painter.setPen(QPen(QColor(theme.warning), 2))
        for x in {round(self.x_of(change.position.steps)) for change in self._session.changes}:
            painter.drawLine(QPointF(x, middle - 8), QPointF(x, middle + 8))
        self._paint_pins(painter, middle)
        diverged = self._session.last_diverged
        if diverged is not None:
            self._paint_cross(painter, self.x_of(diverged.what.at), middle)
        self._paint_handle(painter, middle)
        painter.end()

    def _stretches(self) -> list[tuple[float, float]]:
        """Where there are recorded moments, in pixels; those that touch are one stretch."""
        moments = self._hindsight.moments
        if not moments:
            return []
        at = np.unique(np.round([self.x_of(steps) for steps in moments]))
        breaks = np.flatnonzero(np.diff(at) > 3) + 1
        return [(float(part[0]), float(part[-1])) for part in np.split(at, breaks)]

    def _paint_pins(self, painter: QPainter, middle: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.accent))
        for steps in self._hindsight.pins:
            x = self.x_of(steps)
            painter.drawPolygon(QPolygonF([QPointF(x, middle - 3), QPointF(x - 5, middle - 11),
                                           QPointF(x + 5, middle - 11)]))

    def _paint_cross(self, painter: QPainter, x: float, middle: float) -> None:
        painter.setPen(QPen(QColor(self._theme.generated), 2.5))
        for side in (-1, 1):
            painter.drawLine(QPointF(x - 5, middle - 5 * side), QPointF(x + 5, middle + 5 * side))

    def _paint_handle(self, painter: QPainter, middle: float) -> None:
        at = self._hindsight.at
        x = self.x_of(self._hindsight.end if at is None else at)
        painter.setPen(QPen(QColor(self._theme.text if self.hasFocus() else self._theme.quiet), 2))
        painter.setBrush(QColor(self._theme.raised if at is None else self._theme.accent))
        painter.drawEllipse(QPointF(x, middle), 7, 7)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._hindsight.to(self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._hindsight.to(self.step_at(x))
        QToolTip.showText(event.globalPosition().toPoint(), self.words(x), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -MANY, Qt.Key.Key_PageDown: MANY}
        key = Qt.Key(event.key())
        if key in moves:
            self._hindsight.by(moves[key])
        elif key == Qt.Key.Key_Home:
            self._hindsight.to(0)
        elif key in (Qt.Key.Key_End, Qt.Key.Key_Escape):
            self._hindsight.now()
        else:
            super().keyPressEvent(event)


class Timeline(QToolBar):
    """The strip with what can be done at the moment it shows."""

    def __init__(self, session: Session, hindsight: Hindsight) -> None:
        super().__init__("Timeline")
        self.setObjectName("timeline")
        self.setMovable(False)
        self._session = session
        self._hindsight = hindsight
        self.strip = Strip(session, hindsight)
        self._label = QLabel()
        self._label.setObjectName("timeline.label")
        self._label.setProperty("quiet", True)
        self._label.setContentsMargins(6, 0, 6, 0)
        self.now = self._action("Now", "Ctrl+E", "Back to the present (Ctrl+E; End or Esc on the timeline)",
                                hindsight.now)
        self.go_on = self._action("Continue from here", "Ctrl+K", "A new run starts at the moment that is shown and "
                                  "trains on; this one is kept as it is (Ctrl+K)", hindsight.go_on)
        self.pin = self._action("Pin", "Ctrl+P", "Keeps the state of this very moment in the run's file for good "
                                "(Ctrl+P)", hindsight.pin)
        self.addWidget(self.strip)
        self.addWidget(self._label)
        self.addActions([self.now, self.go_on, self.pin])
        hindsight.changed.connect(self._show)
        hindsight.moved.connect(self._show)
        session.progressed.connect(self._show)
        session.control_applied.connect(self._show)
        session.diverged.connect(self._show)
        session.run_started.connect(self._show)
        self._show()

    def _action(self, text: str, key: str, tip: str, act: object) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"timeline.{text.split()[0].lower()}")
        action.setShortcut(key)
        action.setToolTip(tip)
        action.triggered.connect(lambda _=False: act() if callable(act) else None)
        return action

    def dress(self, theme: Theme) -> None:
        """Takes a palette."""
        self.strip.dress(theme)

    def _show(self, _: object = None) -> None:
        at, end = self._hindsight.at, self._hindsight.end
        self._label.setText("now" if at is None else f"looking back at step {at:,} of {end:,}")
        widest = self.fontMetrics().horizontalAdvance(f"looking back at step {end:,} of {end:,}")
        self._label.setMinimumWidth(widest + 14)
        self.now.setEnabled(at is not None)
        self.go_on.setEnabled(at is not None)
        playable = self._session.started is not None and bool(self._session.started.record)
        self.pin.setEnabled(at is None and playable)
        self.strip.update()
