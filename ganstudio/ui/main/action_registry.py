"""Every action of the window once: its name, its title, its key, and what it does.

Menus, the command palette and the list of keys read it. Whatever joins the window later adds to it:

    window.registry.add("lesson.clipping", "Clipping and its price", start, group="Lessons")
    window.registry.add_lines(lines)        # for what depends on the typed text
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import shiboken6
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QAction, QHelpEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QToolTip, QWidget

from ganstudio.core.system.errors import BadInput
from ganstudio.ui.main.shortcut_list import GROUP, buttons_with_keys, commands, named, plain
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.keys import changed_keys, retold
from ganstudio.ui.state.preferences import Preferences

NONE = "none"  # kept for an action whose key was taken away
RESERVED = ("Tab", "Shift+Tab", "Return", "Enter", "Left", "Right", "Up", "Down", "Backspace", "Del",
            "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+C", "Ctrl+X", "Ctrl+V", "Ctrl+A")
WHY_RESERVED = "fields and lists need it"


class Line(NamedTuple):
    """A line of the command palette."""

    text: str
    act: Callable[[], object] | None  # None: it only says something
    first: bool = False  # it answers the typed text, and comes before the others
    matches: bool = False  # it belongs to the typed text, whatever its own words are
    hides: bool = False  # it takes something away, and comes last


class Registered:
    """An action, or a button of a panel with a key."""

    def __init__(self, name: str, thing: QAction | QAbstractButton, group: str, kinds: tuple[str, ...] = ()) -> None:
        """Makes it.

        Args:
            name: Lower-case with dots; the user's key is kept under it.
            thing: What answers to the key.
            group: A menu, or a panel's title.
            kinds: Of data, on which it can be used; empty: all.
        """
        self.name, self.thing, self.group, self.kinds = name, thing, group, kinds
        self.usual = self.keys  # of the first start

    @property
    def title(self) -> str:
        """What it does."""
        said = self.thing.accessibleName() if isinstance(self.thing, QAbstractButton) else ""
        return said or plain(self.thing.text()).partition("\t")[0]

    @property
    def keys(self) -> list[QKeySequence]:
        """What it answers to."""
        if isinstance(self.thing, QAction):
            return self.thing.shortcuts()
        return [] if self.thing.shortcut().isEmpty() else [self.thing.shortcut()]

    @property
    def key_text(self) -> str:
        """Its keys as they are written on the screen."""
        return ", ".join(map(named, self.keys))

    def take(self, keys: list[QKeySequence]) -> None:
        """Answers to these keys from now on."""
        if isinstance(self.thing, QAction):
            self.thing.setShortcuts(keys)
        else:
            self.thing.setShortcut(keys[0] if keys else QKeySequence())

    def at_once_with(self, other: Registered) -> bool:
        """Whether both can be on screen together."""
        return not (self.kinds and other.kinds) or bool(set(self.kinds) & set(other.kinds))


def _deed(action: QAction, title: str) -> str:
    """What a line of the palette does; of an entry that shows or hides a panel, which of the two it does now."""
    if not isinstance(action.parent(), QDockWidget):
        return title
    return f"{'Hide' if _hides(action) else 'Show'} {title}"


def _hides(action: QAction) -> bool:
    """Whether it would hide a panel: whoever types a panel's name wants to see it."""
    return isinstance(action.parent(), QDockWidget) and action.isChecked()


class ActionRegistry(QObject):
    """The actions of a window."""

    changed = Signal()  # a key, or what there is

    def __init__(self, window: QMainWindow, preferences: Preferences) -> None:
        super().__init__(window)
        self._window, self._preferences = window, preferences
        self._known: dict[str, Registered] = {}
        self._added: dict[str, tuple[str, QAction]] = {}  # name -> group and action, of what was added by ``add``
        self._sources: list[Callable[[str], Iterable[Line]]] = []

    # What there is -------------------------------------------------------------------------------------------

    def add(self, name: str, title: str, run: Callable[[], object], *, group: str = "", keys: str = "") -> QAction:
        """Makes an action that the palette and the list of keys have.

        Args:
            name: Lower-case with dots, as ``lesson.clipping``: the user's key is kept under it.
            title: What it does.
            run: Is called.
            group: Under which it is listed.
            keys: Of the first start; several are separated by blanks.

        Raises:
            ValueError: There is an action of that name.
        """
        if name in self._known or name in self._added:
            raise ValueError(f"an action is called {name} already")
        action = QAction(title, self._window)
        action.setObjectName(name)
        action.setProperty(GROUP, group or "More")
        action.setShortcuts([QKeySequence(key) for key in keys.split()])
        action.triggered.connect(lambda _=False: run())
        self._added[name] = group, action
        self.refresh()
        return action

    def remove(self, name: str) -> None:
        """Takes an action away that was added by ``add``."""
        _, action = self._added.pop(name)
        self._known.pop(name, None)
        self._window.removeAction(action)
        action.deleteLater()
        self.changed.emit()

    def add_lines(self, source: Callable[[str], Iterable[Line]]) -> None:
        """Has a source asked for lines whenever another text is typed into the palette."""
        self._sources.append(source)

    def refresh(self, *, fill: bool = False) -> None:
        """Takes in what was made since, and gives it the user's keys. All keys work while the menu bar is hidden.

        Args:
            fill: Whether menus that are filled when they are opened are filled first.
        """
        found = list(self._all(fill=fill))
        self._known = {name: each for name, each in self._known.items() if shiboken6.isValid(each.thing)}
        new = [each for each in found if self._is_new(each)]
        for each in new:
            self._known[each.name] = each
            kept = self._preferences.text(f"keys/{each.name}", "")
            if kept:
                each.take([] if kept == NONE else [QKeySequence(kept)])
            if isinstance(each.thing, QAction):
                self._window.addAction(each.thing)
        if new:
            self._tell()

    def renew(self, actions: Iterable[QAction]) -> None:
        """These actions do something else now, under other names and with other keys."""
        gone = set(actions)
        self._known = {name: each for name, each in self._known.items() if each.thing not in gone}
        self.refresh()

    def _is_new(self, each: Registered) -> bool:
        known = self._known.get(each.name)
        return known is None or known.thing is not each.thing

    def _all(self, *, fill: bool) -> Iterator[Registered]:
        for name, (group, action) in self._added.items():
            yield Registered(name, action, group)
        taken: set[str] = set()
        for command in commands(self._window.menuBar().actions(), hidden=True, fill=fill):
            name = command.action.objectName() or f"{slug(command.menu)}.{slug(command.title)}"
            if name not in taken and name not in self._added:  # a panel has the name of its dock twice
                taken.add(name)
                yield Registered(name, command.action, command.menu)
        for panel in self._window.findChildren(Panel):
            if isinstance(panel.parentWidget(), QDockWidget):
                for button in buttons_with_keys(panel):
                    yield Registered(f"{panel.name}.{slug(button.objectName())}", button, panel.title, panel.kinds)

    def every(self) -> list[Registered]:
        """All that can have a key, by group and in the order of the menus."""
        self.refresh()
        return list(self._known.values())

    def lines(self, text: str) -> list[Line]:
        """The palette's lines for a typed text: answers to it first, then every action that can be done now."""
        self.refresh(fill=not text)
        found = [Line(f"{each.group} › {_deed(each.thing, each.title)}    {each.key_text}".rstrip(), each.thing.trigger,
                      hides=_hides(each.thing))
                 for each in self._known.values()
                 if isinstance(each.thing, QAction) and each.thing.isEnabled() and each.thing.isVisible()]
        found += [line for source in self._sources for line in source(text)]
        return sorted(found, key=lambda line: not line.first)

    # Keys ----------------------------------------------------------------------------------------------------

    def check(self, name: str, key: QKeySequence) -> None:
        """Whether an action may have a key.

        Raises:
            BadInput: Another one has it, or it is needed elsewhere.
        """
        wanted = self._known[name]
        for reserved in RESERVED:
            if key.matches(QKeySequence(reserved)) == QKeySequence.SequenceMatch.ExactMatch:
                raise BadInput(f"{named(key)} cannot be changed: {WHY_RESERVED}; choose another key")
        for menu in self._window.menuBar().actions():
            letter = re.search(r"&(\w)", menu.text())
            if letter is not None and key == QKeySequence(f"Alt+{letter[1].upper()}"):
                raise BadInput(f"{named(key)} opens the menu {plain(menu.text())}: choose another key")
        for other in self.every():
            if other.name != name and other.at_once_with(wanted) and key in other.keys:
                where = f"{other.group} › {other.title}" if other.group else other.title
                raise BadInput(f"{named(key)} is the key of {where}: choose another one, or change that first")

    def set_key(self, name: str, key: QKeySequence | None) -> None:
        """Gives an action a key of the user's, or none; it is kept.

        Raises:
            BadInput: Another action has it; nothing was changed.
        """
        if key is not None:
            self.check(name, key)
        each = self._known[name]
        each.take([] if key is None else [key])
        portable = NONE if key is None else key.toString(QKeySequence.SequenceFormat.PortableText)
        self._preferences.keep(f"keys/{name}", portable)
        self._tell()

    def reset_key(self, name: str) -> None:
        """Gives an action the key of the first start.

        Raises:
            BadInput: Another one has it now; nothing was changed.
        """
        each = self._known[name]
        for key in each.usual:
            self.check(name, key)
        each.take(each.usual)
        self._preferences.forget(f"keys/{name}")
        self._tell()

    def reset_keys(self) -> None:
        """Gives every action the key of the first start."""
        for each in self.every():
            each.take(each.usual)
        self._preferences.forget("keys")
        self._tell()

    def _tell(self) -> None:
        changed_keys({named(key): named(each.keys[0]) if each.keys else "" for each in self._known.values()
                      if each.keys != each.usual for key in each.usual})
        for widget in self._window.findChildren(QWidget):  # whose tooltips name a key that is another one now
            if retold(widget.toolTip()) != widget.toolTip():
                widget.installEventFilter(self)
        self.changed.emit()

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(watched, QWidget) and isinstance(event, QHelpEvent):
            tip = watched.toolTip()
            if tip and (now := retold(tip)) != tip:
                QToolTip.showText(event.globalPos(), now, watched)
                return True
        return False


def slug(text: str) -> str:
    """A title as part of a name: lower-case letters and digits with hyphens, parts of a menu's path with dots."""
    parts = [re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in text.split("›")]
    return ".".join(parts)
