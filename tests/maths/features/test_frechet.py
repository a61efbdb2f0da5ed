"""The Fréchet distance against closed forms, SciPy's matrix square root and what must not change it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.stats import ortho_group

from ganstudio.core.dataset import Floats
from ganstudio.maths.features.frechet import frechet_distance, frechet_of, moments_of

ZERO = np.zeros(2)
SEEDS = st.integers(0, 2**32 - 1)


def gaussian(rng: np.random.Generator, d: int, rank: int) -> tuple[Floats, Floats]:
    root = rng.standard_normal((d, rank))
    return rng.standard_normal(d), root @ root.T


@pytest.mark.parametrize(("mean1", "cov1", "mean2", "cov2", "expected"), [
    (ZERO, np.eye(2), np.array([3.0, 4.0]), np.eye(2), 25.0),
    (np.zeros(8), np.eye(8), np.zeros(8), 4 * np.eye(8), 8.0),
    (ZERO, np.array([[2.0, 1.0], [1.0, 2.0]]), ZERO, np.array([[2.0, -1.0], [-1.0, 2.0]]), 8 - 4 * math.sqrt(3)),
    (ZERO, np.diag([2.0, 1.0]), ZERO, np.array([[1.0, 0.5], [0.5, 1.0]]), 0.3311715633),
    (np.zeros(1), np.array([[4.0]]), np.ones(1), np.array([[9.0]]), 2.0),  # (m1 - m2)^2 + (s1 - s2)^2
])
def test_known_distances(mean1: Floats, cov1: Floats, mean2: Floats, cov2: Floats, expected: float) -> None:
    assert frechet_distance(mean1, cov1, mean2, cov2) == pytest.approx(expected, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, d=st.integers(1, 12))
def test_as_scipys_square_root_of_the_product_has_it(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    (m1, s1), (m2, s2) = gaussian(rng, d, d + 3), gaussian(rng, d, d + 3)
    oracle = (m1 - m2) @ (m1 - m2) + np.trace(s1 + s2) - 2 * np.trace(sqrtm(s1 @ s2)).real
    assert frechet_distance(m1, s1, m2, s2) == pytest.approx(oracle, rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, d=st.integers(2, 12), rank=st.integers(1, 14))
def test_symmetric_zero_on_itself_and_blind_to_rotation(seed: int, d: int, rank: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = gaussian(rng, d, rank), gaussian(rng, d, rank)  # of a lower rank than d: singular
    there = frechet_distance(*one, *other)
    size = np.trace(one[1]) + np.trace(other[1]) + 1
    assert there >= 0
    assert frechet_distance(*other, *one) == pytest.approx(there, rel=1e-6, abs=1e-6 * size)
    assert frechet_distance(*one, *one) == pytest.approx(0, abs=1e-6 * size)
    turn = ortho_group.rvs(d, random_state=rng)
    turned = [(turn @ mean, turn @ cov @ turn.T) for mean, cov in (one, other)]
    assert frechet_distance(*turned[0], *turned[1]) == pytest.approx(there, rel=1e-6, abs=1e-6 * size)


def test_the_moments_are_unbiased() -> None:
    x = np.random.default_rng(0).standard_normal((9, 3))
    mean, cov = moments_of(x)
    np.testing.assert_allclose(mean, x.mean(0))
    np.testing.assert_allclose(cov, np.cov(x, rowvar=False))


def test_few_samples_of_one_distribution_are_a_distance_apart() -> None:
    rng = np.random.default_rng(1)
    far, near = (
        np.mean([frechet_of(rng.standard_normal((n, 64)), rng.standard_normal((n, 64))) for _ in range(3)])
        for n in (1000, 4000)
    )
    assert far == pytest.approx(2.1, abs=0.1)
    assert near == pytest.approx(far / 4, rel=0.15)  # the bias falls with 1 / n


def test_a_shift_is_told_whatever_the_spread() -> None:
    x = np.random.default_rng(2).standard_normal((50, 4))
    assert frechet_of(x, x + np.array([1.0, 2.0, 0.0, 2.0])) == pytest.approx(9.0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        frechet_distance(ZERO, np.eye(2), np.zeros(3), np.eye(3))
    with pytest.raises(ValueError, match="it takes 2"):
        frechet_of(np.zeros((1, 2)), np.zeros((5, 2)))
