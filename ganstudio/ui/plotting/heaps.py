"""Heaps of points: many on one spot look like a single one, so that a ring and their share are drawn around them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from ganstudio.core.design import Pen
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Scatter

Floats = NDArray[np.float32] | NDArray[np.float64]
CELL = 0.04  # of the data's range: points within a cell of this size, and half a cell around it, are on one spot
SHARE = 0.2  # of the generated points, that make a heap
EXCESS = 2.0  # times the share of real points there
RING = 26  # pixels across
MOST = 4
ABOVE = 1.7  # of the text's height: so far above the middle of its ring a share ends


def find_heaps(points: Floats, real: Floats, width: float) -> list[tuple[float, float, float]]:
    """Where many more generated points lie on one spot than real ones do.

    Args:
        points: Generated points ``(n, 2)``, finite.
        real: Real points ``(m, 2)``.
        width: Of the data's range, in the same units.

    Returns:
        Place and share of each heap, the largest first; ``MOST`` at most.
    """
    if not len(points) or width <= 0:
        return []
    points, real = points.astype(np.float64), real.astype(np.float64)  # float32 overflows where a run diverges
    side = CELL * width
    left = np.ones(len(points), dtype=bool)
    found: list[tuple[float, float, float]] = []
    while len(found) < MOST and left.sum() >= SHARE * len(points):
        cells = np.floor(points[left] / side).view(np.complex128)[:, 0]  # as one number each: sorted far sooner
        _, each, counts = np.unique(cells, return_inverse=True, return_counts=True)
        middle = points[left][each == counts.argmax()].mean(axis=0)
        here = left & (np.abs(points - middle) <= side).all(axis=1)
        share = float(here.mean())
        if share < SHARE:
            break
        left &= ~here
        usual = float((np.abs(real - middle) <= side).all(axis=1).mean()) if len(real) else 0.0
        if share > EXCESS * usual:
            x, y = points[here].mean(axis=0)
            found.append((float(x), float(y), share))
    return found


class Heaps:
    """A ring and a share in percent at each heap."""

    def __init__(self, plot: Plot, *, above: float = 0) -> None:
        self._rings = Scatter(plot, above=above)
        self._labels: list[Any] = [pg.TextItem(anchor=(0.5, ABOVE)) for _ in range(MOST)]
        for label in self._labels:
            label.setZValue(above)
            label.hide()
            plot.add(label)

    def set_style(self, colour: str, font: Any, ground: str) -> None:
        """Takes the colour of rings and text, the text's font, and the colour behind it: it lies on points."""
        self._rings.set_style(colour, RING, filled=False, width=Pen.HEAVY)
        for label in self._labels:
            label.setColor(colour)
            label.fill = pg.mkBrush(ground)
            label.setFont(font)

    def show(self, heaps: list[tuple[float, float, float]]) -> None:
        """Draws heaps as ``find_heaps`` gives them."""
        self._rings.show(np.array([heap[:2] for heap in heaps], dtype=np.float64).reshape(-1, 2))
        for label, heap in zip(self._labels, [*heaps, *[None] * (MOST - len(heaps))], strict=True):
            label.setVisible(heap is not None)
            if heap is not None:
                x, y, share = heap
                label.setText(f"{share:.0%}")
                label.setPos(x, y)

    def visible(self, on: bool) -> None:
        """Shows or hides all."""
        self._rings.visible(on)
        for label in self._labels:
            label.setOpacity(1.0 if on else 0.0)
