"""The terms of every update, kept as tensors until many are read at once: each read waits for the device."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ganstudio.core.protocol.views import Array, Divergence, ScalarBatch
from ganstudio.core.variant import Terms


class _Rows(NamedTuple):
    """Updates of one player, one after the other, whose terms have the same names."""

    names: tuple[str, ...]
    rows: list[tuple[float, list[Tensor]]]  # of each update its place and its terms


class ScalarBuffer:
    """Collects terms; ``flush`` reads them. If the names of a player's terms change, a new batch begins.

    So a player's rows are in the order of its updates, also if some of its terms come in some updates only.
    """

    def __init__(self) -> None:
        self._rows: dict[str, list[_Rows]] = {}
        self.count = 0

    def add(self, player: str, terms: Terms, at: float) -> None:
        """Notes the terms of one update."""
        names, parts = tuple(terms), self._rows.setdefault(player, [])
        row = (at, [term.detach() for term in terms.values()])
        if parts and parts[-1].names == names:
            parts[-1].rows.append(row)  # whole or not at all: an error in between must not leave half of it
        else:
            parts.append(_Rows(names, [row]))
        self.count += 1

    def flush(self) -> tuple[list[ScalarBatch], Divergence | None]:
        """Returns everything noted since the last flush, and the first value that is not finite."""
        batches: list[ScalarBatch] = []
        for player, parts in self._rows.items():
            for names, rows in parts:
                at, terms = [at for at, _ in rows], [term for _, row in rows for term in row]
                values = torch.stack(terms).cpu().numpy().astype(np.float32).reshape(-1, len(names))
                batches.append(
                    ScalarBatch(player=player, names=list(names), at=Array.of(np.array(at)), values=Array.of(values))
                )
        self._rows.clear()
        self.count = 0
        return batches, first_bad(batches)


def first_bad(batches: list[ScalarBatch]) -> Divergence | None:
    """The first non-finite value of all terms."""
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
