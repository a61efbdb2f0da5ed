"""KID, IS, precision, recall and diversity against closed forms and against their definitions, pair by pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist

from ganstudio.core.dataset import Floats
from ganstudio.maths.features.image_quality import diversity, inception_score, kid, mean_pair_distance, precision_recall


def rng_of(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# KID ---------------------------------------------------------------------------------------------------------------


def kid_by_pairs(x: Floats, y: Floats) -> float:
    """The definition: means over all pairs of different samples."""
    def kernel(a: Floats, b: Floats) -> float:
        return float((a @ b / len(a) + 1) ** 3)

    def within(z: Floats) -> float:
        return float(np.mean([kernel(z[i], z[j]) for i in range(len(z)) for j in range(len(z)) if i != j]))

    return within(x) + within(y) - 2 * float(np.mean([kernel(a, b) for a in x for b in y]))


@pytest.mark.parametrize(("n", "m", "d"), [(5, 7, 3), (2, 2, 1), (12, 4, 6)])
def test_kid_is_its_definition(n: int, m: int, d: int) -> None:
    x, y = rng_of(1).standard_normal((n, d)), rng_of(2).standard_normal((m, d)) + 0.3
    assert kid(x, y) == pytest.approx(kid_by_pairs(x, y))


@pytest.mark.parametrize("shift", [0.0, 1.0, -0.5])
def test_kid_of_a_shift_on_the_line_is_told_by_three_moments(shift: float) -> None:
    # (xy + 1)^3 = 1 + 3 xy + 3 x^2 y^2 + x^3 y^3: N(0, 1) has moments 0, 1, 0 and N(a, 1) a, 1 + a^2, a^3 + 3a.
    a = shift
    expected = 3 * a**2 + 3 * (a**2) ** 2 + (a**3 + 3 * a) ** 2
    assert expected == {0.0: 0.0, 1.0: 22.0}.get(a, expected)
    rng = rng_of(3)
    found = [kid(rng.standard_normal((500, 1)), rng.standard_normal((500, 1)) + a) for _ in range(50)]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - expected) < 4 * error
    assert error < 0.05 * max(expected, 1)


def test_kid_is_unbiased_with_very_few_samples() -> None:
    rng = rng_of(4)
    found = [kid(rng.standard_normal((10, 2)), rng.standard_normal((10, 2))) for _ in range(2000)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(len(found))
    assert min(found) < 0


def test_kid_needs_two_of_each() -> None:
    with pytest.raises(ValueError, match="it takes 2"):
        kid(np.zeros((1, 2)), np.zeros((3, 2)))


# IS ----------------------------------------------------------------------------------------------------------------


def sure(p: float, K: int) -> Floats:
    """Each class once, given probability p, the rest shared out."""
    return np.full((K, K), (1 - p) / (K - 1)) + np.eye(K) * (p - (1 - p) / (K - 1))


@pytest.mark.parametrize(("probabilities", "expected"), [
    (np.full((50, 10), 0.1), 1.0),
    (np.eye(7), 7.0),
    (np.repeat(np.eye(4), 5, axis=0), 4.0),
    (np.eye(4)[:2], 2.0),  # two of four classes
    (np.eye(4)[[0, 0, 0]], 1.0),  # sure, but always of the same
    (sure(0.9, 10), 5.7995461),
])
def test_known_inception_scores(probabilities: Floats, expected: float) -> None:
    assert inception_score(probabilities) == pytest.approx(expected, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 30), K=st.integers(1, 12))
def test_the_inception_score_lies_between_one_and_the_number_of_classes(seed: int, n: int, K: int) -> None:
    score = inception_score(rng_of(seed).dirichlet(np.full(K, 0.3), n))
    assert 1 - 1e-9 <= score <= min(n, K) + 1e-9


# Precision and recall ----------------------------------------------------------------------------------------------


def within_by_pairs(x: Floats, centres: Floats, k: int) -> float:
    radii = np.sort(cdist(centres, centres), axis=1)[:, k]
    return float((cdist(x, centres) <= radii).any(axis=1).mean())


@pytest.mark.parametrize(("n", "m", "k"), [(600, 1100, 3), (40, 30, 5), (513, 512, 1)])
def test_precision_and_recall_are_their_definition(n: int, m: int, k: int) -> None:
    real, fake = rng_of(5).standard_normal((n, 4)), 0.7 * rng_of(6).standard_normal((m, 4)) + 0.5
    found = precision_recall(real + 100, fake + 100, k)  # far from 0
    assert found.precision == pytest.approx(within_by_pairs(fake, real, k))
    assert found.recall == pytest.approx(within_by_pairs(real, fake, k))


def test_half_of_two_modes_is_precise_and_recalls_half() -> None:
    rng = rng_of(7)
    modes = np.array([[-10.0, 0.0], [10.0, 0.0]])
    real = modes[rng.integers(0, 2, 1000)] + rng.standard_normal((1000, 2))
    fake = modes[0] + rng.standard_normal((1000, 2))
    found = precision_recall(real, fake, k=5)
    assert found.precision == pytest.approx(0.995, abs=0.006)
    assert found.recall == pytest.approx(0.497, abs=0.03)
    swapped = precision_recall(fake, real, k=5)
    assert swapped == pytest.approx((found.recall, found.precision))


def test_copies_of_the_data_are_perfect_and_what_is_elsewhere_scores_nothing() -> None:
    real = rng_of(8).standard_normal((300, 16)) * 1e3
    assert precision_recall(real, real.copy()) == (1.0, 1.0)
    assert precision_recall(real, real + 1e6) == (0.0, 0.0)


def test_one_picture_repeated_recalls_itself_alone() -> None:
    real = rng_of(9).standard_normal((200, 16))
    assert precision_recall(real, np.repeat(real[:1], 200, axis=0)) == (1.0, 1 / 200)


@pytest.mark.parametrize("k", [0, 5, 9])
def test_there_must_be_as_many_neighbours(k: int) -> None:
    with pytest.raises(ValueError, match="no neighbour"):
        precision_recall(np.zeros((5, 2)), np.zeros((9, 2)), k)


# Diversity ---------------------------------------------------------------------------------------------------------


def test_the_mean_distance_of_pairs() -> None:
    x = rng_of(10).standard_normal((40, 7)).astype(np.float32) + 5
    assert mean_pair_distance(x) == pytest.approx(pdist(x).mean(), rel=1e-6)


def test_diversity_is_relative_to_the_data() -> None:
    real = rng_of(11).standard_normal((100, 30))
    assert diversity(real, real) == pytest.approx(1.0)
    assert diversity(real, 0.25 * real + 3) == pytest.approx(0.25)
    assert diversity(real, np.repeat(real[:1], 100, axis=0)) == 0.0


def test_diversity_looks_at_so_many_and_is_undefined_without_two_different_ones() -> None:
    real = rng_of(12).standard_normal((20, 3))
    few = np.concatenate([real[:10], np.zeros((10, 3))])
    assert diversity(few, 2 * few, most=10) == pytest.approx(2.0)
    assert diversity(few, real, most=10) == pytest.approx(1.0)
    assert diversity(real, real[:1]) is None
    assert diversity(np.ones((5, 3)), real) is None
