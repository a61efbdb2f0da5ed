"""What is this? The dialog: an explanation as headings, sentences and a formula; it stays while you look."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget

from ganstudio.core.design import Space, Text
from ganstudio.ui.main.explanation import Explanation
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.math_label import Typeset
from ganstudio.ui.widgets.plain_text import PlainLabel

LETTERS, LINES = 62, 24  # the size of the dialog


class ExplanationDialog(QDialog):
    """One explanation at a time; another one takes its place."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("explanation")
        self.setWindowTitle("What is this?")
        self.area = QScrollArea()
        self.area.setObjectName("explanation.scroll")
        self.area.setAccessibleName("Explanation")
        self.area.setToolTip("Page up and page down scroll")
        self.area.setWidgetResizable(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName("explanation.close")
        close.setAccessibleName("Close")
        close.setToolTip("Closes the explanation (Esc)")
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.area)
        column.addWidget(buttons)

    def show_explanation(self, explanation: Explanation, theme: Theme) -> None:
        """Shows what something is."""
        self.setWindowTitle(f"What is this? {explanation.title}")
        content = QWidget()
        column = QVBoxLayout(content)
        size = self.font().pointSizeF()
        head = self._label(explanation.title)
        head.setStyleSheet(f"font-size: {Text.TITLE * size:.1f}pt; font-weight: 600;")
        column.addWidget(head)
        for section in explanation.sections:
            if section.title:
                title = self._label(section.title)
                title.setStyleSheet(f"color: {theme.accent}; font-weight: 600;")
                column.addSpacing(Space.TIGHT)
                column.addWidget(title)
            column.addWidget(self._formula(section.text, theme) if section.formula else self._label(section.text))
        column.addStretch(1)
        self.area.setWidget(content)
        metrics = self.fontMetrics()
        if not self.isVisible():
            parent = self.parentWidget()
            room = parent.size() if parent is not None else self.size()
            self.resize(min(LETTERS * metrics.averageCharWidth(), room.width()),
                        min(LINES * metrics.lineSpacing(), room.height()))
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def said(self) -> str:
        """All that it says."""
        content = self.area.widget()
        return "\n".join(label.text() for label in content.findChildren(PlainLabel)) if content is not None else ""

    def _label(self, text: str) -> PlainLabel:
        label = PlainLabel(text)
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.LinksAccessibleByMouse)
        return label

    def _formula(self, latex: str, theme: Theme) -> Typeset:
        formula = Typeset()
        formula.setObjectName("explanation.formula")
        formula.apply_theme(theme)
        formula.show_latex(latex, f"Formula: {latex}")
        formula.setToolTip(latex)
        return formula
