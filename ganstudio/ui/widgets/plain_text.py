"""Text from files in the window: shown as it is, never as mark-up, and without signs that turn it round."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as QtText
from PySide6.QtWidgets import QLabel, QWidget

from ganstudio.core.system.printable import printable

LINES = "\n\t"  # may be in a text of several lines


class PlainLabel(QLabel):
    """A label that takes every text as it is; Qt would look for mark-up in it, and load the pictures that it names."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(printable(text, LINES), parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        super().setText(printable(text, LINES))


def plain_tip(text: str) -> str:
    """A text for a tooltip or a question, which have no format of their own: what looks like mark-up is escaped."""
    text = printable(text, LINES)
    return f"<qt>{html.escape(text).replace(chr(10), '<br>')}</qt>" if QtText.mightBeRichText(text) else text
