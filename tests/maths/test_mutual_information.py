"""Mutual information of counted values, exactly, and what independent ones show by chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.maths.mutual_information import bias_bits, mutual_information_bits


def test_the_same_value_tells_all_its_bits_and_another_one_none() -> None:
    values = np.repeat(np.arange(4), 5)
    assert mutual_information_bits(values, values) == pytest.approx(2.0)
    assert mutual_information_bits(values, np.tile(np.arange(5), 4)) == pytest.approx(0.0, abs=1e-12)
    assert mutual_information_bits(values, np.zeros(20, np.int64)) == 0.0


def test_half_a_bit_of_a_coin() -> None:
    """The second value is the first coin, or in half of the cases another one: 1 - H(1/4) bits."""
    first = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    second = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    assert mutual_information_bits(first, second) == pytest.approx(
        1 + 0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))


def test_of_independent_values_the_bias_is_what_is_shown() -> None:
    rng = np.random.default_rng(1)
    excess = []
    for _ in range(200):
        first, second = rng.integers(0, 5, 1000), rng.integers(0, 10, 1000)
        assert bias_bits(first, second) == pytest.approx(36 / (2000 * math.log(2)))
        excess.append(mutual_information_bits(first, second) - bias_bits(first, second))
    assert abs(np.mean(excess)) < 3 * np.std(excess) / 200**0.5
