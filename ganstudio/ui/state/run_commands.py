"""RunCommands: what the user can do to one run. Panels that only show a run do not use it."""

from __future__ import annotations

from collections.abc import Sequence

from ganstudio.core.protocol.asks import Ask
from ganstudio.core.protocol.messages import (
    AskedNumber,
    Grow,
    MeasureQuantities,
    Pin,
    Play,
    SetSpeed,
    SnapshotRequest,
    Step,
    WeightsHashRequest,
)
from ganstudio.core.protocol.views import Picture, Sketch, Walk
from ganstudio.ui.state.control_sender import ControlSender
from ganstudio.ui.state.hidden_controls import HiddenControls
from ganstudio.ui.state.latent_anchors import LatentAnchors
from ganstudio.ui.state.next_run import NextRun
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.state.session import Session
from ganstudio.ui.state.shown_class import ShownClass


class RunCommands:
    """The commands for one run, and what the user has chosen to see of it."""

    def __init__(self, session: Session, run: RunModel | None = None) -> None:
        """Makes the commands for a run.

        Args:
            session: What is sent goes there; the commands for several runs can share one.
            run: The run; None: a new one, with nothing known of it yet.
        """
        self.session = session
        self.run = run if run is not None else RunModel(session.catalog)
        self.sender = ControlSender(self.run, session.send)
        self.next_run = NextRun(session, self.run, self.sender)
        self.anchors = LatentAnchors()
        self.hidden = HiddenControls()
        self.shown_class = ShownClass()
        self.run.began.connect(self.shown_class.begin)
        session.catalog_changed.connect(self._take_catalog)

    def _take_catalog(self, catalog: object) -> None:
        self.run.catalog = self.session.catalog

    def play(self, on: bool, until: int = 0) -> None:
        """Lets the run go on, or holds it; ``until``: the step at which it is held by itself, 0: as before."""
        self.session.send(Play(run=self.run.number, on=on, until=until))

    def step(self, player: str) -> None:
        """Pauses the run and updates a player, by its name, once; "cycle": all by a step; "next": whose turn it is."""
        if self.run.progress is not None and self.run.progress.playing:
            self.play(False)
        players = [each.name for each in self.run.started.players] if self.run.started is not None else []
        if player in (*players, "cycle", "next"):
            self.session.send(Step(run=self.run.number, player=player))

    def grow(self) -> None:
        """Lets growing players grow now."""
        self.session.send(Grow(run=self.run.number))

    def set_speed(self, updates_per_second: float) -> None:
        """Bounds how fast the run is played; 0 is unbounded."""
        self.session.send(SetSpeed(run=self.run.number, updates_per_second=updates_per_second))

    def pin(self, *, for_good: bool = True) -> None:
        """Keeps the live moment of the run: for good, or as any other checkpoint. ``checkpoint_saved`` follows."""
        self.session.send(Pin(run=self.run.number, for_good=for_good))

    def hash_weights(self) -> None:
        """Asks for the hash over all players' weights. ``weights_hashed`` follows."""
        self.session.send(WeightsHashRequest(run=self.run.number))

    def measure_quantities(self, number: int, asked: list[AskedNumber]) -> None:
        """Asks for numbers of the run as it is now; ``quantities_measured`` follows with the same number."""
        self.session.send(MeasureQuantities(run=self.run.number, id=number, asked=asked))

    def look(
        self, views: list[str], size: int, measure: bool, walk: Walk | None = None, sketch: Sketch | None = None,
        picture: Picture | None = None, asks: Sequence[Ask] = (),
    ) -> None:
        """Asks for the next picture; views of a single class show the one that the user has chosen."""
        self.session.send(SnapshotRequest(
            run=self.run.number, views=views, size=size, measure=measure, walk=walk, sketch=sketch,
            picture=picture, label=self.shown_class.label, asks=list(asks)))
