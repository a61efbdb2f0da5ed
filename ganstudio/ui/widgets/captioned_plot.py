"""A plot with its title, and the number that it comes down to, above it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.plotting.axes import Plot


class CaptionedPlot(QWidget):
    """A plot below its title and its number."""

    def __init__(self, title: str, x_label: str) -> None:
        super().__init__()
        self._title = title
        self._caption = QLabel(title)
        self._caption.setTextFormat(Qt.TextFormat.RichText)
        self._caption.setWordWrap(True)
        self._caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._caption.setContentsMargins(Space.USUAL, Space.HAIR, Space.TIGHT, 0)
        self.plot = Plot(x_label=x_label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._caption)
        column.addWidget(self.plot.widget, 1)
        self.caption("")

    def terse(self, on: bool) -> None:
        """Hides the caption, so that the plot has all the room."""
        self._caption.setVisible(not on)

    def caption(self, number: str) -> None:
        """The number that the plot comes down to; rich text."""
        text = f"<b>{self._title}</b><br>{number or '&nbsp;'}"
        if text != self._caption.text():
            self._caption.setText(text)
            self._caption.setToolTip(text)
