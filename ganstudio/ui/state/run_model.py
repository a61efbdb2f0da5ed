"""RunModel: what is known of one run. It needs no engine: a film feeds it the messages of a run file."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from ganstudio.core.control import Value
from ganstudio.core.mode_collapse import Collapse
from ganstudio.core.protocol.catalog import Catalog, DataInfo, NetworkInfo, VariantInfo
from ganstudio.core.protocol.messages import (
    Applied,
    CheckpointSaved,
    Diverged,
    Event,
    Failed,
    MeasuredNow,
    Notice,
    Progress,
    QuantitiesMeasured,
    Refused,
    Scalars,
    Snapshot,
    Started,
    WeightsHash,
)
from ganstudio.core.protocol.spec import Position, Spec, data_name
from ganstudio.core.user_units import SAME, UserUnits
from ganstudio.ui.state.curve_store import CurveStore


class RunModel(QObject):
    """The run at one place on screen; panels read it and listen to its signals.

    When another run takes the place, the same object begins again and ``began`` is emitted: who listens stays
    connected (docs/decisions/011-run-models.md).
    """

    began = Signal(object)  # Started
    snapshot_came = Signal(object)  # Snapshot
    scalars_came = Signal()
    progressed = Signal(object)  # Progress
    measured = Signal(object)  # MeasuredNow
    control_applied = Signal(object)  # Applied
    refused = Signal(object)  # Refused: a command, or a start at this place
    failed = Signal(object)  # Failed: the run, or a start at this place
    notice_came = Signal(str)
    diverged = Signal(object)  # Diverged
    collapsed = Signal(object)  # Collapse
    collapse_ended = Signal(int)  # since which step
    checkpoint_saved = Signal(object)  # Kept
    weights_hashed = Signal(object)  # Fingerprinted
    quantities_measured = Signal(object)  # QuantitiesMeasured

    def __init__(self, catalog: Catalog | None = None) -> None:
        super().__init__()
        self.catalog = catalog
        self.number = 0  # the number that the messages carry; 0: no run began yet
        self.started: Started | None = None
        self.spec = Spec()
        self.settings: dict[str, Value] = {}
        self.progress: Progress | None = None
        self.store = CurveStore()
        self.beyond = CurveStore()  # how the run went on that this one branched from
        self.changes: list[Applied] = []
        self.answered = 0  # the highest number of a control change that the engine answered
        self.last_measured: MeasuredNow | None = None
        self.last_diverged: Diverged | None = None
        self.collapses: list[Collapse] = []
        self.file = ""  # the run file that this run went on from

    # What happens --------------------------------------------------------------------------------------------

    def begin(self, started: Started, file: str = "") -> None:
        """Another run takes this place; nothing of the last one is left.

        Args:
            started: The run.
            file: The run file that it goes on from.
        """
        self.number = started.run
        self.started = started
        self.spec = started.spec
        self.settings = dict(started.settings)
        self.progress = None
        self.store = CurveStore()
        self.beyond = CurveStore()
        self.changes = []
        self.last_measured = None
        self.last_diverged = None
        self.collapses = []
        self.file = file
        self.began.emit(started)

    def take(self, event: Event) -> None:
        """Takes what the engine says of the run."""
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
                self.last_measured = self.in_user_units(event)
                self.measured.emit(self.last_measured)
            case Applied():
                self.answered = max(self.answered, event.id)
                self.settings[event.name] = event.value
                self.changes.append(event)
                self.control_applied.emit(event)
            case Refused():
                self.answered = max(self.answered, event.id)
                self.refused.emit(event)
            case CheckpointSaved():
                self.checkpoint_saved.emit(event)
            case WeightsHash():
                self.weights_hashed.emit(event)
            case QuantitiesMeasured():
                self.quantities_measured.emit(event)
            case Notice(text=text):
                self.notice_came.emit(text)
            case Diverged():
                self.last_diverged = event
                self.diverged.emit(event)
            case Failed():
                self.failed.emit(event)

    def lose_engine(self) -> None:
        """Ends the run, because its engine was lost. Its curves stay, and its file can be continued."""
        self.file = self.source
        self.started = None

    def add_collapse(self, collapse: Collapse) -> None:
        """Notes that the run has lost its modes."""
        self.collapses.append(collapse)
        self.collapsed.emit(collapse)

    def rewind_settings(self, steps: int) -> dict[str, Value]:
        """Sets the settings back to those at a step, and returns them: a film takes all changes before it begins."""
        self.settings = self.settings_at(steps)
        return self.settings

    # What is known -------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        """The kind of the run's data."""
        return self.started.kind if self.started is not None else "plane"

    @property
    def units(self) -> UserUnits:
        """How the coordinates of the views relate to the user's own."""
        return self.started.user_units if self.started is not None else SAME

    def in_user_units(self, measured: MeasuredNow) -> MeasuredNow:
        """Measured numbers in the user's units, whatever version of the studio wrote them."""
        if measured.in_user_units or self.units.same or self.catalog is None:
            return measured
        known = {info.name: info.dimension for info in self.catalog.measures}
        measures, floors = ({name: self.units.measure(value, known.get(name, "")) for name, value in numbers.items()}
                            for numbers in (measured.measures, measured.floors))
        return msgspec.structs.replace(measured, measures=measures, floors=floors, in_user_units=True)

    @property
    def source(self) -> str:
        """The file in which the run is recorded so far, or was until its engine was lost; empty if there is none."""
        record = self.started.record if self.started is not None else ""
        return record if record and Path(record).exists() else self.file

    def settings_at(self, steps: int | None) -> dict[str, Value]:
        """The variant's controls as they were when that many steps were done; None: as they are."""
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

    def place_text(self, position: Position) -> str:
        """A moment in words: its step, and which update of the next one if that has begun."""
        text, values = f"step {position.steps:,}", self.settings
        if not position.place:
            return text
        counts = [values.get(name) for name in ("critic_steps", "generator_steps")]
        cycle = sum(count for count in counts if isinstance(count, int))
        known = position.place < cycle and not values.get("warm_up")  # a warm-up has longer steps
        return f"{text}, update {position.place:,}" + (f" of {cycle:,}" if known else "")

    @property
    def variant(self) -> VariantInfo | None:
        """The run's variant, from the catalogue."""
        return next((v for v in self.catalog.variants if v.name == self.spec.variant), None) if self.catalog else None

    @property
    def network(self) -> NetworkInfo | None:
        """The run's network, from the catalogue."""
        return next((n for n in self.catalog.networks if n.name == self.spec.network), None) if self.catalog else None

    @property
    def data(self) -> DataInfo | None:
        """The run's data set, from the catalogue."""
        return next((d for d in self.catalog.data if d.name == self.spec.data), None) if self.catalog else None

    @property
    def data_name(self) -> str:
        """What the run's data is called: the user's file or folder, or the data set's title."""
        return data_name(self.spec, self.data.title if self.data is not None else self.spec.data)

    @property
    def title(self) -> str:
        """What is trained on what."""
        return f"{self.variant.title if self.variant is not None else self.spec.variant} on {self.data_name}"
