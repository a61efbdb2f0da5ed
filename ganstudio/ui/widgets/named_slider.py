"""A slider between its name and its value in words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from ganstudio.core.design import Space

LINES = 6  # of text: how long a slider is at first


class NamedSlider(QWidget):
    """Whole steps; what a step means is said by ``say``."""

    moved = Signal(int)  # by the user

    def __init__(self, name: str, text: str, what: str, tip: str, say: Callable[[int], str], widest: str, *,
                 lines: int = LINES) -> None:
        """Makes a slider without a range.

        Args:
            name: Of the object.
            text: Before the slider.
            what: Its name for those who cannot see it.
            tip: Shown under the pointer.
            say: The words for a step.
            widest: The longest of these words: they have that room.
            lines: How long the slider is, lines of text.
        """
        super().__init__()
        self._say, self._widest, self._lines = say, widest, lines
        self.label = QLabel(text)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(name)
        self.slider.setAccessibleName(what)
        self.slider.setPageStep(1)
        self.label.setBuddy(self.slider)
        self._value = QLabel()
        for widget in (self.label, self.slider, self._value):
            widget.setToolTip(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.TIGHT)
        row.addWidget(self.label)
        row.addWidget(self.slider, 1)
        row.addWidget(self._value)
        self.slider.valueChanged.connect(self._tell)
        self.slider.valueChanged.connect(self.moved)
        self._tell(self.slider.value())

    @property
    def value(self) -> int:
        """The step that it stands at."""
        return self.slider.value()

    def set(self, low: int, high: int, value: int) -> None:
        """Takes a range and a step; ``moved`` is not sent."""
        with QSignalBlocker(self.slider):
            self.slider.setRange(low, high)
            self.slider.setValue(value)
        self._tell(self.slider.value())

    def fit_text(self, widest: str = "") -> None:
        """Gives the slider and the words their room for the text's size; ``widest``: other words are the longest now.
        """
        self._widest = widest or self._widest
        metrics = self.fontMetrics()
        self.slider.setFixedWidth(self._lines * metrics.height())
        self._value.setFixedWidth(metrics.horizontalAdvance(self._widest) + Space.HAIR)
        self.updateGeometry()

    def _tell(self, step: int) -> None:
        words = self._say(step)
        self._value.setText(words)
        self.slider.setAccessibleDescription(words)
