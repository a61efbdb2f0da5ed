"""What codes stand for, and how well a prior of codes predicts what they stand for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Doubles = NDArray[np.float64]


def code_shares(codes: Codes, size: int) -> Doubles:
    """The share of each of ``size`` codes among those used."""
    shares: Doubles = np.bincount(codes.reshape(-1), minlength=size) / codes.size
    return shares


def perplexity(shares: Doubles) -> float:
    """exp of the entropy of shares that add up to 1."""
    used = shares[shares > 0]
    return float(np.exp(-(used * np.log(used)).sum()))


def count_tiles(codes: Codes, tiles: Codes, size: int, kinds: int) -> NDArray[np.int64]:
    """How often each code is where each tile is, ``(size, kinds)``; codes and tiles are of one shape."""
    counts = np.zeros((size, kinds), np.int64)
    np.add.at(counts, (codes.reshape(-1), tiles.reshape(-1)), 1)
    return counts


def purity(counts: NDArray[np.int64]) -> float:
    """Share of the cells whose tile is the one that their code stands for most often."""
    return float(counts.max(axis=1).sum() / counts.sum())


def stands_for(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a tile is the one that a code stands for most often, ``(size, kinds)``; of unused codes none is."""
    majority = counts.argmax(axis=1)
    found = np.zeros(counts.shape, np.bool_)
    found[np.arange(len(counts)), majority] = counts.max(axis=1) > 0
    return found


def foresight(codes: Codes, tiles: Codes, size: int, kinds: int) -> float:
    """Information in a code about the tile to its right or below, bits, the larger, beyond that in its own tile.

    Corrected for the number of samples (Miller 1955), so that codes that tell nothing have 0 on average.

    Args:
        codes: ``(n, g, g)``.
        tiles: Of the same shape.
        size: How many codes there are.
        kinds: How many tiles there are.
    """
    found = []
    for own, after in (((slice(None), slice(None), slice(-1)), (slice(None), slice(None), slice(1, None))),
                       ((slice(None), slice(-1)), (slice(None), slice(1, None)))):
        pairs = np.zeros((size, kinds, kinds), np.int64)
        np.add.at(pairs, (codes[own].ravel(), tiles[own].ravel(), tiles[after].ravel()), 1)
        by_both, by_tile = pairs.reshape(-1, kinds), pairs.sum(axis=0)
        cells = float((by_both.sum(axis=1) > 0).sum() - (by_tile.sum(axis=1) > 0).sum())
        bias = cells * (kinds - 1) / (2 * pairs.sum() * np.log(2))
        found.append(_entropy_of_rows(by_tile) - _entropy_of_rows(by_both) - bias)
    return float(max(found))


def _entropy_of_rows(counts: NDArray[np.int64]) -> float:
    """Mean entropy of a column given the row, bits, of counts."""
    rows = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(rows, 1)
    logs = np.log2(shares, where=shares > 0, out=np.zeros_like(shares))
    return float(-(counts * logs).sum() / counts.sum())


def bits_per_cell(model: Doubles, exact: Doubles, entropy: float) -> tuple[float, float]:
    """Mean bits of a cell and their standard error: (model - exact), on the same grids, + entropy.

    Args:
        model: -log2 p of each cell by the model, ``(n, cells)``.
        exact: The same by the grammar.
        entropy: Exact, bits a cell.
    """
    beyond = (model - exact).mean(axis=1)
    return entropy + float(beyond.mean()), float(beyond.std(ddof=1) / np.sqrt(len(beyond)))
