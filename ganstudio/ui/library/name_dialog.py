"""Asks for the name and the tags of one run, and writes them into its file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from ganstudio.core.runs import library
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.widgets.plain_text import PlainLabel


class NameDialog(QDialog):
    """Two lines and a word on what they are for; a fault is said here, and nothing is lost of what was typed."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        """Reads what the file says.

        Args:
            path: The run's file; it may be being written.
            parent: The window it belongs to.

        Raises:
            BadInput: The file is no run, or is damaged.
        """
        super().__init__(parent)
        self._path = path
        self.name = ""  # after `accept`: what the run is called; empty if it has its file's name
        self.setObjectName("naming")
        self.setWindowTitle("Name and tags")
        reader = RunReader(path)
        try:
            title, words = library.title_of(reader), library.tags_of(reader)
        finally:
            reader.close()
        self.title = _line("naming.name", title, path.stem, "Name of the run; empty: that of its file")
        self.tags = _line("naming.tags", ", ".join(words), "good, lecture 3", "Tags, with commas between them")
        self.words = PlainLabel("Both are kept in the run's file. A run with a name or a tag is left alone when room "
                                "is freed.")
        self.words.setObjectName("naming.words")
        self.words.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Name:", self.title)
        form.addRow("&Tags:", self.tags)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.words)
        layout.addWidget(buttons)
        self.resize(self.sizeHint().expandedTo(self.fontMetrics().size(0, "n" * 60)))

    def accept(self) -> None:
        """Writes both, or says why they cannot be."""
        try:
            words = library.tags(self.tags.text())
            self.name = library.set_title(self._path, self.title.text())
            library.set_tags(self._path, words)
        except BadInput as fault:
            self.words.setText(f"Not done: {fault}.")
            return
        super().accept()


def _line(name: str, text: str, example: str, tip: str) -> QLineEdit:
    line = QLineEdit(text)
    line.setObjectName(name)
    line.setPlaceholderText(example)
    line.setAccessibleName(tip)
    line.setToolTip(tip)
    return line
