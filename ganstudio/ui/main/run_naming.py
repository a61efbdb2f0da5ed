"""Names and tags the run on screen, and shows its name in the window's title."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMainWindow

from ganstudio.core.protocol.messages import Started
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.state.run_commands import RunCommands

if TYPE_CHECKING:
    from ganstudio.ui.library.name_dialog import NameDialog


class RunNaming:
    """The name of the run on screen."""

    def __init__(self, commands: RunCommands, window: QMainWindow, tell: Callable[[str], None]) -> None:
        """``tell`` says why a run cannot be named."""
        self._run = commands.run
        self._window = window
        self._tell = tell
        self._what = ""  # variant and data
        self.dialog: NameDialog | None = None

    def begin(self, started: Started) -> None:
        """Another run is on screen: variant and data stand in the window's title."""
        self._what = self._run.title
        self._show("")

    def ask(self) -> None:
        """Asks for a name and tags."""
        path = self._run.source
        if not path:
            self._tell("This run has no file yet, or is not recorded: it can be named after its first update.")
            return

        from ganstudio.ui.library.name_dialog import NameDialog

        try:
            self.dialog = dialog = NameDialog(Path(path), self._window)
        except BadInput as fault:
            self._tell(f"Not done: {fault}.")
            return
        dialog.accepted.connect(lambda: self._named(path, dialog.name))
        dialog.open()

    def _named(self, path: str, name: str) -> None:
        if path == self._run.source:
            self._show(name)

    def _show(self, name: str) -> None:
        self._window.setWindowTitle(" – ".join(filter(None, (name, self._what, "GAN Studio"))))
