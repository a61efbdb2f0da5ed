"""Makes the prepared states of a lesson: runs that are trained once and kept in its folder."""

from __future__ import annotations

from pathlib import Path

import torch

from ganstudio.core.lessons.lesson import Lesson, Prepared
from ganstudio.core.protocol.spec import Plan
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of
from ganstudio.core.system.progress import report
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import FLUSH_UPDATES, Trainer


def prepare(lesson: Lesson) -> list[Path]:
    """Trains every state of a lesson, each once, and returns their files; each replaces the one of before.

    Raises:
        BadInput: A state cannot be trained, or cannot be written.
    """
    torch.set_num_threads(1)
    made = []
    for state in lesson.states:
        wanted = {step.start for step in lesson.steps if step.state == state.name} | {state.steps}
        path = lesson.folder / state.file
        try:
            path.parent.mkdir(exist_ok=True)
            part = path.with_name(f".{state.name}.part.ganrun")
            part.unlink(missing_ok=True)
            _record(state, wanted, part)
            part.replace(path)
        except OSError as fault:
            raise BadInput(f"the state {path} cannot be written: {said_of(fault)}") from None
        made.append(path)
    return made


def _record(state: Prepared, wanted: set[int], path: Path) -> None:
    """Trains a state into a new file, with a checkpoint and the pictures of each step that a lesson begins at."""
    trainer = Trainer(state.run.spec())
    recorder = Recorder(path, trainer, plan=Plan(steps=state.steps, changes=state.changes), sparse=True)
    try:
        waiting = list(state.changes)
        while trainer.game.steps < state.steps:
            while waiting and waiting[0].steps <= trainer.game.steps:
                trainer.apply(waiting.pop(0).change)
            if trainer.game.steps in wanted:
                recorder.note(trainer.flush())
                recorder.pin()
            if trainer.game.steps in state.pictures:
                recorder.look_closely()
            trainer.step()
            if trainer.waiting_scalars >= FLUSH_UPDATES:
                recorder.note(trainer.flush())
                report(f"training {state.name}", trainer.game.steps, state.steps)
                if trainer.divergence is not None:
                    raise BadInput(f"the state {state.name} diverges at step {trainer.divergence.at:,.0f}: a lesson "
                                   "can only begin with a run that is finite")
        recorder.note(trainer.flush())
        recorder.pin()
    except BaseException:
        recorder.close(patient=False)
        path.unlink(missing_ok=True)
        raise
    recorder.close()
