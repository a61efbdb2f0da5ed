"""The run on screen: what is known of it, and the commands that a hand gives it. Panels listen to its signals."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from ganstudio.core.command_line import as_command
from ganstudio.core.control import Value
from ganstudio.core.protocol.catalog import Catalog, DataInfo, NetworkInfo, VariantInfo
from ganstudio.core.protocol.messages import (
    AnalyseDivergence,
    Applied,
    CheckpointSaved,
    Command,
    Diverged,
    DivergenceAnalysed,
    Event,
    Failed,
    Grow,
    Loading,
    MeasuredNow,
    Notice,
    Pin,
    Play,
    Progress,
    Refused,
    Scalars,
    SetControl,
    SetSpeed,
    Snapshot,
    SnapshotRequest,
    Start,
    Started,
    Step,
    Stop,
    WeightsHash,
    WeightsHashRequest,
    Welcome,
)
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Walk
from ganstudio.core.runs.format import SUFFIX
from ganstudio.ui.state.compatibility import Choosing
from ganstudio.ui.state.curve_store import Store
from ganstudio.ui.state.engine_client import EngineLink
from ganstudio.ui.state.latent_anchors import Anchors

if TYPE_CHECKING:
    from ganstudio.ui.state.collapse_watch import Collapse

SEND_EVERY_MS = 25  # a slider that is dragged sends its latest value this often


class Session(QObject):
    """One engine, and at most one run of it on screen."""

    catalog_changed = Signal(object)  # Catalog
    welcomed = Signal(object)  # Welcome
    starting = Signal()  # a run was asked for
    preparing = Signal(object)  # Preparing
    run_started = Signal(object)  # Started
    snapshot_came = Signal(object)  # Snapshot
    scalars_came = Signal()
    progressed = Signal(object)  # Progress
    measured = Signal(object)  # MeasuredNow
    control_applied = Signal(object)  # Applied
    refused = Signal(object)  # Refused
    told = Signal(str)
    diverged = Signal(object)  # Diverged
    collapsed = Signal(object)  # Collapse
    failed = Signal(object)  # Failed
    kept = Signal(object)  # Kept
    fingerprinted = Signal(object)  # Fingerprinted
    examined = Signal(object)  # Examined
    engine_lost = Signal(str)
    engine_opened = Signal()

    def __init__(self, make_link: Callable[[], EngineLink], link: EngineLink | None = None) -> None:
        """Makes a session.

        Args:
            make_link: Starts an engine.
            link: One that was started already.
        """
        super().__init__()
        self._make_link = make_link
        self._link: EngineLink | None = link
        self._opening: asyncio.Task[None] | None = None
        self.catalog: Catalog | None = None
        self.engine: Welcome | None = None
        self.started: Started | None = None
        self.spec = Spec()
        self.settings: dict[str, Value] = {}
        self.progress: Progress | None = None
        self.store = Store()
        self.changes: list[Applied] = []
        self.last_measured: MeasuredNow | None = None
        self.last_diverged: Diverged | None = None
        self.collapses: list[Collapse] = []
        self.anchors = Anchors(self)
        self.runs: Path | None = None  # where runs are recorded; None: they are not
        self.file = ""  # the run file that the run on screen went on from
        self.beyond = Store()  # how the run went on that this one left
        self._asked_file = ""
        self._run = 0  # on screen
        self._asked = 0  # asked for last
        self._cancelled = -1  # that was left while it was being built
        self._pending = False  # whether that one neither stands nor was refused
        self.wanted = Spec()
        self.remark = ""  # what the last choice changed beside what was chosen
        self._choosing = Choosing()
        self._sent = 0
        self._answered = 0
        self._waiting: dict[str, Value] = {}  # moved by a hand, not sent yet
        self._moved: dict[str, Value] = {}  # moved by a hand in this run, confirmed or not
        self._examined = 0  # texts asked about
        self._fallen = Spec()  # what ran when the engine was lost
        self._timer = QTimer(self, singleShot=True, interval=SEND_EVERY_MS)
        self._timer.timeout.connect(self._send_waiting)
        self._queued: list[Command] = []  # said before the engine was up

    # The engine ----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Connects to the engine, starting one where there is none."""
        if self._link is None:
            self._link = self._make_link()
        self._opening = asyncio.ensure_future(self._link.open(self.take, self._lost))

    async def close(self) -> None:
        """Ends the engine."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()
        if self._opening is not None:
            self._opening.cancel()

    def fresh_engine(self) -> None:
        """Starts another engine after one was lost, with the settings as they stood."""
        self.open()
        self.start(self._fallen)

    def _lost(self, why: str) -> None:
        self._fallen = self.base
        self._link = None
        self.engine = None
        self._queued.clear()
        self.file = self.source  # what the run on screen has left can be gone on with
        self.started = None
        self._asked += 1
        self._run = self._asked
        self._pending = False
        self.engine_lost.emit(why)

    @property
    def process_id(self) -> int | None:
        """The engine's process, where it has one."""
        return getattr(self._link, "pid", None)

    # Commands ------------------------------------------------------------------------------------------------

    def _send(self, command: Command) -> None:
        if self.engine is None or self._link is None:
            self._queued.append(command)
        else:
            self._link.send(command)

    def start(self, spec: Spec, *, playing: bool = True, file: str = "", at: int = -1, until: int = 0) -> None:
        """Begins another run: of a spec, or from a moment of a run file, by steps done (-1: its last).

        The one on screen goes on until the new one stands, and stays if it is refused.
        """
        self._asked += 1
        self._pending = True
        self._waiting.clear()
        self._queued = [command for command in self._queued if isinstance(command, AnalyseDivergence)]
        self.wanted = spec
        self._asked_file = file
        self.remark = ""
        self._cancelled = -1
        self.starting.emit()
        self._send(Start(
            run=self._asked, spec=spec, playing=playing, file=file, at=at, until=until, record=self._fresh_file(spec),
            replaces=list(range(self._run, self._asked)),
        ))

    def _fresh_file(self, spec: Spec) -> str:
        """A name that no run has; runs of one second differ by their number."""
        if self.runs is None:
            return ""
        now = time.strftime("%Y-%m-%d %H.%M.%S")
        return str(self.runs / f"{now} {spec.variant} {spec.data} {os.getpid()}-{self._asked}{SUFFIX}")

    @property
    def source(self) -> str:
        """The file in which the run on screen is recorded so far, or was until its engine was lost; empty: nowhere."""
        record = self.started.record if self.started is not None else ""
        return record if record and Path(record).exists() else self.file

    def go_back(self, steps: int, *, playing: bool = False) -> None:
        """A branch of the run on screen from when it had done so many steps, on a fresh engine where it lost its own.

        Raises:
            ValueError: It is not recorded.
        """
        if not self.source:
            raise ValueError("the run on screen is not recorded")
        if self._link is None:
            self.open()
        self.start(self.spec, file=self.source, at=steps, playing=playing)

    def tell_collapse(self, collapse: Collapse) -> None:
        """Notes that the run on screen has lost its modes, as somebody has seen who watches it."""
        self.collapses.append(collapse)
        self.collapsed.emit(collapse)

    def pin(self, *, for_good: bool = True) -> None:
        """Keeps the present moment of the run: for good, or as any other checkpoint. ``kept`` follows."""
        self._send(Pin(run=self._run, for_good=for_good))

    def cancel_start(self) -> None:
        """Leaves the run that is being built; the one on screen goes on."""
        if self._pending:
            self._cancelled = self._asked
            self._send(Stop(run=self._asked))

    @property
    def base(self) -> Spec:
        """What the next choice starts from: the run asked for last, or the one on screen as a hand has left it."""
        if self._pending:
            return self.wanted
        return msgspec.structs.replace(self.spec, controls={**self.spec.controls, **self.settings, **self._moved})

    def start_preset(self, preset: str) -> None:
        """Restarts the run with a preset of its variant; data and seed stay."""
        self.start(msgspec.structs.replace(self.base, preset=preset, controls={}, network_controls={}))

    def choose_variant(self, variant: str) -> None:
        """Restarts with another variant at its own preset: on the same data, or on some that it can play on."""
        spec, remark = self._choosing.variant(self.catalog, self.base, self._present_kind, variant)
        self.start(spec)
        self.remark = remark

    def choose_data(self, data: str, data_controls: dict[str, Value] | None = None) -> None:
        """Restarts with the same variant and settings on other data, as far as they go with it."""
        spec, remark = self._choosing.data(self.catalog, self.base, self._present_kind, data, data_controls or {})
        self.start(spec)
        self.remark = remark

    @property
    def _present_kind(self) -> str | None:
        """The kind of the data that the next choice starts from; None where a file decides that was not read yet."""
        on_screen = self.started is not None and self.started.spec.data == self.base.data
        return self.kind if on_screen else self._kind_of(self.base.data)

    def _kind_of(self, data: str) -> str | None:
        """The kind of a data set; None where the user's file decides."""
        return next((info.kind for info in self.catalog.data if info.name == data), None) if self.catalog else None

    @property
    def command(self) -> str:
        """The command that repeats the run on screen up to where it stands."""
        started, variant, network, data = self.started, self.variant, self.network, self.data
        if started is None or variant is None:
            return ""
        usual = {
            "controls": {**{c.name: c.default for c in variant.controls}, **started.preset_controls},
            "network_controls": {**{c.name: c.default for c in network.controls}, **started.preset_network}
            if network else {},
            "data_controls": {c.name: c.default for c in data.controls} if data else {},
        }
        return as_command(started.spec, self.progress.position.steps if self.progress else 0, self.changes, usual)

    def restart(self, *, seed: int | None = None, settings: dict[str, Value] | None = None) -> None:
        """Restarts the run from step 0 with the settings as they stand, or with those given."""
        spec = self.base if settings is None else msgspec.structs.replace(self.base, controls=settings)
        self.start(spec if seed is None else msgspec.structs.replace(spec, seed=seed))

    def use_device(self, device: str) -> None:
        """Restarts the run on another device."""
        self.start(msgspec.structs.replace(self.base, device=device))

    @property
    def kind(self) -> str:
        """The kind of the data on screen."""
        return self.started.kind if self.started is not None else "plane"

    def is_moving(self, name: str) -> bool:
        """Whether a hand has moved a control further than the engine knows."""
        return name in self._waiting or self._sent > self._answered

    def play(self, on: bool) -> None:
        """Lets the run go on, or holds it."""
        self._send(Play(run=self._run, on=on))

    def step(self, player: str) -> None:
        """Holds the run and moves one player by one update, or both by a step."""
        if self.progress is not None and self.progress.playing:
            self.play(False)
        match player:
            case "discriminator" | "generator" | "cycle":
                self._send(Step(run=self._run, player=player))

    def grow(self) -> None:
        """Lets growing players grow now."""
        self._send(Grow(run=self._run))

    def set_speed(self, updates_per_second: float) -> None:
        """Bounds how fast the run is played; 0 is unbounded."""
        self._send(SetSpeed(run=self._run, updates_per_second=updates_per_second))

    def set_control(self, name: str, value: Value) -> None:
        """Moves a live control: the latest value of each is sent a few times a blink, none of the last is lost."""
        self._waiting[name] = value
        self._moved[name] = value
        if not self._timer.isActive():
            self._send_waiting()
            self._timer.start()

    def _send_waiting(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for name, value in waiting.items():
            self._sent += 1
            self._send(SetControl(run=self._run, id=self._sent, name=name, value=value))
        if waiting:
            self._timer.start()

    def fingerprint(self) -> None:
        """Asks for the hash over both players' weights."""
        self._send(WeightsHashRequest(run=self._run))

    def look(self, views: list[str], size: int, measure: bool, walk: Walk | None = None) -> None:
        """Asks for the next picture."""
        self._send(SnapshotRequest(run=self._run, views=views, size=size, measure=measure, walk=walk))

    def examine(self, text: str) -> int:
        """Asks what divergence a text is; the number comes back in ``examined``. Only the last answer counts."""
        self._examined += 1
        self._queued = [command for command in self._queued if not isinstance(command, AnalyseDivergence)]
        self._send(AnalyseDivergence(id=self._examined, text=text))
        return self._examined

    # Events --------------------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """What the engine says; of a stored run, what it said."""
        if isinstance(event, Welcome):
            self._welcome(event)
            return
        if isinstance(event, DivergenceAnalysed):
            self.examined.emit(event)
            return
        if isinstance(event, Loading) and event.run == self._asked:
            self.preparing.emit(event)
        if isinstance(event, Started) and event.run == self._asked:
            self._begin(event)
            if event.run == self._cancelled:  # it stood before it could be left, and the engine has ended it since
                self.start(event.spec)
        if isinstance(event, Failed | Refused) and event.run == self._asked != self._run:
            self.wanted = self.spec
            self._pending = False
            (self.refused if isinstance(event, Refused) else self.failed).emit(event)
        if event.run != self._run:
            return  # said of a dead run
        match event:
            case Scalars(batches=batches, beyond=beyond):
                for batch in batches:
                    (self.beyond if beyond else self.store).add(batch)
                self.scalars_came.emit()
            case Progress():
                self.progress = event
                self.progressed.emit(event)
            case Snapshot():
                self.snapshot_came.emit(event)
            case MeasuredNow():
                self.last_measured = event
                self.measured.emit(event)
            case Applied():
                self._answered = max(self._answered, event.id)
                self.settings[event.name] = event.value
                self.changes.append(event)
                self.control_applied.emit(event)
            case CheckpointSaved():
                self.kept.emit(event)
            case WeightsHash():
                self.fingerprinted.emit(event)
            case Notice(text=text):
                self.told.emit(text)
            case Refused():
                self._answered = max(self._answered, event.id)
                self._moved.clear()
                self.refused.emit(event)
            case Diverged():
                self.last_diverged = event
                self.diverged.emit(event)
            case Failed():
                self.failed.emit(event)

    def _welcome(self, event: Welcome) -> None:
        self.engine = event
        queued, self._queued = self._queued, []
        for command in queued:
            self._send(command)
        if self.catalog != event.catalog:
            self.catalog = event.catalog
            self.catalog_changed.emit(event.catalog)
        self.welcomed.emit(event)
        self.engine_opened.emit()

    def _begin(self, event: Started) -> None:
        self._run = event.run
        self._pending = False
        self._answered = self._sent
        self._moved.clear()
        self.last_diverged = None
        self.collapses = []
        self.started = event
        self.spec = self.wanted = event.spec
        self._choosing.remember(event)
        self.settings = dict(event.settings)
        self.store = Store()
        self.beyond = Store()
        self.file = self._asked_file
        self.changes = []
        self.last_measured = None
        self.progress = None
        self.run_started.emit(event)

    # What the catalogue says of the run ----------------------------------------------------------------------

    @property
    def variant(self) -> VariantInfo | None:
        """The run's variant."""
        return next((v for v in self.catalog.variants if v.name == self.spec.variant), None) if self.catalog else None

    def settings_at(self, steps: int | None) -> dict[str, Value]:
        """The variant's controls as they stood once so many steps were done; None: as they stand."""
        if steps is None or self.started is None:
            return dict(self.settings)
        values = {**self.started.settings, **self.started.spec.controls}
        values.update((change.name, change.value) for change in self.changes if change.position.steps <= steps)
        return values

    def called(self, name: str, *, start: bool = False) -> str:
        """What a control of the run's variant is called, with its symbol; ``start``: at the start of a sentence."""
        infos = self.variant.controls if self.variant is not None else []
        info = next((info for info in infos if info.name == name), None)
        if info is None:
            return name
        label = f"{info.label[:1].upper()}{info.label[1:]}" if start else info.label
        return label if info.symbol in ("", *label.split()) else f"{label} {info.symbol}"

    @property
    def network(self) -> NetworkInfo | None:
        """The run's network."""
        return next((n for n in self.catalog.networks if n.name == self.spec.network), None) if self.catalog else None

    @property
    def data(self) -> DataInfo | None:
        """The run's data set."""
        return next((d for d in self.catalog.data if d.name == self.spec.data), None) if self.catalog else None
