"""Shows that a run is being prepared, if that takes longer than a blink: a large file, a slow engine."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton

from ganstudio.core.protocol.messages import Loading
from ganstudio.core.system.printable import printable
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.widgets.plain_text import plain_tip

BLINK_MS = 200
BAR = 10_000  # parts of a bar: files can be larger than what a bar counts


class LoadingIndicator(QProgressBar):
    """Shown from a blink after a run was asked for until it has begun or is refused, with ``cancel`` beside it."""

    cancellable = Signal(bool)  # whether ``cancel`` answers to its key now

    def __init__(self, commands: RunCommands) -> None:
        super().__init__()
        self.setRange(0, 0)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("M" * 16))
        self.setObjectName("preparing")
        self.setAccessibleName("The run is being prepared")
        self.setToolTip("The engine starts, reads the data or builds the networks")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("preparing.cancel")
        self.cancel.setAccessibleName("Cancel preparing the run")
        self.cancel.setToolTip("Stops preparing this run. The run on screen goes on (Esc).")
        self.cancel.setShortcut("Esc")
        self.cancel.clicked.connect(commands.next_run.cancel_start)
        self.hide()
        self.cancel.hide()
        self._blink = QTimer(self, singleShot=True, interval=BLINK_MS)
        self._blink.timeout.connect(self.show)
        commands.next_run.starting.connect(self._begin)
        commands.next_run.preparing.connect(self._show_progress)
        run = commands.run
        for over in (run.began, run.refused, run.failed, commands.session.engine_lost):
            over.connect(self._over)

    def _begin(self) -> None:
        self.setRange(0, 0)
        self.setFormat("preparing")
        self._blink.start()

    def _show_progress(self, preparing: Loading) -> None:
        """How far it is: in numbers if the total is known."""
        self.setRange(0, BAR if preparing.total else 0)
        self.setValue(BAR * min(preparing.done, preparing.total) // max(preparing.total, 1))
        what = printable(preparing.what).replace("%", "%%")
        self.setFormat(f"{what}: %p%" if preparing.total else what)
        whole = f" of {preparing.total:,}" if preparing.total else ""
        self.setToolTip(plain_tip(f"{preparing.what}: {preparing.done:,}{whole}"))
        self._offer(self.isVisible())

    def _over(self, *_: object) -> None:
        self._blink.stop()
        self.hide()
        self._offer(False)

    def _offer(self, on: bool) -> None:
        self.cancel.setVisible(on)
        self.cancellable.emit(on)
