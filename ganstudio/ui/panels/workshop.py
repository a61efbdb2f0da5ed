"""Divergence workshop: a convex function is typed, and becomes a GAN."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QFontDatabase, QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.core.protocol.divergence_report import Examination
from ganstudio.core.protocol.messages import DivergenceAnalysed
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.divergence_plots import DivergencePlots
from ganstudio.ui.panels.parts.workshop_text import EXAMPLES, FIRST, verdict
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.math_label import Typeset

Floats = NDArray[np.float64]

REST_MS = 300  # the pause after the last key
FORMULAS = {"f": "f(u)", "derivative": "f'(u)", "conjugate": "f^*(t)", "activation": "g_f(v)"}
NARROWEST = 15  # of a plot, in heights of a line


class WorkshopPanel(Panel):
    """f, its tangents, conjugate and output activation, the objective that follows, and a button that trains it."""

    name = "workshop"
    title = "Divergence workshop"
    kinds = ("line", "plane")
    help = "Type a convex f(u): the studio finds out which f-divergence it is, and trains a GAN on it."
    reading = ("Type f in u = p/q, or choose an example. The plots show f with its tangents, its conjugate f*, and the "
               "activation of D's output; below them is the objective that follows.")
    healthy = "The sentence names the divergence, f touches 0 at u = 1, and you can train with this f."
    sick = "Your f is refused: the sentence says where it is not convex or not defined. Nothing is trained then."
    formula = r"D_f(p \| q) = E_q[f(p/q)] = \sup_T E_p[T(x)] - E_q[f^*(T(x))]"
    papers = "Nowozin et al. 2016, f-GAN, arXiv:1606.00709"
    place = dict.fromkeys(kinds, Place("lower", order=1))
    interactive = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._built = False
        self._asked = 0
        self._answered = 0
        self._found: Examination | None = None
        self.set_headline("Type a convex function of u = p/q, or choose an example.")

    # What there is -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Builds the panel when it is shown first: the window opens faster without it."""
        self._built = True
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._ask)
        label = QLabel("f(u) =")
        self._line = QLineEdit(FIRST)
        self._line.setObjectName("workshop.f")
        self._line.setAccessibleName("f(u)")
        self._line.setToolTip(
            "A convex function of u > 0. Allowed: numbers, u, pi, e, + - * / ** ( ), log, exp, sqrt, abs, tanh, sinh, "
            "cosh, atan, max(a, b), min(a, b). It is checked as you type.")
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
        self._examples.view().setMinimumWidth(self._examples.view().sizeHintForColumn(0) + Space.BROAD)
        self._train = QPushButton("Train with this f")
        self._train.setObjectName("workshop.train")
        self._train.setAccessibleName("Train with this f")
        self._train.setToolTip("Starts f-GAN with this f on the current data")
        self._train.setAutoDefault(True)  # Enter presses it, as Space does
        self._train.setEnabled(False)
        self._train.clicked.connect(self._start)
        self._tools.addWidget(label)
        self._tools.addWidget(self._line, 1)
        self._tools.addWidget(self._examples)
        self._tools.addWidget(self._train)
        self._plots_box = QWidget()  # and the formulas
        self._grid = QGridLayout(self._plots_box)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.CLOSE)
        self._columns = 0
        self._drawing = DivergencePlots(self.show_hover_value)
        self._make_formulas()
        self._area = QScrollArea()
        self._area.setObjectName("workshop.scroll")
        self._area.setAccessibleName("What was found out about f")
        self._area.setToolTip("Page up and page down scroll")
        self._area.setWidgetResizable(True)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.USUAL, Space.TIGHT, Space.USUAL, Space.USUAL)
        column.setSpacing(Space.CLOSE)
        column.addWidget(self._plots_box)
        column.addStretch(1)
        self._area.setWidget(content)
        self.set_body(self._area)
        self.commands.session.examined.connect(self._examined)
        self.commands.session.welcomed.connect(self._ask_again)
        self._clear()
        self.apply_theme(self.theme)
        self._ask()

    def _make_formulas(self) -> None:
        self._formulas_box = QWidget()
        column = QVBoxLayout(self._formulas_box)
        column.setContentsMargins(Space.HAIR, 0, Space.HAIR, 0)
        column.setSpacing(Space.TIGHT)
        self._formulas: dict[str, Typeset] = {}
        self._heads = [QLabel("The objective; the score v is D's output"), QLabel("The function")]
        for head, names in zip(self._heads, (("discriminator", "generator"), tuple(FORMULAS)), strict=True):
            head.setWordWrap(True)
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

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        if not self._built:
            return
        self._drawing.apply_theme(theme, self.font())
        for formula in self._formulas.values():
            formula.apply_theme(theme)
        self._style()

    def _style(self) -> None:
        """Sizes and colours, which follow the text size and the palette."""
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF())
        self._line.setFont(fixed)
        for head in self._heads:
            head.setStyleSheet(f"color: {self.theme.accent}; font-weight: 600;")
        self._area.setStyleSheet(
            f"QScrollArea#workshop\\.scroll {{ border: {Space.BORDER}px solid {self.theme.base}; }}"
            f"QScrollArea#workshop\\.scroll:focus {{ border-color: {self.theme.accent}; }}")
        self._mark()
        self._arrange()

    def _mark(self) -> None:
        """A refused text is framed in the colour of a warning."""
        refused = self._answered == self._asked and self._found is None and self._asked > 0
        frame = f"QLineEdit {{ border: {Space.BORDER}px solid {self.theme.warning}; }}"
        self._line.setStyleSheet(frame if refused else "")

    def _arrange(self) -> None:
        """Three plots beside each other, or two above the third and the formulas, or everything in one column."""
        em = self.fontMetrics().height()
        width, height = self.width() - 2 * em, self.height() - 6 * em  # without the bar, the tools and the words
        columns = min(max(width // (NARROWEST * em), 1), len(self._drawing.cells))
        if columns != self._columns:
            self._columns = columns
            for part in (*self._drawing.cells, self._formulas_box):
                self._grid.removeWidget(part)
            for index, cell in enumerate(self._drawing.cells):
                self._grid.addWidget(cell, index // columns, index % columns, Qt.AlignmentFlag.AlignTop)
            if columns == 2:
                self._grid.addWidget(self._formulas_box, 1, 1, Qt.AlignmentFlag.AlignTop)
            else:
                self._grid.addWidget(self._formulas_box, len(self._drawing.cells), 0, 1, columns)
            for column in range(len(self._drawing.cells)):
                self._grid.setColumnStretch(column, 1 if column < columns else 0)
        tall = min(max(height // 2 if columns == 3 else height, 11 * em), 22 * em)
        for cell, heading in zip(self._drawing.cells, self._drawing.titles, strict=True):
            cell.setFixedHeight(tall)
            heading.setMinimumHeight(2 * em if columns > 1 else 0)  # plots beside each other begin at one height

    # What the user does --------------------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._train.setEnabled(False)
        self._rest.start()

    def _choose(self, index: int) -> None:
        self._line.setText(str(self._examples.itemData(index)))
        self._examples.setCurrentIndex(-1)
        self._line.setFocus()
        self._ask()

    def _text(self) -> str:
        return self._line.text().encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be sent

    def _ask(self) -> None:
        self._rest.stop()
        self._train.setEnabled(False)
        self._asked = self.commands.session.examine(self._text())
        up = self.commands.session.engine is not None
        self.set_headline("Checking…" if up else "The engine is starting; then f is checked…")

    def _ask_again(self) -> None:
        """Asks again if the last engine ended before it answered."""
        if self._asked != self._answered:
            self._ask()

    def _start(self) -> None:
        next_run = self.commands.next_run
        next_run.start(msgspec.structs.replace(
            next_run.base, variant="f-gan", preset="toy", controls={"divergence": "custom", "f": self._text()},
            network_controls={},
        ))

    # What is shown -------------------------------------------------------------------------------------------------

    def _examined(self, answer: DivergenceAnalysed) -> None:
        if answer.id != self._asked:
            return  # to a text that the user has changed since
        self._answered = answer.id
        self._found = answer.found
        self._train.setEnabled(answer.found is not None and not self._rest.isActive())
        self._mark()
        if answer.found is None:
            self._clear()
            self.set_headline(answer.refusal.rstrip(".") + ".")
        else:
            self._show(answer.found)
            self.set_headline(verdict(answer.found))

    def _clear(self) -> None:
        self._drawing.forget()
        self._plots_box.hide()

    def _show(self, found: Examination) -> None:
        self._drawing.show(found)
        for name, formula in self._formulas.items():
            latex = getattr(found, name)
            formula.setVisible(bool(latex))
            shown = f"{FORMULAS[name]} = {latex}" if name in FORMULAS else latex
            formula.show_latex(shown if latex else "")
            formula.setToolTip(shown)
        missing = [sign for sign, latex in (("f'", found.derivative), ("f*", found.conjugate)) if not latex]
        notes = [f"No closed form of {' and '.join(missing)} was found: it is computed numerically from the slopes of "
                 "f, to a millionth."] if missing else []
        if r"W\left" in found.conjugate:
            notes.append("W is Lambert's function: W(x) exp(W(x)) = x.")
        self._numeric.setText(" ".join(notes))
        self._numeric.setVisible(bool(notes))
        self._plots_box.show()
        self._arrange()

    # Qt ------------------------------------------------------------------------------------------------------------

    def on_first_shown(self) -> None:
        if not self._built:
            self._build()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._built:
            self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange and getattr(self, "_built", False):
            self.apply_theme(self.theme)
        super().changeEvent(event)
