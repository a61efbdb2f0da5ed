"""A new run from a recorded moment of another: it holds all that came before, so that it can be repeated by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ganstudio.core.run_file import RunReader
from ganstudio.core.spec import Parent, Plan
from ganstudio.core.views import ScalarBatch
from ganstudio.training.checkpoint import rebuilt, rows_to
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer


@dataclass(frozen=True)
class Branch:
    """A run at the moment at which it leaves its parent."""

    trainer: Trainer
    past: list[ScalarBatch]  # the terms up to there
    plan: Plan  # of the parent

    def recorder(self, path: Path, plan: Plan, parent: Parent) -> Recorder:
        """Makes the new file and goes on recording; BadInput where it cannot be made."""
        recorder = Recorder(path, self.trainer, plan=plan, parent=parent)
        recorder.note(self.past)
        return recorder

    def keep(self, path: Path, plan: Plan, parent: Parent) -> None:
        """Makes the new file, and leaves it there."""
        self.recorder(path, plan, parent).close()


def branched(parent: Path, at: int | None) -> Branch:
    """The run of a file once so many steps were done; None: as far as it was recorded.

    Raises:
        BadInput: The file is not a run, is damaged, or does not reach so far.
    """
    run = rebuilt(parent, at)
    reader = RunReader(parent)
    try:
        past, plan = reader.scalars(), reader.plan()
    finally:
        reader.close()
    return Branch(run.trainer, rows_to([*past, *run.batches], run.trainer.position), plan)
