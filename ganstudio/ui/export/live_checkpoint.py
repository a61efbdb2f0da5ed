"""Brings the live moment of the run on screen into its file, before a command reads that."""

from __future__ import annotations

import functools
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from ganstudio.core.protocol.messages import CheckpointSaved
from ganstudio.ui.state.run_commands import RunCommands

PATIENCE_S = 10.0  # the time that the engine has to write the live moment to the disk


class LiveCheckpoint(QObject):
    """Asks for a checkpoint, and waits for it."""

    def __init__(self, commands: RunCommands, parent: QObject) -> None:
        super().__init__(parent)
        self._commands = commands
        self._run = commands.run

    def settle(self, then: Callable[[str, bool], None]) -> None:
        """Calls ``then`` with the run's file, and whether it holds the moment; at once if it does already."""
        started, progress, source = self._run.started, self._run.progress, self._run.source
        if started is None or progress is None or source != started.record:
            then(source, True)
            return
        patience = QTimer(self, singleShot=True, interval=round(1000 * PATIENCE_S))

        def over(there: bool) -> None:
            patience.stop()
            self._run.checkpoint_saved.disconnect(heard)
            patience.deleteLater()
            then(source, there)

        def heard(kept: CheckpointSaved) -> None:
            if kept.run == started.run:
                over(True)

        self._run.checkpoint_saved.connect(heard)
        patience.timeout.connect(functools.partial(over, False))
        patience.start()
        self._commands.pin(for_good=False)
