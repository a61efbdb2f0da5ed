"""A menu with headings, in which every click counts."""

from __future__ import annotations

from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QLabel, QMenu, QWidget, QWidgetAction

from ganstudio.core.design import Space


class Menu(QMenu):
    """A menu that takes a click also if the pointer has been over the entry since the menu was opened.

    Qt closes a menu without doing anything if the pointer has not moved since then: the release may belong to the press
    that opened the menu. After a key has opened it, a press inside it can only be a click.
    """

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._pressed: QAction | None = None
        self._done = False
        self.triggered.connect(self._note)

    def add_menu(self, title: str) -> Menu:
        """Adds a menu below this one."""
        submenu = Menu(title, self)
        self.addMenu(submenu)
        return submenu

    def add_heading(self, text: str) -> None:
        """Adds a line that names the group of actions below it and cannot be chosen.

        Qt's own sections lose their text to a style sheet.
        """
        if not self.isEmpty():
            self.addSeparator()
        label = QLabel(text)
        label.setProperty("quiet", True)
        label.setContentsMargins(Space.WIDE, Space.TIGHT, Space.FAR, Space.HAIR)
        action = QWidgetAction(self)
        action.setText(text)
        action.setDefaultWidget(label)
        action.setEnabled(False)
        self.addAction(action)

    def _note(self, _: QAction) -> None:
        self._done = True

    # Qt ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed = self.actionAt(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        meant = pressed is not None and pressed is self.actionAt(event.position().toPoint())
        self._done = False
        # Whatever the entry does, a dialog perhaps, is over when this returns.
        super().mouseReleaseEvent(event)
        if pressed is not None and meant and not self._done and not self.isVisible() and pressed.isEnabled() and (
                pressed.menu() is None and not pressed.isSeparator()):
            pressed.trigger()
