"""Transport against closed forms, SciPy's distances and brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import norm, wasserstein_distance, wasserstein_distance_nd

from ganstudio.maths.transport import Floats, exact_w1, sliced_w1

N = 4000
MIDDLES = (np.arange(N) + 0.5) / N  # where the quantiles of a sample without luck lie


def normal(mean: float, sd: float) -> Floats:
    return np.asarray(norm.ppf(MIDDLES, mean, sd), dtype=np.float64)[:, None]


def uniform(low: float, high: float) -> Floats:
    return (low + (high - low) * MIDDLES)[:, None]


def drawn(n: int, d: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize(("x", "y", "truth"), [
    (normal(0, 1), normal(1, 2), 1.166631),
    (normal(0, 1), normal(0, 3), 1.595769),
    (normal(0, 1), normal(2.5, 1), 2.5),
    (uniform(0, 1), uniform(1, 3), 1.5),
    (uniform(0, 1), uniform(0, 2), 0.5),
])
def test_closed_forms_on_the_line(x: Floats, y: Floats, truth: float) -> None:
    assert exact_w1(x, y) == pytest.approx(truth, rel=1e-3)
    assert sliced_w1(x, y, seed=0) == pytest.approx(truth, rel=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_scipy_agrees_on_the_line(seed: int) -> None:
    x, y = drawn(300, 1, seed), 2 * drawn(300, 1, seed + 100) + 1
    assert exact_w1(x, y) == pytest.approx(wasserstein_distance(x[:, 0], y[:, 0]))
    assert sliced_w1(x, y, seed) == pytest.approx(wasserstein_distance(x[:, 0], y[:, 0]))


def test_scipys_linear_programme_agrees_in_the_plane() -> None:
    x, y = drawn(25, 2, 0), drawn(25, 2, 1) + 0.5
    assert exact_w1(x, y) == pytest.approx(wasserstein_distance_nd(x, y), rel=1e-6)


def test_the_best_of_all_assignments() -> None:
    x, y = drawn(6, 3, 0), drawn(6, 3, 1)
    best = min(np.linalg.norm(x - y[list(order)], axis=1).mean() for order in itertools.permutations(range(6)))
    assert exact_w1(x, y) == pytest.approx(best)


def test_parallel_lines_are_their_distance_apart() -> None:
    heights = np.random.default_rng(0).uniform(size=200)
    x = np.stack([np.zeros(200), heights], axis=1)
    assert exact_w1(x, x + np.array([0.7, 0.0])) == pytest.approx(0.7)


def test_the_bias_of_a_thousand_points() -> None:
    found = [exact_w1(drawn(1000, 2, seed), drawn(1000, 2, seed + 50)) for seed in range(3)]
    assert np.mean(found) == pytest.approx(0.147, abs=0.02)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_order_does_not_matter_and_a_sample_is_at_no_distance_from_itself(d: int) -> None:
    x, y = drawn(50, d, 0), drawn(50, d, 1)
    assert exact_w1(x, y) == pytest.approx(exact_w1(y[::-1], x))
    assert exact_w1(x, x[::-1]) == pytest.approx(0.0)
    assert sliced_w1(x, x[::-1], seed=0) == pytest.approx(0.0)


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 2\) and \(4, 2\)"):
        exact_w1(drawn(3, 2, 0), drawn(4, 2, 0))


@pytest.mark.parametrize(("d", "share"), [(2, 0.636620), (3, 0.5)])
def test_a_shift_seen_in_slices(d: int, share: float) -> None:
    x, shift = drawn(4, d, 0), np.full(d, 1.3)
    found = sliced_w1(x, x + shift, seed=1, directions=200_000)
    assert found == pytest.approx(share * float(np.linalg.norm(shift)), rel=5e-3)


def test_slices_do_not_prefer_a_direction() -> None:
    x = drawn(4, 2, 0)
    found = [
        sliced_w1(x, x + np.array([np.cos(angle), np.sin(angle)]), seed=2, directions=100_000)
        for angle in np.linspace(0, np.pi, 7)
    ]
    np.testing.assert_allclose(found, 2 / np.pi, rtol=1e-2)


def test_the_seed_fixes_the_slices() -> None:
    x, y = drawn(30, 2, 0), 3 * drawn(30, 2, 1)
    assert sliced_w1(x, y, seed=3) == sliced_w1(x, y, seed=3)
    assert sliced_w1(x, y, seed=3) != sliced_w1(x, y, seed=4)


def test_slices_never_exceed_the_distance() -> None:
    x, y = drawn(100, 2, 0), drawn(100, 2, 1) + 0.3
    assert sliced_w1(x, y, seed=0) <= exact_w1(x, y)
