"""Divergence workshop: a convex function is typed, and becomes a GAN."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QFontDatabase, QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ganstudio.core.protocol.divergence_report import Examination
from ganstudio.core.protocol.messages import DivergenceAnalysed
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting.items import Curve, Plot, Scatter
from ganstudio.ui.state.session import Session
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.math_label import Typeset

Floats = NDArray[np.float64]

REST_MS = 300  # after the last key
FIRST = "u*log(u) - (u+1)*log((u+1)/2)"
EXAMPLES = (
    ("Jensen–Shannon", FIRST),
    ("the original GAN", "u*log(u) - (u+1)*log(u+1)"),
    ("Kullback–Leibler", "u*log(u)"),
    ("reverse Kullback–Leibler", "-log(u)"),
    ("Pearson χ²", "(u-1)**2"),
    ("Neyman χ²", "(1-u)**2/u"),
    ("squared Hellinger", "(sqrt(u)-1)**2"),
    ("Jeffrey", "(u-1)*log(u)"),
    ("total variation: a kink", "abs(u-1)/2"),
    ("Pearson in disguise", "u**2 - 1"),
    ("Le Cam: bounded slopes", "(u-1)**2/(u+1)"),
    ("not among the known ones", "u*atan(u) - pi/4"),
    ("not convex: refused", "(u-1)**3"),
)
FORMULAS = {"f": "f(u)", "derivative": "f'(u)", "conjugate": "f^*(t)", "activation": "g_f(v)"}
PLOTS = {  # title, x, y
    "f": ("tangents of slope t meet u = 0 at −f*(t)", "u = p/q", "f(u)"),
    "conjugate": ("conjugate: the same tangents as points", "slope t", "f*(t)"),
    "activation": ("output activation: scores onto slopes", "score v", "T = g(v)"),
}
NARROWEST = 15  # of a plot, in heights of a line


class WorkshopPanel(Panel):
    """f, its tangents, conjugate and output activation, the objective that follows, and a button that trains it."""

    name = "workshop"
    title = "Divergence workshop"
    kinds = ("line", "plane")
    help = "Type a convex f(u): the studio finds out which f-divergence it is, and trains a GAN on it."

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._built = False
        self._asked = 0
        self._answered = 0
        self._found: Examination | None = None
        self.say("Type a convex function of u = p/q, or choose an example.")

    # What there is -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Everything, at the first look: the window opens without it."""
        self._built = True
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._ask)
        label = QLabel("f(u) =")
        self._line = QLineEdit(FIRST)
        self._line.setObjectName("workshop.f")
        self._line.setAccessibleName("f(u)")
        self._line.setToolTip(
            "A convex function of u > 0: numbers, u, pi, e, + - * / ** ( ), log, exp, sqrt, abs, tanh, sinh, cosh, "
            "atan, max(a, b), min(a, b). It is examined as you type.")
        self._line.setMinimumWidth(14 * self._line.fontMetrics().averageCharWidth())
        self._line.textChanged.connect(self._typed)
        self._line.returnPressed.connect(self._ask)
        label.setBuddy(self._line)
        self._examples = QComboBox()
        self._examples.setObjectName("workshop.examples")
        self._examples.setAccessibleName("Examples")
        self._examples.setToolTip("Generator functions to begin with")
        self._examples.setPlaceholderText("Examples")
        self._examples.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._examples.setMinimumContentsLength(9)
        for title, text in EXAMPLES:
            self._examples.addItem(f"{title}: {text}" if ":" not in title else f"{title}; {text}", text)
        self._examples.setCurrentIndex(-1)
        self._examples.activated.connect(self._choose)
        self._examples.view().setMinimumWidth(self._examples.view().sizeHintForColumn(0) + 30)
        self._train = QPushButton("Train it")
        self._train.setObjectName("workshop.train")
        self._train.setAccessibleName("Train it")
        self._train.setToolTip("Start f-GAN with this f, on the data as it stands")
        self._train.setAutoDefault(True)  # Enter presses it, as Space does
        self._train.setEnabled(False)
        self._train.clicked.connect(self._start)
        self._tools.addWidget(label)
        self._tools.addWidget(self._line, 1)
        self._tools.addWidget(self._examples)
        self._tools.addWidget(self._train)
        self._make_plots()
        self._make_formulas()
        self._area = QScrollArea()
        self._area.setObjectName("workshop.scroll")
        self._area.setAccessibleName("What was found out about f")
        self._area.setToolTip("Page up and page down scroll")
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(6)
        column.addWidget(self._plots_box)
        column.addStretch(1)
        self._area.setWidget(content)
        self.fill(self._area)
        self.session.examined.connect(self._examined)
        self.session.engine_opened.connect(self._ask_again)
        self._clear()
        self.dress(self.theme)
        self._ask()

    def _make_plots(self) -> None:
        self._plots_box = QWidget()  # and the formulas
        self._grid = QGridLayout(self._plots_box)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        self._columns = 0
        self._cells: list[QWidget] = []
        self._titles: list[QLabel] = []
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
            self._titles.append(heading)
            self._cells.append(cell)
        f, star, g = self._plots.values()
        self._axes = [Curve(plot, above=0) for plot in (f, f, star, star, g, g)]  # f: u = 1, 0; f*: b, 0; g: b, f'(1)
        self._curves = {name: Curve(plot, above=3) for name, plot in self._plots.items()}
        self._tangents = [Curve(f, above=2) for _ in range(3)]
        self._heights = [Scatter(f, above=4) for _ in range(3)]
        self._touching = [Scatter(star, above=4) for _ in range(3)]
        self._pointed = Curve(f, above=1)
        f.on_hover(self._hover_f)
        star.on_hover(self._hover_conjugate)
        g.on_hover(self._hover_activation)

    def _make_formulas(self) -> None:
        self._formulas_box = QWidget()
        column = QVBoxLayout(self._formulas_box)
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(4)
        self._formulas: dict[str, Typeset] = {}
        self._heads = [QLabel("The objective; the score v is D's output"), QLabel("The function")]
        for head, names in zip(self._heads, (("discriminator", "generator"), tuple(FORMULAS)), strict=True):
            column.addWidget(head)
            for name in names:
                formula = self._formulas[name] = Typeset()
                formula.setObjectName(f"workshop.{name}")
                column.addWidget(formula)
        self._numeric = QLabel()
        self._numeric.setObjectName("workshop.numeric")
        self._numeric.setProperty("quiet", True)
        self._numeric.setWordWrap(True)
        column.addWidget(self._numeric)

    def dress(self, theme: Theme) -> None:
        super().dress(theme)
        if not self._built:
            return
        for plot in self._plots.values():
            plot.dress(theme, self.font())
        for axis in self._axes:
            axis.dress(theme.quiet, 1, dashed=True)
        for curve in self._curves.values():
            curve.dress(theme.text, 2.5)
        self._pointed.dress(theme.quiet, 1)
        # Blue and orange mean real and generated elsewhere: the tangents take the palette's other hues.
        for colour, tangent, height, touching in zip(
            theme.curves[2:5], self._tangents, self._heights, self._touching, strict=True
        ):
            tangent.dress(colour, 2)
            height.dress(colour, 9, filled=True)
            touching.dress(colour, 9, filled=True)
        for formula in self._formulas.values():
            formula.dress(theme)
        self._style()

    def _style(self) -> None:
        """Sizes and colours, which follow the text size and the palette."""
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF())
        self._line.setFont(fixed)
        for head in self._heads:
            head.setStyleSheet(f"color: {self.theme.accent}; font-weight: 600;")
        self._area.setStyleSheet(
            f"QScrollArea#workshop\\.scroll {{ border: 1px solid {self.theme.base}; }}"
            f"QScrollArea#workshop\\.scroll:focus {{ border-color: {self.theme.accent}; }}")
        self._mark()
        self._arrange()

    def _mark(self) -> None:
        """A refused text is framed in the colour of a warning."""
        refused = self._answered == self._asked and self._found is None and self._asked > 0
        self._line.setStyleSheet(f"QLineEdit {{ border: 1px solid {self.theme.warning}; }}" if refused else "")

    def _arrange(self) -> None:
        """Three plots beside each other, or two above the third and the formulas, or everything in one column."""
        em = self.fontMetrics().height()
        width, height = self.width() - 2 * em, self.height() - 6 * em  # without the bar, the tools and the words
        columns = min(max(width // (NARROWEST * em), 1), len(self._cells))
        if columns != self._columns:
            self._columns = columns
            for part in (*self._cells, self._formulas_box):
                self._grid.removeWidget(part)
            for index, cell in enumerate(self._cells):
                self._grid.addWidget(cell, index // columns, index % columns, Qt.AlignmentFlag.AlignTop)
            if columns == 2:
                self._grid.addWidget(self._formulas_box, 1, 1, Qt.AlignmentFlag.AlignTop)
            else:
                self._grid.addWidget(self._formulas_box, len(self._cells), 0, 1, columns)
            for column in range(len(self._cells)):
                self._grid.setColumnStretch(column, 1 if column < columns else 0)
        tall = min(max(height // 2 if columns == 3 else height, 11 * em), 22 * em)
        for cell, heading in zip(self._cells, self._titles, strict=True):
            cell.setFixedHeight(tall)
            heading.setMinimumHeight(2 * em if columns > 1 else 0)  # plots beside each other begin at one height

    # What a hand does ----------------------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._train.setEnabled(False)
        self._rest.start()

    def _choose(self, index: int) -> None:
        self._line.setText(str(self._examples.itemData(index)))
        self._examples.setCurrentIndex(-1)
        self._line.setFocus()
        self._ask()

    def _text(self) -> str:
        return self._line.text().encode("utf-8", "replace").decode()  # half of a surrogate pair does not travel

    def _ask(self) -> None:
        self._rest.stop()
        self._train.setEnabled(False)
        self._asked = self.session.examine(self._text())
        up = self.session.engine is not None
        self.say("Looking at it…" if up else "The engine is starting; then it is looked at…")

    def _ask_again(self) -> None:
        """An engine that was lost took the question with it."""
        if self._asked != self._answered:
            self._ask()

    def _start(self) -> None:
        self.session.start(msgspec.structs.replace(
            self.session.base, variant="f-gan", preset="toy", controls={"divergence": "custom", "f": self._text()},
            network_controls={},
        ))

    # What is shown -------------------------------------------------------------------------------------------------

    def _examined(self, answer: DivergenceAnalysed) -> None:
        if answer.id != self._asked:
            return  # of a text that stands there no more
        self._answered = answer.id
        self._found = answer.found
        self._train.setEnabled(answer.found is not None and not self._rest.isActive())
        self._mark()
        if answer.found is None:
            self._clear()
            self.say(answer.refusal.rstrip(".") + ".")
        else:
            self._show(answer.found)
            self.say(verdict(answer.found))

    def _clear(self) -> None:
        self._plots_box.hide()

    def _show(self, found: Examination) -> None:
        self._show_plots(found)
        for name, formula in self._formulas.items():
            latex = getattr(found, name)
            formula.setVisible(bool(latex))
            told = f"{FORMULAS[name]} = {latex}" if name in FORMULAS else latex
            formula.show_latex(told if latex else "")
            formula.setToolTip(told)
        missing = [sign for sign, latex in (("f'", found.derivative), ("f*", found.conjugate)) if not latex]
        notes = [f"No closed form of {' and '.join(missing)} was found: worked out numerically, to a millionth, from "
                 "the slopes of f."] if missing else []
        if r"W\left" in found.conjugate:
            notes.append("W is Lambert's function: W(x) exp(W(x)) = x.")
        self._numeric.setText(" ".join(notes))
        self._numeric.setVisible(bool(notes))
        self._plots_box.show()
        self._arrange()

    def _show_plots(self, found: Examination) -> None:
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
        bound = "" if math.isnan(end) else f", never above b = {end:.3g}"
        self._titles[2].setText(f"output activation: T above f'(1) = {found.threshold:.3g} says real{bound}")

    # Under the pointer ---------------------------------------------------------------------------------------------

    def _hover_f(self, x: float, _: float) -> None:
        if self._found is None:
            return
        u, f = self._found.u.doubles(), self._found.f_values.doubles()
        u, f = u[np.isfinite(f)], f[np.isfinite(f)]  # it may overflow near 0
        at = float(np.clip(x, u[0], u[-1]))
        slope = float(np.interp(at, u, np.gradient(f, u)))
        value = float(np.interp(at, u, f))
        self._pointed.show(np.array([0.0, u[-1]]), np.array([value - slope * at, value + slope * (u[-1] - at)]))
        self.tell(f"u {at:.2f}: f {value:.4g}; its tangent of slope t = {slope:.4g} meets u = 0 at "
                  f"−f*(t) = {value - slope * at:.4g}".replace("-", "−"))

    def _hover_conjugate(self, x: float, _: float) -> None:
        if self._found is not None:
            t, star = self._found.t.doubles(), self._found.conjugate_values.doubles()
            at = float(np.clip(x, t[0], t[-1]))
            best = float(np.interp(at, t, np.gradient(star, t)))
            self.tell(f"slope t {at:.3g}: f*(t) = {np.interp(at, t, star):.4g}, reached at u = {max(best, 0):.3g}")

    def _hover_activation(self, x: float, _: float) -> None:
        if self._found is not None:
            v, g = self._found.v.doubles(), self._found.activation_values.doubles()
            at = float(np.clip(x, v[0], v[-1]))
            slope = float(np.interp(at, v, g))
            side = "real" if slope > self._found.threshold else "generated"
            self.tell(f"score {at:.2f}: T = {slope:.4g}, which says {side} (f'(1) = {self._found.threshold:.4g})")

    # Qt ------------------------------------------------------------------------------------------------------------

    def appear(self) -> None:
        if not self._built:
            self._build()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._built:
            self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange and getattr(self, "_built", False):
            self.dress(self.theme)
        super().changeEvent(event)


def verdict(found: Examination) -> str:
    """What a function is, in plain words."""
    shift = found.shifted_by
    if shift:
        start = f"Convex; f(1) = {shift:.3g}".replace("-", "−")
        start += f": trained as f {'−' if shift > 0 else '+'} {abs(shift):.3g}, which changes nothing else."
    else:
        start = "Convex, f(1) = 0."
    known = found.known_as or "None of the known divergences: a GAN of your own."
    return " ".join(part for part in (start, known, found.remark) if part)


def _range(values: list[Floats]) -> tuple[float, float]:
    """From the lowest to the highest finite value, and a little more."""
    every = np.concatenate([np.ravel(part) for part in values])
    every = every[np.isfinite(every)]
    if not len(every):
        return -1.0, 1.0
    low, high = float(every.min()), float(every.max())
    margin = 0.08 * (high - low) or 0.5
    return low - margin, high + margin
