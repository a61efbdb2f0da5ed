"""The run of a file at a given moment, for commands that look at one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.commands import arguments

if TYPE_CHECKING:
    from ganstudio.training.trainer import Trainer

AT = "after this number of steps: any moment of the run (default: its last checkpoint)"


def moment(text: str | None) -> int | None:
    """The word after ``--at``; None if it was not given."""
    return None if text is None else arguments.whole("--at", text, 0, arguments.FURTHEST_STEP)


def trainer_at(path: Path, at: int | None) -> Trainer:
    """The run at its last checkpoint, or rebuilt from the nearest one before a step.

    Raises:
        BadInput: The file is no run, or the moment cannot be had.
    """
    from ganstudio.training.checkpoint import rebuild, restore

    return restore(path) if at is None else rebuild(path, at).trainer
