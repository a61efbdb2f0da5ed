"""A plot's legend: a short piece of each line as it is drawn, beside its name."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from ganstudio.core.design import Icon, Pen, icon_side

SHARP = 2  # pixels of a swatch for each pixel of the screen


def line_swatch(colour: str, metrics: QFontMetrics, *, dashed: bool = False, width: float = 2.0,
                beside: float = 0.0) -> QPixmap:
    """A short piece of a line as it is drawn in a plot, as high as the text; ``beside``: room after it, in heights."""
    height = max(metrics.height(), 4)
    wide = icon_side(Icon.MENU, height)
    picture = QPixmap(SHARP * (wide + round(beside * height)), SHARP * height)
    picture.setDevicePixelRatio(SHARP)
    picture.fill(Qt.GlobalColor.transparent)
    pen = QPen(QColor(colour), max(width * height / 16, Pen.FINE))
    if dashed:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([wide / 5 / pen.widthF()] * 2)  # three dashes, whatever the width
    painter = QPainter(picture)
    painter.setPen(pen)
    painter.drawLine(QPointF(0, height / 2), QPointF(wide, height / 2))
    painter.end()
    return picture


def add_swatch(box: QCheckBox, colour: str, *, dashed: bool = False) -> None:
    """Puts the line that a box shows or hides before its name: the box is the plot's legend."""
    picture = line_swatch(colour, box.fontMetrics(), dashed=dashed, beside=Icon.BESIDE)
    box.setIcon(QIcon(picture))
    box.setIconSize(picture.deviceIndependentSize().toSize())


class LegendEntry(QWidget):
    """A line and its name, for what is always shown."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._picture = QPixmap()
        self._colour = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._name = name
        self.setAccessibleName(name)

    def set_style(self, colour: str, text: str, *, dashed: bool = False, width: float = 2.0) -> None:
        """Takes the line's colour and the text's."""
        self._picture = line_swatch(colour, self.fontMetrics(), dashed=dashed, width=width)
        self._colour = QColor(text)
        self.updateGeometry()
        self.update()

    def rename(self, name: str) -> None:
        """Names another line."""
        if name != self._name:
            self._name = name
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        wide = self._picture.deviceIndependentSize().toSize().width()
        return QSize(wide + metrics.horizontalAdvance(f" {self._name}") + 1, metrics.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setPen(self._colour)
        left = self._picture.deviceIndependentSize().toSize().width()
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, f" {self._name}")
