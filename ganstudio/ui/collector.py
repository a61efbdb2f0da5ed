"""Python's garbage collector in a program with widgets: it works between two events, and at no other moment."""

from __future__ import annotations

import gc
import itertools
import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

INTERVAL_S = 1.0
FULL_EVERY = 20  # collections; the others leave out what has survived two of them


class Collector(QObject):
    """Collects garbage from the event loop, in place of Python, which does so at any allocation, in any thread.

    A widget that lies in a circle of references is destroyed by the collector. Inside ``QObject.disconnect`` the
    destructor waits for a lock that this very call holds, and the window never answers again; in another thread than
    the interface's a widget must not be destroyed at all.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        gc.disable()
        self._counter = itertools.count(1)
        self._last = time.monotonic()
        timer = QTimer(self, interval=round(INTERVAL_S * 1000))
        timer.timeout.connect(self.collect)
        timer.start()

    def collect(self) -> None:
        """Collects what is garbage by now; every twentieth time in all that there is."""
        self._last = time.monotonic()
        gc.collect(2 if next(self._counter) % FULL_EVERY == 0 else 1)

    def collect_if_due(self) -> None:
        """The same, where the last time is long ago: for programs that paint without an event loop."""
        if time.monotonic() - self._last >= INTERVAL_S:
            self.collect()

    def settle(self) -> None:
        """Says that all there is now will stay: full collections leave it out, and take 1 ms where they took 30.

        Called once the first window is up; modules, classes and functions are most of what a program holds.
        """
        gc.freeze()


def collector(app: QApplication) -> Collector:
    """The application's own, made at the first call."""
    return app.findChild(Collector) or Collector(app)
