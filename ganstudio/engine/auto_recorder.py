"""What a run that somebody watches leaves behind: a run file that is made with its first update, unasked."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from pathlib import Path

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Parent, Position
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.training.branching import Branch, branched
from ganstudio.training.checkpoint import Replay, rows_from
from ganstudio.training.recorder import Recorder
from ganstudio.training.resolve_spec import moved
from ganstudio.training.trainer import Trainer

PATIENCE_S = 0.1  # that a look at the end of a run may take where the next run waits


class Diary:
    """Records a run as long as its file can be written; ``fault`` says why where it cannot."""

    def __init__(
        self, path: Path, trainer: Trainer, *, past: list[ScalarBatch], parent: Parent | None, file: str = ""
    ) -> None:
        """``past``, ``parent`` and its ``file``: of a run that goes on from another's moment."""
        self.path = path
        self.fault = ""
        self._trainer = trainer
        self._past = past
        self._parent = parent
        self._parent_file = Path(file) if file else None
        self._recorder: Recorder | None = None
        self._keeping: list[tuple[Position, threading.Event]] = []  # moments on their way to the disk

    def note(self, batches: list[ScalarBatch]) -> None:
        """Takes the terms of the last updates, and what a hand did."""
        if self.fault or (self._recorder is None and not batches):
            return  # a run that never moved leaves no file
        try:
            if self._recorder is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._recorder = Recorder(
                    self.path, self._trainer, parent=self._parent, parent_file=self._parent_file)
                batches, self._past = [*self._past, *batches], []
            self._recorder.note(batches)
        except (BadInput, OSError) as fault:
            self.fault = f"this run is not recorded any more: {fault}" if self._recorder else (
                f"this run is not recorded: {fault}")

    @property
    def _kept(self) -> Recorder | None:
        """Who writes, where somebody does."""
        return None if self.fault else self._recorder

    def look(self) -> None:
        """Keeps the views that are due."""
        if (recorder := self._kept) is not None:
            recorder.look()

    def seen(self, position: Position, views: dict[str, View]) -> None:
        """Keeps what somebody looked at."""
        if (recorder := self._kept) is not None:
            recorder.seen(position, views)

    def measured(self, measured: MeasuredNow) -> None:
        """Keeps numbers of the generator."""
        if (recorder := self._kept) is not None:
            recorder.measured(measured)

    def pin(self, *, for_good: bool = True) -> None:
        """Keeps this moment, for good or as any other checkpoint; BadInput where nothing is recorded."""
        if (recorder := self._kept) is None:
            raise BadInput("this moment cannot be pinned: the run is not recorded, or has not moved yet")
        self._keeping.append((self._trainer.position, recorder.pin(for_good=for_good)))

    @property
    def keeping(self) -> bool:
        """Whether a moment is on its way to the disk."""
        return bool(self._keeping) and not self.fault

    def arrived(self) -> list[Position]:
        """The moments that were to be kept and have come to the disk since this was asked last."""
        there = [position for position, committed in self._keeping if committed.is_set()]
        self._keeping = [(position, committed) for position, committed in self._keeping if not committed.is_set()]
        return there

    @property
    def trouble(self) -> str:
        """Why nothing can be written for now; empty where all is well."""
        return self._recorder.trouble if self._recorder is not None and not self.fault else ""

    def settle(self) -> None:
        """Waits until what was noted stands in the file."""
        if (recorder := self._kept) is not None:
            recorder.settle()

    def finish(self, *, look: bool = True) -> None:
        """Notes where the run ends, as a rule with pictures of it, and does not wait until that is written."""
        if (recorder := self._kept) is not None:
            if look:
                with contextlib.suppress(Exception):  # the run is over: a picture that cannot be had is left out
                    recorder.look_closely(PATIENCE_S)
            recorder.finish()

    def close(self) -> None:
        """After ``finish``: waits until the file is whole; gives up on a full disk, keeping what was committed."""
        if self._recorder is not None and not self.fault:
            try:
                self._recorder.wait(patient=False)
            except BadInput as fault:
                self.fault = str(fault)

    @property
    def written(self) -> bool:
        """After ``finish``: whether all is written."""
        return self._recorder is None or self._recorder.written


def shown_at(file: Path, steps: int | None) -> Branch:
    """The run of a file at the moment that is shown under a step; None: as far as it was recorded.

    That is the step, or where one was pinned in the middle of the next, that very place: what is seen is what is gone
    on with. What had diverged there, or came there on a device that is not here, is gone on with from the step.

    Raises:
        BadInput: The file is not a run, is damaged, or does not reach so far.
    """
    found = branched(file, steps)
    place = None if steps is None else _filmed_at(file, steps)
    if place is None or moved(found.trainer.spec.device):
        return found
    trainer, whole = found.trainer, found.trainer.position
    reader = RunReader(file)
    try:
        replay = Replay(trainer, reader.log()[len(trainer.log):])
    finally:
        reader.close()
    while replay.position < place.updates and trainer.game.steps == steps:
        replay.update()
    replay.settle()
    repeated = trainer.flush()
    if trainer.position != place or trainer.divergence is not None:
        return branched(file, steps)
    since = Position(discriminator_updates=place.discriminator_updates - whole.discriminator_updates,
                     generator_updates=place.generator_updates - whole.generator_updates)
    return dataclasses.replace(
        found, past=[*found.past, *repeated], beyond=rows_from(found.beyond, since))


def _filmed_at(file: Path, steps: int) -> Position | None:
    """Where in the middle of a step the pictures shown under it were taken; None where they are of the step."""
    try:
        past = Past(file)
        past.refresh()
        position, _ = past.views(steps)
    except BadInput:  # the pictures are damaged, the run may not be
        return None
    return position if position.steps == steps and position.place else None
