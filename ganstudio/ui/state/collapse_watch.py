"""Watches the run on screen for a mode collapse, by the pictures and measures that come anyway."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject

from ganstudio.core.mode_collapse import CollapseDetector, Floats, State, judge_measures, judge_modes, mode_shares
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.protocol.views import Points
from ganstudio.ui.state.run_model import RunModel


class CollapseWatch(QObject):
    """Watches the run on screen by what comes anyway, and notes it there."""

    def __init__(self, run: RunModel) -> None:
        super().__init__(run)
        self._run = run
        self._detector = CollapseDetector()
        self._expected: Floats | None = None
        self._told = False  # whether a collapse was reported that is not over yet
        run.began.connect(self._begin)
        run.measured.connect(self._measured)
        run.snapshot_came.connect(self._seen)

    def _begin(self, _: Started) -> None:
        self._detector, self._expected, self._told = CollapseDetector(), None, False

    def _measured(self, measured: MeasuredNow) -> None:
        judged = judge_measures(measured.measures, measured.floors)
        if judged is not None:
            self._take(measured.steps, *judged)

    def _seen(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("points")
        if not isinstance(view, Points) or view.modes is None or len(view.modes.nearest.numpy()) < 2:
            return
        if snapshot.position.steps <= self._detector.last or not np.isfinite(view.fake.numpy()).all():
            return
        if self._expected is None:
            self._expected = mode_shares(view.real.numpy(), view.modes)
        self._take(snapshot.position.steps, *judge_modes(view.modes, self._expected))

    def _take(self, steps: int, state: State, words: str) -> None:
        collapse = self._detector.see(steps, state, words)
        if self._told and (over := self._detector.over_at) is not None:
            self._told = False
            self._run.collapse_ended.emit(over)
        if collapse is not None and self._run.last_diverged is None:
            self._told = True
            self._run.add_collapse(collapse)
