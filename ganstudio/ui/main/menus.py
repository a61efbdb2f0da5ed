"""The window's menus as tables: an entry is a title, a key and what it does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from ganstudio.core.leaves import BrokenLeaf
from ganstudio.ui.state.undo import UndoStack
from ganstudio.ui.widgets.menu import Menu

T = TypeVar("T")


class Entry(NamedTuple):
    """A line of a menu."""

    title: str
    key: str  # several are separated by blanks
    act: Callable[[], object]


def make_action(window: QWidget, entry: Entry) -> QAction:
    """An action of the window that does what the entry says."""
    action = QAction(entry.title, window)
    action.setShortcuts([QKeySequence(key) for key in entry.key.split()])
    action.triggered.connect(lambda _=False: entry.act())
    return action


def fill_menu(menu: Menu, window: QWidget, lines: Sequence[Entry | QAction | None]) -> None:
    """Adds lines to a menu: entries, actions that are elsewhere too, and None for a line between groups."""
    for line in lines:
        if line is None:
            menu.addSeparator()
        else:
            menu.addAction(make_action(window, line) if isinstance(line, Entry) else line)


def broken_lines(menu: Menu, leaves: Sequence[BrokenLeaf]) -> list[QAction]:
    """A line for each leaf that cannot be used: greyed, with its fault as a tooltip."""
    lines = []
    for leaf in leaves:
        menu.setToolTipsVisible(True)
        line = QAction(leaf.name, menu)
        line.setToolTip(leaf.fault)
        line.setEnabled(False)
        lines.append(line)
    return lines


def add_menu(bar: QMenuBar, title: str) -> Menu:
    """Adds a menu to a menu bar."""
    menu = Menu(title, bar)
    bar.addMenu(menu)
    return menu


class Choices(Generic[T]):
    """Actions of a menu of which one is ticked."""

    def __init__(self, menu: Menu, entries: Sequence[tuple[str, T]], now: T, act: Callable[[T], None]) -> None:
        """Adds the actions to a menu.

        Args:
            menu: Where they are added.
            entries: Labels, and what ``act`` is given for each.
            now: The one that is ticked at first.
            act: Is called when the user chooses.
        """
        group = QActionGroup(menu)
        self._actions: list[tuple[T, QAction]] = []
        for label, value in entries:
            action = menu.addAction(label)
            action.setCheckable(True)
            action.triggered.connect(functools.partial(lambda value, _=False: act(value), value))
            group.addAction(action)
            self._actions.append((value, action))
        self.show(now)

    def show(self, now: T) -> None:
        """Ticks the entry of a value, if there is one."""
        for value, action in self._actions:
            action.setChecked(value == now)


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
        self.undo.setObjectName("edit.undo")  # their titles change
        self.redo.setObjectName("edit.redo")
        stack.changed.connect(self._name)
        self._name()

    def _name(self) -> None:
        for action, verb, text, key in ((self.undo, "&Undo", self._stack.undo_text, "Ctrl+Z"),
                                        (self.redo, "&Redo", self._stack.redo_text, "Ctrl+Shift+Z")):
            action.setText(f"{verb} {text}\t{key}" if text else f"{verb}\t{key}")
            action.setEnabled(bool(text))
