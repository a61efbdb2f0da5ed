"""Curves of a run as a table: a row for each update of a player, a column for each of both players' terms."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.spec import in_order
from ganstudio.core.protocol.views import ScalarBatch
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import report

MOST_TERMS = 256  # of a run; a variant has a handful
ROWS_AT_ONCE = 20_000
LAST_STEP = 1e12


class Curve(msgspec.Struct, frozen=True):
    """One term of one player, over the updates that had it."""

    player: str
    name: str
    at: NDArray[np.float64]  # (n,), steps, as in core.views.ScalarBatch
    values: NDArray[np.float32]  # (n,); NaN and infinities are what the run came to

    @property
    def title(self) -> str:
        """Player and term; the player comes first, so that no spreadsheet takes a term for a formula."""
        return f"{self.player}.{self.name}"


def read_batches(path: Path) -> list[ScalarBatch]:
    """The terms of every update of a run file.

    Raises:
        BadInput: It is no run file, it is damaged, or it has no terms yet.
    """
    reader = RunReader(path)
    try:
        batches = reader.scalars()
    finally:
        reader.close()
    for batch in batches:
        _check(path, batch)
    if not any(batch.at.shape[0] for batch in batches):
        raise BadInput(f"run file {path} has no terms yet: train it for longer")
    terms = {(batch.player, name) for batch in batches for name in batch.names}
    if len(terms) > MOST_TERMS:
        raise BadInput(f"run file {path} holds {len(terms)} different terms: at most {MOST_TERMS} are read")
    return batches


def _check(path: Path, batch: ScalarBatch) -> None:
    """What a table and an axis need over what the reader has checked."""
    at = batch.at.doubles()
    if not ((at >= 0) & (at <= LAST_STEP)).all() or len(set(batch.names)) != len(batch.names):
        raise BadInput(f"run file {path} has a damaged scalar: a term is there twice, or at no step")


def curves(batches: Sequence[ScalarBatch]) -> list[Curve]:
    """Each term as a curve: the discriminator's first, in the order in which they came up."""
    parts: dict[tuple[str, str], list[tuple[NDArray[np.float64], NDArray[np.float32]]]] = {}
    players = in_order(batch.player for batch in batches)
    for batch in sorted(batches, key=lambda batch: players.index(batch.player)):
        at, values = batch.at.doubles(), batch.values.numpy()
        for column, name in enumerate(batch.names):
            parts.setdefault((batch.player, name), []).append((at, values[:, column]))
    return [
        Curve(player, name, np.concatenate([at for at, _ in pieces]), np.concatenate([values for _, values in pieces]))
        for (player, name), pieces in parts.items()
    ]


class NotFinite(msgspec.Struct, frozen=True, kw_only=True):
    """The first value of a term that is not finite."""

    at: float  # steps
    player: str
    name: str
    value: float  # NaN, inf or -inf


def first_not_finite(found: Sequence[Curve]) -> NotFinite | None:
    """The earliest value that is not finite, of the first curve that has one; None if all are finite."""
    firsts = []
    for curve in found:
        lost = ~np.isfinite(curve.values)
        if lost.any():
            firsts.append(NotFinite(at=float(curve.at[lost][0]), player=curve.player, name=curve.name,
                                    value=float(curve.values[lost][0])))
    return min(firsts, key=lambda one: one.at, default=None)


def write_curves(batches: Sequence[ScalarBatch], out: Path) -> int:
    """Writes the table; returns its rows.

    Its columns are ``step`` (steps; the j-th of the k updates of both players in a step is at j / k of it),
    ``player`` (whose update it was) and ``player.term`` for each term. A cell is empty if the update was not that
    player's or had no such term. Numbers have as many digits as bring back the same float32; what was not finite reads
    nan, inf or -inf.

    Raises:
        BadInput: The file cannot be written.
    """
    at = np.concatenate([batch.at.doubles() for batch in batches])
    players = in_order(batch.player for batch in batches)
    player = np.concatenate([np.full(batch.at.shape[0], players.index(batch.player), np.uint8) for batch in batches])
    names = list(dict.fromkeys((batch.player, name) for chosen in players for batch in batches
                               if batch.player == chosen for name in batch.names))
    columns = {key: (np.zeros(len(at), np.float32), np.zeros(len(at), bool)) for key in names}
    start = 0
    for batch in batches:
        rows = slice(start, start + batch.at.shape[0])
        for column, name in enumerate(batch.names):
            values, there = columns[batch.player, name]
            values[rows], there[rows] = batch.values.numpy()[:, column], True
        start = rows.stop
    order = np.lexsort((player, at))  # of equals the discriminator's first; updates of one player keep their order
    with atomic_write(out) as (fresh,), fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "player", *(f"{owner}.{name}" for owner, name in names)])
        for done in range(0, len(order), ROWS_AT_ONCE):
            report("writing rows", done, len(order))
            chosen = order[done : done + ROWS_AT_ONCE]
            cells = [_cells(values[chosen], there[chosen]) for values, there in columns.values()]
            whose = [players[one] for one in player[chosen].tolist()]
            writer.writerows(zip(at[chosen].astype(str), whose, *cells, strict=True))
    return len(order)


def _cells(values: NDArray[np.float32], there: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Numbers as text, empty if there is none."""
    cells: NDArray[np.str_] = np.where(there, values.astype(str), "")
    return cells
