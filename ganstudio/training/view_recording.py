"""Looks at a run for its file: ever more seldom as it gets longer, and only for a small share of its time.

A run begins with a part of that in advance, for most happens in its first seconds, and many a run has no others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

from ganstudio.core.probe import Probe
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import View
from ganstudio.core.runs.view_frames import Frame
from ganstudio.training.resolve_spec import probes
from ganstudio.training.trainer import Trainer

FRONT = ("points", "landscape", "boundary", "line", "samples", "samples-average", "pyramid")
SHARE, SHARE_BEHIND = 0.006, 0.002  # of the training thread's time: for what every layout shows, and for the rest
HEAD_S, FOLD_S = 0.25, 10.0  # in advance: the share of so many seconds for each e-fold of the time since the first
STEADY_S = 36.0  # until here; at a minute looking has had 1 % of the time, and never more than that afterwards
CELLS = 36  # along a side of a grid, as the window asks for
DENSEST, SPARSEST = 200, 6  # frames of a view until the step number has grown e-fold
KEPT = 128 << 20  # bytes of one view over a long run
FOLDS = 12  # e-folds of a long run
FIRST_S = 0.005  # the first look also pays for what torch loads: four times that counts at most
LEAP = 4  # so many times the dearest look before it counts at most: one that a pause of the machine fell into
NEVER = 1 << 62
ASKED_FOR = ("interpolation",)  # a view of what a hand asks, not of the run


class _Group:
    """Views that are looked at together, so that what stands side by side is of one moment."""

    def __init__(self, names: list[str], share: float, begun: float) -> None:
        self.names = names
        self.share = share
        self.seconds = 0.0  # that it took the last time
        self._begun = begun
        self.time = 0.0  # when it may be looked at again
        self.next = 0  # the step from which one of them is wanted
        self._dearest = FIRST_S  # that a look took

    def took(self, end: float, seconds: float) -> None:
        """A look ended then and took so long."""
        counted = min(seconds, LEAP * self._dearest)
        self.time = self._begun + _when(_earned(end - self._begun) + counted / self.share)
        self._dearest = max(seconds, self._dearest)
        self.seconds = seconds


def _earned(elapsed: float) -> float:
    """Of how many seconds the share may have been spent after so many: more at first, then one a second."""
    return FOLD_S * math.log1p(min(elapsed, STEADY_S) / HEAD_S) + max(elapsed - STEADY_S, 0.0)


def _when(earned: float) -> float:
    """After how many seconds so many are earned."""
    advanced = _earned(STEADY_S)
    return HEAD_S * math.expm1(min(earned, advanced) / FOLD_S) + max(earned - advanced, 0.0)


def probes_of(trainer: Trainer) -> dict[str, Probe]:
    """By name, a probe for each view that tells something of a run."""
    kind, grows = trainer.game.data.kind, trainer.game.phase.stage is not None
    found: dict[str, Probe] = {
        name: leaf() for name, leaf in probes().items()
        if kind in leaf.kinds and name not in ASKED_FOR and (grows or name != "pyramid")
    }
    if "samples-average" in found:  # one of the two, as the panel shows at first
        del found["samples" if trainer.game.average is not None else "samples-average"]
    return found


class ViewRecorder:
    """Frames of one run, between two whole steps but where a moment is asked for."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._probes = probes_of(trainer)
        begun = time.perf_counter()
        self._groups = [
            _Group([name for name in self._probes if name in FRONT], SHARE, begun),
            _Group([name for name in self._probes if name not in FRONT], SHARE_BEHIND, begun),
        ]
        self._last: dict[str, int] = {}  # updates at the latest frame of each
        self._due = dict.fromkeys(self._probes, trainer.game.steps + 1)  # the step from which each is wanted again
        self._plan()

    def due(self) -> bool:
        """Whether to look now; cheap, asked after every update."""
        game = self._trainer.game
        if game.steps < self._next or game.in_step:
            return False
        now = time.perf_counter()
        return any(game.steps >= group.next and now >= group.time for group in self._groups)

    def look(self) -> list[Frame]:
        """The views that are due."""
        steps, position, frames = self._trainer.game.steps, self._trainer.position, []
        for group in self._groups:
            start = time.perf_counter()
            wanted = [name for name in group.names if self._due[name] <= steps] if start >= group.time else []
            frames += [
                self._frame(name, position, self._probes[name].look(self._trainer.view, CELLS)) for name in wanted]
            if wanted:
                end = time.perf_counter()
                group.took(end, end - start)
        self._plan()
        return frames

    def moment(self, patience_s: float = math.inf) -> list[Frame]:
        """Every view of this very moment, also within a step; what was filmed of it already is left out.

        Args:
            patience_s: Views that took longer than this, together, the last time are left out too.
        """
        position = self._trainer.position
        names = [name for group in self._groups if group.seconds <= patience_s for name in group.names
                 if self._last.get(name) != position.updates]
        frames = [self._frame(name, position, self._probes[name].look(self._trainer.view, CELLS)) for name in names]
        self._plan()
        return frames

    def seen(self, position: Position, views: dict[str, View]) -> list[Frame]:
        """Those of the views somebody else had computed that are due: they cost nothing."""
        if position.place:
            return []
        frames = [self._frame(name, position, view) for name, view in views.items()
                  if self._due.get(name, NEVER) <= position.steps]
        if frames:
            self._plan()
        return frames

    def _frame(self, name: str, position: Position, view: View) -> Frame:
        folded = max(min(DENSEST, KEPT // (FOLDS * max(_bytes_of(view), 1))), SPARSEST)
        self._due[name] = position.steps + max(1, round(position.steps / folded))
        self._last[name] = position.updates
        return Frame(name=name, position=position, view=view)

    def _plan(self) -> None:
        """From which step each group has something due."""
        for group in self._groups:
            group.next = min((self._due[name] for name in group.names), default=NEVER)
        self._next = min(group.next for group in self._groups)


def _bytes_of(view: View) -> int:
    """How large a view is, about."""
    return sum(_sizes(getattr(view, name) for name in view.__struct_fields__))


def _sizes(values: Iterable[object]) -> Iterable[int]:
    for value in values:
        if isinstance(value, list):
            yield from _sizes(value)
        else:
            yield len(getattr(value, "data", b""))
