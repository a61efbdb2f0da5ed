"""Records the views of a run: more and more rarely as the run gets longer, and within a small share of its time.

A part of that share is granted in advance: most happens in the first seconds of a run, and many runs last no longer.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from ganstudio.core.dataset import Dataset
from ganstudio.core.probe import Priority, Probe
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import View
from ganstudio.core.runs.view_frames import Frame, bytes_of
from ganstudio.training.resolve_spec import probes
from ganstudio.training.run_description import abilities
from ganstudio.training.trainer import Trainer

SHARE, SHARE_BEHIND = 0.006, 0.002  # of the training thread's time: for the views in front, and for the rest
# Until STEADY_S, each e-fold of the time since HEAD_S earns the share of FOLD_S. After a minute, looking has taken 1 %
# of the time, and never more than that afterwards.
HEAD_S, FOLD_S, STEADY_S = 0.25, 10.0, 36.0
CELLS = 36  # along a side of a grid, as many as the window asks for
DENSEST, SPARSEST = 200, 6  # frames of a view for each e-fold of the step number: at most and at least
KEPT = 128 << 20  # bytes of one view over a long run
FOLDS = 12  # e-folds of a long run
FIRST_S = 0.005  # expected of the first look, during which torch also loads code: LEAP times this counts at most
WINDOW_S = 0.1  # within which a window that is open looks again
LEAP = 4  # a look counts at most this many times the longest one before it: the machine may have paused meanwhile
NEVER = 1 << 62


class _Group:
    """Views that are computed together, so that pictures beside each other show the same moment."""

    def __init__(self, names: list[str], share: float, begun: float) -> None:
        self.names = names
        self.share = share
        self.seconds = 0.0  # that the last look took
        self._begun = begun
        self.time = 0.0  # when the next look is allowed
        self.next = 0  # the step from which one of the views is due
        self._longest = FIRST_S  # seconds of the longest look so far

    def took(self, end: float, seconds: float) -> None:
        """Notes that a look took this many seconds and ended at ``end``: sets when the next one is allowed."""
        counted = min(seconds, LEAP * self._longest)
        self.time = self._begun + _when(_earned(end - self._begun) + counted / self.share)
        self._longest = max(seconds, self._longest)
        self.seconds = seconds


def _earned(elapsed: float) -> float:
    """Budgeted seconds after ``elapsed`` seconds: logarithmic up to STEADY_S, then linear."""
    return FOLD_S * math.log1p(min(elapsed, STEADY_S) / HEAD_S) + max(elapsed - STEADY_S, 0.0)


def _when(earned: float) -> float:
    """The inverse of ``_earned``: after how many seconds the budget is ``earned`` seconds."""
    advanced = _earned(STEADY_S)
    return HEAD_S * math.expm1(min(earned, advanced) / FOLD_S) + max(earned - advanced, 0.0)


def _fitting(trainer: Trainer, priorities: tuple[Priority, ...]) -> dict[str, type[Probe]]:
    has = abilities(trainer.game)
    return {name: leaf for name, leaf in probes().items()
            if leaf.fits(trainer.game.data.kind, has) and leaf.priority in priorities}


def probes_of(trainer: Trainer) -> dict[str, Probe]:
    """A probe by name for each view that is recorded of a run, whether or not a window looks at it."""
    game = trainer.game
    found: dict[str, Probe] = {name: leaf() for name, leaf in _fitting(trainer, ("front", "rest")).items()}
    for name, probe in list(found.items()):
        if probe.replaces:  # of the two views, the one that the panel shows at first
            found.pop(probe.replaces if game.average is not None else name, None)
    return found


class ViewRecorder:
    """Makes the frames of one run: between two whole steps, or anywhere if a moment is asked for."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._probes = probes_of(trainer)
        begun = time.perf_counter()
        self._groups = [
            _Group([name for name, probe in self._probes.items() if probe.priority == "front"], SHARE, begun),
            _Group([name for name, probe in self._probes.items() if probe.priority == "rest"], SHARE_BEHIND, begun),
        ]
        self._last: dict[str, tuple[int, Dataset[Any]]] = {}  # view -> updates and data at its latest frame
        known = [*self._probes, *_fitting(trainer, ("if seen",))]
        self._due = dict.fromkeys(known, trainer.game.steps + 1)  # view -> the step from which it is due
        self._plan()

    def due(self) -> bool:
        """Whether a view is due now. Cheap: it is asked after every update."""
        game = self._trainer.game
        if game.steps < self._next or game.in_step:
            return False
        now = time.perf_counter()
        return any(game.steps >= group.next and now >= group.time for group in self._groups)

    def look(self) -> list[Frame]:
        """Computes the views that are due."""
        steps, position, frames = self._trainer.game.steps, self._trainer.position, []
        for group in self._groups:
            start = time.perf_counter()
            wanted = [name for name in group.names if self._due[name] <= steps] if start >= group.time else []
            frames += self._frames(wanted, position)
            if wanted:
                end = time.perf_counter()
                group.took(end, end - start)
        self._plan()
        return frames

    def moment(self, patience_s: float = math.inf) -> list[Frame]:
        """Computes every view of this moment, also in the middle of a step, except those that it has already.

        Args:
            patience_s: A group of views that took longer than this the last time is left out too.
        """
        position = self._trainer.position
        names = [name for group in self._groups if group.seconds <= patience_s for name in group.names
                 if self._last.get(name) != (position.updates, self._trainer.game.data)]
        frames = self._frames(names, position)
        self._plan()
        return frames

    def seen(self, position: Position, views: dict[str, View]) -> list[Frame]:
        """Makes frames of views that were computed for the window, if they are due: they cost nothing."""
        if position.place:
            return []
        frames = [self._frame(name, position, view) for name, view in views.items()
                  if self._due.get(name, NEVER) <= position.steps]
        if frames:
            self._rest(position.steps)
            self._plan()
        return frames

    def _rest(self, steps: int) -> None:
        """Leaves views to a window that has just looked at all that were due: its next look costs nothing here."""
        until = time.perf_counter() + WINDOW_S
        for group in self._groups:
            if all(self._due[name] > steps for name in group.names):
                group.time = max(group.time, until)

    def _frames(self, names: list[str], position: Position) -> list[Frame]:
        """Computes these views, one after the other."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # weights may be of any size
            return [self._frame(name, position, self._probes[name].look(self._trainer.view, CELLS)) for name in names]

    def _frame(self, name: str, position: Position, view: View) -> Frame:
        folded = max(min(DENSEST, KEPT // (FOLDS * max(bytes_of(view), 1))), SPARSEST)
        self._due[name] = position.steps + max(1, round(position.steps / folded))
        self._last[name] = position.updates, self._trainer.game.data
        return Frame(name=name, position=position, view=view)

    def _plan(self) -> None:
        """Sets from which step each group has a view that is due."""
        for group in self._groups:
            group.next = min((self._due[name] for name in group.names), default=NEVER)
        self._next = min(group.next for group in self._groups)
