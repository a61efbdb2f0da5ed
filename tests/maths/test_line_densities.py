"""Densities by cells and divergences by quadrature, against closed forms, SciPy's integrals and histograms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import erf
from scipy.stats import norm

from ganstudio.core.control import Controls
from ganstudio.core.dataset import Dataset, Extent, Floats, Kind, Modes
from ganstudio.core.measure import MeasureInput, Scores
from ganstudio.core.network import NetworkControls
from ganstudio.maths.latents import latent_slices
from ganstudio.maths.line_densities import (
    MOST_CELLS,
    Cells,
    bandwidth,
    divergences,
    fine_edges,
    mass_along,
    mass_of_data,
    mass_of_samples,
    pair_of,
    smoothed,
)

EDGES: Floats = np.linspace(-16, 18, 8001)


def gaussian(mean: float, sd: float, edges: Floats = EDGES) -> Cells:
    return Cells(edges, norm.pdf((edges[:-1] + edges[1:]) / 2, mean, sd) * np.diff(edges))


def uniform(low: float, high: float, edges: Floats) -> Cells:
    return Cells(edges, np.diff(np.clip((edges - low) / (high - low), 0.0, 1.0)))


class Normal(Dataset[Controls]):
    """N(mean, sd), whose density is known."""

    def __init__(self, mean: float = 0.0, sd: float = 1.0) -> None:
        super().__init__(Controls())
        self._modes = Modes(np.array([[mean]]), np.array([sd]), np.ones(1))

    @property
    def kind(self) -> Kind:
        return "line"

    @property
    def extent(self) -> Extent:
        centre, reach = float(self._modes.centres[0, 0]), 6 * float(self._modes.sds[0])
        return Extent(centre - reach, centre + reach)

    @property
    def modes(self) -> Modes | None:
        return self._modes

    def sample(self, n: int, rng: torch.Generator) -> torch.Tensor:
        raise NotImplementedError


class Unknown(Normal):
    """Data that says nothing of its density."""

    @property
    def modes(self) -> Modes | None:
        return None


def evidence(data: Dataset[Controls], fake: Floats, mass: Callable[[Floats], Floats] | None = None) -> MeasureInput:
    nothing = Scores(np.zeros(len(fake)), np.zeros(len(fake)))
    return MeasureInput(
        real=fake[:, None], fake=fake[:, None], real_scores=nothing, fake_scores=nothing, data=data, mass=mass)


# Divergences -------------------------------------------------------------------------------------------------------

PAIRS = [(1.0, 1.0), (0.5, 0.8), (-2.0, 1.3), (3.0, 1.0), (0.0, 0.75)]


@pytest.mark.parametrize(("m", "s"), PAIRS)
def test_two_gaussians_have_closed_forms(m: float, s: float) -> None:
    """p = N(0, 1), q = N(m, s)."""
    found = divergences(gaussian(0, 1), gaussian(m, s))
    assert found.kl == pytest.approx(math.log(s) + (1 + m * m) / (2 * s * s) - 0.5, abs=1e-7)
    assert found.kl_reverse == pytest.approx(-math.log(s) + (s * s + m * m) / 2 - 0.5, abs=1e-7)
    # int p^2/q is a Gaussian integral where 2 s^2 > 1
    chi2 = s * s / math.sqrt(2 * s * s - 1) * math.exp(m * m / (2 * s * s - 1)) - 1
    assert found.chi2 == pytest.approx(chi2, rel=1e-6)


@pytest.mark.parametrize("m", [0.0, 0.1, 1.0, 2.5, 6.0])
def test_the_total_variation_of_a_shift_is_an_error_function(m: float) -> None:
    found = divergences(gaussian(0, 1), gaussian(m, 1)).tv
    assert found == pytest.approx(erf(m / (2 * math.sqrt(2))), abs=1e-6)


@pytest.mark.parametrize(("m", "s"), PAIRS)
def test_the_jensen_shannon_divergence_is_scipys_integral(m: float, s: float) -> None:
    def integrand(x: float) -> float:
        p, q = float(norm.pdf(x)), float(norm.pdf(x, m, s))
        return (p * math.log(2 * p / (p + q)) + q * math.log(2 * q / (p + q))) / 2

    expected = quad(integrand, -14, 14, limit=400, points=[m, 0])[0]
    assert divergences(gaussian(0, 1), gaussian(m, s)).jsd == pytest.approx(expected, abs=1e-7)


def test_the_same_is_0_apart() -> None:
    found = divergences(gaussian(1, 2), gaussian(1, 2))
    assert (found.kl, found.kl_reverse, found.jsd, found.chi2, found.tv) == (0.0,) * 5


def test_nothing_in_common_is_infinitely_far_but_for_what_is_bounded() -> None:
    edges = np.linspace(0, 4, 401)
    found = divergences(uniform(0, 1, edges), uniform(2, 3, edges))
    assert found.kl == found.kl_reverse == found.chi2 == math.inf
    assert found.jsd == pytest.approx(math.log(2))
    assert found.tv == pytest.approx(1.0)


def test_half_of_the_data_missed_costs_everything_one_way_and_log_2_the_other() -> None:
    edges = np.linspace(-1, 3, 801)
    narrow, wide = uniform(0, 1, edges), uniform(0, 2, edges)
    missed, spread = divergences(wide, narrow), divergences(narrow, wide)
    assert missed.kl == missed.chi2 == math.inf
    assert missed.kl_reverse == pytest.approx(math.log(2))
    assert spread.kl == pytest.approx(math.log(2))
    assert spread.chi2 == pytest.approx(1.0)  # E_q[(p/q - 1)^2], p/q being 2 or 0
    assert spread.kl_reverse == math.inf
    assert missed.tv == spread.tv == pytest.approx(0.5)


def test_a_tail_that_is_cut_off_makes_nothing_infinite() -> None:
    """1e-9 of a Gaussian lies beyond 6 sd: that q ends there is a matter of the cells."""
    q = gaussian(0, 1)
    q.mass[np.abs(q.centres) > 6] = 0.0
    found = divergences(gaussian(0, 1), q)
    assert abs(found.kl) < 1e-6 and abs(found.chi2) < 1e-6


def test_what_lies_outside_the_cells_counts_as_one_cell_more() -> None:
    edges = np.linspace(0, 1, 101)
    inside, half = uniform(0, 1, edges), Cells(edges, uniform(0, 1, edges).mass / 2)
    found = divergences(inside, half)
    assert found.tv == pytest.approx(0.5)
    assert found.kl == pytest.approx(math.log(2))
    assert found.kl_reverse == math.inf
    outside = Cells(edges, np.zeros(100))
    assert divergences(outside, outside).kl == 0.0
    assert divergences(inside, outside).tv == pytest.approx(1.0)


# Mass along a generator's latent -----------------------------------------------------------------------------------


def sliced(latent: str, n: int) -> tuple[Floats, Floats]:
    """The ends of the slices of one latent, and their mass."""
    c = NetworkControls(latent_dim=1, latent="uniform" if latent == "uniform" else "gaussian")
    latents, mass = latent_slices(c, n, torch.device("cpu"))
    return latents[:, 0].double().numpy(), mass.numpy()


@pytest.mark.parametrize("latent", ["uniform", "gaussian"])
def test_slices_carry_the_priors_mass(latent: str) -> None:
    ends, mass = sliced(latent, 400)
    below = np.diff(norm.cdf(ends)) if latent == "gaussian" else np.diff(ends) / 2
    np.testing.assert_allclose(mass, below, atol=1e-7)
    assert mass.sum() == pytest.approx(1.0, abs=1e-8)


def test_a_straight_generator_makes_a_gaussian() -> None:
    z, mass = sliced("gaussian", 600)
    edges = np.linspace(-10, 14, 241)
    found = mass_along(2 + 1.5 * z, mass, edges)
    np.testing.assert_allclose(found.mass, np.diff(norm.cdf(edges, 2, 1.5)), atol=2e-5)
    backwards = mass_along(2 - 1.5 * z, mass, edges)
    np.testing.assert_allclose(backwards.mass, found.mass, atol=1e-9)


def test_a_fold_in_the_middle_makes_a_uniform_of_a_uniform() -> None:
    """G(z) = |z|: both halves of the latent land on [0, 1]."""
    z, mass = sliced("uniform", 50)
    edges = np.linspace(-0.5, 1.5, 201)
    inside = (edges[:-1] > -1e-9) & (edges[1:] < 1 + 1e-9)
    np.testing.assert_allclose(mass_along(np.abs(z), mass, edges).density, inside, atol=1e-6)


def test_the_sum_of_two_ramps_is_a_triangle() -> None:
    """x = 1 - sqrt(1 - |z|) on half of U(-1, 1), mirrored on the other: density 1 - |x|."""
    z, mass = sliced("uniform", 4000)
    x = np.sign(z) * (1 - np.sqrt(1 - np.abs(z)))
    edges = np.linspace(-1.2, 1.2, 97)
    below = np.clip(np.where(edges < 0, (1 + edges) ** 2 / 2, 1 - (1 - edges) ** 2 / 2), 0, 1)
    below[edges < -1], below[edges > 1] = 0.0, 1.0
    np.testing.assert_allclose(mass_along(x, mass, edges).mass, np.diff(below), atol=1e-5)


def test_a_square_of_a_gaussian_is_chi_squared() -> None:
    """x = z^2 folds at 0, where its density is infinite: P(x < t) = erf(sqrt(t/2))."""
    z, mass = sliced("gaussian", 4000)
    edges = np.linspace(-1, 12, 261)
    expected = np.diff(erf(np.sqrt(np.maximum(edges, 0) / 2)))
    found = mass_along(z**2, mass, edges).mass
    np.testing.assert_allclose(found, expected, atol=2e-3)  # the cell at 0 is sliced coarsest
    np.testing.assert_allclose(found[edges[:-1] > 0.2], expected[edges[:-1] > 0.2], atol=2e-6)


def test_many_folds_agree_with_a_histogram_of_samples() -> None:
    z, mass = sliced("uniform", 300)
    path = np.sin(9 * z) + 0.4 * z
    edges = np.linspace(-1.6, 1.6, 65)
    drawn = np.interp(np.random.default_rng(0).uniform(-1, 1, 1_000_000), z, path)
    expected = np.histogram(drawn, edges)[0] / len(drawn)
    found = mass_along(path, mass, edges).mass
    assert (np.abs(found - expected) < 5 * np.sqrt(found * (1 - found) / len(drawn)) + 1e-9).all()


def test_cells_that_no_slice_ends_in_have_their_share() -> None:
    """Ten slices over a thousand cells: all of them filled."""
    z, mass = sliced("uniform", 10)
    found = mass_along(5 * z, mass, np.linspace(-5, 5, 1001))
    np.testing.assert_allclose(found.mass, 1e-3, rtol=1e-6)


def test_what_is_made_outside_of_the_cells_is_not_in_them() -> None:
    z, mass = sliced("uniform", 100)
    assert mass_along(z, mass, np.linspace(0, 5, 11)).mass.sum() == pytest.approx(0.5)
    assert mass_along(z, mass, np.linspace(-5, 0, 11)).mass.sum() == pytest.approx(0.5)
    assert mass_along(z, mass, np.linspace(2, 5, 11)).mass.sum() == pytest.approx(0.0, abs=1e-12)
    assert mass_along(z, mass, np.linspace(-5, -2, 11)).mass.sum() == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("spread", [0.0, 1e-12, 1e-7])
def test_a_generator_that_has_collapsed_is_one_cell_and_infinitely_far(spread: float) -> None:
    mass = np.full(600, 1 / 600)
    path = 3.0013 + spread * np.random.default_rng(0).standard_normal(601)
    found = mass_along(path, mass, EDGES)
    assert found.mass.max() == pytest.approx(1.0, abs=1e-6)
    assert found.mass.sum() == pytest.approx(1.0, abs=1e-9)
    apart = divergences(gaussian(0, 1), found)
    assert apart.kl == apart.chi2 == math.inf
    assert apart.tv > 0.99


def test_mass_is_never_negative_and_sums_to_1() -> None:
    rng = np.random.default_rng(1)
    for scale in (1e-6, 1.0, 1e3):
        path = np.cumsum(rng.standard_normal(601)) * scale
        found = mass_along(path, np.full(600, 1 / 600), np.linspace(path.min() - scale, path.max() + scale, 500))
        assert (found.mass >= 0).all()
        assert found.mass.sum() == pytest.approx(1.0, abs=1e-9)


# Smoothing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sd", [0.3, 0.5, 2.0])
def test_a_smoothed_gaussian_is_a_wider_one(sd: float) -> None:
    found = smoothed(gaussian(0.5, 1.0), sd)
    np.testing.assert_allclose(found.density, gaussian(0.5, math.hypot(1.0, sd)).density, atol=1e-5)
    assert found.mass.sum() == pytest.approx(1.0, abs=1e-5)


def test_what_a_kernel_carries_out_of_the_cells_is_lost() -> None:
    edges = np.linspace(0, 1, 101)
    found = smoothed(Cells(edges, np.eye(100)[0]), 0.1)  # half of the kernel lies to the left of the first cell
    assert found.mass.sum() == pytest.approx(0.5, abs=0.03)


def test_a_kernel_narrower_than_a_cell_leaves_all_as_it_is() -> None:
    cells = gaussian(0, 1)
    assert np.array_equal(smoothed(cells, 1e-4).mass, cells.mass)


def test_smoothing_both_brings_no_two_farther_apart() -> None:
    p, q = gaussian(0, 1), gaussian(1, 0.5)
    sharp, dull = divergences(p, q), divergences(smoothed(p, 0.4), smoothed(q, 0.4))
    assert dull.kl < sharp.kl and dull.jsd < sharp.jsd and dull.tv < sharp.tv


def test_the_bandwidth_is_silvermans() -> None:
    samples = np.random.default_rng(0).standard_normal(4000) * 2
    quarters = np.quantile(samples, 0.75) - np.quantile(samples, 0.25)
    assert bandwidth(samples) == pytest.approx(0.9 * min(samples.std(), quarters / 1.34) / 4000**0.2)
    far = np.append(samples, [1e4] * 5)  # a few samples far out do not widen it
    assert bandwidth(far) == pytest.approx(bandwidth(samples), rel=0.02)


def test_samples_that_are_all_alike_have_a_kernel_still() -> None:
    assert 0 < bandwidth(np.full(100, 2.0)) < 1e-6
    most = np.append(np.zeros(80), np.linspace(-1, 1, 20))  # the quarters coincide: the sd has to do
    assert bandwidth(most) == pytest.approx(0.9 * most.std() * 100**-0.2)


# Cells -------------------------------------------------------------------------------------------------------------


def test_densities_are_per_data_unit() -> None:
    cells = gaussian(0, 2)
    assert cells.centres[0] == pytest.approx((EDGES[0] + EDGES[1]) / 2)
    np.testing.assert_allclose(cells.density, norm.pdf(cells.centres, 0, 2), rtol=1e-9)


@pytest.mark.parametrize("sd", [0.1, 1.0, 30.0])
def test_ten_cells_an_sd_tell_a_gaussians_mass(sd: float) -> None:
    found = mass_of_data(Normal(0.0, sd), fine_edges(-9 * sd, 9 * sd, sd / 10))
    assert found is not None
    assert found.mass.sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("side", [-1, 1])
def test_both_tails_are_told_alike(side: int) -> None:
    """Differences of the distribution function round to 0 from 8.3 sd on the right."""
    edges = np.sort(side * np.linspace(9, 12, 301))
    found = mass_of_data(Normal(), edges)
    assert found is not None
    assert found.mass.sum() == pytest.approx(norm.sf(9), rel=1e-3)


def test_data_that_does_not_say_its_density_has_none() -> None:
    assert mass_of_data(Unknown(), EDGES) is None
    assert pair_of(evidence(Unknown(), np.zeros(10))) is None


def test_cells_are_as_fine_as_asked_within_limits() -> None:
    assert len(fine_edges(0, 10, 1e-3)) == 10_001
    assert len(fine_edges(0, 10, 5.0)) == 2049
    assert len(fine_edges(0, 10, 1e-9)) == len(fine_edges(0, 10, 0.0)) == MOST_CELLS + 1
    assert fine_edges(-3, 4, 0.1)[[0, -1]].tolist() == [-3.0, 4.0]


def test_a_histogram_is_a_share_of_all_samples() -> None:
    found = mass_of_samples(np.array([0.1, 0.2, 0.9, 7.0]), np.linspace(0, 1, 3))
    assert found.mass.tolist() == [0.5, 0.25]
    assert mass_of_samples(np.empty(0), np.linspace(0, 1, 3)).mass.tolist() == [0.0, 0.0]


# A pair from evidence ----------------------------------------------------------------------------------------------


def test_a_mass_that_is_known_is_taken_as_it_is() -> None:
    fake = np.random.default_rng(0).normal(1.0, 0.8, 500)
    pair = pair_of(evidence(Normal(), fake, lambda edges: gaussian(1.0, 0.8, edges).mass))
    assert pair is not None
    found = divergences(*pair)
    assert found.kl == pytest.approx(math.log(0.8) + 2 / (2 * 0.64) - 0.5, abs=1e-5)
    assert found.kl_reverse == pytest.approx(-math.log(0.8) + (0.64 + 1) / 2 - 0.5, abs=1e-5)


def test_samples_are_smoothed_and_so_is_the_data() -> None:
    """N(0, 1) and samples of N(1, .8), both under a kernel of width h: the closed form for sqrt(1 + h^2) and so on."""
    fake = np.random.default_rng(0).normal(1.0, 0.8, 100_000)
    pair = pair_of(evidence(Normal(), fake))
    assert pair is not None
    h = bandwidth(fake)
    a, b = math.hypot(1, h), math.hypot(0.8, h)
    assert np.sqrt((pair[0].mass * pair[0].centres**2).sum()) == pytest.approx(a, rel=1e-3)
    expected = math.log(a / b) + (b * b + 1) / (2 * a * a) - 0.5
    assert divergences(*pair).kl_reverse == pytest.approx(expected, rel=0.02)
    assert divergences(*pair).jsd == pytest.approx(divergences(gaussian(0, a), gaussian(1, b)).jsd, rel=0.02)


def test_samples_that_are_all_alike_are_told_from_the_data() -> None:
    pair = pair_of(evidence(Normal(), np.full(1000, 0.3)))
    assert pair is not None
    found = divergences(*pair)
    assert found.tv > 0.9 and found.jsd > 0.6


@pytest.mark.parametrize("fake", [np.empty(0), np.array([0.0, math.nan]), np.array([math.inf, 1.0])])
def test_broken_samples_have_no_density(fake: Floats) -> None:
    assert pair_of(evidence(Normal(), fake)) is None


def test_the_cells_reach_over_data_and_samples() -> None:
    fake = np.random.default_rng(0).normal(40.0, 1.0, 300)
    pair = pair_of(evidence(Normal(), fake))
    assert pair is not None
    edges = pair[0].edges
    assert edges[0] < -6 and edges[-1] > fake.max()
    assert pair[0].mass.sum() == pytest.approx(1.0, abs=1e-6)
    assert divergences(*pair).jsd == pytest.approx(math.log(2), abs=1e-6)
