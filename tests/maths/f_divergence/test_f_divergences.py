"""The f-divergences against their definition: the supremum over a dense grid, sums over a few cells, and the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.core.system.errors import BadInput
from ganstudio.maths.divergences import jsd
from ganstudio.maths.f_divergence.f_divergences import NAMES, FDivergence, alpha, divergence, js_weighted
from ganstudio.variants.f_gan import FGANControls

Floats = NDArray[np.float64]
Map = Callable[[Floats], Floats]
ALPHAS = (-1.0, -0.5, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0)
PIS = (0.01, 0.2, 0.5, 0.8, 0.99)
U: Floats = np.logspace(-9, 3, 400_001)  # steps of 7e-5 in log u: the supremum is missed by less than 1e-7
R: Floats = np.logspace(-1.3, 0.9, 23)  # ratios p/q, about 1/20 to 8

# f(u) and f'(u) as the paper has them, written down a second time
TABLE: dict[str, tuple[Map, Map]] = {
    "kl": (lambda u: u * np.log(u), lambda u: 1 + np.log(u)),
    "reverse-kl": (lambda u: -np.log(u), lambda u: -1 / u),
    "pearson": (lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1)),
    "neyman": (lambda u: (1 - u) ** 2 / u, lambda u: 1 - 1 / u**2),
    "hellinger": (lambda u: (np.sqrt(u) - 1) ** 2, lambda u: 1 - 1 / np.sqrt(u)),
    "jeffrey": (lambda u: (u - 1) * np.log(u), lambda u: 1 - 1 / u + np.log(u)),
    "js": (lambda u: -(u + 1) * np.log((1 + u) / 2) + u * np.log(u), lambda u: np.log(2 * u / (1 + u))),
    "gan": (lambda u: u * np.log(u) - (u + 1) * np.log(u + 1), lambda u: np.log(u / (1 + u))),
    "total-variation": (lambda u: np.abs(u - 1) / 2, lambda u: np.sign(u - 1) / 2),
}


def alpha_by_hand(a: float) -> tuple[Map, Map]:
    if a == 0:
        return lambda u: u - 1 - np.log(u), lambda u: 1 - 1 / u
    if a == 1:
        return lambda u: u * np.log(u) - u + 1, np.log
    return lambda u: (u**a - 1 - a * (u - 1)) / (a * (a - 1)), lambda u: (u ** (a - 1) - 1) / (a - 1)


def weighted_by_hand(pi: float) -> tuple[Map, Map]:
    return (lambda u: pi * u * np.log(u) - (1 - pi + pi * u) * np.log(1 - pi + pi * u),
            lambda u: pi * np.log(u / (1 - pi + pi * u)))


ROWS: dict[str, tuple[FDivergence, Map, Map]] = {
    **{name: (divergence(name), *by_hand) for name, by_hand in TABLE.items()},
    **{f"alpha {a:g}": (alpha(a), *alpha_by_hand(a)) for a in ALPHAS},
    **{f"js-weighted {pi:g}": (js_weighted(pi), *weighted_by_hand(pi)) for pi in PIS},
}
SMOOTH = [key for key in ROWS if key != "total-variation"]
BEYOND: dict[str, list[float]] = {  # slopes that f does not have: the supremum lies at u = 0
    "pearson": [-2.0, -2.5, -10.0], "total-variation": [-0.5, -0.3, 0.0, 0.4, 0.5, -2.0], "alpha 1.5": [-2.0, -9.0],
    "alpha 2": [-1.0, -1.5, -6.0],
}

every_row = pytest.mark.parametrize("key", ROWS)


def mapped(function: Callable[[Tensor], Tensor], values: Floats) -> Floats:
    return function(torch.from_numpy(np.asarray(values))).numpy()


def test_all_eleven_names_are_there() -> None:
    assert len(NAMES) == len(set(NAMES)) == 11
    assert {divergence(name).name for name in NAMES} == set(NAMES) == {*TABLE, "alpha", "js-weighted"}
    offered = get_args(get_args(get_type_hints(FGANControls, include_extras=True)["divergence"])[0])
    assert set(offered) == {*NAMES, "custom"}


def test_an_unknown_name_is_refused_with_its_neighbour() -> None:
    with pytest.raises(BadInput, match="unknown divergence 'pearsn': did you mean 'pearson'"):
        divergence("pearsn")


@every_row
def test_f_is_the_tables(key: str) -> None:
    row, f, _ = ROWS[key]
    np.testing.assert_allclose(mapped(row.value, R), f(R), rtol=1e-12, atol=1e-12)


@every_row
def test_the_conjugate_is_the_supremum(key: str) -> None:
    row, f, slope = ROWS[key]
    on_grid = f(U)
    for t in (*slope(R).tolist(), *BEYOND.get(key, ())):
        found = float(mapped(row.conjugate, np.array([t]))[0])
        assert found == pytest.approx(float((U * t - on_grid).max()), abs=1e-6), t


def test_pearsons_conjugate_stays_at_its_lowest_below_minus_2() -> None:
    """The printed t^2/4 + t rises again there: it is the supremum over negative u too."""
    pearson = divergence("pearson")
    below = np.linspace(-80, -2, 40)
    np.testing.assert_allclose(mapped(pearson.conjugate, below), -1.0, atol=0)
    np.testing.assert_allclose(mapped(pearson.composite, below), -1.0, atol=0)


@every_row
def test_the_composite_is_the_conjugate_of_the_activation(key: str) -> None:
    row = ROWS[key][0]
    v = np.linspace(-12, 12, 481)
    np.testing.assert_allclose(mapped(row.composite, v), mapped(row.conjugate, mapped(row.activation, v)),
                               rtol=1e-6, atol=1e-6)


@every_row
def test_the_activation_rises_so_that_a_high_score_says_real(key: str) -> None:
    row = ROWS[key][0]
    assert (np.diff(mapped(row.activation, np.linspace(-5, 5, 201))) > 0).all()
    assert (np.diff(mapped(row.composite, np.linspace(-5, 5, 201))) >= 0).all()  # and f* never falls


@every_row
def test_the_optimal_score_becomes_the_slope_of_f(key: str) -> None:
    row, _, slope = ROWS[key]
    r = np.array([*R, 1.0])
    np.testing.assert_allclose(mapped(row.activation, mapped(row.optimal_score, np.log(r))), slope(r), rtol=1e-9,
                               atol=1e-9)


@pytest.mark.parametrize("key", SMOOTH)
def test_at_the_optimum_data_and_samples_pull_equally(key: str) -> None:
    """d/dv (p g(v) - q f*(g(v))) = 0 at v*: the gradient of the stable composite, through autograd."""
    row = ROWS[key][0]
    v = row.optimal_score(torch.from_numpy(np.log(R))).requires_grad_()
    (of_real,) = torch.autograd.grad(row.activation(v).sum(), v)
    (of_fake,) = torch.autograd.grad(row.composite(v).sum(), v)
    np.testing.assert_allclose(R * of_real.numpy(), of_fake.numpy(), rtol=1e-9)


@every_row
def test_the_threshold_is_the_slope_of_f_at_1(key: str) -> None:
    row, _, slope = ROWS[key]
    assert row.threshold == pytest.approx(float(slope(np.array([1.0]))[0]), abs=1e-12)


@every_row
def test_values_and_gradients_are_finite_in_float32(key: str) -> None:
    row = ROWS[key][0]
    for function in (row.activation, row.composite):
        v = torch.linspace(-80, 80, 1281, dtype=torch.float32).requires_grad_()
        values = function(v)
        (gradient,) = torch.autograd.grad(values.sum(), v)
        assert values.dtype == torch.float32
        assert values.isfinite().all()
        assert gradient.isfinite().all()
        assert (gradient >= 0).all()


def test_an_exponential_that_float32_cannot_hold_goes_on_along_its_tangent() -> None:
    """At a = 2 and a score of 60 the exponent is 120: the slope stays e^80, so that such a score still comes down."""
    v = torch.tensor([41.0, 60.0, 80.0], requires_grad=True)
    values = alpha(2).composite(v)
    (gradient,) = torch.autograd.grad(values.sum(), v)
    torch.testing.assert_close(gradient, torch.full((3,), math.exp(80)), rtol=1e-5, atol=0)
    assert (values.diff() > 0).all()


@every_row
def test_float32_says_what_float64_says(key: str) -> None:
    row = ROWS[key][0]
    v = torch.linspace(-20, 20, 321)
    for function in (row.activation, row.composite):
        torch.testing.assert_close(function(v), function(v.double()).float(), rtol=2e-5, atol=2e-6)


@every_row
def test_the_same_distribution_is_at_distance_0(key: str) -> None:
    at_1 = float(ROWS[key][0].value(torch.ones((), dtype=torch.float64)))
    assert at_1 == pytest.approx(-2 * math.log(2) if key == "gan" else 0.0, abs=1e-12)  # D_gan = 2 JSD - log 4


P: Floats = np.array([0.5, 0.2, 0.05, 0.25])
Q: Floats = np.array([0.1, 0.3, 0.35, 0.25])  # alike in one cell


@every_row
def test_the_best_objective_is_the_divergence(key: str) -> None:
    """E_p[T*] - E_q[f*(T*)] = sum q f(p/q), over four cells."""
    row, f, _ = ROWS[key]
    v = mapped(row.optimal_score, np.log(P / Q))
    best = (P * mapped(row.activation, v)).sum() - (Q * mapped(row.composite, v)).sum()
    assert best == pytest.approx((Q * f(P / Q)).sum(), abs=1e-12)


def test_js_is_twice_the_jensen_shannon_divergence_and_gan_is_that_less_log_4() -> None:
    js, gan, half = (float((Q * mapped(row.value, P / Q)).sum())
                     for row in (divergence("js"), divergence("gan"), js_weighted(0.5)))
    assert js == pytest.approx(2 * jsd(P, Q), abs=1e-12)
    assert gan == pytest.approx(2 * jsd(P, Q) - math.log(4), abs=1e-12)
    assert half == pytest.approx(jsd(P, Q), abs=1e-12)


@pytest.mark.parametrize(("near", "limit"), [(1e-6, 0.0), (-1e-6, 0.0), (1 - 1e-6, 1.0), (1 + 1e-6, 1.0)])
def test_alpha_runs_smoothly_through_its_limits(near: float, limit: float) -> None:
    v = np.linspace(-6, 6, 61)
    for name in ("activation", "composite"):
        np.testing.assert_allclose(mapped(getattr(alpha(near), name), v), mapped(getattr(alpha(limit), name), v),
                                   rtol=1e-4, atol=1e-4)
    t = np.linspace(-3, 0.9, 40)
    np.testing.assert_allclose(mapped(alpha(near).conjugate, t), mapped(alpha(limit).conjugate, t), atol=1e-4)


def test_alpha_meets_its_relatives() -> None:
    """f of alpha is Pearson's and Neyman's at 2 and -1, halved, and KL's both ways but for a line through u = 1."""
    np.testing.assert_allclose(2 * mapped(alpha(2).value, R), mapped(divergence("pearson").value, R), atol=1e-12)
    np.testing.assert_allclose(2 * mapped(alpha(-1).value, R), mapped(divergence("neyman").value, R), rtol=1e-12)
    np.testing.assert_allclose(mapped(alpha(1).value, R) + (R - 1), mapped(divergence("kl").value, R), atol=1e-12)
    np.testing.assert_allclose(mapped(alpha(0).value, R) - (R - 1), mapped(divergence("reverse-kl").value, R),
                               atol=1e-12)


@pytest.mark.parametrize("t", [-1e12, -1e6, -50.0, -1.0, 0.0, 1.0, 50.0, 600.0])
def test_jeffreys_conjugate_is_found_wherever_t_lies(t: float) -> None:
    """f* is convex with slope u: f*(t) = u t - f(u) at the u with f'(u) = t, which bisection finds on its own."""
    low, high = -800.0, 800.0  # v = log u
    for _ in range(200):
        middle = (low + high) / 2
        below = 1 + middle - math.exp(min(-middle, 700.0)) < t
        low, high = (middle, high) if below else (low, middle)
    expected = math.exp(low) * t - (math.exp(low) - 1) * low
    assert float(divergence("jeffrey").conjugate(torch.tensor(t, dtype=torch.float64))) == pytest.approx(
        expected, rel=1e-9, abs=1e-9)
