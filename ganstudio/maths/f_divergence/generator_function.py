"""The generator function f of a divergence, from its text: checked, conjugated and given an output activation.

D_f(P||Q) = E_Q[f(p/q)] for a convex f with f(1) = 0; it is the largest E_P[T] - E_Q[f*(T)] of any T = g_f(V),
where f*(t) = sup over u of u t - f(u).

Source: Nowozin, Cseke, Tomioka 2016, arXiv:1606.00709, eq. (4) to (6) and section 2.3.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from ganstudio.core.system.errors import BadInput
from ganstudio.maths.f_divergence.conjugate_table import HIGH_S, LARGEST, LOW_S, ConjugateTable
from ganstudio.maths.f_divergence.convexity import first_concave
from ganstudio.maths.f_divergence.parser import Node, arithmetic_of, parsed, shifted, worked_out, written

Floats = NDArray[np.float64]

HUGE = 1e150  # of f: beyond it f' or u f' could overflow
NEEDED_S = math.log(20)  # f must be finite for density ratios from 1/20 to 20; beyond them it need not
CHECKED_S = 14.0  # log u is checked to both sides up to here: u from 1e-6 to 1e6
EPS = float(np.finfo(np.float64).eps)
FLOAT32 = 1e38

_TORCH: dict[str, Callable[..., Tensor]] = arithmetic_of(
    pi=lambda: torch.tensor(math.pi, dtype=torch.float64), e=lambda: torch.tensor(math.e, dtype=torch.float64),
    log=torch.log, exp=torch.exp, sqrt=torch.sqrt, abs=torch.abs, tanh=torch.tanh, sinh=torch.sinh, cosh=torch.cosh,
    atan=torch.atan, max=torch.maximum, min=torch.minimum,
)


def on_tensor(node: Node, u: Tensor) -> Tensor:
    """f(u) of a float64 tensor of any shape, differentiable; NaN if it is not defined."""
    return worked_out(node, u, lambda number: u.new_tensor(number), _TORCH).expand(u.shape)


def value_and_slope(node: Node, u: Floats) -> tuple[Floats, Floats]:
    """f and f' at ``(n,)`` points."""
    at = torch.from_numpy(np.array(u, dtype=np.float64)).requires_grad_(True)
    with torch.enable_grad():
        value = on_tensor(node, at)
        if not value.requires_grad:
            return value.numpy().copy(), np.zeros_like(u)
        (slope,) = torch.autograd.grad(value.sum(), at)
    return value.detach().numpy(), slope.numpy()


class GeneratorFunction:
    """One f. ``generator_function(text)`` keeps those that were made."""

    def __init__(self, text: str) -> None:
        """Reads, checks and conjugates; takes a tenth of a second or a few.

        Raises:
            BadInput: The text is none of a function, or the function none of a divergence's.
        """
        node = parsed(text)
        low, high = _checked(node)
        at_one = float(value_and_slope(node, np.ones(1))[0][0])
        self.shifted_by = 0.0 if abs(at_one) < 1e-12 else at_one
        self.node = shifted(node, self.shifted_by)
        self.text = written(self.node)
        sample = functools.partial(value_and_slope, self.node)
        self.threshold = _slope_at_one(sample)
        sides = sample(np.exp([-0.5, 0.5]))[1]
        curvature = float(sides[1] - sides[0])  # about f''(1)
        unit = curvature if curvature > 0 else 1.0
        # A unit of v moves T by about f''(1), but for round figures: f'' from 0.1 to 10 counts as 1.
        self._scale = 1.0 if 0.1 <= unit <= 10 else 10.0 ** round(math.log10(unit))
        high = min(high, math.log(LARGEST / max(self._scale, 1.0)))
        # Of a steep f only what is right beside figures of 1 is right: f* is as large as u t there.
        self.table = ConjugateTable(self.node, sample, low, high, unit if unit <= 10 else 1.0)
        self.end, self.start = self.table.end, self.table.start
        self.shape: Literal["straight", "softplus", "sigmoid"]
        if self.end is None:
            self.shape = "straight"
        elif self.start is None:
            self.shape = "softplus"
            self._scale = _distance(self.end, self.threshold, sample) / math.log(2)
        else:
            self.shape = "sigmoid"
            self._scale = self.end - self.start
            # If f'(1) is an end itself, a sigmoid that began there would never get away.
            share = min(max((self.threshold - self.start) / self._scale, 0.1), 0.9)
            self._middle = math.log(share / (1 - share))

    # What a variant asks for ---------------------------------------------------------------------------------

    def activation(self, v: Tensor) -> Tensor:
        """T = g_f(v): maps the real line onto the slopes of f, g_f(0) = f'(1). Any shape and float dtype."""
        return self._as(v, self._gap(v.to(torch.float64)) + (self.threshold if self.end is None else self.end))

    def conjugate(self, t: Tensor) -> Tensor:
        """f*(t) for t below the end of its domain; beyond it, straight on and steep. Its gradient is the maximiser."""
        t64 = t.to(torch.float64)
        return self._as(t, self.table.conjugate(t64 if self.end is None else t64 - self.end))

    def composite(self, v: Tensor) -> Tensor:
        """f*(g_f(v)), without the rounding of T: finite in float32, like its gradient, for \\|v\\| up to 80."""
        gap = self._gap(v.to(torch.float64))
        return self._as(v, self.table.conjugate(gap + self.threshold if self.end is None else gap))

    def optimal_score(self, log_ratio: Tensor) -> Tensor:
        """The v with g_f(v) = f'(p/q), float64 from log p - log q; the range's ends where it is infinite."""
        from scipy.interpolate import PchipInterpolator  # .3 s, which a text that is refused need not wait for

        nodes = self.table.nodes
        x = nodes.tau if self.end is None else -np.log(-nodes.tau)
        s, kept = np.unique(nodes.s, return_index=True)
        at = np.clip(log_ratio.detach().to("cpu", torch.float64).numpy(), s[0], s[-1])
        found = torch.from_numpy(np.asarray(PchipInterpolator(s, x[kept])(at), dtype=np.float64)).to(log_ratio.device)
        if self.shape == "straight":
            return (found - self.threshold) / self._scale
        gap = torch.exp(-found) / self._scale
        if self.shape == "softplus":
            # softplus(-v) = gap, which is exp(-v) where it is small and -v where it is large
            return -torch.where(gap > 30, gap, torch.log(torch.expm1(gap.clamp(max=31))))
        gap = gap.clamp(1e-16, 1 - 1e-16)
        return (torch.log1p(-gap) - torch.log(gap) - self._middle) / 2

    def value(self, u: Tensor) -> Tensor:
        """f(u), shifted so that f(1) = 0, float64."""
        return on_tensor(self.node, u.to(torch.float64))

    def derivative(self, u: Tensor) -> Tensor:
        """f'(u), float64."""
        flat = u.detach().to("cpu", torch.float64).reshape(-1).numpy()
        return torch.from_numpy(value_and_slope(self.node, flat)[1]).reshape(u.shape).to(u.device)

    # The activation ------------------------------------------------------------------------------------------

    def _gap(self, v: Tensor) -> Tensor:
        """T - f'(1) if f' is unbounded above, else T - b: free of rounding."""
        if self.shape == "straight":
            return v * self._scale
        if self.shape == "softplus":
            return -softplus(-v) * self._scale
        return -torch.sigmoid(-(2 * v + self._middle)) * self._scale

    @property
    def activation_latex(self) -> str:
        """g_f(v) as LaTeX."""
        if self.shape == "straight" or self.end is None:
            return _summed(self.threshold, self._scale, "v")
        if self.shape == "softplus":
            return _summed(self.end, -self._scale, r"\log(1 + e^{-v})")
        if abs(self._middle) < 1e-6:
            return _summed((self.end + (self.start or 0.0)) / 2, self._scale / 2, r"\tanh(v)")
        inside = _summed(self._middle, 2.0, "v")
        return _summed(self.start or 0.0, self._scale, rf"\sigma({inside})")

    @staticmethod
    def _as(like: Tensor, found: Tensor) -> Tensor:
        return found.to(like.dtype) if like.dtype == torch.float64 else found.clamp(-FLOAT32, FLOAT32).to(like.dtype)


@functools.lru_cache(maxsize=32)
def generator_function(text: str) -> GeneratorFunction:
    """The function of a text, made once.

    Raises:
        BadInput: As of ``GeneratorFunction``.
    """
    return GeneratorFunction(text)


def figure(value: float) -> str:
    """A number as LaTeX: whole, a small fraction, or one of log 2 or e, if it is one; else four figures."""
    for unit, name in ((1.0, ""), (math.log(2), r"\log 2"), (math.e, "e")):
        for below in (1, 2, 3, 4, 6, 8):
            above = round(value / unit * below)
            if abs(above) <= 999 and abs(value - above * unit / below) <= 1e-9 * abs(value):
                sign = "-" if above < 0 else ""
                if below > 1:
                    return rf"{sign}\frac{{{abs(above)}}}{{{below}}}{name}"
                return f"{sign}{name}" if name and abs(above) == 1 else f"{above}{name}"
    text = f"{value:.4g}"
    if "e" in text:
        digits, power = text.split("e")
        return rf"{digits} \cdot 10^{{{int(power)}}}"
    return text


def _summed(start: float, factor: float, what: str) -> str:
    """start + factor what, as LaTeX, without what is 0 or 1."""
    number = figure(abs(factor))
    product = what if number == "1" else rf"{number}\, {what}"
    sign = "-" if factor < 0 else "+"
    if abs(start) < 1e-9 * max(1.0, abs(factor)):
        return product if sign == "+" else f"-{product}"
    return f"{figure(start)} {sign} {product}"


def _slope_at_one(sample: Callable[[Floats], tuple[Floats, Floats]]) -> float:
    """f'(1); at a kink the middle of the slopes on both sides."""
    left, at, right = sample(np.array([1 - 1e-7, 1.0, 1 + 1e-7]))[1]
    smooth = abs(at - (left + right) / 2) <= 0.25 * (right - left)  # a NaN is not
    found = float(at if smooth else (left + right) / 2)
    return 0.0 if abs(found) <= 1e-8 * (right - left) * 1e7 else found


def _distance(end: float, threshold: float, sample: Callable[[Floats], tuple[Floats, Floats]]) -> float:
    """From f'(1) up to b; a tenth of the way from f'(0.1) if f'(1) is b already."""
    near = end - threshold
    if near > 1e-12 * max(abs(end), abs(threshold)):
        return near
    return max((end - float(sample(np.full(1, 0.1))[1][0])) / 10, 1e-12)


def _checked(node: Node) -> tuple[float, float]:
    """The range of log u on which f can be worked with.

    Raises:
        BadInput: f is not finite, not convex or straight; names the place.
    """
    low, high = _finite(node, _checked_at())
    u = _checked_at()
    u = u[(np.log(u) >= low) & (np.log(u) <= high)]
    value, slope = value_and_slope(node, u)
    if np.isnan(slope).mean() > 0.05:  # a kink may have none
        where = _nearest_one(u[np.isnan(slope)])
        raise BadInput(f"the slope of f(u) is not defined at u = {where:.4g}: it must be, but for kinks; "
                       "something in f divides by 0 or multiplies by it")
    _check_convex(u, value, _rounding(node, u))
    if (found := first_concave(node, max(low, -CHECKED_S), min(high, CHECKED_S))) is not None:
        raise _not_convex(f"near u = {math.sqrt(found[0] * found[1]):.3g}")
    low, high = _widened(node, low, high)
    # Further out f is used as far as it is convex.
    if high > CHECKED_S and (found := first_concave(node, CHECKED_S, high)) is not None:
        high = math.log(found[0])
    if low < -CHECKED_S and (found := first_concave(node, low, -CHECKED_S)) is not None:
        low = math.log(found[1])
    return low, high


def _checked_at() -> Floats:
    """Points u, about evenly spaced in log u, with the round figures at which a pole is likely among them."""
    figures = np.array([0.1, 0.2, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 50, 100, 1000])
    even = np.exp(np.linspace(-CHECKED_S, CHECKED_S, 1401))
    apart = np.abs(np.log(even[:, None] / figures)).min(axis=1) > 1e-3
    return np.sort(np.concatenate([even[apart], figures]))


def _finite(node: Node, u: Floats) -> tuple[float, float]:
    """The range of log u where |f| < 1e150: it may overflow far out, but nowhere else."""
    s = np.log(u)
    f = value_and_slope(node, u)[0]
    if np.isnan(f).any():
        where = u[np.isnan(f)]
        raise BadInput(f"f(u) is not defined at u = {_nearest_one(where):.4g}: it must be, for every u > 0")
    large = ~(np.abs(f) < HUGE)
    inside = large & (np.abs(s) <= NEEDED_S)
    if inside.any():
        at = _nearest_one(u[inside])
        raise BadInput(f"f(u) is infinite or larger than 1e150 at u = {at:.4g}: it must be finite for every u > 0")
    if (f[large] < 0).any():
        raise BadInput(f"f(u) falls below -1e150 at u = {_nearest_one(u[large & (f < 0)]):.4g}: a convex f does not")
    low = s[large & (s < 0)].max(initial=-np.inf)
    high = s[large & (s > 0)].min(initial=np.inf)
    return float(s[s > low].min()), float(s[s < high].max())


def _widened(node: Node, low: float, high: float) -> tuple[float, float]:
    """Beyond the range that was checked, as far as f, f' and u f' stay well within float64."""
    s = np.arange(LOW_S, HIGH_S, 0.25)
    u = np.exp(s)
    f, slope = value_and_slope(node, u)
    with np.errstate(all="ignore"):
        bad = ~((np.abs(f) < HUGE) & (np.abs(slope) < HUGE) & (np.abs(u * slope) < HUGE))
        usual = np.abs(slope[~bad & (np.abs(s) < 1)]).max(initial=0)
        falls = slope[1:] < slope[:-1] - 1e-9 * np.abs(slope[:-1]) - 1e-12 * usual
    bad |= np.append(falls & (s[:-1] < 0), False) | np.insert(falls & (s[1:] > 0), 0, False)  # f curves down there
    bad &= (s < -NEEDED_S) | (s > NEEDED_S)  # a kink may have no slope
    below = s[bad & (s < 0)].max(initial=-np.inf)
    above = s[bad & (s > 0)].min(initial=np.inf)
    if low > -CHECKED_S + 0.1:
        below = max(below, low - 0.25)
    if high < CHECKED_S - 0.1:
        above = min(above, high + 0.25)
    return max(LOW_S, float(below) + 0.25), min(HIGH_S, float(above) - 0.25)


def _nearest_one(u: Floats) -> float:
    return float(u[np.abs(np.log(u)).argmin()])


def _rounding(node: Node, u: Floats) -> Floats:
    """How far f is off by its own rounding, felt out at neighbouring floats."""
    f = value_and_slope(node, u)[0]
    steps = [value_and_slope(node, u * (1 + k * EPS))[0] for k in (1, 2, 3, 5)]
    off = np.abs(np.stack(steps) - f).max(axis=0) + 4 * EPS * np.abs(f)
    around: Floats = np.lib.stride_tricks.sliding_window_view(np.pad(off, 4, mode="edge"), 9).max(axis=1)
    return around


def _check_convex(u: Floats, f: Floats, rounding: Floats) -> None:
    slope = np.diff(f) / np.diff(u)
    doubt = 8 * (rounding[1:] + rounding[:-1]) / np.diff(u)
    fall = slope[:-1] - slope[1:]
    bends_down = fall > doubt[1:] + doubt[:-1]
    if bends_down.any():
        at = np.flatnonzero(bends_down)
        first = last = int(at[np.abs(np.log(u[at + 1])).argmin()])
        while first > 0 and bends_down[first - 1]:
            first -= 1
        while last + 1 < len(bends_down) and bends_down[last + 1]:
            last += 1
        raise _not_convex(_stretch(u, first, last))
    if not (-fall > doubt[1:] + doubt[:-1]).any():
        raise BadInput("f(u) is a straight line: its divergence is 0 for all distributions; f must curve upwards")


def _not_convex(where: str) -> BadInput:
    return BadInput(f"f(u) is not convex: it curves downwards {where}; a divergence needs an f that curves upwards")


def _stretch(u: Floats, first: int, last: int) -> str:
    """The range of u in which f is not convex, in words; rounding hides the far ends."""
    low, high = u[first] < 1e-4, u[last + 2] > 1e4
    if low and high:
        return "everywhere"
    if low:
        return f"for u below {u[last + 2]:.3g}"
    if high:
        return f"for u above {u[first]:.3g}"
    return f"near u = {u[first + 1]:.3g}" if first == last else f"between u = {u[first]:.3g} and u = {u[last + 2]:.3g}"
