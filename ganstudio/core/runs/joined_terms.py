"""Terms of many updates in few batches."""

from __future__ import annotations

import numpy as np

from ganstudio.core.protocol.views import Array, ScalarBatch

MOST_CELLS = 1 << 22  # of a joined batch: a view on it must stay below what arrays may hold


def merge_batches(batches: list[ScalarBatch]) -> list[ScalarBatch]:
    """Joins batches to fewer ones; each player's terms stay in their order."""
    runs: dict[str, list[list[ScalarBatch]]] = {}
    cells: dict[str, int] = {}  # of the last part of each player
    for batch in batches:
        parts = runs.setdefault(batch.player, [])
        more = batch.at.shape[0] * max(len(batch.names), 1)
        if not parts or parts[-1][-1].names != batch.names or cells[batch.player] + more > MOST_CELLS:
            parts.append([])
            cells[batch.player] = 0
        parts[-1].append(batch)
        cells[batch.player] += more
    return [_one(part) for parts in runs.values() for part in parts]


def _one(batches: list[ScalarBatch]) -> ScalarBatch:
    if len(batches) == 1:
        return batches[0]
    return ScalarBatch(
        player=batches[0].player, names=batches[0].names,
        at=Array.of(np.concatenate([batch.at.doubles() for batch in batches])),
        values=Array.of(np.concatenate([batch.values.numpy() for batch in batches])),
    )
