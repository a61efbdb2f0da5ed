"""A dialog with a text that can be read, searched and copied: what the doctor says, who made this, a report."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ganstudio.core.system.printable import printable
from ganstudio.ui.widgets.plain_text import PlainLabel

LETTERS, LINES = 84, 30  # the size of the dialog


class TextDialog(QDialog):
    """A sentence, a text below it, and a button that copies the text."""

    def __init__(self, window: QWidget, name: str, title: str, said: str, text: str = "") -> None:
        """Makes it.

        Args:
            window: Over which it lies.
            name: Of the dialog and its parts.
            title: Of the dialog.
            said: A sentence above the text; empty: none.
            text: What it shows, in lines.
        """
        super().__init__(window)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.said = PlainLabel(said)
        self.said.setWordWrap(True)
        self.said.setVisible(bool(said))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setObjectName(f"{name}.text")
        self.text.setAccessibleName(title)
        self.text.setToolTip("The text can be selected and copied")
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF())
        self.text.setFont(fixed)
        self.copy = QPushButton("Copy")
        self.copy.setObjectName(f"{name}.copy")
        self.copy.setAccessibleName("Copy the text")
        self.copy.setToolTip("Copies the whole text")
        self.copy.clicked.connect(lambda _=False: QApplication.clipboard().setText(self.text.toPlainText()))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = self.buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName(f"{name}.close")
        close.setAccessibleName("Close")
        close.setToolTip("Closes this dialog (Esc)")
        self.buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.said)
        column.addWidget(self.text)
        column.addWidget(self.buttons)
        self.show_text(text)
        metrics = self.text.fontMetrics()
        self.resize(min(LETTERS * metrics.averageCharWidth(), window.width()),
                    min(LINES * metrics.lineSpacing(), window.height()))

    def say(self, said: str) -> None:
        """Another sentence above the text."""
        self.said.setText(said)
        self.said.show()

    def show_text(self, text: str) -> None:
        """Another text."""
        self.text.setPlainText(printable(text, "\n\t"))
        self.copy.setEnabled(bool(text))
