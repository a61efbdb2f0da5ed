"""Tiles: images that are grids of six pictures, placed by a grammar whose entropy is known exactly."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Controls, Integer, Slider
from ganstudio.core.dataset import NOTHING
from ganstudio.core.examples import Bytes, Examples
from ganstudio.datasets.parts.drawn_images import SEEDS, DrawnImages
from ganstudio.datasets.parts.images import Pixels
from ganstudio.maths.kept_arrays import Arrays, Promise
from ganstudio.maths.tile_grammar import TileGrammar

GRID = 8  # cells along a side
TILE = 4  # px along a side of a tile as it is drawn here
NOISE = 0.03  # sd of the noise of each pixel, of -1 to 1
CHUNK = 1024  # images drawn at a time
MOST = 6  # kinds of tiles

_PATTERNS = (
    "#.#. #.#. #.#. #.#.", "#### .... #### ....", "##.. ##.. ..## ..##", "#### #..# #..# ####", "#... .#.. ..#. ...#",
    ".##. #### #### .##.")
_COLOURS = (  # of a pattern's points and of what lies between, from -1 to 1: no noise reaches the ends
    ((0.8, 0.6, -0.4), (0.2, -0.5, -0.8)), ((-0.7, 0.3, 0.8), (-0.8, -0.6, 0.0)), ((0.8, 0.8, 0.7), (-0.3, 0.5, -0.5)),
    ((0.8, -0.5, 0.4), (0.7, 0.6, 0.8)), ((0.1, 0.8, 0.2), (-0.8, -0.8, -0.7)), ((0.8, 0.1, -0.8), (-0.2, 0.1, 0.8)))


def _drawn_tiles() -> NDArray[np.float32]:
    """All tiles, ``(6, 3, 4, 4)``, from -1 to 1."""
    on = np.array([[[sign == "#" for sign in row] for row in pattern.split()] for pattern in _PATTERNS])
    colours = np.array(_COLOURS, np.float32)
    return np.where(on[:, None], colours[:, 0, :, None, None], colours[:, 1, :, None, None]).astype(np.float32)


TILES = _drawn_tiles()


class TilesControls(Controls, frozen=True, kw_only=True):
    """Six tiles and strength 2: 1.5578 bits a cell."""

    count: Annotated[int, Integer(100, 100_000, scale="log", live=False, unit="images",
                                  help="Number of different grids to learn from")] = 8000
    k: Annotated[int, Integer(2, MOST, symbol="K", live=False, label="tiles", help="Kinds of tiles")] = 6
    b: Annotated[float, Slider(
        0.0, 6.0, live=False, label="grammar strength",
        help="How strongly a tile asks for the next one to its right and the one after that below; 0: not at all")
    ] = 2.0


class Tiles(DrawnImages[TilesControls]):
    """Grids of 8 x 8 tiles; with what chance each tile comes after those before it is known, and so is the entropy.

    p(c | left, above) ~ exp(b [c = left + 1] + b [c = above + 2]), tiles counted modulo K, in raster order; noise of
    sd 0.03 on each pixel.
    """

    name = "tiles"
    title = "Tiles"
    gives = NOTHING
    suits = ("vqgan",)
    help = ("Grids of 8 x 8 tiles, placed by a grammar whose entropy is known exactly: how far a "
            "model of codes is from the truth can be measured in bits. Drawn on this machine.")
    source = "Our own; 32 px unless the network asks for another size"
    grid = GRID

    @property
    def tiles(self) -> int:
        """Kinds of tiles."""
        return self.controls.k

    @property
    def grammar(self) -> TileGrammar:
        """The grammar as the controls have it."""
        return TileGrammar(self.controls.k, self.controls.b)

    @property
    def count(self) -> int:
        return self.controls.count

    def draw_examples(self, n: int, seed: int) -> Examples:
        rng = np.random.default_rng(seed)
        grids = self.grammar.draw(n, GRID, rng)
        return Examples(images=self._painted(grids, rng), details={"tiles": grids})

    def make_arrays(self) -> Arrays:
        return {"images": self.draw_examples(self.count, SEEDS["training"]).images}

    def promised(self) -> dict[str, Promise]:
        return {"images": Promise("uint8", (self.count, 3, self.side, self.side))}

    def load(self) -> Pixels:
        return Pixels(self._kept()["images"])

    @property
    def source_shape(self) -> tuple[int, ...]:
        return ()

    def fresh_grids(self, n: int, seed: int) -> tuple[NDArray[np.int64], Bytes]:
        """Grids ``(n, 8, 8)`` and their images, of a seed of their own: with negligible chance one is learnt from."""
        drawn = self.draw_examples(n, seed)
        return drawn.details["tiles"], drawn.images

    def read_tiles(self, images: NDArray[Any]) -> NDArray[np.int64]:
        """The tile with the least squared difference in each cell."""
        side = self.side // GRID
        shown = self._sized()[: self.tiles].reshape(self.tiles, -1)
        cells = images.reshape(len(images), 3, GRID, side, GRID, side).transpose(0, 2, 4, 1, 3, 5)
        flat = cells.reshape(len(images), GRID, GRID, -1).astype(np.float32)
        apart = np.square(shown).sum(axis=1) - 2 * flat @ shown.T  # but for what is the same for all tiles
        nearest: NDArray[np.int64] = apart.argmin(axis=-1)
        return nearest

    def bits_of(self, grids: NDArray[np.int64]) -> NDArray[np.float64]:
        """-log2 p of each cell given those before it."""
        return self.grammar.bits(grids)

    def entropy(self) -> float:
        """The exact entropy of a grid, bits."""
        return float(self.grammar.entropy_of_rows(GRID).sum())

    def _sized(self) -> NDArray[np.float32]:
        """The tiles at the size that they have in the images: means of pixels going down, repeated ones going up."""
        side = self.side // GRID
        if side >= TILE:
            return TILES.repeat(side // TILE, axis=2).repeat(side // TILE, axis=3)
        f = TILE // side
        small: NDArray[np.float32] = TILES.reshape(MOST, 3, side, f, side, f).mean(axis=(3, 5))
        return small

    def _painted(self, grids: NDArray[np.int64], rng: np.random.Generator) -> Bytes:
        images = np.empty((len(grids), 3, self.side, self.side), np.uint8)
        shown = self._sized()
        for at in range(0, len(grids), CHUNK):
            part = grids[at : at + CHUNK]
            x = shown[part].transpose(0, 3, 1, 4, 2, 5).reshape(len(part), 3, self.side, self.side)
            x = x + NOISE * rng.standard_normal(x.shape, np.float32)
            images[at : at + CHUNK] = np.rint((x + 1) * 127.5).clip(0, 255)
        return images
