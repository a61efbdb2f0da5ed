"""What the divergence workshop finds out about a text: the function, the divergence, its formulas and its curves."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.core.protocol.divergence_report import Examination
from ganstudio.core.protocol.views import Array
from ganstudio.maths.f_divergence.closed_form import ClosedForm, Question, closed_form
from ganstudio.maths.f_divergence.generator_function import GeneratorFunction, figure, generator_function
from ganstudio.maths.f_divergence.known_divergences import recognised
from ganstudio.maths.f_divergence.latex import latex_of
from ganstudio.maths.f_divergence.parser import parsed

Floats = NDArray[np.float64]

DRAWN_U = 4.0  # f is drawn for density ratios up to this
DRAWN_V = 5.0  # and g_f for scores up to this, to both sides
POINTS = 241
TANGENTS_AT = (0.25, 1.0, 2.5)  # density ratios
LONGEST = 400  # characters of LaTeX: a longer closed form is of no use


def examine(text: str, abandoned: Callable[[], bool] = lambda: False) -> Examination:
    """Everything about the divergence of a text.

    Args:
        text: f(u).
        abandoned: Asked many times a second; the search for closed forms ends if it returns True.

    Raises:
        BadInput: The text is none of a function, or the function none of a divergence's; one sentence.
    """
    f = generator_function(text)
    u = np.linspace(DRAWN_U / 1000, DRAWN_U, POINTS)
    v = np.linspace(-DRAWN_V, DRAWN_V, POINTS)
    t = _drawn_slopes(f)
    found = closed_form(_question(text, f), abandoned)
    conjugate = found.conjugate if len(found.conjugate) <= LONGEST else ""
    discriminator, generator = _objective(f, conjugate)
    known = recognised(f)
    return Examination(
        text=f.text, shifted_by=f.shifted_by, known_as=str(known) if known is not None else "", remark=_remark(f),
        f=_shifted_latex(text, f), derivative=_derivative(found), conjugate=_whole(conjugate, f),
        activation=f.activation_latex, discriminator=discriminator, generator=generator,
        domain_end=f.end, threshold=f.threshold,
        u=Array.of(u), f_values=Array.of(_numbers(f.value, u)),
        t=Array.of(t), conjugate_values=Array.of(_numbers(f.conjugate, t)),
        v=Array.of(v), activation_values=Array.of(_numbers(f.activation, v)),
        tangents=Array.of(_tangents(f)),
    )


def _numbers(of: Callable[[torch.Tensor], torch.Tensor], at: Floats) -> Floats:
    with torch.no_grad():
        values: Floats = of(torch.from_numpy(at)).numpy().astype(np.float64)
    return values


def _drawn_slopes(f: GeneratorFunction) -> Floats:
    """Slopes from those of small ratios to those of large ones, a little beyond, within the domain of f*."""
    low, high = _numbers(f.derivative, np.array([0.2, DRAWN_U]))
    span = max(high - low, 1e-9 * max(1.0, abs(high)))
    top = high + 0.25 * span
    if f.end is not None and top >= f.end:
        top = f.end - 1e-4 * span  # f* may rise to infinity there
    return np.linspace(low - 0.35 * span, top, POINTS)


def _tangents(f: GeneratorFunction) -> Floats:
    """Slopes t and intercepts -f*(t), ``(k, 2)``, without doubles."""
    slopes = _numbers(f.derivative, np.array(TANGENTS_AT))
    slopes[TANGENTS_AT.index(1.0)] = f.threshold
    apart = 1e-6 * max(float(slopes[-1] - slopes[0]), 1e-12)
    kept = slopes[np.concatenate([[True], np.diff(slopes) > apart])]
    inside = kept if f.end is None else np.minimum(kept, f.end - 1e-9 * abs(f.end - f.threshold))
    return np.stack([kept, -_numbers(f.conjugate, inside)], axis=1)


def _question(text: str, f: GeneratorFunction) -> Question:
    t = np.unique(_numbers(f.derivative, np.array([0.3, 0.6, 0.9, 1.5, 3.0])))
    values = _numbers(f.conjugate, t)
    return Question(text=text, shift=f.shifted_by != 0, t=t.tolist(), values=values.tolist(), start=f.start, end=f.end)


def _remark(f: GeneratorFunction) -> str:
    before, after = _numbers(f.derivative, np.array([0.95, 1.05]))
    far = _numbers(f.derivative, np.array([0.1, 10.0]))
    if after - before <= 1e-9 * (far[1] - far[0]):
        return "f is straight around u = 1: it cannot tell distributions apart that are close to each other."
    return ""


# Formulas ----------------------------------------------------------------------------------------------------------


def _shifted_latex(text: str, f: GeneratorFunction) -> str:
    latex = latex_of(parsed(text))
    if not f.shifted_by:
        return latex
    return rf"{latex} {'-' if f.shifted_by > 0 else '+'} {figure(abs(f.shifted_by))}"


def _derivative(found: ClosedForm) -> str:
    return found.derivative if len(found.derivative) <= LONGEST else ""


def _whole(conjugate: str, f: GeneratorFunction) -> str:
    """f* and the range of its formula: below the least slope of f it is constant, above the largest infinite."""
    low = rf"{figure(f.start)} \leq " if f.start is not None and np.isfinite(f.table.floor) else ""
    high = rf" < {figure(f.end)}" if f.end is not None else ""
    return rf"{conjugate} \quad ({low}t{high})" if conjugate and (low or high) else conjugate


def _objective(f: GeneratorFunction, conjugate: str) -> tuple[str, str]:
    """What D maximises and G minimises, with g_f and f* written out."""
    activation = _with(f.activation_latex, "v", "D")
    # Below the least slope f* is constant; only an activation that is the score itself goes there.
    everywhere = f.start is None or f.shape == "sigmoid"
    on_fake = _with(conjugate, "t", "T") if conjugate and everywhere else "f^*(T)"
    return (
        rf"\max_D\; E_x[T] - E_z\left[{on_fake}\right], \quad T = {activation}",
        rf"\min_G\; -E_z\left[{on_fake}\right]",
    )


def _with(latex: str, letter: str, other: str) -> str:
    """A formula with another letter or expression in the place of a letter; commands keep theirs."""

    def put(found: re.Match[str]) -> str:
        return other if found.group() == letter else found.group()

    return re.sub(rf"\\operatorname\{{\w+\}}|\\[A-Za-z]+|{letter}", put, latex)
