"""Says what became of something that was typed, beside the field: a text that silently turns into another one lies."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QToolTip, QWidget


def answer(field: QWidget, text: str) -> None:
    """Says a sentence beside a field for some seconds, and to screen readers."""
    field.setStatusTip(text)
    QToolTip.showText(field.mapToGlobal(field.rect().bottomLeft()), text, field)
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(field, text))
