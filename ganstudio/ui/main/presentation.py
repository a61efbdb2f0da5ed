"""Presentation: the window in front of a class. Full screen, larger text, thicker lines, and nothing but the panels.

Leaving it restores the window, its layout and the size of its text exactly. Clickers work: Page Down and Page Up show
one panel after the other alone, or whatever has taken them over by ``take_pages``, such as the steps of a lesson.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QRect, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from ganstudio.ui.main.menus import Entry, make_action
from ganstudio.ui.main.navigation import panels_of
from ganstudio.ui.main.panel_alone import bring_back, fronts
from ganstudio.ui.main.stage_bar import StageBar
from ganstudio.ui.main.stage_overlays import MODES, Cover, PointerLight
from ganstudio.ui.theme import Theme

if TYPE_CHECKING:
    from ganstudio.ui.main.window import Window

LARGER = 1.4  # times the user's size of text, up to
LARGEST = 2.0  # of the usual size, unless the user has chosen more
THICKER = 1.6  # times the usual thickness of lines
KEPT_SCALE = "presentation/scale"
EVERY = Qt.WindowState.WindowFullScreen | Qt.WindowState.WindowMaximized


@dataclasses.dataclass
class Before:
    """The window as it was."""

    state: Qt.WindowState
    geometry: QRect
    layout: QByteArray
    tops: list[str]
    alone: str
    furniture: list[tuple[QWidget, bool]]  # and whether each was hidden
    focus: QWidget | None


class Presentation(QObject):
    """Enters and leaves, and answers to the keys of a clicker."""

    changed = Signal(bool)  # whether it is on now

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._before: Before | None = None
        self._scale = 0.0  # of the text, while it is on
        self._turn: Callable[[int], bool] | None = None
        self._pages = ""  # what Page Down shows, if something has taken it over
        self._order: list[str] = []  # of the panels that were to be seen when one was shown alone
        self._yields = False  # Esc is wanted elsewhere: two that answer to one key would both do nothing
        self.bar = StageBar(window.run, window.transport)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.bar)
        self.cover, self.light = Cover(window), PointerLight(window)
        window.proportions.restored.connect(self._furnish)
        self.present = self._action("present", "&Present", "F5", self.toggle)
        self.next = self._action("next", "Next panel alone", "PgDown", lambda: self.turn(1))
        self.previous = self._action("previous", "Previous panel alone", "PgUp", lambda: self.turn(-1))
        self.blank = self._action("blank", "Black screen", "B .", self._blacken)
        self.freeze = self._action("freeze", "Freeze the picture while training goes on", "F", self._freeze)
        self.point = self._action("pointer", "Light or ring for the pointer", "L", self._point)
        self.leave_action = self._action("leave", "Leave, or show all panels", "Esc", self._escape)
        window.alone.changed.connect(self._allow)
        self._allow()

    def _action(self, name: str, title: str, keys: str, act: Callable[[], object]) -> QAction:
        action = make_action(self._window, Entry(title, keys, act))
        action.setObjectName(f"presentation.{name}")
        return action

    @property
    def actions(self) -> list[QAction]:
        """All of them, for a menu."""
        return [self.present, self.next, self.previous, self.blank, self.freeze, self.point, self.leave_action]

    @property
    def on(self) -> bool:
        """Whether the window is in front of a class."""
        return self._before is not None

    # Look ----------------------------------------------------------------------------------------------------

    def dressed(self, theme: Theme) -> Theme:
        """A palette with the lines of a presentation, while it is on."""
        return dataclasses.replace(theme, stroke=theme.stroke * THICKER) if self.on else theme

    @property
    def scale(self) -> float:
        """The size of all text: the user's, or that of the presentation."""
        return self._scale if self.on else self._window.preferences.scale

    def set_scale(self, scale: float) -> None:
        """Another size of text; that of a presentation is a size of its own."""
        if self.on:
            self._scale = scale
            self._window.preferences.keep(KEPT_SCALE, scale)
        else:
            self._window.preferences.scale = scale

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.bar.fit()
        self.light.apply_theme(theme)

    def _first_scale(self) -> float:
        usual = self._window.preferences.scale
        return self._window.preferences.number(KEPT_SCALE, 0.0) or max(usual, min(LARGER * usual, LARGEST))

    # In and out ----------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Enters, or leaves."""
        if self.on:
            self.leave()
        else:
            self.enter()

    def enter(self) -> None:
        """Shows the panels that are to be seen on the full screen, and little else."""
        window = self._window
        if self.on:
            return
        window.setUpdatesEnabled(False)
        self._scale = self._first_scale()
        self._before = Before(
            state=window.windowState(), geometry=window.geometry(), layout=window.alone.layout,
            tops=window.alone.tops, alone=window.alone.name,
            furniture=[(part, part.isHidden()) for part in self._furniture], focus=QApplication.focusWidget())
        self._order = []
        self._furnish()
        window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
        window.set_theme(window.preferences.theme)
        window.setUpdatesEnabled(True)
        self._allow()
        self.bar.write()
        if (layout := window.layout()) is not None:
            layout.activate()
        self.changed.emit(True)

    def leave(self) -> None:
        """Restores the window, its layout and its text as they were."""
        window, before = self._window, self._before
        if before is None:
            return
        window.setUpdatesEnabled(False)
        self.cover.hide()
        self.bar.note = ""
        self.light.show_mode("")
        window.alone.leave()
        self._before = None
        for part, hidden in before.furniture:
            part.setHidden(hidden)
        self.bar.hide()
        window.set_theme(window.preferences.theme)
        window.setWindowState(before.state)
        if not before.state & EVERY:
            window.setGeometry(before.geometry)
        bring_back(before.layout, before.tops, window.docks, window.proportions)
        for part, hidden in before.furniture:
            part.setHidden(hidden)
        if before.alone:
            window.alone.show(before.alone)
        if before.focus is not None and before.focus.isVisible():
            before.focus.setFocus()
        window.setUpdatesEnabled(True)
        window.scheduler.refresh()
        self._allow()
        self.changed.emit(False)

    @property
    def _furniture(self) -> list[QWidget]:
        """What a class need not see."""
        window = self._window
        return [window.menuBar(), window.statusBar(), window.pickers, window.transport, window.transport.pace,
                window.timeline]

    def _furnish(self) -> None:
        """Hides what a class need not see; a layout that is restored brings tool bars back."""
        if self.on:
            for part in self._furniture:
                part.hide()
            self.bar.show()
        else:
            self.bar.hide()

    # A layout that changes meanwhile -------------------------------------------------------------------------

    @property
    def layout(self) -> QByteArray:
        """What is to be kept of the docks: the layout from before the presentation."""
        return self._before.layout if self._before is not None else self._window.alone.layout

    def rearranged(self) -> None:
        """The window has arranged its docks for data of another kind: that is what it goes back to."""
        before = self._before
        if before is None:
            return
        self._before = None
        for part, hidden in before.furniture:
            part.setHidden(hidden)
        self.bar.hide()
        before.layout, before.tops = self._window.proportions.state(), fronts(
            self._window.docks, self._window.proportions)
        before.alone = ""
        self._before = before
        self._order = []
        self._furnish()

    # The clicker's keys --------------------------------------------------------------------------------------

    def take_pages(self, turn: Callable[[int], bool] | None, what: str = "") -> None:
        """Has Page Down and Page Up do something else, such as going to the next step of a lesson.

        Args:
            turn: Is given 1 or -1, and says whether it went there; None: they show one panel after the other alone.
            what: What is turned, in a few words: "next step".
        """
        self._turn, self._pages = turn, what if turn is not None else ""
        self._allow()

    def turn(self, by: int) -> None:
        """The next page, 1, or the one before, -1: after the last panel all are shown, and then the first again."""
        if self._turn is not None and self._turn(by):
            return
        alone = self._window.alone
        if not alone.name or not self._order:
            self._order = alone.tops if alone.name else [panel.name for panel in panels_of(self._window)]
        pages = ["", *self._order]
        at = pages.index(alone.name) if alone.name in pages else 0
        page = pages[(at + by) % len(pages)]
        if page:
            alone.show(page)
        else:
            alone.leave()

    def _blacken(self) -> None:
        if self.cover.black:
            self._uncover()
        else:
            self.cover.blacken()

    def _freeze(self) -> None:
        if self.cover.frozen:
            self._uncover()
            return
        self._uncover()
        window, mode = self._window, self.light.mode
        self.light.show_mode("")
        self.cover.freeze(QRect(0, 0, window.width(), self.bar.geometry().top()))
        at = window.history.at if window.history.at is not None else window.scheduler.shown_steps
        self.bar.note = f"Picture of step {at:,}, frozen" if at >= 0 else "Frozen picture"
        self.light.show_mode(mode)
        self._list_keys()

    def _uncover(self) -> None:
        self.cover.hide()
        self.bar.note = ""
        self._window.scheduler.refresh()  # panels that were covered asked for nothing
        self._list_keys()

    def _point(self) -> None:
        self.light.show_mode(MODES[(MODES.index(self.light.mode) + 1) % len(MODES)])

    def yield_escape(self, on: bool) -> None:
        """Whether Esc cancels a run that is prepared: it brings the panels back once that is over."""
        self._yields = on
        self._allow()

    def _escape(self) -> None:
        if self.on:
            self.leave()
        else:
            self._window.alone.leave()

    def _allow(self) -> None:
        """Only what does something now answers to its key: elsewhere the keys are others'."""
        for action in (self.blank, self.freeze, self.point):
            action.setEnabled(self.on)
        for action in (self.next, self.previous):  # the steps of a lesson are turned by these keys in any case
            action.setEnabled(self.on or self._turn is not None)
        self.leave_action.setEnabled(self.on or bool(self._window.alone.name and not self._yields))
        self.present.setText("Leave the &presentation" if self.on else "&Present")
        self._list_keys()

    def _list_keys(self) -> None:
        frozen = self.cover.frozen
        self.bar.list_keys([
            (self.leave_action, "leave"), (self.next, self._pages or "next panel"), (self.blank, "black"),
            (self.freeze, "go on" if frozen else "freeze"), (self.point, "pointer"),
        ])
