"""Every key of the window, read from what answers to it: there is no second list that could be wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QMenu, QToolButton

from ganstudio.ui.panel import Panel

GROUP = "listed_under"  # a property of actions that are in no menu


class Command(NamedTuple):
    """An action of a menu."""

    menu: str  # its menu, with those that this one lies in
    title: str
    keys: str  # empty: none
    action: QAction


class Shortcut(NamedTuple):
    """A key and what it does."""

    group: str  # a menu, or a panel
    title: str
    keys: str


def commands(
    actions: Sequence[QAction], menu: str = "", *, hidden: bool = False, fill: bool = True,
) -> Iterator[Command]:
    """Every action of menus that can be seen, and of the menus below them, with its key.

    Args:
        actions: Of a menu bar, or of a menu.
        menu: Its title.
        hidden: Whether those that cannot be seen now are wanted, too.
        fill: Whether menus that are filled when they are opened are filled first.
    """
    for action in actions:
        if not (hidden or action.isVisible()) or action.isSeparator():
            continue
        title, _, written = plain(action.text()).partition("\t")
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            if fill:
                submenu.aboutToShow.emit()
            yield from commands(submenu.actions(), f"{menu} › {title}" if menu else title, hidden=hidden, fill=fill)
        elif title:
            keys = written or ", ".join(map(named, action.shortcuts()))
            yield Command(menu, title, keys, action)


def buttons_with_keys(panel: Panel) -> Iterator[QAbstractButton]:
    """The buttons of a panel that answer to a key; a button that only shows a menu's action does not count."""
    for button in panel.findChildren(QAbstractButton):
        acts_by_itself = not (isinstance(button, QToolButton) and button.defaultAction())
        if acts_by_itself and not button.shortcut().isEmpty():
            yield button


def shortcuts(window: QMainWindow) -> list[Shortcut]:
    """Every key of the window: of its menus, of what was added to it, and of panels that the run has something for."""
    listed = list(commands(window.menuBar().actions()))
    found = [Shortcut(each.menu, each.title, each.keys) for each in listed if each.keys]
    inside = [each.action for each in commands(window.menuBar().actions(), hidden=True)]
    found += [Shortcut(str(action.property(GROUP)), plain(action.text()), ", ".join(map(named, action.shortcuts())))
              for action in window.actions() if action not in inside and action.shortcuts() and action.property(GROUP)]
    for panel in sorted(window.findChildren(Panel), key=lambda panel: panel.title):
        dock = panel.parentWidget()
        if not isinstance(dock, QDockWidget) or not dock.toggleViewAction().isVisible():
            continue
        for button in buttons_with_keys(panel):
            if not button.isHidden():
                title = button.accessibleName() or plain(button.text())
                found.append(Shortcut(panel.title, title, named(button.shortcut())))
    return found


def plain(text: str) -> str:
    """A text without the marks of its mnemonics."""
    return re.sub("&(.)", r"\1", text)


def named(sequence: QKeySequence) -> str:
    """A key as it is written on the screen."""
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)
