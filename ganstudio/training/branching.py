"""A new run from a recorded moment of another: it holds all that came before, so that it can be repeated by itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Parent, Plan
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.training.checkpoint import rebuild, terms_after, terms_before
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer


@dataclass(frozen=True)
class Branch:
    """A run at the moment at which it leaves its parent."""

    trainer: Trainer
    past: list[ScalarBatch]  # the terms up to there
    beyond: list[ScalarBatch]  # how the run went on that is left here, or that it had left before
    plan: Plan  # of the parent
    file: Path  # of the parent

    def recorder(self, path: Path, plan: Plan, parent: Parent) -> Recorder:
        """Makes the new file and goes on recording; BadInput where it cannot be made."""
        recorder = Recorder(path, self.trainer, plan=plan, parent=parent, parent_file=self.file)
        recorder.note(self.past)
        return recorder

    def keep(self, path: Path, plan: Plan, parent: Parent) -> None:
        """Makes the new file, and leaves it there."""
        self.recorder(path, plan, parent).close()


def branch_run(parent: Path, at: int | None) -> Branch:
    """The run of a file once so many steps were done; None: as far as it was recorded.

    Raises:
        BadInput: The file is not a run, is damaged, or does not reach so far.
    """
    run = rebuild(parent, at)
    reader = RunReader(parent)
    try:
        plan, grandparent = reader.plan(), reader.parent()
    finally:
        reader.close()
    past = terms_before([*run.stored, *run.batches], run.trainer.position)
    beyond = terms_after(run.stored, run.trainer.position)
    if not beyond and grandparent is not None:
        beyond = _left(parent, grandparent, run.trainer.game.variant.cast)
    return Branch(run.trainer, past, beyond, plan, parent)


def _left(file: Path, parent: Parent, players: Collection[str]) -> list[ScalarBatch]:
    """How the run went on that a file's run left; nothing where that one's file is not beside it any more."""
    name = Path(parent.file).name  # whatever folder it speaks of
    if not name:
        return []
    try:
        reader = RunReader(file.with_name(name))
    except BadInput:
        return []
    try:
        return terms_after(reader.scalars_of(players), parent.position)
    except BadInput:
        return []
    finally:
        reader.close()


def read_measurements(path: Path) -> list[MeasuredNow]:
    """The generator's numbers that a file holds; none where they cannot be read."""
    try:
        reader = RunReader(path)
    except BadInput:
        return []
    try:
        return reader.measured()
    except BadInput:
        return []
    finally:
        reader.close()
