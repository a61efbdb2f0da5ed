"""What the Scales panel shows of a run: of a G of levels one picture, of a game of a single image another."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ganstudio.core.protocol.views import View
from ganstudio.ui.theme import Theme


class ScalesBody(QWidget):
    """The part of the panel below its words, for runs of one kind."""

    painted = Signal()
    hovered = Signal(str)  # what is under the pointer; empty: nothing

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""

    def begin(self) -> None:
        """Another run has begun: what is shown is forgotten."""

    def take(self, view: View, steps: int) -> str:
        """Shows a view of the run after so many steps.

        Returns:
            What is to be seen, in one or two sentences; empty if the view is none of its own.
        """
        return ""
