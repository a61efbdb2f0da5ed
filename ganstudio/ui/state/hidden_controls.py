"""Controls that a hand-out hides, so that a class sees the few that matter; one click shows them again."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal


class HiddenControls(QObject):
    """Names of the variant's controls that are hidden until the user shows all of them."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()

    def hide(self, names: Iterable[str]) -> None:
        """Hides these and no others."""
        new = tuple(dict.fromkeys(names))
        if new != self.names:
            self.names = new
            self.changed.emit()

    def show_all(self) -> None:
        """Hides none."""
        self.hide(())
