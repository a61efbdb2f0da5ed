"""A function of u and its slope to sixty digits, at single points: where float64 drowns in its own rounding.

Near the upper end b of a bounded f', b - f' is a difference of equals: at u = 1e16 float64 has nothing left of it.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from ganstudio.maths.f_divergence.parser import Node, arithmetic_of, worked_out

DIGITS = 60
_CONTEXT = decimal.Context(prec=DIGITS, Emax=10**6, Emin=-(10**6), traps=[
    decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow,  # exp of a million is refused, not computed
])
_ONE = Decimal(1)
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534")


class Jet(NamedTuple):
    """A value, and its derivative by u."""

    value: Decimal
    slope: Decimal


def with_slope(node: Node, s: float) -> tuple[Decimal, Decimal, Decimal] | None:
    """u = exp(s), f(u) and f'(u) to sixty digits; None if they are not defined or larger than 1e1000000."""
    with decimal.localcontext(_CONTEXT):
        try:
            u = Decimal(s).exp()
            value, slope = worked_out(node, Jet(u, _ONE), lambda number: Jet(Decimal(number), Decimal(0)), _JETS)
        except decimal.DecimalException:
            return None
        finite = value.is_finite() and slope.is_finite()
        return (u, value, slope) if finite else None


def minus(a: Decimal, b: Decimal) -> Decimal:
    """a - b to sixty digits."""
    return _CONTEXT.subtract(a, b)


def conjugate_at(u: Decimal, value: Decimal, slope: Decimal) -> Decimal:
    """u f'(u) - f(u) to sixty digits."""
    return _CONTEXT.subtract(_CONTEXT.multiply(u, slope), value)


def _chained(value: Callable[[Decimal], Decimal], slope: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Jet], Jet]:
    """A function from its value, and its slope as a function of argument and value."""

    def applied(a: Jet) -> Jet:
        result = value(a.value)
        return Jet(result, slope(a.value, result) * a.slope if a.slope else Decimal(0))

    return applied


def _power(a: Jet, exponent: Jet) -> Jet:
    n = exponent.value
    if n == n.to_integral_value():
        n = Decimal(int(n))
    if n == 0:
        return Jet(_ONE, Decimal(0))
    value = a.value**n
    if not a.slope:
        return Jet(value, Decimal(0))
    return Jet(value, (n * value / a.value if a.value else n * a.value ** (n - 1)) * a.slope)


def _sinh(a: Decimal) -> Decimal:
    return (a.exp() - (-a).exp()) / 2


def _cosh(a: Decimal) -> Decimal:
    return (a.exp() + (-a).exp()) / 2


def _tanh(a: Decimal) -> Decimal:
    shrunk = (-2 * abs(a)).exp()
    return ((_ONE - shrunk) / (_ONE + shrunk)).copy_sign(a)


def _atan(a: Decimal) -> Decimal:
    """By the series, after the argument is halved until it is small."""
    if abs(a) > 1:
        return (_PI / 2).copy_sign(a) - _atan(_ONE / a)
    halvings = 0
    while abs(a) > Decimal("0.05"):
        a = a / (_ONE + (_ONE + a * a).sqrt())
        halvings += 1
    total, term, square, k = a, a, a * a, 1
    while abs(term) > Decimal(10) ** -(DIGITS + 5):
        term, k = -term * square, k + 2
        total += term / k
    return total * Decimal(2**halvings)


_JETS: dict[str, Callable[..., Jet]] = arithmetic_of(
    pi=lambda: Jet(_PI, Decimal(0)),
    e=lambda: Jet(_ONE.exp(), Decimal(0)),
    log=_chained(Decimal.ln, lambda a, _: _ONE / a),
    exp=_chained(Decimal.exp, lambda _, y: y),
    sqrt=_chained(Decimal.sqrt, lambda _, y: _ONE / (2 * y)),
    abs=_chained(abs, lambda a, _: _ONE.copy_sign(a) if a else a),
    tanh=_chained(_tanh, lambda _, y: _ONE - y * y),
    sinh=_chained(_sinh, lambda a, _: _cosh(a)),
    cosh=_chained(_cosh, lambda a, _: _sinh(a)),
    atan=_chained(_atan, lambda a, _: _ONE / (_ONE + a * a)),
    max=lambda a, b: a if a.value >= b.value else b,
    min=lambda a, b: a if a.value <= b.value else b,
) | {
    "negative": lambda a: Jet(-a.value, -a.slope),
    "+": lambda a, b: Jet(a.value + b.value, a.slope + b.slope),
    "-": lambda a, b: Jet(a.value - b.value, a.slope - b.slope),
    "*": lambda a, b: Jet(a.value * b.value, a.slope * b.value + a.value * b.slope),
    "/": lambda a, b: Jet(a.value / b.value, (a.slope - a.value / b.value * b.slope) / b.value),
    "**": _power,
}
