"""The docks of panels, and which are offered: those that the run on screen has something for."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDockWidget, QMainWindow

from ganstudio.core.design import Least
from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.core.protocol.messages import Started
from ganstudio.ui.docks.title_bar import TitleBar
from ganstudio.ui.panel import USUAL, Panel, abilities_of

LEAST = QSize(*Least.PANEL)  # pixels of a panel: the user can push it together as far as that


def make_dock(window: QMainWindow, panel: Panel) -> QDockWidget:
    """The dock of a panel, whose tooltip is the panel's help."""
    dock = QDockWidget(panel.title, window)
    dock.setObjectName(f"dock.{panel.name}")
    dock.setWidget(panel)
    dock.setToolTip(panel.help)
    TitleBar(dock)
    panel.setToolTip("")
    # A window cannot be smaller than what its docks ask for together, and Qt would make it larger than its screen.
    # Where a panel has less room than it asks for it becomes a tab (docks/sizes.py).
    if all(place.row != "left" for place in panel.place.values()):
        panel.setMinimumSize(LEAST)
    return dock


class OfferedPanels:
    """Hides the docks of panels that need what a run does not have, and shows them again with a run that has it."""

    def __init__(self, docks: Mapping[str, QDockWidget], panels: Mapping[str, Panel]) -> None:
        self._docks, self._panels = docks, panels
        self._withheld: set[str] = set()  # those that were shown, and that the run on screen has nothing for

    def offer(self, kind: str, started: Started | None, variant: VariantInfo | None) -> None:
        """Brings the docks of a kind of data to a run that has begun; None: to any run, before one has."""
        has = abilities_of(started, variant) if started is not None and started.kind == kind else USUAL
        for name, dock in self._docks.items():
            panel = self._panels[name]
            if kind not in panel.kinds:
                continue
            fits = panel.fits(kind, has)
            dock.toggleViewAction().setVisible(fits)
            if not fits and not dock.isHidden():
                self._withheld.add(name)
                dock.hide()
            elif fits and name in self._withheld:
                self._withheld.remove(name)
                dock.show()
