"""Mode coverage against what is exact for Gaussians: P(r <= 3 sd) = 1 - exp(-9/2) in two dimensions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ganstudio.core.control import Controls
from ganstudio.core.dataset import Dataset, Extent, Floats, Kind, Modes
from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.datasets.ring import Ring, RingControls
from ganstudio.measures.modes import ModeCoverage

RING = Ring(RingControls())


class Peaks(Dataset[Controls]):
    """Three unequal Gaussians on a line."""

    @property
    def kind(self) -> Kind:
        return "line"

    @property
    def modes(self) -> Modes:
        return Modes(np.array([[-2.0], [0.0], [3.0]]), np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.3, 0.5]))

    @property
    def extent(self) -> Extent:
        return Extent(-3.0, 4.0)

    def sample(self, n: int, rng: torch.Generator) -> torch.Tensor:
        raise NotImplementedError


class Shapeless(Peaks):
    """Data without modes."""

    @property
    def modes(self) -> None:  # type: ignore[override]
        return None


def coverage(fake: Floats, data: Dataset[Controls] | Ring = RING) -> dict[str, float | None]:
    nothing = Scores(np.zeros(len(fake)), np.zeros(len(fake)))
    return ModeCoverage().compute(
        MeasureInput(real=fake, fake=fake, real_scores=nothing, fake_scores=nothing, data=data))


def perfect(n: int, seed: int = 0) -> Floats:
    return RING.sample(n, torch.Generator().manual_seed(seed)).double().numpy()


def test_a_perfect_generator_has_98_889_percent_of_high_quality() -> None:
    found = coverage(perfect(100_000))
    assert found["modes"] == 8
    assert found["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=1.5e-3)  # 4 sigma of the draw
    assert found["high_quality"] == pytest.approx(0.98889, abs=1.5e-3)


def test_the_sd_of_a_perfect_generator_is_that_of_a_gaussian_cut_at_three_sds() -> None:
    cut = 1 - 4.5 * math.exp(-4.5) / (1 - math.exp(-4.5))  # E[r^2 | r <= 3] / 2
    assert coverage(perfect(100_000))["sd_ratio"] == pytest.approx(math.sqrt(cut), abs=5e-3)


def test_reverse_kl_of_a_perfect_generator_is_the_histograms_noise() -> None:
    found = [coverage(perfect(2500, seed))["reverse_kl"] for seed in range(40)]
    assert np.mean(np.array(found, dtype=np.float64)) == pytest.approx(7 / 5000, rel=0.4)  # (K - 1) / 2n


def test_a_collapsed_generator_has_one_mode_and_reverse_kl_ln_8() -> None:
    rng = np.random.default_rng(0)
    found = coverage(RING.modes.centres[3] + 0.01414 * rng.standard_normal((2500, 2)))
    assert found["modes"] == 1
    assert found["reverse_kl"] == pytest.approx(math.log(8))


def test_half_of_the_modes_cost_ln_2() -> None:
    found = coverage(np.repeat(RING.modes.centres[:4], 500, axis=0))
    assert found["modes"] == 4
    assert found["high_quality"] == 1.0
    assert found["reverse_kl"] == pytest.approx(math.log(2))
    assert found["sd_ratio"] == 0.0


def test_a_narrowed_generator_shows_in_the_sd_and_above_the_ceiling_of_high_quality() -> None:
    rng = np.random.default_rng(0)
    centres = RING.modes.centres[rng.integers(8, size=20_000)]
    found = coverage(centres + 0.5 * 0.01414 * rng.standard_normal((20_000, 2)))
    assert found["sd_ratio"] == pytest.approx(0.5, abs=0.01)
    assert found["high_quality"] is not None
    assert found["high_quality"] > 0.9999


def test_a_mode_is_found_with_20_of_2500_samples_and_not_with_19() -> None:
    def with_rare(n: int) -> float | None:
        few, many = RING.modes.centres[:1], RING.modes.centres[1:2]
        return coverage(np.concatenate([np.repeat(few, n, axis=0), np.repeat(many, 2500 - n, axis=0)]))["modes"]

    assert with_rare(20) == 2
    assert with_rare(19) == 1


def test_a_sample_counts_just_within_three_sds_and_not_just_outside() -> None:
    sd = float(RING.modes.sds[0])
    assert coverage(RING.modes.centres + np.array([2.99 * sd, 0.0]))["high_quality"] == 1.0
    assert coverage(RING.modes.centres + np.array([3.01 * sd, 0.0]))["high_quality"] == 0.0


def test_without_a_good_sample_there_is_no_spread() -> None:
    found = coverage(np.zeros((100, 2)))
    assert found["modes"] == 0
    assert found["high_quality"] == 0.0
    assert found["sd_ratio"] is None


def test_on_a_line_each_mode_has_its_own_sd_and_weight() -> None:
    data = Peaks(Controls())
    rng = np.random.default_rng(0)
    which = rng.choice(3, size=100_000, p=data.modes.weights)
    fake = data.modes.centres[which] + data.modes.sds[which, None] * rng.standard_normal((100_000, 1))
    found = coverage(fake, data)
    assert found["modes"] == 3
    assert found["high_quality"] == pytest.approx(0.9973, abs=1e-3)
    assert found["reverse_kl"] == pytest.approx(0.0, abs=2e-4)
    assert coverage(np.full((500, 1), 3.0), data)["reverse_kl"] == pytest.approx(math.log(2))


def test_data_without_modes_has_no_coverage() -> None:
    assert coverage(np.zeros((10, 1)), Shapeless(Controls())) == dict.fromkeys(ModeCoverage.numbers)
