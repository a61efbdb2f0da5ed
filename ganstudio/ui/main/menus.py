"""The window's menus as tables: an entry is a title, a key and what it does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from ganstudio.core.leaves import BrokenLeaf
from ganstudio.ui.state.undo import UndoStack

T = TypeVar("T")


class Entry(NamedTuple):
    """A line of a menu."""

    title: str
    key: str
    act: Callable[[], object]


def make_action(window: QWidget, entry: Entry) -> QAction:
    """An action of the window that does what the entry says."""
    action = QAction(entry.title, window)
    action.setShortcut(QKeySequence(entry.key))
    action.triggered.connect(lambda _=False: entry.act())
    return action


def fill_menu(menu: QMenu, window: QWidget, lines: Sequence[Entry | QAction | None]) -> None:
    """Adds lines to a menu: entries, actions that are elsewhere too, and None for a line between groups."""
    for line in lines:
        if line is None:
            menu.addSeparator()
        else:
            menu.addAction(make_action(window, line) if isinstance(line, Entry) else line)


def broken_lines(menu: QMenu, leaves: Sequence[BrokenLeaf]) -> list[QAction]:
    """A line for each leaf that cannot be used: greyed, with its fault as a tooltip."""
    lines = []
    for leaf in leaves:
        menu.setToolTipsVisible(True)
        line = QAction(leaf.name, menu)
        line.setToolTip(leaf.fault)
        line.setEnabled(False)
        lines.append(line)
    return lines


def add_choices(menu: QMenu, title: str, entries: Sequence[tuple[str, T]], now: T, act: Callable[[T], None]) -> None:
    """Adds a menu below a menu, of whose entries one is ticked.

    Args:
        menu: Where it is added.
        title: Its title.
        entries: Labels, and what ``act`` is given for each.
        now: The one that is ticked at first.
        act: Is called when the user chooses.
    """
    submenu = menu.addMenu(title)
    group = QActionGroup(submenu)
    for label, value in entries:
        action = submenu.addAction(label)
        action.setCheckable(True)
        action.setChecked(value == now)
        action.triggered.connect(functools.partial(lambda value, _=False: act(value), value))
        group.addAction(action)


class UndoActions(QObject):
    """Undo and Redo, which say what they would do."""

    def __init__(self, window: QWidget, stack: UndoStack, run: Callable[[Callable[[], None]], None]) -> None:
        """Makes the actions.

        Args:
            window: Where their shortcuts work.
            stack: What can be undone.
            run: Is given what is to be done: the window goes back to the live run first.
        """
        super().__init__(window)
        self._stack = stack
        self.undo = make_action(window, Entry("&Undo", "Ctrl+U", lambda: run(stack.undo)))
        self.redo = make_action(window, Entry("&Redo", "Ctrl+Shift+U", lambda: run(stack.redo)))
        stack.changed.connect(self._name)
        self._name()

    def _name(self) -> None:
        for action, verb, text, key in ((self.undo, "&Undo", self._stack.undo_text, "Ctrl+Z"),
                                        (self.redo, "&Redo", self._stack.redo_text, "Ctrl+Shift+Z")):
            action.setText(f"{verb} {text}\t{key}" if text else f"{verb}\t{key}")
            action.setEnabled(bool(text))
