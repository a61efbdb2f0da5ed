"""Asks the engine for the pictures of all runs at once: those that go on are shown at the same step.

One request is outstanding at a time, for all cells, and none while a cell waits to be painted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer

from ganstudio.core.protocol.messages import Snapshot
from ganstudio.ui.comparison.cell import Cell
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_history import ComparisonHistory

PLOTS_PER_S = 32  # of all cells together: some more than the eye follows in six cells
IMAGES_PER_S = 12
CELLS = 36  # along a side of the landscape, as for a run alone
PATIENCE_MS = 400  # a cell that is covered by another window is never painted: ask again after this time


class ComparisonScheduler(QObject):
    """Keeps one request outstanding for the cells that can be seen."""

    def __init__(self, comparison: Comparison, history: ComparisonHistory, cells: Sequence[Cell],
                 seen: Callable[[], bool], measured: Callable[[], bool]) -> None:
        """Starts asking.

        Args:
            comparison: The runs.
            history: While a moment that has passed is shown, the live ones are not asked for.
            cells: One for each run.
            seen: Whether the window can be seen at all.
            measured: Whether anything that is seen shows measures.
        """
        super().__init__()
        self._comparison, self._history, self._cells = comparison, history, cells
        self._seen, self._measured = seen, measured
        self._awaited: set[Cell] = set()  # cells whose picture was asked for
        self._waiting: set[Cell] = set()  # cells that are to be painted
        self._asked_at = 0.0
        self._paused = False
        self._looked_back = False
        self._shown: dict[Cell, tuple[int, int]] = {}  # run and updates of the picture that each shows
        self._live: dict[Cell, Snapshot] = {}  # the last picture of each live run
        self.plots = [0] * len(cells)  # painted from a new picture, by run
        self._fresh: set[Cell] = set()  # cells whose picture is of another moment than the last
        self._next = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._next.timeout.connect(self.ask)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._give_up)
        for cell in cells:
            run = cell.member.run
            run.snapshot_came.connect(lambda snapshot, cell=cell: self._take(cell, snapshot))
            run.progressed.connect(lambda _, cell=cell: self._progressed(cell))
            run.failed.connect(lambda _, cell=cell: self._drop(cell))
            run.began.connect(lambda _: self._begin())
            cell.painted.connect(lambda cell=cell: self._painted(cell))
        comparison.began.connect(self.refresh)
        history.moved.connect(self._look_back)

    def refresh(self) -> None:
        """Asks for pictures soon: other panels can be seen."""
        self._next.start(0)

    def pause(self) -> None:
        """Asks for nothing until ``resume``."""
        self._paused = True
        self._next.stop()

    def resume(self) -> None:
        """Asks again, now."""
        self._paused = False
        self.refresh()

    def ask(self) -> None:
        """Sends the next request for all cells, if the window can be seen."""
        if self._paused or not self._seen() or self._waiting:
            return
        if self._history.at is not None:
            return
        self._asked_at = time.perf_counter()
        self._awaited.clear()
        measure = self._measured()
        with self._comparison.session.together():
            for cell in self._cells:
                panel = cell.panel
                if cell.member.run.started is None or panel is None:
                    continue
                if cell.member.playing:
                    self._awaited.add(cell)
                cell.member.commands.look(sorted(panel.views), CELLS, measure or panel.measures)

    def _take(self, cell: Cell, snapshot: Snapshot) -> None:
        self._awaited.discard(cell)
        self._live[cell] = snapshot
        if self._history.at is None:
            moment = (snapshot.run, snapshot.position.updates)
            if cell.show_snapshot(snapshot):
                self._waiting.add(cell)
                if self._shown.get(cell) != moment:
                    self._fresh.add(cell)
                    self._shown[cell] = moment
        if not self._awaited:
            self._patience.start()
            if not self._waiting:
                self._pace()

    def _painted(self, cell: Cell) -> None:
        if cell not in self._waiting:
            return
        self._waiting.discard(cell)
        if cell in self._fresh:
            self._fresh.discard(cell)
            self.plots[cell.member.index] += 1
        if not self._waiting and not self._awaited:
            self._pace()

    def _progressed(self, cell: Cell) -> None:
        """A run that is paused answers no request until something changes."""
        if not cell.member.playing:
            self._drop(cell)
        elif not self._awaited and not self._waiting and not self._next.isActive():
            self._pace()

    def _drop(self, cell: Cell) -> None:
        if cell in self._awaited:
            self._awaited.discard(cell)
            if not self._awaited and not self._waiting:
                self._pace()

    def _give_up(self) -> None:
        if self._waiting:
            self._waiting.clear()
            self._fresh.clear()
            self._pace()

    def _begin(self) -> None:
        self._awaited.clear()
        self._waiting.clear()
        self._fresh.clear()
        self.refresh()

    def _look_back(self) -> None:
        """Follows the history: another moment is shown, or the live ones again."""
        back = self._looked_back and self._history.at is None
        for cell in self._cells:
            cell.show_past()
            live = self._live.get(cell)
            if back and live is not None and live.run == cell.member.run.number:
                cell.show_snapshot(live)  # a paused run sends no other
        if back:
            self._awaited.clear()
            self._waiting.clear()
            self.refresh()
        self._looked_back = self._history.at is not None

    def _pace(self) -> None:
        """Asks for the next pictures when their time has come."""
        rate = IMAGES_PER_S if self._comparison.kind == "image" else PLOTS_PER_S
        interval = max(len(self._cells), 1) / rate
        left = interval - (time.perf_counter() - self._asked_at)
        self._next.start(max(0, round(left * 1000)))
