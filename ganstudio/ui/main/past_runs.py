"""The ways to what was recorded: the library of runs, and an earlier step of the run on screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from ganstudio.ui.widgets.notice_bar import COMMAND

if TYPE_CHECKING:
    from ganstudio.ui.library.dialog import LibraryDialog
    from ganstudio.ui.library.trash import Trash
    from ganstudio.ui.main.window import Window


class PastRuns:
    """Opens the library, and asks for a step to go back to."""

    def __init__(self, window: Window, tell: Callable[..., None]) -> None:
        """``tell`` says why there is nothing to open."""
        self._window, self._tell = window, tell
        self._trash: Trash | None = None  # kept here, so that undo works after the library was closed
        self.library: LibraryDialog | None = None

    def ask_for_step(self) -> None:
        """Asks for a step of the run on screen, and branches off there."""
        run, next_run = self._window.run, self._window.commands.next_run
        if run.progress is None or run.started is None or not run.source:
            self._tell("You cannot go back to a step: the run on screen is not recorded.", fault=COMMAND)
            return
        now = run.progress.position.steps
        steps, sure = QInputDialog.getInt(
            self._window, "Back to a step", "A new run starts there, paused. This run is kept as it is.\nStep:",
            now, 0, now)
        if sure:
            next_run.go_back(steps)

    def show_library(self) -> None:
        """The runs that were kept; the one chosen is shown at its last moment, paused."""
        window, next_run = self._window, self._window.commands.next_run
        if next_run.folder is None:
            self._tell("Runs are not recorded in this session.", fault=COMMAND)
            return

        from ganstudio.ui.library.dialog import LibraryDialog  # not before it is wanted: the start is the quicker
        from ganstudio.ui.library.trash import Trash

        started = window.run.started
        self._trash = self._trash or Trash()
        self.library = LibraryDialog(next_run.folder, window, running=started.record if started else "",
                                     shown=window.run.source, trash=self._trash,
                                     compared=window.comparisons.files)
        self.library.chosen.connect(lambda path, spec: next_run.start(spec, file=path, playing=False))
        self.library.compared.connect(window.comparisons.show_stored)
        self.library.open()
