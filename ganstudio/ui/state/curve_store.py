"""Curves as they grow: every update is kept, and a plot is given as many points as it has pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.views import ScalarBatch

Floats = NDArray[np.float64]
GAP = 5  # times the distances around it, and more than GAP_STEPS: a distance between two points that is not drawn
GAP_STEPS = 1.5
BESIDE = 2  # distances on each side that a gap is compared with


class Series:
    """One term over the updates of its player."""

    def __init__(self) -> None:
        self._x = np.empty(1024)
        self._y = np.empty(1024)
        self.count = 0
        self._gaps: list[int] = []  # indices of the points after a gap
        self._looked = 1  # points before which no further gap can be found

    def append(self, x: Floats, y: Floats) -> None:
        """Adds points in the order of x."""
        end = self.count + len(x)
        while end > len(self._x):
            self._x, self._y = (np.concatenate([a, np.empty_like(a)]) for a in (self._x, self._y))
        self._x[self.count : end] = x
        self._y[self.count : end] = y
        self.count = end
        self._find_gaps()

    def _find_gaps(self) -> None:
        """Finds where nothing was measured for long: a player that was frozen, or a panel that was hidden.

        The distances before and after tell a gap from a change of speed.
        """
        first, last = max(self._looked - BESIDE, 1), self.count  # distance i lies between the points i - 1 and i
        if last - first < 3:
            return
        distances = np.diff(self._x[first - 1 : last])
        padded = np.pad(distances, BESIDE, constant_values=0.0)
        n = len(distances)
        around = np.max([padded[BESIDE + shift : BESIDE + shift + n] for shift in (-2, -1, 1, 2)], axis=0)
        wide = (distances > GAP * around) & (distances > GAP_STEPS)
        wide[0] &= first > 1
        wide[-1] = False  # what comes after it is not known yet
        self._gaps += [first + int(i) for i in np.flatnonzero(wide) if first + i >= self._looked]
        self._looked = last - 1

    @property
    def x(self) -> Floats:
        """Steps."""
        return self._x[: self.count]

    @property
    def y(self) -> Floats:
        """Values."""
        return self._y[: self.count]

    def at(self, x: float) -> float | None:
        """The value of the last update at or before x; None before the first."""
        index = int(np.searchsorted(self.x, x, side="right")) - 1
        return float(self._y[index]) if index >= 0 else None

    def drawn(self, low: float, high: float, pixels: int, smoothing: int) -> tuple[Floats, Floats]:
        """The points that a plot shows between two steps: as few as it can show, and NaN in each gap.

        Args:
            low: First step shown.
            high: Last step shown.
            pixels: Width of the plot.
            smoothing: Updates in the trailing mean of what is finite; 1 shows the values, their extremes kept.
        """
        x, y = self._reduced(low, high, pixels, smoothing)
        if not self._gaps or not len(x):
            return x, y
        before = self._x[np.array(self._gaps) - 1]  # the last point before each gap
        after = self._x[self._gaps]
        seen = (before >= x[0]) & (after <= x[-1])
        at = np.searchsorted(x, before[seen], side="right")
        return np.insert(x, at, before[seen]), np.insert(y, at, np.nan)

    def _reduced(self, low: float, high: float, pixels: int, smoothing: int) -> tuple[Floats, Floats]:
        first = max(int(np.searchsorted(self.x, low)) - 1, 0)
        last = min(int(np.searchsorted(self.x, high, side="right")) + 1, self.count)
        n = last - first
        if n <= 0:
            return np.zeros(0), np.zeros(0)
        if smoothing > 1:
            index = np.unique(np.linspace(first, last - 1, min(n, pixels)).astype(int))
            return self._x[index], self._trailing_mean(index, smoothing)
        if n <= 2 * pixels:
            return self._x[first:last], self._y[first:last]
        width = n // pixels + 1
        whole = n // width * width
        blocks = self._y[last - whole : last].reshape(-1, width)
        low_y, high_y = blocks.min(axis=1), blocks.max(axis=1)
        x = self._x[last - whole : last].reshape(-1, width)[:, 0]
        if whole < n:  # what is left over at the front: a run's first updates are often its wildest
            head = self._y[first : last - whole]
            x = np.concatenate([self._x[first : first + 1], x])
            low_y = np.concatenate([[head.min()], low_y])
            high_y = np.concatenate([[head.max()], high_y])
        return np.repeat(x, 2), np.stack([low_y, high_y], axis=1).ravel()

    def _trailing_mean(self, index: NDArray[np.intp], width: int) -> Floats:
        """Means over the ``width`` updates that end at each index, NaN if none of them is finite.

        Each pixel has a sum of its own: a running sum would carry one wild value through the rest of the run.
        """
        at = index[:, None] - np.arange(width)
        values = self._y[np.maximum(at, 0)]
        counted = (at >= 0) & np.isfinite(values)
        number = counted.sum(axis=1)
        total = np.where(counted, values, 0.0).sum(axis=1)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)


class CurveStore:
    """All series of a run, by term."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self.player_of: dict[str, str] = {}

    def add(self, batch: ScalarBatch) -> None:
        """Takes a batch."""
        at = batch.at.doubles()
        values = batch.values.doubles()
        for column, name in enumerate(batch.names):
            self.series.setdefault(name, Series()).append(at, values[:, column])
            self.player_of[name] = batch.player
