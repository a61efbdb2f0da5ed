"""ControlSender: sends the latest value of each control that is moved, at most 40 times a second."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Command, Refused, SetControl
from ganstudio.ui.state.run_model import RunModel

SEND_EVERY_MS = 25  # a slider that is dragged sends its latest value this often


class ControlSender(QObject):
    """The controls of one run as the user moves them. A slider that is dragged makes no queue."""

    def __init__(self, run: RunModel, send: Callable[[Command], None]) -> None:
        super().__init__()
        self._run = run
        self._send = send
        self.moved: dict[str, Value] = {}  # by the user in this run, confirmed or not
        self._waiting: dict[str, Value] = {}  # moved, not sent yet
        self._sent = 0  # the number of the last change that was sent
        self._settled = 0  # no answer is awaited to changes up to this number
        self._timer = QTimer(self, singleShot=True, interval=SEND_EVERY_MS)
        self._timer.timeout.connect(self.send_waiting)
        run.refused.connect(self._refused)

    def set_control(self, name: str, value: Value) -> None:
        """Moves a live control. If it moves many times in a short time, only the last value is sent."""
        self._waiting[name] = value
        self.moved[name] = value
        if not self._timer.isActive():
            self.send_waiting()
            self._timer.start()

    def send_waiting(self) -> None:
        """Sends what waits, now."""
        waiting, self._waiting = self._waiting, {}
        for name, value in waiting.items():
            self._sent += 1
            self._send(SetControl(run=self._run.number, id=self._sent, name=name, value=value))
        if waiting:
            self._timer.start()

    def is_moving(self, name: str) -> bool:
        """Whether the user has moved a control further than the engine knows."""
        return name in self._waiting or self._sent > max(self._run.answered, self._settled)

    def drop_waiting(self) -> None:
        """Drops what waits to be sent: another run is asked for."""
        self._waiting.clear()

    def forget(self) -> None:
        """Another run begins, in which nothing was moved yet."""
        self._settled = self._sent
        self.moved.clear()

    def _refused(self, refused: Refused) -> None:
        if refused.run == self._run.number:  # and not a start, which leaves this run as it is
            self.moved.clear()
