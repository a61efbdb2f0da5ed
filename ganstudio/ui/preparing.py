"""A sign that a run is being prepared, where that takes longer than a blink: a large file, a slow engine."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar

from ganstudio.ui.session import Session

BLINK_MS = 200


class Preparing(QProgressBar):
    """Shown from a blink after a run was asked for until it stands or is refused."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setRange(0, 0)
        self.setMaximumWidth(150)
        self.setFormat("preparing")
        self.setObjectName("preparing")
        self.setAccessibleName("The run is being prepared")
        self.setToolTip("The engine is starting, or reads the data and builds the networks")
        self.hide()
        self._blink = QTimer(self, singleShot=True, interval=BLINK_MS)
        self._blink.timeout.connect(self.show)
        session.starting.connect(self._blink.start)
        for over in (session.run_started, session.refused, session.failed, session.engine_lost):
            over.connect(self._over)

    def _over(self, *_: object) -> None:
        self._blink.stop()
        self.hide()
