"""A heading in a menu. Qt's own sections lose their text to a style sheet."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QMenu, QWidgetAction


def add_heading(menu: QMenu, text: str) -> None:
    """Adds a line that names the group of actions below it and cannot be chosen."""
    if not menu.isEmpty():
        menu.addSeparator()
    label = QLabel(text)
    label.setProperty("quiet", True)
    label.setContentsMargins(12, 4, 24, 2)
    action = QWidgetAction(menu)
    action.setText(text)
    action.setDefaultWidget(label)
    action.setEnabled(False)
    menu.addAction(action)
