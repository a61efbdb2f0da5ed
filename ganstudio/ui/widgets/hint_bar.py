"""A status bar whose hint comes back when nothing else is said: menus and tips wipe what a plain one shows."""

from __future__ import annotations

from PySide6.QtWidgets import QStatusBar


class HintBar(QStatusBar):
    """Shows messages, and a hint whenever there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._hint = ""
        self.messageChanged.connect(self._fall_back)

    def set_hint(self, text: str) -> None:
        """What is shown from now on while there is no message."""
        self._hint = text
        self.showMessage(text)

    def _fall_back(self, text: str) -> None:
        if not text and self._hint:
            self.showMessage(self._hint)
