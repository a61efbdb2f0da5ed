"""The terms of each player over its last updates: one batch says little, the mean of fifty does."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.views import ScalarBatch

UPDATES = 50


class RecentTerms:
    """Keeps the last values of every term."""

    def __init__(self) -> None:
        self._last: dict[str, dict[str, NDArray[np.float64]]] = {}  # player -> term -> (up to UPDATES,)

    def add(self, batches: Iterable[ScalarBatch]) -> None:
        """Notes terms that were flushed, in the order of the updates."""
        for batch in batches:
            values = batch.values.numpy()[-UPDATES:].astype(np.float64)
            terms = self._last.setdefault(batch.player, {})
            for column, name in enumerate(batch.names):
                before = terms.get(name, np.zeros(0))
                terms[name] = np.concatenate([before, values[:, column]])[-UPDATES:]

    def mean(self, player: str, term: str) -> float | None:
        """The mean of a term over its last values; None before any."""
        values = self._last.get(player, {}).get(term)
        return None if values is None or not len(values) else float(values.mean())

    def names(self) -> list[str]:
        """Every term so far, as ``player/term``."""
        return [f"{player}/{term}" for player, terms in self._last.items() for term in terms]
