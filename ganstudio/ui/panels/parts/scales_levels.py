"""Of a generator of levels: its images at every size, and a curve of how far each is from the largest one."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from ganstudio.core.design import Dot, Pen, Space
from ganstudio.core.protocol.views import View
from ganstudio.ui.panels.parts.level_pictures import LevelPictures
from ganstudio.ui.panels.parts.scales_body import ScalesBody
from ganstudio.ui.panels.parts.scales_text import number, words
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Curve, Scatter
from ganstudio.ui.theme import Theme
from ganstudio.views.scales import Scales

CURVES_FROM = 22  # lines of text: a body as high as that has room for the curves
CURVES_SHARE = 0.34  # of its height
MOST_LOOKS = 2000  # that are remembered


class Levels(ScalesBody):
    """The pictures above, the curves below. They hold every look at this run, in the order of its steps."""

    room_changed = Signal(bool)  # whether the curves have room

    def __init__(self) -> None:
        super().__init__()
        self._pictures = LevelPictures()
        self._pictures.on_hover = self.hovered.emit
        self._pictures.shown = self.painted.emit
        self._plot = Plot(x_label="steps", y_label="disagreement")
        self._plot.widget.setObjectName("scales.curves")
        self._plot.widget.setAccessibleName("Disagreement of each level over the steps")
        self._plot.on_hover(self._hover)
        self._curves: list[Curve] = []
        self._ends: list[Scatter] = []  # of each curve what is shown now: a single look is no line
        self._at = 0  # the step that is shown
        self._looks: dict[int, list[float]] = {}  # steps -> disagreement of each level
        self._theme: Theme | None = None
        self._wanted = True
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.USUAL, 0, Space.USUAL, Space.TIGHT)
        column.setSpacing(Space.TIGHT)
        column.addWidget(self._pictures, 1)
        column.addWidget(self._plot.widget)

    def show_curves(self, on: bool) -> None:
        """Whether the curves are shown, if there is room."""
        self._wanted = on
        self._fit()

    def _fit(self) -> None:
        line = self.fontMetrics().height()
        room = self.height() >= CURVES_FROM * line
        self._plot.widget.setVisible(self._wanted and room)
        self.room_changed.emit(room)
        self._plot.widget.setFixedHeight(round(CURVES_SHARE * max(self.height(), 1)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def apply_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._pictures.apply_theme(theme)
        self._plot.apply_theme(theme, self.font())
        self._style()
        self._fit()

    def _style(self) -> None:
        if self._theme is not None:
            colours = self._pictures.colours(self._theme)
            for curve, end, colour in zip(self._curves, self._ends, colours, strict=False):
                curve.set_style(colour, Pen.USUAL)
                end.set_style(colour, Dot.KNOT, filled=True)

    def begin(self) -> None:
        self._looks.clear()
        self._plot.following = True
        self._pictures.take(None)
        self._draw()

    def take(self, view: View, steps: int) -> str:
        if not isinstance(view, Scales):
            return ""
        now = view.disagreement.doubles().tolist()
        if any(len(before) != len(now) for before in self._looks.values()):
            self._looks.clear()
        self._looks[steps], self._at = now, steps
        self._looks = dict(sorted(self._looks.items()))
        if len(self._looks) > MOST_LOOKS:
            self._looks = dict(list(self._looks.items())[::2])
        self._pictures.take(view)
        self._draw()
        first = min(self._looks)
        return words(now, steps, self._looks[first], first)

    def _draw(self) -> None:
        x = np.array(list(self._looks), dtype=np.float64)
        y = np.array(list(self._looks.values()), dtype=np.float64) if self._looks else np.zeros((0, 0))
        while len(self._curves) < y.shape[1]:
            self._curves.append(Curve(self._plot, above=1))
            self._ends.append(Scatter(self._plot, above=2))
        self._style()
        now = self._looks.get(self._at, [])
        for level, (curve, end) in enumerate(zip(self._curves, self._ends, strict=True)):
            there = level < y.shape[1]
            curve.show(x if there else np.zeros(0), y[:, level] if there else np.zeros(0))
            end.show(np.array([[self._at, now[level]]]) if there and level < len(now) else np.zeros((0, 2)))
        finite = y[np.isfinite(y)]
        self._plot.follow_range((0.0, float(max(x.max(initial=1.0), 1.0))), (0.0, 1.05 * finite.max(initial=1.0)))

    def _hover(self, x: float, y: float) -> None:
        if not self._looks or not math.isfinite(x):
            return
        steps = min(self._looks, key=lambda at: abs(at - x))
        sizes = ", ".join(f"{4 << level} px {number(value)}" for level, value in enumerate(self._looks[steps]))
        self.hovered.emit(f"after {steps:,} steps: {sizes}")
