"""Branches: a new run that goes on from a recorded moment of another, with all that is needed to repeat it alone."""

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
    past: list[ScalarBatch]  # the terms up to that moment
    beyond: list[ScalarBatch]  # the terms of the parent, or of the parent's own parent, after that moment
    plan: Plan  # of the parent
    file: Path  # of the parent

    def recorder(self, path: Path, plan: Plan, parent: Parent) -> Recorder:
        """Makes the new file and returns what records it; BadInput if it cannot be made."""
        return Recorder(path, self.trainer, plan=plan, parent=parent, parent_file=self.file, past=self.past)

    def keep(self, path: Path, plan: Plan, parent: Parent) -> None:
        """Makes the new file and closes it."""
        self.recorder(path, plan, parent).close()


def branch_run(parent: Path, at: int | None) -> Branch:
    """Rebuilds the run of a file at a step, as the beginning of a branch.

    Args:
        parent: The run file.
        at: How many steps were done; None: all that were recorded.

    Raises:
        BadInput: The file is not a run, is damaged, or does not reach so far.
    """
    run = rebuild(parent, at)
    run.need_data()
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
    """The parent run's terms after the branch point; empty if the parent file is not in the same folder."""
    name = Path(parent.file).name  # without the folder that it was in then
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
    """Reads the measurements that a file holds; none if they cannot be read."""
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
