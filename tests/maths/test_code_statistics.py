"""What codes stand for: perplexity, purity, and bits of a cell against the grammar."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.maths import code_statistics as stats


def test_equal_shares_have_the_perplexity_of_their_number() -> None:
    assert stats.perplexity(stats.code_shares(np.arange(12) % 6, 16)) == pytest.approx(6.0)
    assert stats.perplexity(stats.code_shares(np.zeros(5, np.int64), 16)) == pytest.approx(1.0)


def test_purity_is_the_share_of_the_most_frequent_tiles() -> None:
    codes, tiles = np.array([0, 0, 0, 1, 1, 3]), np.array([0, 0, 1, 1, 1, 1])
    counts = stats.count_tiles(codes, tiles, 4, 2)
    assert counts.tolist() == [[2, 1], [0, 2], [0, 0], [0, 1]]
    assert stats.purity(counts) == pytest.approx(5 / 6)
    assert stats.stands_for(counts).tolist() == [[True, False], [False, True], [False, False], [False, True]]


def test_bits_a_cell_are_those_of_the_grammar_and_what_the_model_has_beyond() -> None:
    rng = np.random.default_rng(0)
    exact = rng.random((2000, 64))
    perfect, error = stats.bits_per_cell(exact, exact, 1.5)
    assert (perfect, error) == (1.5, 0.0)
    worse, error = stats.bits_per_cell(exact + 0.1 + rng.normal(0, 0.8, exact.shape), exact, 1.5)
    assert abs(worse - 1.6) < 4 * error and error == pytest.approx(0.1 / np.sqrt(2000), rel=0.1)


def test_codes_that_know_the_next_tile_have_foresight() -> None:
    rng = np.random.default_rng(1)
    tiles = rng.integers(0, 4, (500, 8, 8))
    ahead = np.roll(tiles, -1, axis=2) % 2  # a bit of the tile to the right
    knowing, chance = tiles * 2 + ahead, tiles * 2 + rng.integers(0, 2, tiles.shape)
    assert stats.foresight(knowing, tiles, 8, 4) == pytest.approx(1.0, abs=0.002)
    assert abs(stats.foresight(chance, tiles, 8, 4)) < 0.001
    assert stats.foresight(tiles, tiles, 8, 4) == 0.0
