"""What is known of images that are grids of tiles: which tiles there are, and how probable each grid is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ganstudio.core.examples import Bytes

Grids = NDArray[np.int64]


@runtime_checkable
class KnowsTiles(Protocol):
    """A data set whose images are grids of tiles drawn by a grammar."""

    tiles: int  # kinds of tiles
    grid: int  # cells along a side

    def fresh_grids(self, n: int, seed: int) -> tuple[Grids, Bytes]:
        """Draws grids ``(n, grid, grid)`` of numbers of tiles, and their images ``(n, c, h, h)``."""
        ...

    def read_tiles(self, images: NDArray[Any]) -> Grids:
        """The nearest tile of each cell, ``(n, grid, grid)``, of images ``(n, c, h, h)`` from -1 to 1."""
        ...

    def bits_of(self, grids: Grids) -> NDArray[np.float64]:
        """-log2 p of each cell of grids given the cells before it in raster order, the same shape."""
        ...

    def entropy(self) -> float:
        """The exact entropy of a grid, bits."""
        ...
