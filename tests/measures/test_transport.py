"""The transport leaf: which samples it matches, and the distances of shifts, which are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from ganstudio.core.dataset import Floats
from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.datasets.ring import Ring, RingControls
from ganstudio.measures.transport import Transport

RING = Ring(RingControls())


def distances(real: Floats, fake: Floats, seed: int = 0) -> dict[str, float | None]:
    scores = Scores(np.zeros(len(real)), np.zeros(len(real)))
    return Transport().compute(
        MeasureInput(real=real, fake=fake, real_scores=scores, fake_scores=scores, data=RING, seed=seed))


def normal(*shape: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape)


def test_a_shift_in_the_plane_costs_its_length() -> None:
    real = normal(1200, 2)
    found = distances(real, real + np.array([0.3, 0.4]))
    assert found["w1"] == pytest.approx(0.5)
    assert found["sliced_w1"] == pytest.approx(0.636620 * 0.5, rel=0.12)  # 128 directions: 4 sigma


def test_a_shift_on_the_line_costs_its_length_in_both_numbers() -> None:
    real = normal(2500, 1)
    assert distances(real, real - 2.5) == {"w1": pytest.approx(2.5), "sliced_w1": pytest.approx(2.5)}


def test_w1_looks_at_the_first_thousand_and_sliced_w1_at_all() -> None:
    real = normal(2000, 1)
    fake = real.copy()
    fake[1000:] += 3.0
    found = distances(real, fake)
    assert found["w1"] == 0.0
    assert found["sliced_w1"] == pytest.approx(wasserstein_distance(real[:, 0], fake[:, 0]))


def test_samples_of_different_sizes_are_matched_as_far_as_both_reach() -> None:
    found = distances(normal(300, 2), normal(200, 2, seed=1))
    assert found["w1"] is not None
    assert found["sliced_w1"] is not None


def test_the_floor_of_a_thousand_points_in_the_plane() -> None:
    found = distances(normal(1000, 2), normal(1000, 2, seed=1))
    assert found["w1"] == pytest.approx(0.147, abs=0.03)


def test_the_seed_chooses_the_directions() -> None:
    real, fake = normal(200, 2), normal(200, 2, seed=1) * 2
    assert distances(real, fake, seed=1) == distances(real, fake, seed=1)
    assert distances(real, fake, seed=1)["sliced_w1"] != distances(real, fake, seed=2)["sliced_w1"]
    assert distances(real, fake, seed=1)["w1"] == distances(real, fake, seed=2)["w1"]


def test_there_is_no_distance_to_nothing() -> None:
    assert distances(normal(10, 2), np.empty((0, 2))) == {"w1": None, "sliced_w1": None}


def test_a_broken_data_set_has_no_distance() -> None:
    real = normal(10, 2)
    real[0, 0] = np.nan
    assert distances(real, normal(10, 2)) == {"w1": None, "sliced_w1": None}


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_a_distance_beyond_every_number_is_none() -> None:
    found = distances(np.full((10, 1), -1.7e308), np.full((10, 1), 1.7e308))
    assert found["w1"] is None
