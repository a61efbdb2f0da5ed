"""Theory: the objective as mathematics, the same with the numbers of the run in it, its algorithm and its source."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QFont, QFontDatabase
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.design import Space, Text
from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.theory_player import PlayerBlock, plain_label
from ganstudio.ui.panels.parts.theory_text import (
    at_optimum,
    listed,
    lowered,
    terms_now,
    value_text,
    with_numbers,
    without_arxiv,
)
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

REFRESH_MS = 200  # numbers that change faster than this cannot be read


class TheoryPanel(Panel):
    """What the two players minimise: on paper, and with the values of this moment."""

    name = "theory"
    title = "Theory"
    kinds = ("line", "plane", "image")
    help = ("The objective with its formulas, the run's own numbers in them, the algorithm, the symbols and the "
            "reference.")
    reading = ("First what each player minimises, as in the paper, then the same with the numbers of this run, then "
               "each symbol with its value, and the algorithm of one step.")
    healthy = ("The values of the terms fluctuate. Where the loss at the optimum is known, it is given: compare with "
               "that.")
    sick = "A value is nan, or grows from look to look. Loss terms shows since which step."
    place = {"line": Place("side", order=1), "plane": Place("side", order=1), "image": Place("side", order=2)}

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._built_for: VariantInfo | None = None
        self._url = ""
        self._title = plain_label("title", "The variant on screen")
        self._reference = plain_label("reference", "Where this objective is from", quiet=True)
        self._advice = plain_label("advice", "What to try with this variant, or to look out for")
        self._arxiv = QPushButton()
        self._arxiv.setObjectName("theory.arxiv")
        self._arxiv.setAutoDefault(True)  # Enter opens it, as Space does
        self._arxiv.setCursor(Qt.CursorShape.PointingHandCursor)
        self._arxiv.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(self._url)))
        self._blocks: dict[str, PlayerBlock] = {}  # by the player's letter, made when a run has such a player
        self._players = QVBoxLayout()
        self._players.setSpacing(Space.TIGHT)
        self._optimum = plain_label("optimum", "The score of the best possible D, known in closed form")
        self._symbols_head = plain_label("symbols.head", "")
        self._symbols = QWidget()
        self._symbols.setObjectName("theory.symbols")
        self._grid = QGridLayout(self._symbols)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.APART)
        self._grid.setVerticalSpacing(Space.TIGHT)
        self._grid.setColumnStretch(3, 1)  # an empty column: the values stay near their meanings
        self._values: dict[str, QLabel] = {}
        self._algorithm_head = plain_label("algorithm.head", "")
        self._algorithm = QPlainTextEdit()
        self._algorithm.setObjectName("theory.algorithm")
        self._algorithm.setAccessibleName("Algorithm")
        self._algorithm.setToolTip("What the engine does in one step, from the variant's source file")
        self._algorithm.setReadOnly(True)
        self._algorithm.setTabChangesFocus(True)
        self._algorithm.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._algorithm.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._algorithm.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self._algorithm.horizontalScrollBar().rangeChanged.connect(lambda *_: self._fit_algorithm())
        self._area = QScrollArea()
        self._area.setObjectName("theory.scroll")
        self._area.setAccessibleName("Theory of the variant on screen")
        self._area.setToolTip("Page up and page down scroll")
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._arranged())
        self._area.hide()
        self.set_body(self._area)
        self._body.addStretch(0)
        self.set_headline("The engine is starting…")
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        run.control_applied.connect(self._changed)
        run.scalars_came.connect(self._changed)

    def _arranged(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(Space.USUAL, Space.TIGHT, Space.USUAL, Space.USUAL)
        column.setSpacing(Space.TIGHT)
        column.addWidget(self._title)
        column.addWidget(self._reference)
        column.addWidget(self._arxiv, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._advice)
        column.addLayout(self._players)
        column.addWidget(self._optimum)
        column.addSpacing(Space.USUAL)
        column.addWidget(self._symbols_head)
        column.addWidget(self._symbols)
        column.addSpacing(Space.USUAL)
        column.addWidget(self._algorithm_head)
        column.addWidget(self._algorithm)
        column.addStretch(1)
        return content

    def begin(self, started: Started) -> None:
        # Behind a tab nothing is built: when the tab is raised, the variant of before must not be there to be seen.
        there = self.run.variant == self._built_for
        self._area.setVisible(there)
        if not there:
            self.set_headline(self.help)
        self._refresh()

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for block in self._blocks.values():
            block.apply_theme(theme)
        self._style()

    def _style(self) -> None:
        """Sizes and colours, which follow the text size and the palette."""
        t = self.theme
        size = self.font().pointSizeF()
        self._title.setStyleSheet(f"font-size: {Text.TITLE * size:.1f}pt; font-weight: 600;")
        for head in (*(block.head for block in self._blocks.values()), self._symbols_head, self._algorithm_head):
            head.setStyleSheet(f"color: {t.accent}; font-weight: 600;")
        self._arxiv.setStyleSheet(
            f"QPushButton {{ color: {t.accent}; background: {t.base}; border: {Space.BORDER}px solid {t.base};"
            f" margin-left: -{Space.BORDER}px; "
            f"padding: {Space.HAIR}px {Space.TIGHT}px {Space.HAIR}px 0; text-decoration: underline; }}"
            f"QPushButton:focus {{ border-color: {t.accent}; }}")
        self._area.setStyleSheet(
            f"QScrollArea#theory\\.scroll {{ border: {Space.BORDER}px solid {t.base}; }}"
            f"QScrollArea#theory\\.scroll:focus {{ border-color: {t.accent}; }}")
        self._algorithm.setStyleSheet(
            f"QPlainTextEdit {{ background: {t.window}; color: {t.text}; border: {Space.BORDER}px solid {t.line};"
            f" border-radius: {Space.RADIUS}px; }} QPlainTextEdit:focus {{ border-color: {t.accent}; }}")
        self._fit_algorithm()

    def _fit_algorithm(self) -> None:
        """As high as its lines, with room for the bar that scrolls them sideways: none is cut off."""
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF())
        fixed.setStyleHint(QFont.StyleHint.Monospace)
        self._algorithm.setFont(fixed)
        sideways = self._algorithm.horizontalScrollBar()
        bar = sideways.sizeHint().height() if sideways.maximum() > 0 else 0
        around = 2 * (self._algorithm.frameWidth() + self._algorithm.document().documentMargin() + 2)
        # The layout's own heights: it rounds each line up, the font's metrics do not.
        layout, block, lines = self._algorithm.document().documentLayout(), self._algorithm.document().begin(), 0.0
        while block.isValid():
            lines += layout.blockBoundingRect(block).height()
            block = block.next()
        self._algorithm.setFixedHeight(math.ceil(lines + around + bar))

    # What is shown -------------------------------------------------------------------------------------------------

    _at: int | None = None  # the step that the window shows, if that is not the live one

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._at = steps
        self._changed()

    def _changed(self, _: object = None) -> None:
        if self.seen and not self._timer.isActive():
            self._timer.start()

    def _refresh(self) -> None:
        """Puts the run's numbers into the formulas, if the panel can be seen."""
        variant = self.run.variant
        if not self.seen or variant is None or self.run.started is None:
            return
        if variant != self._built_for:
            self._built_for = variant
            self._build(variant)
        settings = self.run.settings_at(self._at)
        caption = "With the current values" if self._at is None else f"With the values of step {self._at:,}"
        for player in variant.players:
            formula = variant.formulas.get(player.name, "")
            filled = with_numbers(formula, variant.symbols, settings)
            block = self._blocks[player.letter]
            block.show_numbers(filled, caption, same=filled == formula)
            block.terms.setText(terms_now(self.run.store, player.name, formula, self._at))
        for control in variant.controls:
            if control.name in self._values:
                value = settings.get(control.name, control.default)
                self._values[control.name].setText(value_text(value, control.unit))

    def _build(self, variant: VariantInfo) -> None:
        """Fills in what stays as it is while a variant is on screen."""
        self._area.show()
        count = {1: "player", 2: "two players"}.get(len(variant.players), f"{len(variant.players)} players")
        minimise = "minimises" if len(variant.players) == 1 else "minimise"
        self.set_headline(f"What the {count} {minimise}, with the numbers of this run.")
        self._advice.setText(variant.advice)
        source, identifier = without_arxiv(variant.reference)
        self._title.setText(variant.title)
        self._reference.setText(source)
        self._url = f"https://arxiv.org/abs/{identifier}"
        self._arxiv.setVisible(bool(identifier))
        self._arxiv.setText(f"arXiv:{identifier}")
        self._arxiv.setAccessibleName(f"Open the paper, arXiv {identifier}")
        self._arxiv.setToolTip(f"Opens {self._url} in the browser")
        self._show_players(variant)
        self._optimum.setTextFormat(Qt.TextFormat.RichText)
        self._optimum.setText(at_optimum(variant))
        self._optimum.setVisible(bool(variant.at_optimum))
        self._list_symbols(variant)
        self._algorithm_head.setText("Algorithm")
        self._algorithm.setPlainText(variant.algorithm)
        self._fit_algorithm()
        self._area.verticalScrollBar().setValue(0)

    def _show_players(self, variant: VariantInfo) -> None:
        """A block for each player of the variant, in its order; those of other variants are hidden."""
        for player in variant.players:
            if player.letter not in self._blocks:
                block = self._blocks[player.letter] = PlayerBlock(player.letter)
                self._players.addWidget(block)
                block.apply_theme(self.theme)
        self._style()
        for letter, block in self._blocks.items():
            block.setVisible(letter in [player.letter for player in variant.players])
        for player in variant.players:
            block = self._blocks[player.letter]
            formula = variant.formulas.get(player.name, "")
            block.head.setText(f"{player.letter}, the {player.word}")
            block.objective.show_latex(formula, f"{player.letter}'s objective: {formula}")

    def _list_symbols(self, variant: VariantInfo) -> None:
        for old in self._symbols.findChildren(QLabel):
            self._grid.removeWidget(old)
            old.hide()
            old.setObjectName("")
            old.deleteLater()
        self._values = {}
        for row, control in enumerate(listed(variant)):
            cells = [plain_label(f"{part}.{control.name}", control.help) for part in ("symbol", "meaning", "value")]
            cells[0].setTextFormat(Qt.TextFormat.RichText)
            cells[0].setText(f"<i>{lowered(control.symbol)}</i>")
            cells[1].setText(control.label)
            self._values[control.name] = cells[2]
            for column, cell in enumerate(cells):
                self._grid.addWidget(cell, row, column, Qt.AlignmentFlag.AlignTop)
        self._symbols_head.setText("Symbols and their values")
        self._symbols_head.setVisible(bool(self._values))
        self._symbols.setVisible(bool(self._values))

    # Qt --------------------------------------------------------------------------------------------------------------

    def on_first_shown(self) -> None:
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_area"):
            self._style()
        super().changeEvent(event)
