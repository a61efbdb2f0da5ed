"""A sign that a run is being prepared, where that takes longer than a blink: a large file, a slow engine."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QPushButton

from ganstudio.core.protocol.messages import Loading as Told
from ganstudio.ui.state.session import Session

BLINK_MS = 200
BAR = 10_000  # parts of a bar: files can be larger than what a bar counts


class Preparing(QProgressBar):
    """Shown from a blink after a run was asked for until it stands or is refused, with ``cancel`` beside it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setRange(0, 0)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("M" * 16))
        self.setObjectName("preparing")
        self.setAccessibleName("The run is being prepared")
        self.setToolTip("The engine is starting, or reads the data and builds the networks")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("preparing.cancel")
        self.cancel.setAccessibleName("Cancel preparing the run")
        self.cancel.setToolTip("Leaves the run that is being prepared; the one on screen goes on (Esc)")
        self.cancel.setShortcut("Esc")
        self.cancel.clicked.connect(session.cancel_start)
        self.hide()
        self.cancel.hide()
        self._blink = QTimer(self, singleShot=True, interval=BLINK_MS)
        self._blink.timeout.connect(self.show)
        session.starting.connect(self._begin)
        session.preparing.connect(self._tell)
        for over in (session.run_started, session.refused, session.failed, session.engine_lost):
            over.connect(self._over)

    def _begin(self) -> None:
        self.setRange(0, 0)
        self.setFormat("preparing")
        self._blink.start()

    def _tell(self, told: Told) -> None:
        """How far it is: in numbers where the whole is known."""
        self.setRange(0, BAR if told.total else 0)
        self.setValue(BAR * min(told.done, told.total) // max(told.total, 1))
        self.setFormat(f"{told.what}: %p%" if told.total else told.what)
        whole = f" of {told.total:,}" if told.total else ""
        self.setToolTip(f"{told.what}: {told.done:,}{whole}")
        self.cancel.setVisible(self.isVisible())

    def _over(self, *_: object) -> None:
        self._blink.stop()
        self.hide()
        self.cancel.hide()
