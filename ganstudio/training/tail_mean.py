"""The mean of a value over the last quarter of a run, however long the run will be."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

MOST = 4096  # sums kept: when there are this many, every second one is dropped, and later ones come half as often
TAIL = 0.25


class TailMean:
    """Running sums of a small tensor, thinned so that memory stays bounded."""

    def __init__(self) -> None:
        self._sums: list[Tensor] = []  # sum of all values up to and including each mark
        self._total: Tensor | None = None
        self._count = 0
        self._every = 1  # updates between two marks

    def add(self, value: Tensor) -> None:
        """Adds the next value, float64, on any device."""
        value = value.detach().cpu()
        self._total = value if self._total is None else self._total + value
        self._count += 1
        if self._count % self._every == 0:
            self._sums.append(self._total)
            if len(self._sums) == MOST:
                self._sums = self._sums[1::2]
                self._every *= 2

    def mean(self) -> Tensor | None:
        """The mean over the last quarter, to within one part in a thousand of the run; None before any value."""
        if self._total is None:
            return None
        marks = int(self._count * (1 - TAIL)) // self._every
        if marks == 0:
            return self._total / self._count
        return (self._total - self._sums[marks - 1]) / (self._count - marks * self._every)

    def state(self) -> dict[str, Tensor]:
        """Everything noted."""
        if self._total is None:
            return {"counts": torch.tensor([0, 1])}
        sums = torch.stack(self._sums) if self._sums else torch.zeros((0, *self._total.shape), dtype=torch.float64)
        return {"counts": torch.tensor([self._count, self._every]), "total": self._total, "sums": sums}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Restores what ``state`` returned."""
        self._count, self._every = (int(n) for n in state["counts"])
        self._total = state.get("total")
        self._sums = list(state["sums"]) if self._total is not None else []
