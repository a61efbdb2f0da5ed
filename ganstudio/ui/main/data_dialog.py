"""What the dialogs have in common that show data before anything is trained on it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.flow_layout import FlowLayout

NOTE_LINES = 3  # of what is left out; the tooltip has the rest


class DataDialog(QDialog):
    """A headline, a row of choices, the subclass's picture of the data, what is left out, and two buttons."""

    def __init__(self, name: str, title: str, go: str, parent: QWidget) -> None:
        """Makes the frame.

        Args:
            name: With which object names begin.
            title: Of the dialog.
            go: On the button that begins the training.
            parent: The window.
        """
        super().__init__(parent)
        self._name = name
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.headline = self._label("headline")
        font = self.headline.font()
        font.setBold(True)
        self.headline.setFont(font)
        self.details = self._label("details")
        self.choices = QWidget()
        row = FlowLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.USUAL)
        self.choices.setLayout(row)
        policy = self.choices.sizePolicy()
        policy.setHeightForWidth(True)
        self.choices.setSizePolicy(policy)
        self.notes = ElidedLabel()
        self.notes.setObjectName(f"{name}.notes")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        for which, own, text, tip in (
            (QDialogButtonBox.StandardButton.Ok, "ok", go, "Starts a new run on these data; the current one is kept"),
            (QDialogButtonBox.StandardButton.Cancel, "cancel", "Cancel", "Back; the run on screen goes on (Esc)"),
        ):
            button = self.buttons.button(which)
            button.setText(text)
            button.setObjectName(f"{name}.{own}")
            button.setAccessibleName(text)
            button.setToolTip(tip)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)

    def lay_out(self, *body: tuple[QWidget, int]) -> None:
        """Puts all in its place: the widgets of the body with their shares of the height."""
        column = QVBoxLayout(self)
        for widget in (self.headline, self.details, self.choices):
            column.addWidget(widget)
        for widget, share in body:
            column.addWidget(widget, share)
        column.addWidget(self.notes)
        column.addWidget(self.buttons)
        metrics = self.fontMetrics()
        wanted = QSize(92 * metrics.horizontalAdvance("0"), 36 * metrics.lineSpacing())
        self.resize(wanted.boundedTo(self.screen().availableSize() * 0.9))

    def add_choice(self, name: str, label: str, entries: Sequence[tuple[str, object]], now: object, tip: str,
                   ) -> QComboBox:
        """Adds a choice to the row, with its label before it."""
        box = QComboBox()
        for text, value in entries:
            box.addItem(text, value)
        box.setCurrentIndex(max(box.findData(now), 0))
        box.setObjectName(f"{self._name}.{name}")
        box.setAccessibleName(label.replace("&", ""))
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        words = QLabel(label)
        words.setBuddy(box)
        both = QWidget()
        side = QHBoxLayout(both)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(words)
        side.addWidget(box)
        row = self.choices.layout()
        assert row is not None
        row.addWidget(both)
        return box

    def show_notes(self, sentences: Sequence[str]) -> None:
        """What the user should know; the tooltip has what finds no room."""
        self.notes.setText(" ".join(sentences))
        self.notes.setToolTip("\n".join(sentences))
        self.notes.setVisible(bool(sentences))
        self._fit_notes()

    def allow(self, on: bool) -> None:
        """Whether the training can begin."""
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(on)

    def _fit_notes(self) -> None:
        """Gives the notes the lines that they take, ``NOTE_LINES`` at most."""
        margins = self.contentsMargins()
        room = QRect(0, 0, max(self.width() - margins.left() - margins.right() - 24, 1), 10_000)
        metrics = self.notes.fontMetrics()
        height = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self.notes.text()).height()
        self.notes.setFixedHeight(min(height, NOTE_LINES * metrics.lineSpacing()) + Space.TIGHT)

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_notes()

    def _label(self, name: str) -> QLabel:
        label = ElidedLabel()
        label.setObjectName(f"{self._name}.{name}")
        return label
