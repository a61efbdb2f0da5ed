"""Which of the fixed latents the panels on images go between: chosen in Samples, used in Interpolation."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

LETTERS = "ABCD"
FEWEST, MOST = 2, len(LETTERS)
LATENTS = 64  # latents to choose from


class LatentAnchors(QObject):
    """Two to four latents, by their place among the samples; A is the first."""

    anchors_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.anchors: list[int] = [0, 1, 2, 3]
        self.averaged = True  # whether the running mean of G's weights is what is looked at
        self._by_age: list[int] = [0, 1, 2, 3]
        self._rng = np.random.default_rng(0)

    @property
    def letters(self) -> dict[int, str]:
        """The letter of each anchor, by its place."""
        return dict(zip(self.anchors, LETTERS, strict=False))

    def toggle(self, index: int) -> bool:
        """Makes a latent an anchor, or takes it away again. A fifth takes the letter of the one chosen longest ago.

        Returns:
            Whether anything changed: of two anchors none is taken away.
        """
        if index in self.anchors:
            if len(self.anchors) == FEWEST:
                return False
            self.anchors.remove(index)
            self._by_age.remove(index)
        else:
            if len(self.anchors) < MOST:
                self.anchors.append(index)
            else:
                self.anchors[self.anchors.index(self._by_age.pop(0))] = index
            self._by_age.append(index)
        self.anchors_changed.emit()
        return True

    def resize(self, count: int) -> None:
        """Takes the last ones away, or adds the first latents that are none yet, until there are that many."""
        count = min(max(count, FEWEST), MOST)
        if count == len(self.anchors):
            return
        free = [index for index in range(LATENTS) if index not in self.anchors]
        self._choose([*self.anchors, *free][:count])

    def shuffle(self) -> None:
        """Chooses other latents, as many as there are anchors."""
        others = [index for index in range(LATENTS) if index not in self.anchors]
        self._choose([int(index) for index in self._rng.choice(others, len(self.anchors), replace=False)])

    def use_average(self, on: bool) -> None:
        """Looks at the running mean of G's weights, or at the weights as they are."""
        if on != self.averaged:
            self.averaged = on
            self.anchors_changed.emit()

    def _choose(self, anchors: list[int]) -> None:
        self.anchors, self._by_age = anchors, list(anchors)
        self.anchors_changed.emit()
