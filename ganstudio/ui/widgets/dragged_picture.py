"""A picture that the user drags and turns; it says where to, and shows what comes back."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from ganstudio.ui.widgets.image_grid import ARROWS, ImageGrid

STEP, FINE = 1 / 64, 1 / 512  # shares of the side: an arrow key, and with Shift
TURN, FINE_TURN = 5.0, 1.0  # degrees: a notch of the wheel or Page Up, and with Shift
FURTHEST = 1.0


class DraggedPicture(ImageGrid):
    """The picture itself is drawn where it was asked to be: dragging moves nothing on this side."""

    placed = Signal(float, float, float)  # to the right, down (shares of the side), degrees counterclockwise

    def __init__(self, title: str) -> None:
        super().__init__(title, filled=True)
        self.right, self.down, self.angle = 0.0, 0.0, 0.0
        self._held: QPointF | None = None  # where the pointer was, while the button is down
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def put(self, right: float, down: float, angle: float) -> None:
        """Asks for a place; what is further than a side away is brought back, and angles lie from -180 to 180."""
        self.right, self.down = (min(max(by, -FURTHEST), FURTHEST) for by in (right, down))
        self.angle = (angle + 180) % 360 - 180
        self.placed.emit(self.right, self.down, self.angle)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            super().mouseMoveEvent(event)
            return
        way, side = event.position() - self._held, max(self.cells().width / self.devicePixelRatioF(), 1.0)
        self._held = event.position()
        self.put(self.right + way.x() / side, self.down + way.y() / side, self.angle)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120  # with Shift some systems turn the axes
        if notches:
            self.put(self.right, self.down, self.angle + notches * (FINE_TURN if fine else TURN))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, fine = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step, turn = (FINE, FINE_TURN) if fine else (STEP, TURN)
        if key in ARROWS:
            right, down = ARROWS[key]
            self.put(self.right + right * step, self.down + down * step, self.angle)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.put(self.right, self.down, self.angle + (turn if key == Qt.Key.Key_PageUp else -turn))
        elif key == Qt.Key.Key_Home:
            self.put(0.0, 0.0, 0.0)
        else:
            super().keyPressEvent(event)
