"""What is laid over the window in front of a class: a cover (a frozen picture, or black), a light for the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import (
    QBrush,
    QColor,
    QCursor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRadialGradient,
    QRegion,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ganstudio.core.design import SHADE
from ganstudio.ui.theme import DARK, Theme

FOLLOW_MS = 25
RADIUS = 0.14  # of the light, in heights of the window
RING = 0.05  # of the ring, in the same
DIM = 175  # of 255: how dark everything else is
MODES = ("", "light", "ring")  # of the pointer, in the order of its key


class Cover(QWidget):
    """Hides what is below it, which goes on; panels that are covered ask for no pictures."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("stage.cover")
        self.setAccessibleName("Cover")
        self.setToolTip("What is below it goes on")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._picture = QPixmap()
        self.hide()

    @property
    def black(self) -> bool:
        """Whether it is shown, and black."""
        return self.isVisible() and self._picture.isNull()

    @property
    def frozen(self) -> bool:
        """Whether it is shown, with a picture."""
        return self.isVisible() and not self._picture.isNull()

    def freeze(self, area: QRect) -> None:
        """Shows an area of the window as it is now, in its place."""
        parent = self.parentWidget()
        assert parent is not None
        self._picture = parent.grab(area)
        self._put(area)

    def blacken(self) -> None:
        """Covers the whole window in black."""
        parent = self.parentWidget()
        assert parent is not None
        self._picture = QPixmap()
        self._put(parent.rect())

    def _put(self, area: QRect) -> None:
        self.setGeometry(area)
        self.show()
        self.raise_()
        self.update()

    # Qt ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else the window would take it for a press on the border of two docks that are below

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture.isNull():
            painter.fillRect(self.rect(), QColor(SHADE))
        else:
            painter.drawPixmap(self.rect(), self._picture)


class PointerLight(QWidget):
    """Dims all but a circle around the pointer, or draws a ring around it; clicks go through."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("stage.pointer")
        self.setAccessibleName("Light for the pointer")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = DARK
        self.mode = ""
        self.at = QPoint()
        self._clock = QTimer(self, interval=FOLLOW_MS)
        self._clock.timeout.connect(self._look)
        self.hide()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self._theme = theme
        self.update()

    def show_mode(self, mode: str) -> None:
        """Light, ring, or nothing: one of ``MODES``."""
        self.mode = mode
        self.setVisible(bool(mode))
        if not mode:
            self._clock.stop()
            return
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.raise_()
        self._look()
        self._clock.start()

    def _look(self) -> None:
        self.follow(self.mapFromGlobal(QCursor.pos()))

    def follow(self, at: QPoint) -> None:
        """Goes to a place, in the window's pixels; only what changes is painted again."""
        if at == self.at:
            return
        before, self.at = self._around(), at
        self.update(before.united(self._around()) if self.mode == "light" else before)
        self.update(self._around())

    @property
    def radius(self) -> float:
        """Of the circle that stays bright, or of the ring, pixels."""
        return (RADIUS if self.mode == "light" else RING) * self.height()

    def _around(self) -> QRect:
        reach = round(1.4 * self.radius) + 8
        return QRect(self.at - QPoint(reach, reach), self.at + QPoint(reach, reach))

    # Qt ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = QPointF(self.at), self.radius
        if self.mode == "ring":
            for colour, width in ((self._theme.base, 9.0), (self._theme.generated, 5.0)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawEllipse(middle, radius, radius)
            return
        dark, clear = QColor(SHADE), QColor(SHADE)
        dark.setAlpha(DIM)
        clear.setAlpha(0)
        painter.setClipRegion(QRegion(self.rect()).subtracted(QRegion(self._around())))
        painter.fillRect(self.rect(), dark)
        painter.setClipping(False)
        light = QRadialGradient(middle, 1.2 * radius)
        light.setColorAt(0.0, clear)
        light.setColorAt(0.8, clear)
        light.setColorAt(1.0, dark)
        painter.fillRect(self._around(), QBrush(light))
