"""A convex conjugate as a table: f*(t) = sup over u > 0 of u t - f(u), at the slopes t = f'(u) themselves.

If f' is bounded above by b, everything follows from the gap b - t, which has no rounding; the table then runs
over -log(b - t), and its upper part is worked out to sixty digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.core.system.errors import BadInput
from ganstudio.maths.f_divergence.high_precision import conjugate_at, minus, with_slope
from ganstudio.maths.f_divergence.parser import Node

Floats = NDArray[np.float64]
A = TypeVar("A", NDArray[np.float64], Tensor)

LOW_S, MIDDLE_S, HIGH_S = -30.0, 9.0, 81.0  # log u: float64 from LOW to MIDDLE, and on to HIGH if f' is unbounded
LAST_S = 170.0  # beyond it f* overflows float32, or the gap is below what an activation reaches
SMALLEST_GAP = math.exp(-83)  # of b - t, as a share of b - f'(0.1): scores up to 80 come no nearer
LARGEST = 1e36  # of f* and of its change with log(b - t): float32 must hold them
TOLERANCE = 1e-9
DIGITS_TOLERANCE = 1e-7  # the same for points of sixty digits, a millisecond each
MAX_NODES = 20_000


class Nodes(NamedTuple):
    """Points of the table, each ``(n,)``, in the order of u."""

    s: Floats  # log u
    tau: Floats  # t, or t - b if f' is bounded above by b
    value: Floats  # f*(t) = u t - f(u)
    u: Floats


def bound_of_slope(node: Node, far_s: float) -> tuple[float, Decimal] | None:
    """What f'(u) tends to for u to infinity, or to 0 if ``far_s`` is negative; None if it is unbounded.

    A slope that closes in on its bound more slowly than u**-0.02 counts as unbounded.

    Args:
        node: The tree of f.
        far_s: The largest log u at which float64 can evaluate f; sixty digits are used beyond it.
    """
    for far in (math.copysign(640, far_s), far_s):
        jets = [with_slope(node, far * share) for share in (0.25, 0.5, 1.0)]
        slopes = [jet[2] for jet in jets if jet is not None]
        if len(slopes) == 3:
            break
    else:
        return None
    first, second = abs(minus(slopes[1], slopes[0])), abs(minus(slopes[2], slopes[1]))
    small = Decimal(10) ** -50 * max(abs(slopes[2]), Decimal(1))
    if second > small and second > first / 1000:
        return None
    bound = slopes[2] if abs(slopes[2]) > small else Decimal(0)
    return float(bound), bound


class ConjugateTable:
    """f* over the slopes that f has between exp(-30) and a u beyond what any float32 ratio reaches."""

    def __init__(
        self, node: Node, sample: Callable[[Floats], tuple[Floats, Floats]], low_s: float, high_s: float,
        unit: float,
    ) -> None:
        """Builds the table.

        Args:
            node: The tree of a convex f.
            sample: f and f' at ``(n,)`` points u, in float64.
            low_s: Smallest log u at which they are finite.
            high_s: Largest one, at most HIGH_S.
            unit: A slope difference that counts: accuracies are relative to it.

        Raises:
            BadInput: The slopes of f are all the same to float64.
        """
        self._node, self._sample, self._unit = node, sample, unit
        upper, lower = bound_of_slope(node, high_s), bound_of_slope(node, low_s)
        self.end = upper[0] if upper is not None else None  # of f*'s domain
        self.start = lower[0] if lower is not None else None  # f* is constant below it
        self._bound = upper[1] if upper is not None else None
        self.smallest_gap = 0.0
        if self.end is not None:
            gap = self.end - float(sample(np.full(1, 0.1))[1][0])
            self.smallest_gap = max(gap * SMALLEST_GAP, 1e-300) if gap > 0 else 1e-300
        top = min(MIDDLE_S, high_s) if upper is not None else high_s
        steps = int((top - low_s) / 0.04)
        # An odd offset: a kink at u = 1 must not fall on a point, where its slope is arbitrary.
        nodes = self._refined(np.linspace(low_s, top, steps) + 1e-4 * math.sqrt(0.5), self._at, TOLERANCE)
        if upper is not None:
            tail = self._refined(np.arange(MIDDLE_S + 0.01, LAST_S, 0.4), self._digits_at, DIGITS_TOLERANCE)
            nodes = Nodes(*(np.concatenate(pair) for pair in zip(nodes, tail, strict=True)))
        if len(nodes.s) < 2 or (self.end is not None and self.start is not None and not self.start < self.end):
            raise BadInput("f(u) is a straight line to sixteen digits; f must curve upwards")
        self.nodes = Nodes(nodes.s, np.maximum.accumulate(nodes.tau), nodes.value, nodes.u)
        self._x, self._f, self._rate, self._log_u = self._filled()
        self.floor = self._floor()
        self._on: dict[torch.device, tuple[Tensor, Tensor, Tensor, Tensor]] = {}

    # Building ------------------------------------------------------------------------------------------------

    def _at(self, s: Floats) -> Nodes:
        u = np.exp(s)
        value, slope = self._sample(u)
        with np.errstate(all="ignore"):
            conjugate = u * slope - value
        good = np.isfinite(slope) & np.isfinite(conjugate)
        tau = slope[good] if self.end is None else np.minimum(slope[good] - self.end, -self.smallest_gap)
        return Nodes(s[good], tau, conjugate[good], u[good])

    def _digits_at(self, s: Floats) -> Nodes:
        rows = []
        for log_u in s:
            jet = with_slope(self._node, float(log_u))
            if jet is None or self._bound is None:
                break
            u, value, slope = jet
            tau = min(float(minus(slope, self._bound)), -self.smallest_gap)
            row = (float(log_u), tau, float(conjugate_at(u, value, slope)), float(u))
            if not (abs(row[2]) < LARGEST and row[3] * -tau < LARGEST):
                break
            rows.append(row)
            if tau == -self.smallest_gap:
                break  # f is straight from here on
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return Nodes(*table.T)

    def _refined(self, s: Floats, at: Callable[[Floats], Nodes], tolerance: float) -> Nodes:
        """Halves every step on which the interpolation is not good enough, until all are."""
        nodes = at(s)
        fine = np.zeros(max(len(nodes.s) - 1, 0), dtype=bool)
        for _ in range(45):
            scale = tolerance * (self._unit + np.abs(nodes.value))
            scale = np.maximum(scale[1:], scale[:-1])
            step = np.diff(nodes.s)
            # Between two slopes f* lies between its chord and its tangents.
            fine |= np.diff(nodes.u) * np.diff(nodes.tau) < 4 * scale
            fine |= step < 1e-12
            open_ = np.flatnonzero(~fine)
            if not len(open_) or len(nodes.s) + len(open_) > MAX_NODES:
                break
            middle = at((nodes.s[open_] + nodes.s[open_ + 1]) / 2)
            if len(middle.s) < len(open_):  # not finite there: the points around it remain
                kept = np.isin((nodes.s[open_] + nodes.s[open_ + 1]) / 2, middle.s)
                fine[open_[~kept]] = True
                open_ = open_[kept]
            good = self._agrees(nodes, open_, middle, scale[open_])
            nodes = Nodes(*(np.insert(old, open_ + 1, new) for old, new in zip(nodes, middle, strict=True)))
            fine[open_] = good
            fine = np.insert(fine, open_ + 1, good)
        return nodes

    def _agrees(self, nodes: Nodes, left: NDArray[np.intp], middle: Nodes, scale: Floats) -> NDArray[np.bool_]:
        """Whether the cubic between two points goes through a third one."""
        ends = [Nodes(*(column[left + k] for column in nodes)) for k in (0, 1)]
        x = [self._coordinate(end.tau) for end in (*ends, middle)]
        width = np.where(x[1] > x[0], x[1] - x[0], 1.0)
        share = (x[2] - x[0]) / width
        rates = [self._change(end.tau, end.u) * width for end in ends]
        found = _cubic(share, ends[0].value, ends[1].value, rates[0], rates[1])
        inside: NDArray[np.bool_] = (share > 0.1) & (share < 0.9) & (np.abs(found - middle.value) < scale)
        return inside

    def _coordinate(self, tau: Floats) -> Floats:
        return tau if self.end is None else -np.log(-tau)

    def _change(self, tau: Floats, u: Floats) -> Floats:
        """The derivative of f* by the table's coordinate."""
        return u if self.end is None else u * -tau

    def _filled(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Coordinate, f*, its derivative and log u; across a kink of f, on which f* is straight, points are added."""
        nodes = self.nodes
        x = self._coordinate(nodes.tau)
        if self.end is not None:
            left, more = [np.zeros(0, dtype=np.intp)], [np.zeros(0)]
            for i in np.flatnonzero((np.diff(x) > 0.02) & (np.diff(nodes.s) < 1e-6)):
                more.append(np.linspace(x[i], x[i + 1], int((x[i + 1] - x[i]) / 0.02) + 2)[1:-1])
                left.append(np.full(len(more[-1]), i))
            at, added = np.concatenate(left), np.concatenate(more)
            from_ = Nodes(*(column[at] for column in nodes))
            tau = -np.exp(-added)
            chord = Nodes(from_.s, tau, from_.value + from_.u * (tau - from_.tau), from_.u)
            nodes = Nodes(*(np.insert(old, at + 1, new) for old, new in zip(nodes, chord, strict=True)))
            x = np.insert(x, at + 1, added)
        return x, nodes.value, self._change(nodes.tau, nodes.u), nodes.s

    def _floor(self) -> float:
        """-f(0+), which f* never goes below; minus infinity if f(0+) is infinite."""
        nodes = self.nodes
        first, later = nodes.value[0], nodes.value[int(np.searchsorted(nodes.s, nodes.s[0] + 5))]
        return float(first) if abs(later - first) < 1e-6 * (self._unit + abs(first)) else -math.inf

    # Reading -------------------------------------------------------------------------------------------------

    def _tensors(self, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        if device not in self._on:
            columns = (self._x, self._f, self._rate, self._log_u)
            x, f, rate, log_u = (torch.from_numpy(np.ascontiguousarray(column)).to(device) for column in columns)
            self._on[device] = (x, f, rate, log_u)
        return self._on[device]

    def _place(self, tau: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The coordinate within the table, the point left of it, the width of that step and the share of it."""
        x_of = self._tensors(tau.device)[0]
        x = tau if self.end is None else -torch.log((-tau).clamp(min=1e-300))
        x = x.clamp(x_of[0], x_of[-1])
        left = (torch.searchsorted(x_of, x.contiguous(), right=True) - 1).clamp(0, len(x_of) - 2)
        width = x_of[left + 1] - x_of[left]
        width = torch.where(width > 0, width, torch.ones_like(width))
        return x, left, width, (x - x_of[left]) / width

    def conjugate(self, tau: Tensor) -> Tensor:
        """f* by cubics, straight on beyond both ends; float64, any shape; its derivative is the maximising u."""
        return cast(Tensor, _Conjugate.apply(tau, self))  # type: ignore[no-untyped-call]

    def _value(self, tau: Tensor) -> Tensor:
        _, f, rate, log_u = self._tensors(tau.device)
        x, left, width, share = self._place(tau)
        inside = _cubic(share, f[left], f[left + 1], rate[left] * width, rate[left + 1] * width)
        reached = x if self.end is None else -torch.exp(-x)
        return (inside + torch.exp(log_u[left + (share > 0.5)]) * (tau - reached)).clamp(min=self.floor)

    def maximiser(self, tau: Tensor) -> Tensor:
        """The u at which u t - f(u) is largest, float64, any shape."""
        log_u = self._tensors(tau.device)[3]
        _, left, _, share = self._place(tau)
        return torch.exp(torch.lerp(log_u[left], log_u[left + 1], share))


class _Conjugate(torch.autograd.Function):
    """f*(t), whose derivative is the maximiser itself: the envelope theorem."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, tau: Tensor, table: ConjugateTable) -> Tensor:
        ctx.save_for_backward(tau)
        ctx.table = table  # type: ignore[attr-defined]
        return table._value(tau)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *grads: Tensor) -> tuple[Tensor, None]:
        (tau,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return grads[0] * ctx.table.maximiser(tau), None  # type: ignore[attr-defined]


def _cubic(share: A, left: A, right: A, left_rate: A, right_rate: A) -> A:
    """The cubic with these values and slopes (times the width) at both ends."""
    rest = 1 - share
    return (
        rest * rest * ((1 + 2 * share) * left + share * left_rate)
        + share * share * ((1 + 2 * rest) * right - rest * right_rate)
    )
