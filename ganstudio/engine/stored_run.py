"""Goes on with a run from its file: rebuilds it as the window shows it, and sends its past to the window."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ganstudio.core.protocol.messages import Applied, Diverged, Event, Scalars
from ganstudio.core.protocol.spec import Change, Position
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.joined_terms import merge_batches
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.training.branching import Branch, branch_run, read_measurements
from ganstudio.training.checkpoint import Replay, terms_after
from ganstudio.training.resolve_spec import device_missing


def past_events(run: int, branch: Branch) -> Iterator[Event]:
    """The past of a run that goes on as ``run``: its curves, what the user changed, its numbers."""
    for batches, further in ((merge_batches(branch.past), False), (merge_batches(branch.beyond), True)):
        for batch in batches:
            yield Scalars(run=run, batches=[batch], beyond=further)
    trainer = branch.trainer
    for entry in trainer.log:
        if isinstance(change := entry.command, Change):
            yield Applied(run=run, id=0, name=change.name, value=change.value, position=entry.position)
    for measured in read_measurements(branch.file):
        if measured.steps <= trainer.game.steps:
            yield msgspec.structs.replace(measured, run=run)
    if trainer.divergence is not None:
        yield Diverged(run=run, what=trainer.divergence, good_settings=trainer.safe_settings())


def rebuild_as_shown(file: Path, steps: int | None) -> Branch:
    """Rebuilds the run of a file at the moment that the window shows for a step.

    That is the step itself, or, if the user pinned a moment in the middle of the next step, that moment: the run
    goes on with what the user sees. If the run had diverged at that moment, or was computed on a device that this
    machine does not have, it goes on from the step.

    Args:
        file: A run file, which is only read.
        steps: How many steps were done; None: all that were recorded.

    Raises:
        BadInput: The file is not a run, is damaged, or does not reach so far.
    """
    found = branch_run(file, steps)
    place = None if steps is None else _filmed_within(file, steps)
    if place is None or device_missing(found.trainer.spec.device):
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
        return branch_run(file, steps)
    since = Position(by_player={name: count - whole.of(name) for name, count in place.by_player.items()})
    return dataclasses.replace(
        found, past=[*found.past, *repeated], beyond=terms_after(found.beyond, since))


def _filmed_within(file: Path, steps: int) -> Position | None:
    """The moment in the middle of a step at which its views were recorded; None if they are of the step itself."""
    try:
        past = Past(file)
        past.refresh()
        position, _ = past.views(steps)
    except BadInput:  # the pictures are damaged, the run may not be
        return None
    return position if position.steps == steps and position.place else None
