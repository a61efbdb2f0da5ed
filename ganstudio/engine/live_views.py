"""Computes the views that the window asks for; expensive ones less often while the run plays."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ganstudio.core.probe import Probe
from ganstudio.core.protocol.asks import Ask
from ganstudio.core.protocol.messages import Snapshot, SnapshotRequest
from ganstudio.core.protocol.views import Picture, Sketch, View, Walk
from ganstudio.training.resolve_spec import probes
from ganstudio.training.run_description import abilities, class_names
from ganstudio.training.trainer import Trainer

SMALLEST, LARGEST = 4, 256  # cells along the longer side of a grid


class LiveViews:
    """The views of one run, and when each expensive one may be computed again within its share of the time."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self.among = 1  # runs that share the time for expensive views
        self._classes = class_names(trainer.game)
        kind, has = trainer.game.data.kind, abilities(trainer.game)  # asking once: it takes as long as a picture
        self._leaves = {name: leaf for name, leaf in probes().items() if leaf.fits(kind, has)}
        self._probes: dict[str, Probe] = {}
        self._affordable: dict[str, float] = {}  # when an expensive view may be computed again
        self._missing: set[str] = set()  # expensive views that the last snapshot skipped
        self._walk: Walk | None = None  # of the last snapshot
        self._sketch: Sketch | None = None
        self._picture: Picture | None = None
        self._asks: list[Ask] = []

    def on_request(self, names: Sequence[str]) -> list[str]:
        """The views that follow what the user moves: a sketch, a way through the latents."""
        return [name for name in names if name in self._leaves and self._leaves[name].priority == "on request"]

    def snapshot(
        self, run: int, look: SnapshotRequest, names: Sequence[str], *, playing: bool, stale: bool = False
    ) -> Snapshot:
        """Computes the named views of ``look``. An expensive view over its time budget is skipped and noted.

        Args:
            run: Its number.
            look: What the window asks for.
            names: Of its views, those that are computed now.
            playing: Whether the run plays: then views keep to their time budgets.
            stale: Whether the other views of ``look`` have changed: they are noted too.
        """
        began = time.perf_counter()
        # The user drags or chooses, and waits for the view
        moved = (look.walk, look.sketch, look.picture, look.asks) != (
            self._walk, self._sketch, self._picture, self._asks)
        self._trainer.view.walk_asked = self._walk = look.walk
        self._trainer.view.translation.sketch_asked = self._sketch = look.sketch
        self._trainer.view.translation.picture_asked = self._picture = look.picture
        self._trainer.view.asks = self._asks = look.asks
        self._trainer.view.label_asked = look.label if 0 <= look.label < len(self._classes) else 0
        views: dict[str, View] = {}
        missing = (self._missing | set(look.views) if stale else self._missing) - set(names)
        with self._trainer.view.looked_at():
            for name in names:
                leaf = self._leaves.get(name)
                if leaf is None:
                    continue
                if not self._affords(name, began, playing) and not (moved and leaf.priority == "on request"):
                    missing.add(name)
                    continue
                views[name] = self._compute(name, leaf, look.size)
        self._missing = missing & set(look.views)
        seconds = time.perf_counter() - began
        return Snapshot(run=run, position=self._trainer.position, views=views, seconds=seconds)

    def _compute(self, name: str, leaf: type[Probe], size: int) -> View:
        warm = name in self._probes  # else the time includes what torch loads and allocates for the first look
        probe = self._probes.setdefault(name, leaf())
        start = time.perf_counter()
        view = probe.look(self._trainer.view, max(SMALLEST, min(size, LARGEST)))
        if leaf.expensive and warm:
            end = time.perf_counter()
            self._affordable[name] = end + self.among * (end - start) / leaf.time_share
        return view

    def overdue(self, look: SnapshotRequest, now: float, *, playing: bool) -> list[str]:
        """The views of ``look`` that the last snapshot skipped and that may be computed now."""
        return [name for name in look.views if name in self._missing and self._affords(name, now, playing)]

    def wait_s(self, now: float) -> float:
        """Seconds until a missing view may be computed; infinite if none is missing."""
        return min((self._affordable.get(name, now) - now for name in self._missing), default=float("inf"))

    def _affords(self, name: str, now: float, playing: bool) -> bool:
        """Whether a view may be computed: always if the run is paused; else within the view's time budget."""
        return not playing or now >= self._affordable.get(name, 0.0)
