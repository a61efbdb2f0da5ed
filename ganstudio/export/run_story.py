"""What a film is made of: all that is known of a run, and its moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from ganstudio.core.protocol.catalog import Catalog
from ganstudio.core.protocol.messages import Applied, MeasuredNow, Progress, Scalars, Started
from ganstudio.core.protocol.spec import Change, LogEntry, Position
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.ui.state.run_model import RunModel


@dataclass(frozen=True)
class Story:
    """All that is known of a run."""

    catalog: Catalog
    scene: Started
    log: list[LogEntry]
    scalars: list[ScalarBatch]
    measured: list[MeasuredNow]
    end: int  # steps

    def started(self, number: int) -> Started:
        """As the run begins on a sheet, by that number."""
        return msgspec.structs.replace(self.scene, run=number, record="", playing=False)

    def moves(self) -> Iterator[tuple[Position, Change]]:
        """The controls that were moved while it trained."""
        return ((entry.position, entry.command) for entry in self.log if isinstance(entry.command, Change))

    def tell(self, run: RunModel) -> None:
        """Feeds a run that has begun what is true of the whole of it."""
        number = run.number
        run.take(Scalars(run=number, batches=self.scalars))
        for position, change in self.moves():
            run.take(Applied(run=number, id=0, name=change.name, value=change.value, position=position))
        for measured in self.measured:
            run.take(msgspec.structs.replace(measured, run=number))
        # A film plays: colours follow, unless they are told to jump.
        run.take(Progress(run=number, position=Position(steps=self.end), seen=0, steps_per_second=0.0, playing=True))


@dataclass(frozen=True)
class Moment:
    """A moment of a run."""

    position: Position
    views: dict[str, View]
    measured: MeasuredNow | None = None
