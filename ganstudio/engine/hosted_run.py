"""A run as the training thread keeps it: how it is played, what was shown of it, and what is being measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future

from ganstudio.core.probe import Probe
from ganstudio.core.protocol.messages import Look, Snapshot
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import View, Walk
from ganstudio.engine.auto_recorder import Diary
from ganstudio.training.measuring import Measured
from ganstudio.training.resolve_spec import probes
from ganstudio.training.trainer import Trainer


class Hosted:
    """A run as the thread keeps it."""

    def __init__(self, run: int, trainer: Trainer, playing: bool) -> None:
        self.run = run
        self.trainer = trainer
        self.playing = playing
        self.diary: Diary | None = None
        self.paused = False  # held because nothing can be written
        self.until = 0  # it is held once so many steps are done; 0: never
        self.updates_per_second = 0.0
        self.next_update = 0.0
        self.look: Look | None = None
        self.shown: tuple[Position, int, tuple[str, ...], Walk | None] | None = None  # what the last snapshot showed
        self.changes = 0
        self.walk_shown: Walk | None = None
        self.probes: dict[str, Probe] = {}
        self.affordable: dict[str, float] = {}  # when the view of a dear probe may be computed again
        self.missing: set[str] = set()  # views that the last snapshot went without
        self.measuring: Future[tuple[Measured, float]] | None = None
        self.measured_steps = -1
        self.measure_from = 0.0  # when the next measurement may begin
        self.measure_began = 0.0
        self.floors: dict[str, float | None] | None = None
        self.draws = 0
        self.reported_at = 0.0
        self.reported_playing: bool | None = None
        self.rate_from = (time.perf_counter(), trainer.game.steps)
        self.rate = 0.0

    def film(self) -> None:
        """Keeps what is to be seen now, where that is due; asked after every update."""
        if self.diary is not None:
            self.diary.look()

    def due(self, now: float) -> bool:
        """Whether the run moves now."""
        return self.playing and (self.updates_per_second == 0 or now >= self.next_update)

    def affords(self, view: str, now: float) -> bool:
        """Whether a view may be computed: always where the run is held, for a dear one seldom while it plays."""
        return not self.playing or now >= self.affordable.get(view, 0.0)

    def snapshot(self, look: Look, names: Sequence[str]) -> Snapshot:
        """These views of those looked at; a dear one that was computed a moment ago is left out, and owed."""
        began = time.perf_counter()
        kind = self.trainer.game.data.kind
        moved = look.walk != self.walk_shown  # a hand waits for this
        self.trainer.view.walk_asked = self.walk_shown = look.walk
        views: dict[str, View] = {}
        missing = self.missing - set(names)
        with self.trainer.view.looked_at():
            for name in names:
                leaf = probes().get(name)
                if leaf is None or kind not in leaf.kinds:
                    continue
                if not self.affords(name, began) and not (moved and leaf.priority == "on request"):
                    missing.add(name)
                    continue
                warm = name in self.probes  # the first look also pays for what torch loads and allocates
                probe = self.probes.setdefault(name, leaf())
                start = time.perf_counter()
                views[name] = probe.look(self.trainer.view, max(4, min(look.size, 256)))
                if leaf.dear and warm:
                    end = time.perf_counter()
                    self.affordable[name] = end + (end - start) / leaf.share
        self.missing = missing & set(look.views)
        seconds = time.perf_counter() - began
        return Snapshot(run=self.run, position=self.trainer.position, views=views, seconds=seconds)
