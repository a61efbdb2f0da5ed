"""Numbers on a line against quadrature, closed forms, and bins that only the data moves."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import binom, norm

from ganstudio.core.control import Controls
from ganstudio.core.dataset import Dataset, Extent, Floats, Kind, Modes
from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.measures.line import BINS, MOST_BINS, Line, inner_edges


class Normal(Dataset[Controls]):
    """N(0, 1), which says its distribution function."""

    @property
    def kind(self) -> Kind:
        return "line"

    @property
    def extent(self) -> Extent:
        return Extent(-5.0, 5.0)

    def sample(self, n: int, rng: torch.Generator) -> torch.Tensor:
        raise NotImplementedError

    def cdf(self, x: Floats) -> Floats | None:
        return np.asarray(norm.cdf(x), dtype=np.float64)


class Silent(Normal):
    """N(0, 1), which does not say its distribution function."""

    def cdf(self, x: Floats) -> Floats | None:
        return None


class Narrow(Normal):
    """One peak of a given width."""

    def __init__(self, sd: float) -> None:
        super().__init__(Controls())
        self.sd = sd

    @property
    def modes(self) -> Modes:
        return Modes(np.zeros((1, 1)), np.array([self.sd]), np.ones(1))


def numbers(fake: Floats, data: Dataset[Controls] | None = None, real: Floats | None = None) -> dict[str, float | None]:
    nothing = Scores(np.zeros(len(fake)), np.zeros(len(fake)))
    return Line().compute(MeasureInput(
        real=(normal(2500, 99) if real is None else real)[:, None], fake=fake[:, None],
        real_scores=nothing, fake_scores=nothing, data=data or Normal(Controls())))


def normal(n: int, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(n)


def true_jsd(shift: float) -> float:
    """JSD of N(0, 1) and N(shift, 1) by quadrature."""
    def integrand(x: float) -> float:
        p, q = float(norm.pdf(x)), float(norm.pdf(x - shift))
        middle = (p + q) / 2
        return (p * math.log(p / middle) + q * math.log(q / middle)) / 2

    return float(quad(integrand, -10.0, 10.0 + shift, limit=200)[0])


def test_mean_and_sd_are_those_of_the_samples() -> None:
    found = numbers(np.array([1.0, 2.0, 3.0, 6.0]))
    assert found["mean"] == pytest.approx(3.0)
    assert found["sd"] == pytest.approx(math.sqrt(3.5))


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0])
def test_jsd_of_shifted_normals_comes_close_to_the_truth_from_below(shift: float) -> None:
    n = 200_000
    noise = (BINS - 1) / (8 * n)
    found = numbers(normal(n, 1) + shift)["jsd"]
    assert found is not None
    assert found == pytest.approx(true_jsd(shift), rel=0.02)
    assert found < true_jsd(shift) + 5 * noise + 0.005 * true_jsd(shift)


@pytest.mark.parametrize("data", [Normal(Controls()), Silent(Controls())], ids=["with cdf", "from samples"])
def test_jsd_of_disjoint_distributions_is_log_2(data: Normal) -> None:
    real = np.random.default_rng(0).uniform(-3.0, -1.0, 2000)
    disjoint = numbers(np.full(500, 4.99), data, real)["jsd"]
    assert disjoint == pytest.approx(math.log(2), abs=1e-5)


def test_the_floor_is_the_noise_of_the_histogram() -> None:
    n = 2500
    found = [numbers(normal(n, seed))["jsd"] for seed in range(30)]
    shares = np.diff(np.asarray(norm.cdf(inner_edges(Normal(Controls())))), prepend=0.0, append=1.0)
    k = np.arange(n + 1)
    q = k / n
    expected = 0.0  # each bin's count is binomial: the mean of its summand, exactly
    for p in shares:
        summand = (p * np.log(2 * p / (p + q)) + np.where(k > 0, q * np.log(2 * np.maximum(q, 1e-9) / (p + q)), 0)) / 2
        expected += float((binom.pmf(k, n, p) * summand).sum())
    assert np.mean(np.array(found, dtype=np.float64)) == pytest.approx(expected, rel=0.1)
    assert expected == pytest.approx((BINS - 1) / (8 * n), rel=0.5)  # the rule of thumb; empty tails count less


def test_without_a_distribution_function_the_real_samples_stand_for_the_data() -> None:
    fake = normal(1000, 1)
    assert numbers(fake, Silent(Controls()), real=fake)["jsd"] == pytest.approx(0.0, abs=1e-12)
    assert numbers(fake, Normal(Controls()), real=fake)["jsd"] != pytest.approx(0.0, abs=1e-4)


def test_with_a_distribution_function_the_real_samples_do_not_matter() -> None:
    fake = normal(1000, 1)
    assert numbers(fake, real=normal(10, 2)) == numbers(fake, real=normal(5000, 3))


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_what_lies_outside_falls_into_the_end_bins(side: float) -> None:
    near, far = numbers(np.full(100, side * 4.99))["jsd"], numbers(np.full(100, side * 1e30))["jsd"]
    assert near == far
    assert far == pytest.approx(math.log(2), abs=1e-4)


def test_the_bins_do_not_move_with_the_samples() -> None:
    data = Normal(Controls())
    edges = inner_edges(data)
    assert len(edges) == BINS - 1
    np.testing.assert_allclose(np.diff(edges), 10.0 / BINS)
    assert edges[0] == pytest.approx(-5.0 + 10.0 / BINS)


@pytest.mark.parametrize(("sd", "bins"), [(1.0, BINS), (0.1, 100), (1e-4, MOST_BINS), (1e-300, MOST_BINS)])
def test_narrow_modes_get_narrow_bins_as_far_as_the_limit(sd: float, bins: int) -> None:
    assert len(inner_edges(Narrow(sd))) + 1 == bins


def test_broken_data_and_no_samples_give_none() -> None:
    none = {"mean": None, "sd": None, "jsd": None}
    assert numbers(normal(10, 0), Silent(Controls()), real=np.array([0.0, np.nan])) == none
    assert numbers(np.empty(0)) == none
