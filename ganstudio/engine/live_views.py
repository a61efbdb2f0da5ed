"""Computes the views that the window asks for; an expensive view is computed seldom while its run plays."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ganstudio.core.probe import Probe
from ganstudio.core.protocol.messages import Snapshot, SnapshotRequest
from ganstudio.core.protocol.views import View, Walk
from ganstudio.training.resolve_spec import probes
from ganstudio.training.trainer import Trainer

WALKED = "interpolation"  # the view that shows a path through the latent space
SMALLEST, LARGEST = 4, 256  # cells along the longer side of a grid


class LiveViews:
    """The views of one run, and when each expensive one fits into its share of the time again."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._probes: dict[str, Probe] = {}
        self._affordable: dict[str, float] = {}  # when an expensive view may be computed again
        self._missing: set[str] = set()  # views that the last snapshot went without
        self._walk: Walk | None = None  # of the last snapshot

    def snapshot(self, run: int, look: SnapshotRequest, names: Sequence[str], *, playing: bool) -> Snapshot:
        """Computes the named views of ``look``. An expensive view over its time budget is skipped, and is missing."""
        began = time.perf_counter()
        kind = self._trainer.game.data.kind
        moved = look.walk != self._walk  # the user drags it, and waits for this
        self._trainer.view.walk_asked = self._walk = look.walk
        views: dict[str, View] = {}
        missing = self._missing - set(names)
        with self._trainer.view.looked_at():
            for name in names:
                leaf = probes().get(name)
                if leaf is None or kind not in leaf.kinds:
                    continue
                if not self._affords(name, began, playing) and not (moved and name == WALKED):
                    missing.add(name)
                    continue
                views[name] = self._compute(name, leaf, look.size)
        self._missing = missing & set(look.views)
        seconds = time.perf_counter() - began
        return Snapshot(run=run, position=self._trainer.position, views=views, seconds=seconds)

    def _compute(self, name: str, leaf: type[Probe], size: int) -> View:
        warm = name in self._probes  # the first look also pays for what torch loads and allocates
        probe = self._probes.setdefault(name, leaf())
        start = time.perf_counter()
        view = probe.look(self._trainer.view, max(SMALLEST, min(size, LARGEST)))
        if leaf.expensive and warm:
            end = time.perf_counter()
            self._affordable[name] = end + (end - start) / leaf.time_share
        return view

    def overdue(self, look: SnapshotRequest, now: float, *, playing: bool) -> list[str]:
        """The views of ``look`` that the last snapshot went without and that may be computed now."""
        return [name for name in look.views if name in self._missing and self._affords(name, now, playing)]

    def wait_s(self, now: float) -> float:
        """Seconds until a missing view may be computed; infinite if none is missing."""
        return min((self._affordable[name] - now for name in self._missing), default=float("inf"))

    def _affords(self, name: str, now: float, playing: bool) -> bool:
        """Whether a view may be computed: always if the run is held, an expensive one seldom while it plays."""
        return not playing or now >= self._affordable.get(name, 0.0)
