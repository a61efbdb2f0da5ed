"""Codes of a codebook: their colours on screen, what draws them, and what is known of images that are tiles."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ganstudio.core.examples import Bytes
    from ganstudio.core.turn import Phase
    from ganstudio.core.variant import Variant

Grids = NDArray[np.int64]
DrawnBy = Literal["prior", "frequency"]
"""What draws the codes of generated images: a prior, or each code's frequency alone."""
PRIOR = "T"  # the module that knows which code follows which
GOLDEN = 0.618_033_988_75  # of a turn of hues, from one code to the next
SHADES = ((0.75, 0.95), (0.55, 0.7), (0.9, 0.6))  # saturation and value, by turns


@runtime_checkable
class KnowsTiles(Protocol):
    """A data set whose images are grids of tiles drawn by a grammar."""

    grid: int  # cells along a side

    @property
    def tiles(self) -> int:
        """Kinds of tiles."""
        ...

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


def drawn_by(variant: Variant[Any], phase: Phase) -> DrawnBy:
    """What draws the codes of generated images in a phase: the prior, once it has begun to learn."""
    return "prior" if any(PRIOR in team for team in variant.players(phase).values()) else "frequency"


def code_colours(count: int) -> Bytes:
    """A colour for each code, ``(count, 3)``: neighbours in number are far apart in hue."""
    return np.array([
        [round(255 * part) for part in colorsys.hsv_to_rgb(GOLDEN * code % 1, *SHADES[code % len(SHADES)])]
        for code in range(count)], np.uint8).reshape(count, 3)
