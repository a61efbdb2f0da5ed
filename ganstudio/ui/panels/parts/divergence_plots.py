"""Three plots of a generator function: f with its tangents, its conjugate, and the output activation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ganstudio.core.design import Dot, Pen
from ganstudio.core.protocol.divergence_report import Examination
from ganstudio.core.system.wording import figure
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Curve, Scatter
from ganstudio.ui.theme import Theme

Floats = NDArray[np.float64]

PLOTS = {  # title, x, y
    "f": ("tangents of slope t meet u = 0 at −f*(t)", "u = p/q", "f(u)"),
    "conjugate": ("conjugate: the same tangents as points", "slope t", "f*(t)"),
    "activation": ("output activation: scores onto slopes", "score v", "T = g(v)"),
}


class DivergencePlots:
    """Each plot in a cell with its title, for a layout of the panel's."""

    def __init__(self, show: Callable[[str], None]) -> None:
        """Makes empty plots; ``show`` is given what is under the pointer."""
        self._show_hover = show
        self._found: Examination | None = None
        self.cells: list[QWidget] = []
        self.titles: list[QLabel] = []
        self._plots: dict[str, Plot] = {}
        for name, (title, x, y) in PLOTS.items():
            plot = self._plots[name] = Plot(x_label=x, y_label=y)
            plot.widget.setObjectName(f"workshop.plot.{name}")
            plot.widget.setAccessibleName(title)
            plot.mouse(False)  # the wheel scrolls the panel
            cell = QWidget()
            column = QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            heading = QLabel(title)
            heading.setProperty("quiet", True)
            heading.setWordWrap(True)
            heading.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
            column.addWidget(heading)
            column.addWidget(plot.widget, 1)
            self.titles.append(heading)
            self.cells.append(cell)
        f, star, g = self._plots.values()
        self._axes = [Curve(plot, above=0) for plot in (f, f, star, star, g, g)]  # f: u = 1, 0; f*: b, 0; g: b, f'(1)
        self._curves = {name: Curve(plot, above=3) for name, plot in self._plots.items()}
        self._tangents = [Curve(f, above=2) for _ in range(3)]
        self._heights = [Scatter(f, above=4) for _ in range(3)]
        self._touching = [Scatter(star, above=4) for _ in range(3)]
        self._pointed = Curve(f, above=1)
        f.on_hover(self.hover_f)
        star.on_hover(self.hover_conjugate)
        g.on_hover(self.hover_activation)

    def apply_theme(self, theme: Theme, font: QFont) -> None:
        """Takes a palette and a font."""
        for plot in self._plots.values():
            plot.apply_theme(theme, font)
        for axis in self._axes:
            axis.set_style(theme.quiet, Pen.FINE, dashed=True)
        for curve in self._curves.values():
            curve.set_style(theme.text, Pen.HEAVY)
        self._pointed.set_style(theme.quiet, Pen.FINE)
        # Blue and orange mean real and generated elsewhere: the tangents take the palette's other hues.
        for colour, tangent, height, touching in zip(
            theme.curves[2:5], self._tangents, self._heights, self._touching, strict=True
        ):
            tangent.set_style(colour, Pen.USUAL)
            height.set_style(colour, Dot.MARK, filled=True)
            touching.set_style(colour, Dot.MARK, filled=True)

    def forget(self) -> None:
        """The pointer reads nothing from now on: the plots are of a function that is no longer in the field."""
        self._found = None

    def show(self, found: Examination) -> None:
        """Draws a function, its tangents, its conjugate and the activation."""
        self._found = found
        u, f, t, star, v, g = (array.doubles() for array in (
            found.u, found.f_values, found.t, found.conjugate_values, found.v, found.activation_values))
        tangents = found.tangents.doubles()
        end = math.nan if found.domain_end is None else found.domain_end
        low, high = _range([f[u >= 0.2], tangents[:, 1]])
        edge = float(u[-1])
        self._curves["f"].show(u, np.clip(f, low - (high - low), high + (high - low)))  # 1e200 is no coordinate
        self._axes[0].show(np.ones(2), np.array([low, high]))
        self._axes[1].show(np.array([0.0, edge]), np.zeros(2))
        for index, (tangent, height, touching) in enumerate(
            zip(self._tangents, self._heights, self._touching, strict=True)
        ):
            there = index < len(tangents)
            slope, at_zero = tangents[index] if there else (math.nan, math.nan)
            tangent.show(np.array([0.0, edge]), np.array([at_zero, at_zero + slope * edge]))
            height.show(np.array([[0.0, at_zero]]))
            touching.show(np.array([[slope, -at_zero]]))
        self._pointed.show(np.zeros(0), np.zeros(0))
        self._plots["f"].show_range((-0.04 * edge, edge), (low, high))
        low, high = _range([star[: -len(star) // 50], -tangents[:, 1]])  # it may rise to infinity at the end
        right = float(t[-1]) + 0.06 * float(t[-1] - t[0])
        self._curves["conjugate"].show(t, star)
        self._axes[2].show(np.full(2, end), np.array([low, high]))
        self._axes[3].show(np.array([t[0], right]), np.zeros(2))
        self._plots["conjugate"].show_range((float(t[0]), right), (low, high))
        marks = [found.threshold] if math.isnan(end) else [found.threshold, end]
        low, high = _range([g, np.array(marks)])
        self._curves["activation"].show(v, g)
        self._axes[4].show(v[[0, -1]], np.full(2, end))
        self._axes[5].show(v[[0, -1]], np.full(2, found.threshold))
        self._plots["activation"].show_range((float(v[0]), float(v[-1])), (low, high))
        bound = "" if math.isnan(end) else f", never above b = {figure(end)}"
        self.titles[2].setText(f"output activation: T above f'(1) = {figure(found.threshold)} says real{bound}")

    # Under the pointer ---------------------------------------------------------------------------------------------

    def hover_f(self, x: float, _: float) -> None:
        """Draws the tangent under the pointer, and reads it."""
        if self._found is None:
            return
        u, f = self._found.u.doubles(), self._found.f_values.doubles()
        u, f = u[np.isfinite(f)], f[np.isfinite(f)]  # it may overflow near 0
        at = float(np.clip(x, u[0], u[-1]))
        slope = float(np.interp(at, u, np.gradient(f, u)))
        value = float(np.interp(at, u, f))
        self._pointed.show(np.array([0.0, u[-1]]), np.array([value - slope * at, value + slope * (u[-1] - at)]))
        self._show_hover(f"u {at:.2f}: f {figure(value, 4)}; the tangent of slope t = {figure(slope, 4)} meets u = 0 "
                  f"at −f*(t) = {figure(value - slope * at, 4)}".replace("-", "−"))

    def hover_conjugate(self, x: float, _: float) -> None:
        """Reads the conjugate under the pointer."""
        if self._found is not None:
            t, star = self._found.t.doubles(), self._found.conjugate_values.doubles()
            at = float(np.clip(x, t[0], t[-1]))
            best = float(np.interp(at, t, np.gradient(star, t)))
            conjugate = figure(float(np.interp(at, t, star)), 4)
            self._show_hover(f"slope t {figure(at)}: f*(t) = {conjugate}, reached at u = {figure(max(best, 0))}")

    def hover_activation(self, x: float, _: float) -> None:
        """Reads the activation under the pointer."""
        if self._found is not None:
            v, g = self._found.v.doubles(), self._found.activation_values.doubles()
            at = float(np.clip(x, v[0], v[-1]))
            slope = float(np.interp(at, v, g))
            side = "real" if slope > self._found.threshold else "generated"
            threshold = figure(self._found.threshold, 4)
            self._show_hover(f"score {at:.2f}: T = {figure(slope, 4)}, which says {side} (f'(1) = {threshold})")


def _range(values: list[Floats]) -> tuple[float, float]:
    """From the lowest to the highest finite value, and a little more."""
    every = np.concatenate([np.ravel(part) for part in values])
    every = every[np.isfinite(every)]
    if not len(every):
        return -1.0, 1.0
    low, high = float(every.min()), float(every.max())
    margin = 0.08 * (high - low) or 0.5
    return low - margin, high + margin
