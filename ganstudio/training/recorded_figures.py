"""Holds the figures of a run file against each other: each could be any number, and repeating a run goes by them."""

from __future__ import annotations

from pathlib import Path

from ganstudio.core.protocol.spec import LogEntry, Position
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.training.game import Game
from ganstudio.training.game_state import game_state

UNNOTED = 10_000  # updates whose terms may be missing: those of the last half second, each time that a run broke off
AT_LEAST, TIMES = 64 << 20, 16  # bytes of any checkpoint; and how much larger optimisers may make it than a new game's


def check_figures(
    path: Path, batches: list[ScalarBatch], log: list[LogEntry], moments: list[tuple[int, Position]],
) -> None:
    """Compares the positions of checkpoints and commands with how many updates have terms.

    Raises:
        BadInput: One of them lies where the run has never been.
    """
    noted = sum(batch.at.shape[0] for batch in batches)
    counts = [position.updates for _, position in moments]
    most = noted + min(counts, default=0) + UNNOTED  # a branch that was cut off may have no terms before its first
    for count in counts:
        if count > most:
            raise BadInput(f"run file {path} has a damaged checkpoint: it is kept under update {count:,}, and the file "
                           f"has the terms of {noted:,} updates")
    most = max([noted, *counts]) + UNNOTED
    for entry in log:
        if (count := entry.position.updates) > most:
            raise BadInput(f"run file {path} has a damaged log: a command is noted at update {count:,}, and the file "
                           f"has the terms of {noted:,} updates")


def check_counters(path: Path, reader: RunReader, moments: list[tuple[int, Position]]) -> None:
    """Compares the positions under which checkpoints are kept with what they have counted themselves.

    Raises:
        BadInput: One is kept under another position.
    """
    for id_, position in moments:
        found = reader.counted(id_)
        if found is not None and found != (position.steps, position.updates):
            raise _misplaced(path, position, *found)


def check_position(path: Path, position: Position, game: Game) -> None:
    """The same for a checkpoint that was loaded."""
    if (game.steps, game.updates) != (position.steps, position.updates):
        raise _misplaced(path, position, game.steps, game.updates)


def _misplaced(path: Path, position: Position, steps: int, updates: int) -> BadInput:
    return BadInput(f"run file {path} has a damaged checkpoint: it is kept under step {position.steps:,} and update "
                    f"{position.updates:,}, and it is of step {steps:,} and update {updates:,}")


def most_bytes(game: Game) -> int:
    """How large a checkpoint of a game can become."""
    return AT_LEAST + TIMES * sum(tensor.numel() * tensor.element_size() for tensor in game_state(game).values())
