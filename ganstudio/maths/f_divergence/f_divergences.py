"""The f-divergences of f-GAN, one row each: f, its conjugate f*, an output activation g_f, and what is optimal.

    D_f(P||Q) = E_Q[f(p/q)] = sup_T E_P[T] - E_Q[f*(T)],  T = g_f(v),  T* = f'(p/q)

Every conjugate is the supremum of u t - f(u) over u > 0. ``composite`` is f*(g_f(v)) in a form whose value and
gradient are finite in float32 for |v| <= 80.

Source: Nowozin, Cseke, Tomioka 2016, arXiv:1606.00709, tables 1, 2, 5 and 6, mended in three places: Pearson's
conjugate is constant below -2, Jeffrey's needs no Lambert W in v = log u, and alpha's activation increases.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganstudio.core.system.errors import unknown

Map = Callable[[Tensor], Tensor]
LOG2 = math.log(2)


@dataclass(frozen=True)
class FDivergence:
    """One row of the table; every map works element by element."""

    name: str
    value: Map  # f(u), u > 0
    activation: Map  # g_f(v): scores onto the domain of f*
    conjugate: Map  # f*(t), t inside its domain
    composite: Map  # f*(g_f(v))
    optimal_score: Map  # log p/q -> the score v with g_f(v) = f'(p/q)
    threshold: float  # f'(1): T above it says real


STEEPEST = 80.0  # e^80 is 5.5e34: beyond this exponent the exponential goes on along its tangent


def _expm1_over(a: float, v: Tensor) -> Tensor:
    """(e^(a v) - 1) / a, which is v at a = 0; finite in float32 for every exponent up to 160."""
    if abs(a) <= 1e-7:
        return v
    exponent = a * v
    steep = (exponent - STEEPEST).clamp(min=0)
    return (torch.expm1(exponent.clamp(max=STEEPEST)) + math.exp(STEEPEST) * steep) / a


def alpha(a: float) -> FDivergence:
    """The alpha family, -1 <= a <= 2: Neyman-like at -1, reverse KL at 0, KL at 1, Pearson-like at 2."""

    def value(u: Tensor) -> Tensor:
        if abs(a) < 1e-7:
            return u - 1 - u.log()
        if abs(a - 1) < 1e-7:
            return torch.xlogy(u, u) - u + 1
        return (u**a - 1 - a * (u - 1)) / (a * (a - 1))

    def conjugate(t: Tensor) -> Tensor:
        if abs(a) < 1e-7:
            return -torch.log1p(-t)
        if abs(a - 1) < 1e-7:
            return torch.expm1(t)
        base = t * (a - 1) + 1  # u^(a - 1) at the supremum
        return ((base.clamp(min=0) if a > 1 else base) ** (a / (a - 1)) - 1) / a

    return FDivergence(
        "alpha", value, lambda v: _expm1_over(a - 1, v), conjugate, lambda v: _expm1_over(a, v), lambda r: r, 0.0
    )


def js_weighted(pi: float) -> FDivergence:
    """Jensen-Shannon with weight pi on the data; at 1/2 a half of ``js``."""
    entropy = -pi * math.log(pi)
    return FDivergence(
        "js-weighted",
        lambda u: pi * torch.xlogy(u, u) - torch.xlogy(1 - pi + pi * u, 1 - pi + pi * u),
        lambda v: entropy - pi * softplus(-v),
        lambda t: (1 - pi) * (math.log(1 - pi) - torch.log1p(-pi * (t / pi).exp())),
        lambda v: (1 - pi) * (math.log(1 - pi) + softplus(v)),
        lambda r: r + math.log(pi / (1 - pi)),
        0.0,
    )


def _jeffrey_conjugate(t: Tensor) -> Tensor:
    """f*(T) = e^v + v - 1 at the v with 1 + v - e^-v = T, by Newton's method from above, in float64."""
    t64 = t.double()
    v = torch.where(t64 > 0, t64, -torch.log1p(-t64) + 0.5)
    for _ in range(60):
        inverse = (-v).exp()
        v = v - (1 + v - inverse - t64) / (1 + inverse)
    return (v.exp() + v - 1).to(t.dtype)


_ROWS = (
    FDivergence("kl", lambda u: torch.xlogy(u, u), lambda v: v, lambda t: (t - 1).exp(),
                lambda v: (v - 1).exp(), lambda r: 1 + r, 1.0),
    FDivergence("reverse-kl", lambda u: -u.log(), lambda v: -(-v).exp(), lambda t: -1 - (-t).log(),
                lambda v: v - 1, lambda r: r, -1.0),
    FDivergence("pearson", lambda u: (u - 1) ** 2, lambda v: v, lambda t: (t.clamp(min=-2) / 2 + 1) ** 2 - 1,
                lambda v: (v.clamp(min=-2) / 2 + 1) ** 2 - 1, lambda r: 2 * torch.expm1(r), 0.0),
    FDivergence("neyman", lambda u: (1 - u) ** 2 / u, lambda v: -torch.expm1(-v), lambda t: 2 - 2 * (1 - t).sqrt(),
                lambda v: -2 * torch.expm1(-v / 2), lambda r: 2 * r, 0.0),
    FDivergence("hellinger", lambda u: (u.sqrt() - 1) ** 2, lambda v: -torch.expm1(-v), lambda t: t / (1 - t),
                torch.expm1, lambda r: r / 2, 0.0),
    FDivergence("jeffrey", lambda u: (u - 1) * u.log(), lambda v: 1 + v - (-v).exp(), _jeffrey_conjugate,
                lambda v: v.exp() + v - 1, lambda r: r, 0.0),
    FDivergence("js", lambda u: torch.xlogy(u, u) - (u + 1) * ((1 + u) / 2).log(), lambda v: LOG2 - softplus(-v),
                lambda t: -(2 - t.exp()).log(), lambda v: softplus(v) - LOG2, lambda r: r, 0.0),
    FDivergence("gan", lambda u: torch.xlogy(u, u) - (u + 1) * (u + 1).log(), lambda v: -softplus(-v),
                lambda t: -(-torch.expm1(t)).log(), softplus, lambda r: r, -LOG2),
    FDivergence("total-variation", lambda u: (u - 1).abs() / 2, lambda v: v.tanh() / 2,
                lambda t: t.clamp(min=-0.5), lambda v: v.tanh() / 2,
                lambda r: torch.where(r == 0, r, r.sign() * math.inf), 0.0),  # at p = q every score is as good: 0
)
TABLE = {row.name: row for row in _ROWS}
NAMES = (*TABLE, "alpha", "js-weighted")


@lru_cache(maxsize=256)
def divergence(name: str, a: float = 0.5, pi: float = 0.5) -> FDivergence:
    """The divergence of that name.

    Args:
        name: One of ``NAMES``.
        a: Of ``alpha``.
        pi: Of ``js-weighted``, in (0, 1).

    Raises:
        BadInput: There is none.
    """
    match name:
        case "alpha":
            return alpha(a)
        case "js-weighted":
            return js_weighted(pi)
    if name not in TABLE:
        raise unknown("divergence", name, NAMES)
    return TABLE[name]


@lru_cache(maxsize=32)
def custom(text: str) -> FDivergence:
    """The divergence of a generator function that a person has typed.

    Raises:
        BadInput: The text is no convex function of u with a value at every u > 0.
    """
    # it loads the parser, which few runs need
    from ganstudio.maths.f_divergence.generator_function import generator_function

    f = generator_function(text)
    return FDivergence("custom", f.value, f.activation, f.conjugate, f.composite, f.optimal_score, f.threshold)
