"""A generator function from its text, against the conjugates of the f-GAN paper's table and against brute force."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import softplus

from ganstudio.core.system.errors import BadInput
from ganstudio.maths.f_divergence.generator_function import GeneratorFunction, figure, generator_function

F64 = torch.float64
LOG2 = math.log(2)


def _jeffrey(t: Tensor) -> Tensor:
    """u + log u - 1 at the u with 1 + log u - 1/u = t, by bisection."""
    low, high = torch.full_like(t, -600), torch.full_like(t, 600)
    for _ in range(200):
        middle = (low + high) / 2
        below = 1 + middle - torch.exp(-middle) < t
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return torch.exp(low) + low - 1


# text, f* and the end of its domain: FACTS of Nowozin et al. 2016, table 6; gan shifted by f(1) = -2 log 2
TABLE: dict[str, tuple[str, Callable[[Tensor], Tensor], float | None]] = {
    "kl": ("u*log(u)", lambda t: torch.exp(t - 1), None),
    "reverse-kl": ("-log(u)", lambda t: -1 - torch.log(-t), 0.0),
    "pearson": ("(u-1)**2", lambda t: torch.where(t >= -2, t * t / 4 + t, -1.0), None),
    "neyman": ("(1-u)**2/u", lambda t: 2 - 2 * torch.sqrt(1 - t), 1.0),
    "hellinger": ("(sqrt(u)-1)**2", lambda t: t / (1 - t), 1.0),
    "jeffrey": ("(u-1)*log(u)", _jeffrey, None),
    "js": ("-(u+1)*log((1+u)/2) + u*log(u)", lambda t: -torch.log(2 - torch.exp(t)), LOG2),
    "gan": ("u*log(u) - (u+1)*log(u+1)", lambda t: -torch.log(-torch.expm1(t)) - 2 * LOG2, 0.0),
    "js-weighted": ("0.3*u*log(u) - (0.7+0.3*u)*log(0.7+0.3*u)",
                    lambda t: 0.7 * torch.log(0.7 / (1 - 0.3 * torch.exp(t / 0.3))), -0.3 * math.log(0.3)),
    "total-variation": ("abs(u-1)/2", lambda t: t.clamp(min=-0.5), 0.5),
    "alpha": ("(sqrt(u) - 1 - 0.5*(u-1))/(-0.25)", lambda t: 2 / (1 - t / 2) - 2, 2.0),
}


@pytest.mark.parametrize("name", list(TABLE))
def test_the_conjugate_is_the_tables(name: str) -> None:
    text, star, end = TABLE[name]
    f = generator_function(text)
    assert f.end == (pytest.approx(end, abs=1e-12) if end is not None else None)
    t = torch.linspace(-20, 20, 2001, dtype=F64) if end is None else end - torch.logspace(-6, 1.7, 2001, dtype=F64)
    t.requires_grad_(True)
    found, exact = f.conjugate(t), star(t)
    assert (found - exact).abs().div(exact.abs().clamp(min=1)).max() < 1e-7
    if name not in ("total-variation", "jeffrey"):  # a kink, and a bisection that has no slope
        (slope,), (wanted,) = (torch.autograd.grad(y.sum(), t) for y in (found, exact))
        assert (slope - wanted).abs().div(wanted.abs().clamp(min=1e-2)).max() < 1e-4


@pytest.mark.parametrize("name", list(TABLE))
def test_scores_up_to_80_stay_finite_in_float32_and_so_do_their_gradients(name: str) -> None:
    f = generator_function(TABLE[name][0])
    v = torch.linspace(-80, 80, 801, requires_grad=True)
    for found in (f.activation(v), f.composite(v)):
        (gradient,) = torch.autograd.grad(found.sum(), v)
        assert found.dtype == torch.float32
        assert torch.isfinite(found).all() and torch.isfinite(gradient).all()
        assert (gradient >= 0).all()  # both grow


def test_the_composites_are_exact_where_t_itself_has_drowned() -> None:
    v = torch.linspace(-80, 80, 801, dtype=F64)
    js, neyman = generator_function(TABLE["js"][0]), generator_function(TABLE["neyman"][0])
    torch.testing.assert_close(js.activation(v), LOG2 - softplus(-v), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(js.composite(v), softplus(v) - LOG2, rtol=1e-7, atol=1e-7)
    gap = softplus(-v) / LOG2  # 1 - T
    torch.testing.assert_close(neyman.composite(v), 2 - 2 * torch.sqrt(gap), rtol=1e-7, atol=1e-7)
    kl = generator_function(TABLE["kl"][0])
    torch.testing.assert_close(kl.composite(v), torch.exp(v), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", list(TABLE))
def test_the_optimal_score_is_the_slope_at_the_ratio(name: str) -> None:
    f = generator_function(TABLE[name][0])
    log_ratio = torch.tensor([-8.0, -1.0, -0.1, 0.1, 0.7, 5.0], dtype=F64)
    slope = f.derivative(log_ratio.exp())
    torch.testing.assert_close(f.activation(f.optimal_score(log_ratio)), slope, rtol=1e-5, atol=1e-5)
    ends = f.optimal_score(torch.tensor([-math.inf, math.inf, math.nan], dtype=F64))
    assert ends[0] < -1 < 1 < ends[1] < math.inf or name == "pearson"
    assert torch.isnan(ends[2])


@pytest.mark.parametrize("text", [
    "u**2 - 1", "(u-1)**2/(u+1)", "sqrt(1+u**2)", "max(u-1, 0)", "abs(u-1) + abs(u-2)", "exp(u)", "exp(1/u)",
    "(u-1)**4", "1/u**5", "1e12*(u-1)**2", "log(1+exp(u))", "max(-log(2*u), 0)", "exp(-u)", "sqrt((u-1)**2)",
    "u*log(log(u+e))", "u**20", "u**-20", "max(u-2, 0)", "-atan(u)", "-sqrt(u)",
])
def test_other_functions_against_the_supremum_by_brute_force(text: str) -> None:
    f = generator_function(text)
    assert f.value(torch.ones(1)).abs() < 1e-9
    v = torch.linspace(-2, 1.5, 9, dtype=F64, requires_grad=True)
    t = f.activation(v)
    u = torch.cat([torch.exp(torch.linspace(-25, 25, 40_001, dtype=F64)), torch.tensor([0.5, 2.0], dtype=F64)])
    height = f.value(u)
    finite = torch.isfinite(height)
    brute = torch.stack([(u * slope - height)[finite].max() for slope in t.detach()])
    # the supremum over a grid lies a little below: half of f'' times the square of the step
    torch.testing.assert_close(f.composite(v), brute, rtol=1e-4, atol=1e-5, check_dtype=False)
    torch.testing.assert_close(f.conjugate(t), f.composite(v), rtol=1e-9, atol=1e-7)
    assert (torch.autograd.grad(t.sum(), v)[0] > 0).all()  # no score is a dead end
    wide = torch.linspace(-80, 80, 81, requires_grad=True)
    found = f.composite(wide)
    assert torch.isfinite(found).all() and torch.isfinite(torch.autograd.grad(found.sum(), wide)[0]).all()


def test_the_discriminators_best_value_is_the_divergence() -> None:
    """E_P[T] - E_Q[f*(T)] at T = f'(p/q) is D_f: here of two coins, by hand."""
    p, q = torch.tensor([0.7, 0.3], dtype=F64), torch.tensor([0.4, 0.6], dtype=F64)
    for text, by_hand in (
        ("u*log(u)", 0.7 * math.log(7 / 4) + 0.3 * math.log(1 / 2)), ("(u-1)**2", 0.09 / 0.4 + 0.09 / 0.6),
        ("abs(u-1)/2", 0.3), ("(sqrt(u)-1)**2", 2 - 2 * (math.sqrt(0.28) + math.sqrt(0.18))),
    ):
        f = generator_function(text)
        v = f.optimal_score((p / q).log())
        assert float(p @ f.activation(v) - q @ f.composite(v)) == pytest.approx(by_hand, abs=1e-7)


def test_f_is_shifted_so_that_it_vanishes_at_one() -> None:
    f = GeneratorFunction("u*log(u) - (u+1)*log(u+1)")
    assert f.shifted_by == pytest.approx(-2 * LOG2)
    assert f.threshold == pytest.approx(-LOG2)
    assert GeneratorFunction(f.text).shifted_by == 0
    assert GeneratorFunction("abs(u-1)/2").threshold == 0
    assert GeneratorFunction("max(u-1, 0)").threshold == 0.5


@pytest.mark.parametrize(("text", "words"), [
    ("(u-1)**3", "not convex: it curves downwards for u below 1"), ("-u*log(u)", "everywhere"), ("", "empty"),
    ("u - 1", "straight line"), ("0*u", "straight line"), ("5", "straight line"), ("1/(u-2)", "at u = 2"),
    ("1/(u-2.0001)**2", "near u = 2"), ("log(-1)*u", "not defined"), ("u*log(u)/0", "not defined"),
    ("exp(exp(exp(u)))", "larger than 1e150"), ("-log(u-0.0001)", "not defined at u = 9.9"),
    ("-exp(u)", "below -1e150"), ("log(u)", "everywhere"), ("u**u**u**u", "an exponent must be a number"),
    ("-u*log(u) + 2*u**2", "for u below 0.25"), ("u*exp(-u)", "for u below 2"), ("(u-1)**1.5", "not defined"),
    ("(u+1e12)**-20", "straight line"), ("exp(u) + sqrt(u-u)", "slope of f(u) is not defined"),
    ("u**2 - 3*max(u, 3)", "near u = 3"), ("__import__('os')", "unexpected '_'"),
])
def test_what_is_no_divergence_is_refused_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(BadInput) as refusal:
        generator_function(text)
    assert words in str(refusal.value)


PARTS = st.recursive(
    st.sampled_from(["u", "u", "u", "2", "0.5", "0", "1e12", "1e-9"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]}){p[1]}({p[2]})"),
        st.tuples(inner, st.sampled_from(["20", "-20", "0.5", "-1"])).map(lambda p: f"({p[0]})**{p[1]}"),
        st.tuples(st.sampled_from(["log", "exp", "sqrt", "abs", "cosh"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"max({p[0]}, {p[1]})"),
    ),
    max_leaves=6,
)


@given(st.sampled_from(["(u-1)**2", "u*log(u)", "abs(u-1)", "-log(u)", "exp(u)"]), PARTS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_function_is_refused_or_can_be_trained(convex: str, part: str) -> None:
    try:
        f = GeneratorFunction(f"{convex} + 0.01*({part})")
    except BadInput:
        return
    v = torch.linspace(-80, 80, 41, requires_grad=True)
    for found in (f.activation(v), f.composite(v)):
        (gradient,) = torch.autograd.grad(found.sum(), v)
        assert torch.isfinite(found).all() and torch.isfinite(gradient).all() and (gradient >= 0).all()


def test_a_function_that_bends_down_far_out_is_used_as_far_as_it_is_convex() -> None:
    f = generator_function("u*log(u) - 1e-12*u**2")  # convex up to u = 5e11
    v = torch.linspace(-80, 80, 161)
    assert (f.composite(v).diff() >= 0).all()
    torch.testing.assert_close(f.composite(v[:90]), torch.exp(v[:90]), rtol=1e-5, atol=1e-6)


def test_the_activation_is_told_as_latex() -> None:
    told = {name: generator_function(text).activation_latex for name, (text, _, _) in TABLE.items()}
    assert told["kl"] == "1 + v"
    assert told["js"] == r"\log 2 - \log(1 + e^{-v})"
    assert told["gan"] == r"-\log(1 + e^{-v})"
    assert told["total-variation"] == r"\frac{1}{2}\, \tanh(v)"
    assert figure(-1.5) == r"-\frac{3}{2}" and figure(2e-7) == r"2 \cdot 10^{-7}" and figure(1.23456) == "1.235"
