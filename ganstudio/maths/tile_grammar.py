"""A grammar of tiles on a grid whose entropy is known exactly: what a model of codes is measured against.

Cells are drawn in raster order. With l the tile to the left and u the one above, p(c | l, u) is proportional to
exp(b [c = l + 1] + b [c = u + 2]), tiles counted modulo K; a neighbour that is not there adds nothing.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Grids = NDArray[np.int64]
Floats = NDArray[np.float64]
LEFT, ABOVE = 1, 2  # the tile that each neighbour asks for is that much further than its own


class TileGrammar:
    """The grammar of K tiles with strength b."""

    def __init__(self, tiles: int, strength: float) -> None:
        self.tiles, self.strength = tiles, strength
        one = np.eye(tiles)
        asked_left = np.concatenate([np.roll(one, LEFT, axis=1), np.zeros((1, tiles))])  # the last row: no neighbour
        asked_above = np.concatenate([np.roll(one, ABOVE, axis=1), np.zeros((1, tiles))])
        weights = np.exp(strength * (asked_left[:, None] + asked_above[None]))
        self.table: Floats = weights / weights.sum(axis=2, keepdims=True)
        """p(c | l, u) as ``[l, u, c]``; l or u = K: there is none."""

    def draw(self, n: int, side: int, rng: np.random.Generator) -> Grids:
        """Draws grids ``(n, side, side)``."""
        grids = np.full((n, side, side), self.tiles, np.int64)
        reached = self.table.cumsum(axis=2)
        for row in range(side):
            for column in range(side):
                left, above = self._neighbours(grids, row, column)
                chance = rng.random(n)[:, None]
                grids[:, row, column] = np.minimum((chance > reached[left, above]).sum(axis=1), self.tiles - 1)
        return grids

    def bits(self, grids: Grids) -> Floats:
        """-log2 p of each cell of grids ``(n, h, w)`` given the cells before it, the same shape."""
        found = np.empty(grids.shape)
        for row in range(grids.shape[1]):
            for column in range(grids.shape[2]):
                left, above = self._neighbours(grids, row, column)
                found[:, row, column] = -np.log2(self.table[left, above, grids[:, row, column]])
        return found

    def _neighbours(self, grids: Grids, row: int, column: int) -> tuple[Grids, Grids]:
        nothing = np.full(len(grids), self.tiles)
        return (grids[:, row, column - 1] if column else nothing), (grids[:, row - 1, column] if row else nothing)

    def cell_entropies(self) -> Floats:
        """Entropy of a cell given its neighbours, bits, ``[l, u]`` as in ``table``."""
        entropies: Floats = -(self.table * np.log2(self.table)).sum(axis=2)
        return entropies

    def entropy_of_rows(self, side: int) -> Floats:
        """The exact entropy of each row given those above it, bits, ``(side,)``; their sum is that of the grid."""
        return np.array(_entropy_of_rows(self.tiles, self.strength, side))


@lru_cache(maxsize=8)
def _entropy_of_rows(tiles: int, strength: float, side: int) -> tuple[float, ...]:
    """Dynamic programming over the last ``side`` cells: the newest of each column, K^side states."""
    grammar = TileGrammar(tiles, strength)
    entropies, table = grammar.cell_entropies(), grammar.table
    state = np.ones((1,))  # probabilities of the newest cells of the columns so far, the first column slowest
    rows = []
    for row in range(side):
        bits = 0.0
        for column in range(side):
            before = tiles ** max(column - 1, 0)
            left = tiles if column else 1
            if row == 0:  # the column is new: an axis more
                parts = state.reshape(before, left, 1, 1)
                chances, cost = table[: tiles, [tiles]] if column else table[[tiles]][:, [tiles]], entropies
                cost = cost[:tiles, [tiles]] if column else cost[[tiles]][:, [tiles]]
            else:
                parts = state.reshape(before, left, tiles, -1)
                chances = table[:tiles, :tiles] if column else table[[tiles], :tiles]
                cost = entropies[:tiles, :tiles] if column else entropies[[tiles], :tiles]
            bits += float((parts.sum(axis=(0, 3)) * cost).sum())
            # [before, l, u, after] and [l, u, c] -> [before, l, c, after]
            state = np.matmul(chances.transpose(0, 2, 1)[None], parts).reshape(-1)
        rows.append(bits)
    return tuple(rows)
