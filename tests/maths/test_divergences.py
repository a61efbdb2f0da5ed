"""Divergences against hand-computed cases and SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from ganstudio.maths.divergences import Floats, jsd, kl

weights = st.lists(st.floats(1e-3, 1.0), min_size=5, max_size=5).map(lambda w: np.array(w) / sum(w))


def one_of(k: int) -> Floats:
    shares = np.zeros(k)
    shares[0] = 1.0
    return shares


@pytest.mark.parametrize("k", [2, 8, 25])
def test_one_mode_of_k_costs_ln_k(k: int) -> None:
    assert kl(one_of(k), np.full(k, 1 / k)) == pytest.approx(math.log(k))


def test_a_hand_computed_case() -> None:
    assert kl(np.array([0.5, 0.5]), np.array([0.25, 0.75])) == pytest.approx(math.log(2) - math.log(3) / 2)


def test_what_q_misses_costs_everything_and_what_p_misses_costs_nothing() -> None:
    assert kl(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == math.inf
    assert kl(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(math.log(2))
    assert kl(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0.0


def test_disjoint_distributions_are_log_2_apart() -> None:
    assert jsd(np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.3, 0.7])) == pytest.approx(math.log(2))


def test_the_smallest_share_there_is_costs_nothing() -> None:
    assert jsd(np.array([5e-324, 1.0]), np.array([0.0, 1.0])) == pytest.approx(0.0)


@given(weights, weights)
def test_scipy_agrees(p: Floats, q: Floats) -> None:
    assert kl(p, q) == pytest.approx(float(entropy(p, q)), abs=1e-12)
    assert jsd(p, q) == pytest.approx(float(jensenshannon(p, q)) ** 2, abs=1e-9)


@given(weights, weights)
def test_jsd_is_symmetric_and_between_0_and_log_2(p: Floats, q: Floats) -> None:
    assert jsd(p, q) == pytest.approx(jsd(q, p), abs=1e-15)
    assert -1e-15 <= jsd(p, q) <= math.log(2)
    assert jsd(p, p) == 0.0
