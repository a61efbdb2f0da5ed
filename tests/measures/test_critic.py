"""The critic's gap and its estimate of W1, on critics that are optimal by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.core.dataset import Floats
from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.datasets.ring import Ring, RingControls
from ganstudio.measures.critic import Critic

RING = Ring(RingControls())
NONE = {"critic_gap": None, "w1_estimate": None}


def verdict(
    real: Floats, fake: Floats, *, real_slopes: Floats | float = 1.0, fake_slopes: Floats | float = 1.0,
    samples: Floats | None = None,
) -> dict[str, float | None]:
    points = np.zeros((len(fake), 2)) if samples is None else samples
    return Critic().compute(MeasureInput(
        real=np.zeros((len(real), 2)), fake=points, data=RING,
        real_scores=Scores(real, np.broadcast_to(real_slopes, real.shape)),
        fake_scores=Scores(fake, np.broadcast_to(fake_slopes, fake.shape)),
    ))


def test_the_gap_is_positive_where_the_data_scores_higher() -> None:
    found = verdict(np.array([3.0, 5.0]), np.array([1.0, 2.0]))
    assert found == {"critic_gap": 2.5, "w1_estimate": 2.5}


def test_fresh_data_in_the_generators_place_leaves_a_gap_of_zero() -> None:
    scores = np.array([1.0, -2.0, 4.0])
    assert verdict(scores, scores) == {"critic_gap": 0.0, "w1_estimate": 0.0}


@pytest.mark.parametrize("steepness", [0.01, 1.0, 7.0, 300.0])
def test_the_estimate_of_a_shift_does_not_depend_on_the_critics_steepness(steepness: float) -> None:
    real = np.random.default_rng(0).standard_normal(500)
    found = verdict(steepness * real, steepness * (real - 2.5), real_slopes=steepness, fake_slopes=steepness)
    assert found["critic_gap"] == pytest.approx(2.5 * steepness)
    assert found["w1_estimate"] == pytest.approx(2.5)


def test_the_penalised_critic_over_reads_and_is_corrected() -> None:
    # FACTS 3: between two points at distance W the optimum has slope 1 + W / (2 lambda) everywhere, so gap W times it.
    W, slope = 2.0, 1 + 2.0 / (2 * 10)
    found = verdict(np.full(4, slope * W), np.zeros(4), real_slopes=slope, fake_slopes=slope)
    assert found["critic_gap"] == pytest.approx(2.2)
    assert found["w1_estimate"] == pytest.approx(W)


def test_the_slope_is_the_mean_over_data_and_samples() -> None:
    found = verdict(np.full(4, 6.0), np.zeros(4), real_slopes=1.0, fake_slopes=np.array([4.0, 6.0, 5.0, 5.0]))
    assert found["w1_estimate"] == pytest.approx(6.0 / 3.0)


@pytest.mark.parametrize("slope", [0.0, math.nan, math.inf])
def test_without_a_slope_there_is_a_gap_and_no_estimate(slope: float) -> None:
    found = verdict(np.array([1.0, 1.0]), np.zeros(2), real_slopes=slope, fake_slopes=slope)
    assert found == {"critic_gap": 1.0, "w1_estimate": None}


def test_a_slope_too_small_to_divide_by_gives_no_estimate() -> None:
    found = verdict(np.full(2, 1e10), np.zeros(2), real_slopes=1e-310, fake_slopes=1e-310)
    assert found == {"critic_gap": 1e10, "w1_estimate": None}


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_broken_scores_or_samples_give_none(broken: float) -> None:
    assert verdict(np.array([1.0, broken]), np.zeros(2)) == NONE
    assert verdict(np.zeros(2), np.array([broken, 1.0])) == NONE
    assert verdict(np.ones(2), np.zeros(2), samples=np.full((2, 2), broken)) == NONE


def test_there_is_no_verdict_on_nothing() -> None:
    assert verdict(np.ones(2), np.empty(0)) == NONE


def test_a_gap_beyond_every_number_is_none() -> None:
    assert verdict(np.full(2, 1.7e308), np.full(2, -1.7e308)) == NONE
