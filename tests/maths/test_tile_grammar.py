"""The grammar of tiles: its exact entropy against published numbers, enumeration, and its own samples."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ganstudio.maths.tile_grammar import TileGrammar


@pytest.mark.parametrize(("tiles", "bits"), [(6, 99.698044), (4, 65.319965)])
def test_the_entropy_of_a_grid_is_the_exact_one(tiles: int, bits: float) -> None:
    assert TileGrammar(tiles, 2.0).entropy_of_rows(8).sum() == pytest.approx(bits, abs=5e-7)


def test_the_first_row_and_every_further_one() -> None:
    rows = TileGrammar(6, 2.0).entropy_of_rows(8)
    assert rows[0] == pytest.approx(15.9556, abs=5e-5)
    assert rows[1:] == pytest.approx([11.9632] * 7, abs=5e-5)


def test_the_entropy_of_a_small_grid_is_that_of_all_its_grids() -> None:
    grammar = TileGrammar(3, 2.0)
    every = np.array(list(itertools.product(range(3), repeat=9))).reshape(-1, 3, 3)
    bits = grammar.bits(every).sum(axis=(1, 2))
    assert np.exp2(-bits).sum() == pytest.approx(1.0, abs=1e-12)
    assert (np.exp2(-bits) * bits).sum() == pytest.approx(7.911795691, abs=5e-10)
    assert grammar.entropy_of_rows(3).sum() == pytest.approx(7.911795691, abs=5e-10)


def test_conditional_entropies() -> None:
    entropies = TileGrammar(6, 2.0).cell_entropies()
    left, above = 0, 5  # both ask for tile 1
    assert entropies[left, above] == pytest.approx(0.610556, abs=5e-7)
    assert entropies[left, 0] == pytest.approx(1.960218, abs=5e-7)
    assert entropies[left, 6] == entropies[6, above] == pytest.approx(1.910096, abs=5e-7)
    assert entropies[6, 6] == pytest.approx(2.584963, abs=5e-7)


def test_samples_have_the_grammars_bits_and_all_tiles_equally_often() -> None:
    grammar = TileGrammar(6, 2.0)
    grids = grammar.draw(4000, 8, np.random.default_rng(3))
    bits = grammar.bits(grids).mean(axis=(1, 2))
    assert abs(bits.mean() - 1.557782) < 4 * bits.std() / np.sqrt(len(bits))
    assert np.bincount(grids.ravel()) / grids.size == pytest.approx([1 / 6] * 6, abs=0.004)


def test_without_strength_each_cell_has_the_bits_of_a_die() -> None:
    assert TileGrammar(4, 0.0).entropy_of_rows(8).sum() == pytest.approx(128.0)
