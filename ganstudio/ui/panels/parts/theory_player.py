"""Theory: what one player minimises, in a block of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.panels.parts.theory_text import UPDATES
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.math_label import Typeset


class PlayerBlock(QWidget):
    """What one player minimises: on paper, with the run's values, and the current values of its terms."""

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter
        self.head = plain_label(f"{letter}.head", "")
        self.objective = formula_label(f"{letter}.objective", letter, "objective")
        self._numbers_head = plain_label(f"{letter}.now", "The formula with the controls' values in it", quiet=True)
        self._numbers = formula_label(f"{letter}.numbers", letter, "objective with the current values")
        self.terms = plain_label(f"{letter}.terms", f"Means over the last {UPDATES} updates")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.USUAL, 0, 0)
        column.setSpacing(Space.TIGHT)
        for part in (self.head, self.objective, self._numbers_head, self._numbers, self.terms):
            column.addWidget(part)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        for typeset in (self.objective, self._numbers):
            typeset.apply_theme(theme)

    def show_numbers(self, filled: str, head: str, *, same: bool) -> None:
        """Shows the objective with values in place of symbols; ``same``: it has no symbol, and one is enough."""
        self._numbers_head.setVisible(not same)
        self._numbers.setVisible(not same)
        self._numbers.show_latex(filled, f"{self._letter}'s objective with the current values: {filled}")
        self._numbers_head.setText(head)


def plain_label(name: str, tooltip: str, *, quiet: bool = False) -> QLabel:
    """A label of plain text that wraps."""
    label = QLabel()
    label.setObjectName(f"theory.{name}")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setToolTip(tooltip)
    label.setProperty("quiet", quiet)
    label.setFrameShape(QFrame.Shape.NoFrame)
    return label


def formula_label(name: str, player: str, what: str) -> Typeset:
    """A formula of a player."""
    typeset = Typeset()
    typeset.setObjectName(f"theory.{name}")
    typeset.setToolTip(f"{player}'s {what}")
    return typeset
