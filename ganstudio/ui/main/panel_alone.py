"""One panel alone: it fills the window, and the others come back as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QByteArray, QObject, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow

from ganstudio.ui.docks.sizes import Proportions


class PanelAlone(QObject):
    """Shows one panel alone, and all again."""

    changed = Signal()

    def __init__(self, window: QMainWindow, docks: Mapping[str, QDockWidget], proportions: Proportions) -> None:
        super().__init__(window)
        self._window, self._docks, self._proportions = window, docks, proportions
        self.name = ""  # of the panel that is alone; empty: none
        self._kept: QByteArray | None = None
        self._tops: list[str] = []
        for name, dock in docks.items():
            dock.visibilityChanged.connect(lambda on, name=name: self._seen(name, on=on))

    def toggle(self, name: str) -> None:
        """Shows a panel alone, or all again if it is alone already."""
        if self.name == name:
            self.leave()
        else:
            self.show(name)

    def show(self, name: str) -> None:
        """Shows a panel alone."""
        self._window.setUpdatesEnabled(False)
        if not self.name:
            self._kept, self._tops = self._proportions.state(), fronts(self._docks, self._proportions)
        self.name = ""  # what is hidden now is not hidden by the user
        for other, dock in self._docks.items():
            if other != name:
                dock.hide()
        dock = self._docks[name]
        if dock.isFloating():
            dock.setFloating(False)
        dock.show()
        dock.raise_()
        self.name = name
        self._window.setUpdatesEnabled(True)
        self.changed.emit()

    def leave(self) -> None:
        """Shows all panels as they were."""
        kept, self._kept = self._kept, None
        if kept is None:
            return
        self.name = ""
        self._window.setUpdatesEnabled(False)
        bring_back(kept, self._tops, self._docks, self._proportions)
        self._window.setUpdatesEnabled(True)
        self.changed.emit()

    @contextmanager
    def lifted(self, *, again: bool) -> Iterator[None]:
        """All panels are there meanwhile; ``again``: then the one that was alone is alone, if the window offers it."""
        name = self.name
        self.leave()
        yield
        if name and again and self._docks[name].toggleViewAction().isVisible():
            self.show(name)

    @property
    def tops(self) -> list[str]:
        """The panels that are in front in their places when all are there."""
        return list(self._tops) if self.name else fronts(self._docks, self._proportions)

    @property
    def layout(self) -> QByteArray:
        """What is to be kept of the docks: the layout of all panels."""
        return self._kept if self._kept is not None else self._proportions.state()

    def _seen(self, name: str, *, on: bool) -> None:
        """Another panel was opened, or this one closed, by the user: all come back."""
        by_user = bool(self.name) and not self._proportions.busy and self._docks[name].isHidden() != on
        if by_user and on == (name != self.name):
            opened = name if on else ""
            self.leave()
            if opened:
                self._docks[opened].show()
                self._docks[opened].raise_()


def fronts(docks: Mapping[str, QDockWidget], proportions: Proportions) -> list[str]:
    """The panels that lie in front in their places."""
    tops = proportions.tops()
    return [name for name, dock in docks.items() if dock in tops]


def bring_back(layout: QByteArray, tops: Sequence[str], docks: Mapping[str, QDockWidget],
               proportions: Proportions) -> None:
    """Restores a layout, with the same panels in front."""
    proportions.restore(layout)
    for _ in range(2):
        for name in tops:
            docks[name].raise_()
        proportions.make_room()  # panels that have too little room become tabs, as they were before
