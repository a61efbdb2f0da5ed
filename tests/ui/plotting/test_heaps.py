"""Heaps: where most points are on one spot, it is said how many."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.ui.plotting.heaps import find_heaps

RNG = np.random.default_rng(2)
CENTRES = 1.4 * np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], axis=1)
REAL = CENTRES[np.arange(800) % 8] + 0.014 * RNG.normal(size=(800, 2))


def test_a_collapse_is_one_heap_with_its_share() -> None:
    points = np.concatenate([CENTRES[3] + 0.01 * RNG.normal(size=(950, 2)), RNG.uniform(-2, 2, (50, 2))])
    (x, y, share), = find_heaps(points, REAL, 6.0)
    assert (x, y) == pytest.approx(tuple(CENTRES[3]), abs=0.02)
    assert share == pytest.approx(0.95, abs=0.01)


def test_two_heaps_are_told_apart_and_the_larger_comes_first() -> None:
    points = np.concatenate([CENTRES[0] + np.zeros((300, 2)), CENTRES[4] + np.zeros((700, 2))])
    assert [round(share, 2) for *_, share in find_heaps(points, REAL, 6.0)] == [0.7, 0.3]


def test_what_real_points_do_too_is_no_heap() -> None:
    assert find_heaps(REAL, REAL, 6.0) == []
    two = CENTRES[np.arange(400) % 2]
    assert find_heaps(two, two, 6.0) == []
    assert len(find_heaps(two[::2], two, 6.0)) == 0, "a half too many is not twice as many"


def test_a_cloud_is_no_heap_and_nothing_has_none() -> None:
    assert find_heaps(RNG.normal(size=(1000, 2)), REAL, 6.0) == []
    assert find_heaps(np.zeros((0, 2)), REAL, 6.0) == []


def test_points_that_ran_far_away_together_are_a_heap_there() -> None:
    (x, _, share), = find_heaps(np.full((100, 2), 1e6), REAL, 6.0)
    assert (x, share) == (1e6, 1.0)
