"""Which class of a labelled game the panels show: chosen once, for the landscape and the points."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from ganstudio.core.protocol.messages import Started


class ShownClass(QObject):
    """A class by its place among those that the generator can be asked for; 0 until the user chooses one."""

    changed = Signal()  # another class, or the classes of another run

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names: list[str] = []  # empty if the game has no labels
        self.label = 0

    def begin(self, started: Started) -> None:
        """Takes the classes of a run; the choice is kept if it is among the same classes."""
        if started.classes != self.names:
            self.names, self.label = list(started.classes), 0
            self.changed.emit()

    def choose(self, label: int) -> None:
        """Shows another class; one that there is not is no choice."""
        if label != self.label and 0 <= label < len(self.names):
            self.label = label
            self.changed.emit()
