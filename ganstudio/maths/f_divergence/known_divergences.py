"""Which known divergence a generator function is, up to what leaves the best generator alone.

f and k f + c (u - 1) with k > 0 order all generators alike: the expectation of p/q - 1 under q is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import msgspec
import torch
from torch import Tensor

from ganstudio.maths.f_divergence.f_divergences import TABLE, divergence
from ganstudio.maths.f_divergence.generator_function import GeneratorFunction

AGREES = 1e-7
TITLES = {
    "kl": "Kullback–Leibler", "reverse-kl": "reverse Kullback–Leibler", "pearson": "Pearson χ²",
    "neyman": "Neyman χ²", "hellinger": "squared Hellinger", "jeffrey": "Jeffrey", "js": "Jensen–Shannon, doubled",
    "gan": "the original GAN's", "total-variation": "total variation", "js-weighted": "weighted Jensen–Shannon",
    "alpha": "the α family's",
}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """f = factor times the known one, plus tilt times (u - 1), plus what makes f(1) = 0."""

    name: str
    setting: str = ""  # of the families: "α = 0.7"
    factor: float
    tilt: float

    def __str__(self) -> str:
        times = "" if self.factor == 1 else f"{self.factor:.5g} times "
        setting = f" with {self.setting}" if self.setting else ""
        sentence = f"This is {times}{self.name}{setting} ({TITLES[self.name]})"
        if self.tilt:
            sentence += f" {'plus' if self.tilt > 0 else 'minus'} {abs(self.tilt):.5g} (u − 1), which changes nothing"
        elif times:
            sentence += ": the same generator is best"
        return sentence + "."


def recognised(f: GeneratorFunction) -> Known | None:
    """The known divergence that f is: rather by a plain name than in a family, rather as it is than scaled."""
    plain = list(_matches(f, ((row.name, "", row.value, row.threshold) for row in TABLE.values())))
    found = plain or list(_matches(f, _families(f)))
    return min(found, key=lambda known: (known.tilt != 0, known.factor != 1), default=None)


def _families(f: GeneratorFunction) -> Iterator[tuple[str, str, Callable[[Tensor], Tensor], float]]:
    """The one member of each family whose second and third derivatives at 1 have f's proportion."""
    at = torch.ones((), dtype=torch.float64, requires_grad=True)
    derivative = f.value(at)
    orders = []
    for _ in range(3):
        if not derivative.requires_grad:
            return
        (derivative,) = torch.autograd.grad(derivative, at, create_graph=True)
        orders.append(float(derivative.detach()))
    _, second, third = orders
    if not (second > 0 and math.isfinite(second) and math.isfinite(third)):
        return
    ratio = third / second
    weight, power = round(-1 - ratio, 9), round(ratio + 2, 9)
    if 0.001 <= weight <= 0.999:
        yield "js-weighted", f"π = {weight:.6g}", divergence("js-weighted", pi=weight).value, 0.0
    if abs(power) <= 20:
        yield "alpha", f"α = {power:.6g}", divergence("alpha", a=power).value, 0.0


def _matches(
    f: GeneratorFunction, rows: Iterator[tuple[str, str, Callable[[Tensor], Tensor], float]],
) -> Iterator[Known]:
    u = torch.exp(torch.linspace(-5, 5, 101, dtype=torch.float64))
    ours = f.value(u) - f.threshold * (u - 1)
    rounding = 1e-12 * (f.value(u).abs() + abs(f.threshold) * (u + 1) + float(ours.abs().max()) * 1e-3)
    for name, setting, value, slope in rows:
        theirs = value(u) - value(torch.ones_like(u)) - slope * (u - 1)
        factor = float(ours[-1] / theirs[-1])
        if not (factor > 0 and math.isfinite(factor)):
            continue
        if bool(((ours - factor * theirs).abs() <= AGREES * ours.abs() + rounding).all()):
            factor = _round(factor)
            tilt = _round(f.threshold - factor * slope)
            yield Known(name=name, setting=setting, factor=factor, tilt=0.0 if abs(tilt) < 1e-7 * factor else tilt)


def _round(value: float) -> float:
    """Nine figures: what a person typed, not what floats made of it."""
    return float(f"{value:.9g}")
