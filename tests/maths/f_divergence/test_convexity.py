"""Small concave places are found wherever they lie, and f* keeps nine digits for steep and flat f."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
import torch

from ganstudio.core.system.errors import BadInput
from ganstudio.maths.f_divergence import convexity
from ganstudio.maths.f_divergence.generator_function import GeneratorFunction
from ganstudio.maths.f_divergence.high_precision import with_slope
from ganstudio.maths.f_divergence.parser import parsed


@pytest.mark.parametrize(("text", "where"), [
    ("u*log(u)-1e-4*abs(u-3.3)", "3.3"),
    ("u*log(u)-1e-9*abs(u-3.3)", "3.3"),
    ("u*log(u)-1e-11*abs(u-0.777)", "0.777"),
    ("u*log(u)-1e-4*abs(u-0.00123)", "0.00123"),
    ("u*log(u)-1e-9*abs(u-1e5)", "1e+05"),
    ("u*log(u)-1e-4*abs(u-1)", "1"),
    ("u*log(u)+1e-4*min(u, 7.123456)", "7.12"),
    ("u*log(u)-1e-4*max(u, 7.123456)", "7.12"),
    ("u*log(u)-1e-4*sqrt((u-3.3)**2)", "3.3"),
    ("u*log(u)-1e-4*((u-3.3)**2)**0.5", "3.3"),
    ("u**2-1e-3*abs((u-3.3)*(u-3.300001))", "3.3"),
    ("-log(u)-1e-3*abs(log(u)-2)", "7.39"),
    ("-(u+1)*log((1+u)/2) + u*log(u) - 1e-6*abs(u-33.3)", "33.3"),
    ("u*log(u)-1e-6*exp(-((u-3.3)*1e4)**2)", "3.3"),  # no kink: a dent a ten-thousandth wide
    ("u*log(u)-1e-4*tanh((u-2)*1e6)", "2"),
    ("u*log(u)-1e-4*sqrt((u-3.3)**2+1e-14)", "3.3"),
    ("u*log(u)-1e-6*atan((u-5)*1e5)", "5"),
])
def test_a_small_concave_place_is_refused_and_named(text: str, where: str) -> None:
    with pytest.raises(BadInput, match="not convex: it curves downwards") as refusal:
        GeneratorFunction(text)
    assert f"near u = {where};" in str(refusal.value)


@pytest.mark.parametrize("text", [
    "u**2+1e-3*abs(u-3.3)", "max(u,1) - 0.5*abs(u-1) + u*log(u)", "sqrt((u-1)**2)", "((u-2)**2)**1.5",
    "0.3*abs(u-1)-3*abs(0.1*u-0.1)+u*log(u)",  # the kinks cancel but for the last digit of 0.3
    "max(u,1)*0.3 - 0.1*u*3 + abs(u-1)", "u*atan(u)-log(1+u**2)/2", "u**2-1+tanh(u-1)*0.1", "cosh(u-1)-1",
    "(u-1)**20", "u*log(u) - u - 1/3*log(u)", "max(u-1, 0)",
])
def test_a_convex_function_is_used_whether_it_has_kinks_or_straight_parts(text: str) -> None:
    GeneratorFunction(text)


def test_a_kink_beyond_what_is_examined_ends_the_range_that_is_used() -> None:
    assert GeneratorFunction("u*log(u)-1e-4*abs(u-1e8)").table.nodes.u.max() < 1e8
    assert GeneratorFunction("u*log(u)").table.nodes.u.max() > 1e30


@pytest.mark.parametrize("text", [
    "u*log(u)", "u**3.7-log(u)", "exp(u/3)*u", "tanh(u)+u**2", "cosh(u-2)/u", "atan(3*u)*u", "sinh(u)-sqrt(u)",
    "abs(u-0.4)*u", "max(u**2, 3-u)", "min(u, 2)", "u**-3", "(u-1.5)**3", "exp(-u**2)", "pi*u**2-e*u",
])
def test_the_bounds_hold_what_sixty_digits_give(text: str) -> None:
    """f and f' at points of a box lie within the bounds, and f' changes over it by what those of f'' allow."""
    node = parsed(text)
    edges = np.linspace(-2.0, 2.0, 41)
    low, high = np.exp(edges[:-1]), np.exp(edges[1:])
    with np.errstate(all="ignore"):
        found = convexity._jet(node, low, high)
    for at, (left, right) in enumerate(itertools.pairwise(edges)):
        jets = [with_slope(node, float(left + (right - left) * share)) for share in (0.01, 0.5, 0.99)]
        points = [jet for jet in jets if jet is not None]
        assert len(points) == 3
        for _, value, slope in points:
            assert found.value.low[at] <= value <= found.value.high[at]
            assert found.slope.low[at] <= slope <= found.slope.high[at]
        with localcontext() as context:
            context.prec = 50
            bend = (points[2][2] - points[0][2]) / (points[2][0] - points[0][0])
        assert found.bend.low[at] <= bend <= found.bend.high[at]


def _star_of_power(n: int, t: float, shift: int = 0) -> float:
    """sup of u t - (u - shift)**n + f(1), whose u is shift + (t/n)**(1/(n-1)), to forty digits."""
    with localcontext() as context:
        context.prec = 40
        v = (abs(Decimal(t)) / n) ** (Decimal(1) / (n - 1)) * (1 if t >= 0 else -1)
        return float((v + shift) * Decimal(t) - v**n + (1 - shift) ** n)


@pytest.mark.parametrize(("n", "shift"), [(20, 0), (19, 0), (12, 0), (6, 0), (20, 1), (4, 1)])
@pytest.mark.parametrize("t", [2.7017, 0.01, 0.5, 19.0, 500.0, 1e5])
def test_the_conjugate_of_a_steep_or_flat_power_keeps_nine_digits(n: int, shift: int, t: float) -> None:
    f = GeneratorFunction(f"(u-{shift})**{n}" if shift else f"u**{n}")
    exact = _star_of_power(n, t, shift)
    assert float(f.conjugate(torch.tensor(t, dtype=torch.float64))) == pytest.approx(exact, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("a", [0.01, 8.0])
def test_the_conjugate_of_an_exponential_keeps_nine_digits(a: float) -> None:
    f = GeneratorFunction(f"exp({a}*u)")
    for ratio in (0.3, 1.0, 1.7, 4.0):
        t = a * math.exp(a * ratio)
        exact = t * ratio - math.exp(a * ratio) + math.exp(a)
        found = float(f.conjugate(torch.tensor(t, dtype=torch.float64)))
        assert found == pytest.approx(exact, rel=1e-9, abs=1e-9 * min(t, 1.0))
