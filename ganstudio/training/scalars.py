"""The terms of every update, kept as tensors until many can be read at once: reading one stops the pipeline."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ganstudio.core.protocol.views import Array, Divergence, ScalarBatch
from ganstudio.core.variant import Terms

AT_ONCE = 4096  # batches that are joined to one


class ScalarBuffer:
    """Collects terms; ``flush`` reads them."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, tuple[str, ...]], tuple[list[float], list[Tensor]]] = {}
        self.count = 0

    def add(self, player: str, terms: Terms, at: float) -> None:
        """Notes the terms of one update."""
        key = (player, tuple(terms))
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = ([], [])
        rows[0].append(at)
        rows[1].extend(term.detach() for term in terms.values())
        self.count += 1

    def flush(self) -> tuple[list[ScalarBatch], Divergence | None]:
        """Everything noted since the last flush, and the first value of it that is not finite."""
        batches: list[ScalarBatch] = []
        for (player, names), (at, terms) in self._rows.items():
            values = torch.stack(terms).cpu().numpy().astype(np.float32).reshape(-1, len(names))
            batches.append(
                ScalarBatch(player=player, names=list(names), at=Array.of(np.array(at)), values=Array.of(values))
            )
        self._rows.clear()
        self.count = 0
        return batches, first_bad(batches)


def first_bad(batches: list[ScalarBatch]) -> Divergence | None:
    """The first of all terms that is not finite."""
    first: Divergence | None = None
    for batch in batches:
        values = batch.values.numpy()
        if np.isfinite(values).all():
            continue
        row, column = np.argwhere(~np.isfinite(values))[0]
        at, value = float(batch.at.doubles()[row]), float(values[row, column])
        if first is None or at < first.at:
            shown = "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
            first = Divergence(term=batch.names[column], at=at, value=shown)
    return first


def merge_batches(batches: list[ScalarBatch]) -> list[ScalarBatch]:
    """The same terms in few batches, each player's in their order."""
    rows: dict[tuple[str, tuple[str, ...]], list[ScalarBatch]] = {}
    for batch in batches:
        rows.setdefault((batch.player, tuple(batch.names)), []).append(batch)
    return [_one(some[at : at + AT_ONCE]) for some in rows.values() for at in range(0, len(some), AT_ONCE)]


def _one(batches: list[ScalarBatch]) -> ScalarBatch:
    if len(batches) == 1:
        return batches[0]
    return ScalarBatch(
        player=batches[0].player, names=batches[0].names,
        at=Array.of(np.concatenate([batch.at.doubles() for batch in batches])),
        values=Array.of(np.concatenate([batch.values.numpy() for batch in batches])),
    )
