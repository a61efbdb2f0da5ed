"""Finds where an f is not convex, also where it is so on a stretch that points in a row would miss.

f, f' and f'' are bounded over boxes of u by interval arithmetic (Moore 1966), rounded outwards: a box on which f'' is
not negative is done; every other one is halved again and again. So a kink is found by where it is, not by chance: of
any place, and of any size down to ``LIMIT`` of the terms that meet there. Far from u = 1 the rounding of large terms
hides what is small beside them; there the boxes stay wider, and a kink must be larger than what f' rises by over one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganstudio.maths.f_divergence.parser import Node, worked_out

Floats = NDArray[np.float64]

LIMIT = 1e-12  # a fall of f' by less than this share of its terms is taken for rounding
FIRST = 0.05  # width of the first boxes, in log u
PARTS = 8  # into which a box is cut
SMALLEST = 1e-13  # width in log u of boxes that are not cut any more
MOST = 512  # boxes that are cut at a time: those nearest to a kink, then those nearest to u = 1
_OUT = 4 * float(np.finfo(np.float64).eps)  # relative: three roundings, and the last digit of a library's function
_TINY, _LARGEST = 1e-300, float(np.finfo(np.float64).max)


class Interval(NamedTuple):
    """Bounds of a quantity over boxes, each ``(n,)``."""

    low: Floats
    high: Floats


class Jet(NamedTuple):
    """A function of u over boxes, with its first two derivatives."""

    value: Interval
    slope: Interval
    bend: Interval


def first_concave(node: Node, low_s: float, high_s: float) -> tuple[float, float] | None:
    """A stretch of u in which f curves downwards, or None; of those found first, the one nearest to u = 1.

    Args:
        node: The tree of f.
        low_s: Smallest log u that is looked at.
        high_s: Largest one.
    """
    edges = np.linspace(low_s, high_s, max(int((high_s - low_s) / FIRST), 1) + 1)
    low, high = edges[:-1], edges[1:]
    with np.errstate(all="ignore"):
        while len(low):
            bend = _jet(node, np.exp(low), np.exp(high)).bend
            open_ = ~(bend.low >= 0)
            low, high, doubt = low[open_], high[open_], (bend.high - bend.low)[open_]
            if not len(low):
                break
            middle = np.exp((low + high) / 2)
            inside = _jet(node, middle, middle).bend
            bad = (inside.high < 0) | _falls(node, low, high)
            if bad.any():
                at = np.flatnonzero(bad)
                nearest = int(at[np.abs(low + high)[at].argmin()])
                return math.exp(low[nearest]), math.exp(high[nearest])
            # Where a single point is bounded no better than its whole box, rounding is all that there is to see.
            cut = np.flatnonzero(((high - low) > SMALLEST) & ~(doubt < 4 * (inside.high - inside.low)))
            cut = cut[np.lexsort((np.abs(low + high)[cut], np.isfinite(doubt[cut])))][:MOST]
            parts = low[cut, None] + (high - low)[cut, None] * np.linspace(0, 1, PARTS + 1)
            low, high = parts[:, :-1].ravel(), parts[:, 1:].ravel()
    return None


def _falls(node: Node, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Over which boxes f' falls."""
    # A little beyond both ends: a kink may lie on one of them, and has no slope there.
    left, right = np.exp(low) * (1 - 4 * SMALLEST), np.exp(high) * (1 + 4 * SMALLEST)
    before, after = _jet(node, left, left).slope, _jet(node, right, right).slope
    size = np.maximum(np.abs(before.low), np.abs(after.low)) * LIMIT
    fallen: NDArray[np.bool_] = after.high < before.low - size
    return fallen


def _jet(node: Node, low: Floats, high: Floats) -> Jet:
    u = Jet(Interval(low, high), _exactly(np.ones_like(low)), _exactly(np.zeros_like(low)))
    constants = {"pi": lambda: _number(math.pi, low), "e": lambda: _number(math.e, low)}
    return worked_out(node, u, lambda number: _number(number, low), _JETS | constants)


def _exactly(values: Floats) -> Interval:
    return Interval(values, values)


def _number(number: float, like: Floats) -> Jet:
    zero = _exactly(np.zeros_like(like))
    return Jet(_exactly(np.full_like(like, number)), zero, zero)


# Intervals ---------------------------------------------------------------------------------------------------------


def _outwards(low: Floats, high: Floats) -> Interval:
    """The bounds with room for rounding; what is no number bounds nothing."""
    lost = np.isnan(low) | np.isnan(high)
    low, high = np.minimum(low, _LARGEST), np.maximum(high, -_LARGEST)  # what overflows is finite, and beyond that
    low, high = low - _OUT * np.abs(low) - _TINY * (low != 0), high + _OUT * np.abs(high) + _TINY * (high != 0)
    return Interval(np.where(lost | np.isnan(low), -np.inf, low), np.where(lost | np.isnan(high), np.inf, high))


def _sum(a: Interval, b: Interval) -> Interval:
    return _outwards(a.low + b.low, a.high + b.high)


def _minus(a: Interval) -> Interval:
    return Interval(-a.high, -a.low)


def _product(a: Interval, b: Interval) -> Interval:
    ends = np.stack([a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high])
    # Zero times a bound that is infinite: the bound is not reached.
    ends[np.isnan(ends)] = 0.0
    return _outwards(ends.min(axis=0), ends.max(axis=0))


def _square(a: Interval) -> Interval:
    low, high = np.abs(a.low), np.abs(a.high)
    return _outwards(np.where(_holds_zero(a), 0.0, np.minimum(low, high) ** 2), np.maximum(low, high) ** 2)


def _holds_zero(a: Interval) -> NDArray[np.bool_]:
    held: NDArray[np.bool_] = (a.low <= 0) & (a.high >= 0)
    return held


def _hull(a: Interval, b: Interval) -> Interval:
    return Interval(np.minimum(a.low, b.low), np.maximum(a.high, b.high))


def _reciprocal(a: Interval) -> Interval:
    lost = _holds_zero(a)
    found = _outwards(1 / np.where(lost, 1.0, a.high), 1 / np.where(lost, 1.0, a.low))
    return Interval(np.where(lost, -np.inf, found.low), np.where(lost, np.inf, found.high))


def _rising(of: Callable[[Floats], Floats], a: Interval) -> Interval:
    """A function that rises; outside of its domain it bounds nothing."""
    return _outwards(of(a.low), of(a.high))


# Jets --------------------------------------------------------------------------------------------------------------


def _add(a: Jet, b: Jet) -> Jet:
    return Jet(*(_sum(x, y) for x, y in zip(a, b, strict=True)))


def _negative(a: Jet) -> Jet:
    return Jet(*(_minus(x) for x in a))


def _times(a: Jet, b: Jet) -> Jet:
    cross = _product(a.slope, b.slope)
    return Jet(
        _product(a.value, b.value),
        _sum(_product(a.slope, b.value), _product(a.value, b.slope)),
        _sum(_sum(_product(a.bend, b.value), _product(a.value, b.bend)), _sum(cross, cross)),
    )


def _chained(a: Jet, value: Interval, first: Interval, second: Interval) -> Jet:
    """h(a), from h, h' and h'' over the values of a."""
    return Jet(value, _product(first, a.slope), _sum(_product(second, _square(a.slope)), _product(first, a.bend)))


def _over(a: Jet, b: Jet) -> Jet:
    inverse = _reciprocal(b.value)
    square = _product(inverse, inverse)
    cube = _product(square, inverse)
    return _times(a, _chained(b, inverse, _minus(square), _sum(cube, cube)))


def _log(a: Jet) -> Jet:
    inside = Interval(np.where(a.value.low > 0, a.value.low, np.nan), a.value.high)
    inverse = _reciprocal(inside)
    return _chained(a, _rising(np.log, inside), inverse, _minus(_square(inverse)))


def _exp(a: Jet) -> Jet:
    value = _rising(np.exp, a.value)
    return _chained(a, value, value, value)


def _sqrt(a: Jet) -> Jet:
    return _power_of(a, 0.5)


def _abs(a: Jet) -> Jet:
    kink = _holds_zero(a.value)
    other = _negative(a)
    below = a.value.high < 0
    value = Interval(np.where(kink, 0.0, np.minimum(np.abs(a.value.low), np.abs(a.value.high))),
                     np.maximum(np.abs(a.value.low), np.abs(a.value.high)))
    return Jet(value, _either(kink, below, a.slope, other.slope),
               _at_kinks(kink, _either(kink, below, a.bend, other.bend)))


def _either(both: NDArray[np.bool_], second: NDArray[np.bool_], a: Interval, b: Interval) -> Interval:
    """The one interval, the other, or both together."""
    whole = _hull(a, b)
    return Interval(np.where(both, whole.low, np.where(second, b.low, a.low)),
                    np.where(both, whole.high, np.where(second, b.high, a.high)))


def _at_kinks(kink: NDArray[np.bool_], bend: Interval) -> Interval:
    """f'' where f' may jump."""
    return Interval(np.where(kink, -np.inf, bend.low), np.where(kink, np.inf, bend.high))


def _larger(a: Jet, b: Jet) -> Jet:
    second = b.value.low > a.value.high
    both = ~second & ~(a.value.low > b.value.high)
    value = Interval(np.maximum(a.value.low, b.value.low), np.maximum(a.value.high, b.value.high))
    return Jet(value, _either(both, second, a.slope, b.slope), _at_kinks(both, _either(both, second, a.bend, b.bend)))


def _smaller(a: Jet, b: Jet) -> Jet:
    return _negative(_larger(_negative(a), _negative(b)))


def _tanh(a: Jet) -> Jet:
    value = _rising(np.tanh, a.value)
    # 1 - tanh**2 as 1 / cosh**2, which keeps its digits far out.
    first = _reciprocal(_square(_cosh_of(a.value)))
    twice = _product(value, first)
    return _chained(a, value, first, _minus(_sum(twice, twice)))


def _cosh_of(a: Interval) -> Interval:
    low, high = np.cosh(a.low), np.cosh(a.high)
    return _outwards(np.where(_holds_zero(a), 1.0, np.minimum(low, high)), np.maximum(low, high))


def _sinh(a: Jet) -> Jet:
    value = _rising(np.sinh, a.value)
    return _chained(a, value, _cosh_of(a.value), value)


def _cosh(a: Jet) -> Jet:
    value = _cosh_of(a.value)
    return _chained(a, value, _rising(np.sinh, a.value), value)


def _atan(a: Jet) -> Jet:
    first = _reciprocal(_sum(_exactly(np.ones_like(a.value.low)), _square(a.value)))
    squared = _product(_product(first, first), a.value)
    return _chained(a, _rising(np.arctan, a.value), first, _minus(_sum(squared, squared)))


def _power(a: Jet, exponent: Jet) -> Jet:
    """The exponent holds no u: it is one number in every box."""
    n = float((exponent.value.low[0] + exponent.value.high[0]) / 2) if len(exponent.value.low) else 1.0
    return _power_of(a, round(n) if abs(n - round(n)) < 1e-12 else n)


def _power_of(a: Jet, n: float) -> Jet:
    if n == 0:
        return _number(1.0, a.value.low)
    first = _scaled(n, _raised(a.value, n - 1))
    return _chained(a, _raised(a.value, n), first, _scaled(n * (n - 1), _raised(a.value, n - 2)))


def _scaled(factor: float, a: Interval) -> Interval:
    if factor == 0:
        return _exactly(np.zeros_like(a.low))
    return _product(_exactly(np.full_like(a.low, factor)), a)


def _raised(a: Interval, n: float) -> Interval:
    """a**n; with a power that is not whole, a negative a bounds nothing."""
    if n == 0:
        return _exactly(np.ones_like(a.low))
    if n < 0:
        return _reciprocal(_raised(a, -n))
    whole = n == int(n)
    low, high = np.power(a.low, n), np.power(a.high, n)
    if whole and int(n) % 2 == 0:
        low, high = np.where(_holds_zero(a), 0.0, np.minimum(low, high)), np.maximum(low, high)
    return _outwards(*_outwards(low, high))


_JETS: dict[str, Callable[..., Jet]] = {
    "negative": _negative, "+": _add, "-": lambda a, b: _add(a, _negative(b)), "*": _times, "/": _over, "**": _power,
    "log": _log, "exp": _exp, "sqrt": _sqrt, "abs": _abs, "tanh": _tanh, "sinh": _sinh, "cosh": _cosh, "atan": _atan,
    "max": _larger, "min": _smaller,
}
