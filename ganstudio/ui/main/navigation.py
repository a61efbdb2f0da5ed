"""Ways to each panel by key: a key of its own, and F6 from one to the next."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt, SignalInstance
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar

from ganstudio.ui.panel import Panel
from ganstudio.ui.widgets.focus_frame import FocusFrame
from ganstudio.ui.widgets.reading_order import next_stop, regions, stops_within

# Ctrl+Shift with these is taken here, or by input methods (U: a character by its number; E: an emoji).
TAKEN = "CEPUZ"
REASON = Qt.FocusReason.ShortcutFocusReason


def panel_keys(panels: Mapping[str, Panel]) -> dict[str, str]:
    """A letter for each panel: the first of its title that no panel before it has, or any that is left.

    Panels that come later in the alphabet, or from other packages, change no letter of those before them. Once all
    letters are taken, a panel has none: F6 and the View menu go to it.
    """
    keys: dict[str, str] = {}
    for name, panel in panels.items():
        wanted = [letter for letter in panel.title.upper() if "A" <= letter <= "Z"]
        free = [letter for letter in [*wanted, *map(chr, range(ord("A"), ord("Z") + 1))]
                if letter not in TAKEN and letter not in keys.values()]
        if free:
            keys[name] = free[0]
    return keys


@runtime_checkable
class Leads(Protocol):
    """A panel that leads to others: it names several, the best one first."""

    leads_to: SignalInstance


class Navigation(QObject):
    """Brings panels to the front and gives them the keyboard's focus; and says where Tab goes next."""

    def __init__(
        self, window: QMainWindow, docks: Mapping[str, QDockWidget], panels: Mapping[str, Panel], frame: FocusFrame,
    ) -> None:
        """Makes the actions.

        Args:
            window: Where their keys hold.
            docks: By panel.
            panels: By name.
            frame: Around what has the focus.
        """
        super().__init__(window)
        self._window, self._docks, self._panels, self._frame = window, docks, panels, frame
        keys = panel_keys(panels)
        self.panels: list[QAction] = []
        for name, panel in panels.items():
            action = QAction(panel.title, window)
            action.setObjectName(f"go.{name}")
            if name in keys:
                action.setShortcut(QKeySequence(f"Ctrl+Shift+{keys[name]}"))
            action.triggered.connect(functools.partial(lambda name, _=False: self.go(name), name))
            self.panels.append(action)
            shown = docks[name].toggleViewAction()
            shown.changed.connect(functools.partial(self._follow, action, shown))
            self._follow(action, shown)
            if isinstance(panel, Leads):
                panel.leads_to.connect(self.go_first)
        self.next, self.previous = (QAction(text, window) for text in ("&Next panel", "&Previous panel"))
        for action, key, by in ((self.next, "F6", 1), (self.previous, "Shift+F6", -1)):
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(functools.partial(lambda by, _=False: self.go_by(by), by))

        for tabs in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            _describe(tabs)
        window.installEventFilter(self)

    def _follow(self, action: QAction, shown: QAction) -> None:
        """A panel that the run has nothing for cannot be gone to."""
        action.setVisible(shown.isVisible())
        action.setEnabled(shown.isVisible())

    def bring_forward(self, name: str) -> None:
        """Shows a panel in front of those that share its place."""
        self._docks[name].show()
        self._docks[name].raise_()

    def go(self, name: str) -> None:
        """Brings a panel to the front, and goes to the first thing in it."""
        self.bring_forward(name)
        layout = self._window.layout()
        if layout is not None:
            layout.activate()
        self._enter(self._panels[name])

    def go_first(self, names: Sequence[str]) -> None:
        """Goes to the first of some panels that the run has something for."""
        offered = [name for name in names if name in self._docks and self._docks[name].toggleViewAction().isVisible()]
        if offered:
            self.go(offered[0])

    def go_by(self, by: int) -> None:
        """Goes to the next panel that can be seen, 1, or to the one before, -1; after the last comes the first."""
        panels = panels_of(self._window)
        if not panels:
            return
        focus = QApplication.focusWidget()
        now = next((i for i, panel in enumerate(panels) if focus is not None and (
            panel is focus or panel.isAncestorOf(focus))), None)
        start = (-1 if by > 0 else 0) if now is None else now
        self._enter(panels[(start + by) % len(panels)])

    def _enter(self, panel: Panel) -> None:
        stops = stops_within(panel)
        self._frame.reach(stops[0] if stops else panel, REASON)

    def tab(self, *, forward: bool) -> bool:
        """Gives the focus to what comes next in reading order, or to what comes before.

        Returns:
            Whether there is anything to go to.
        """
        stop = next_stop(self._window, forward=forward)
        if stop is not None:
            self._frame.reach(stop, Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return stop is not None

    # Qt ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ChildPolished and isinstance(event, QChildEvent):
            tabs = event.child()
            if isinstance(tabs, QTabBar):
                _describe(tabs)
        return False


def panels_of(window: QMainWindow) -> list[Panel]:
    """The panels that can be seen, in reading order."""
    docks = [region for region in regions(window) if isinstance(region, QDockWidget)]
    return [panel for dock in docks if isinstance(panel := dock.widget(), Panel)]


def _describe(tabs: QTabBar) -> None:
    """Names the tabs of docks, which Qt makes when they are needed."""
    tabs.setAccessibleName("Panels in this place")
    tabs.setAccessibleDescription("Arrow keys bring another one to the front")
