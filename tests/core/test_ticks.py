"""The ticks of an axis are few, round, and both ends are among them if they are round themselves."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from ganstudio.core.ticks import MOST, round_numbers


@pytest.mark.parametrize(("low", "high", "most", "expected"), [
    (0.0, 1.0, MOST, [0, 0.2, 0.4, 0.6, 0.8, 1]),
    (0.0, 1.0, 5, [0, 0.5, 1]),
    (0.0, 0.3, 5, [0, 0.1, 0.2, 0.3]),  # 0.3 / 0.1 is 2.9999999999999996
    (0.0, 300.0, MOST, [0, 100, 200, 300]),
    (-0.35, 0.1, MOST, [-0.3, -0.2, -0.1, 0, 0.1]),
    (-3.0, 3.0, 9, [-3, -2, -1, 0, 1, 2, 3]),
    (1234.0, 1236.0, 3, [1234, 1235, 1236]),
])
def test_ticks_by_hand(low: float, high: float, most: int, expected: list[float]) -> None:
    ticks = round_numbers(low, high, most)
    assert ticks == expected, "the very decimals"
    assert all(math.copysign(1, tick) == 1 for tick in ticks if tick == 0), "no minus zero"


@pytest.mark.parametrize("most", [3, 5, 6, 9])
@pytest.mark.parametrize("low", [-7.3, 0.0, 0.2])
@pytest.mark.parametrize("width", [1e-6, 0.37, 1.0, 4.5, 45.0, 2e30])
def test_ticks_are_few_round_and_inside(low: float, width: float, most: int) -> None:
    ticks = round_numbers(low, low + width, most)
    assert (2 if most >= 5 else 1) <= len(ticks) <= most
    slack = 1e-9 * width
    assert all(low - slack <= tick <= low + width + slack for tick in ticks)
    for step in np.diff(ticks):
        digits = float(step) / 10 ** np.floor(np.log10(step) + 1e-9)
        assert min(abs(digits - round_) for round_ in (1, 2, 5)) < 0.01


@pytest.mark.parametrize(("low", "high"), [
    (1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf), (-math.inf, 0.0), (-1.7e308, 1.7e308),
])
def test_what_is_no_range_has_no_ticks(low: float, high: float) -> None:
    assert round_numbers(low, high) == []


@pytest.mark.parametrize(("low", "high"), [
    (0.0, 5e-324), (0.0, 1e-320), (0.0, 1e-307), (1e16, 1e16 + 2), (1.0, math.nextafter(1.0, 2.0)), (-8e307, 8e307),
])
def test_ticks_of_the_strangest_ranges_rise(low: float, high: float) -> None:
    ticks = round_numbers(low, high)
    assert 1 <= len(ticks) <= MOST
    assert all(a < b for a, b in itertools.pairwise(ticks))
    assert low <= ticks[0] and ticks[-1] <= high
