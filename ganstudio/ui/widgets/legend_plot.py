"""A plot with its legend, and what its axis is, above it."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.legend import LegendEntry


class LegendPlot(QWidget):
    """A plot with the names of its lines above it."""

    def __init__(self, x_label: str = "") -> None:
        super().__init__()
        self.plot = Plot()
        self._names = FlowLayout()
        self._names.setContentsMargins(Space.TIGHT, 0, Space.TIGHT, 0)
        self._names.setSpacing(Space.WIDE)
        self._label = QLabel(x_label)
        self._label.setProperty("quiet", True)
        self._names.addWidget(self._label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.HAIR)
        column.addLayout(self._names)
        column.addWidget(self.plot.widget, 1)

    def add_entry(self, text: str, tip: str) -> LegendEntry:
        """A line's name, and what it is."""
        entry = LegendEntry(text)
        entry.setToolTip(tip)
        self._names.addWidget(entry)
        return entry

    def name_axis(self, text: str) -> None:
        """Names the horizontal axis."""
        if text != self._label.text():
            self._label.setText(text)
