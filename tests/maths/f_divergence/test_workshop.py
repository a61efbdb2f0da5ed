"""What the workshop says of a text: known divergences by name, formulas that agree with the numbers, curves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.core.system.errors import BadInput
from ganstudio.maths.f_divergence import closed_form as sympy_side
from ganstudio.maths.f_divergence import workshop
from ganstudio.maths.f_divergence.closed_form import ClosedForm, Question, closed_form
from ganstudio.maths.f_divergence.generator_function import generator_function
from ganstudio.maths.f_divergence.known_divergences import recognised
from ganstudio.maths.f_divergence.latex import latex_of
from ganstudio.maths.f_divergence.parser import parsed
from ganstudio.maths.f_divergence.workshop import examine


@pytest.mark.parametrize(("text", "sentence"), [
    ("u*log(u)", "This is kl (Kullback–Leibler)."),
    ("-ln(u)", "This is reverse-kl (reverse Kullback–Leibler)."),
    ("u**2 - 2*u + 1", "This is pearson (Pearson χ²)."),
    ("u - 2 + 1/u", "This is neyman (Neyman χ²)."),
    ("u - 2*sqrt(u) + 1", "This is hellinger (squared Hellinger)."),
    ("(u-1)*log(u)", "This is jeffrey (Jeffrey)."),
    ("u*log(u) - (u+1)*log((u+1)/2)", "This is js (Jensen–Shannon, doubled)."),
    ("u*log(u) - (u+1)*log(u+1)", "This is gan (the original GAN's)."),
    ("max(u-1, 1-u)/2", "This is total-variation (total variation)."),
    ("0.3*u*log(u) - (0.7+0.3*u)*log(0.7+0.3*u)", "This is js-weighted with π = 0.3 (weighted Jensen–Shannon)."),
    ("(u**0.7 - 1 - 0.7*(u-1))/(0.7*(0.7-1))", "This is alpha with α = 0.7 (the α family's)."),
    ("0.5*(u*log(u) - (u+1)*log((u+1)/2)) + 0.3*(u-1)",
     "This is 0.5 times js (Jensen–Shannon, doubled) plus 0.3 (u − 1), which changes nothing."),
    ("u**2 - 1", "This is pearson (Pearson χ²) plus 2 (u − 1), which changes nothing."),
    ("-4*sqrt(u)", "This is 2 times hellinger (squared Hellinger) minus 2 (u − 1), which changes nothing."),
    ("3*u*log(u) + 7", "This is 3 times kl (Kullback–Leibler): the same generator is best."),
])
def test_a_known_divergence_is_recognised_however_it_is_written(text: str, sentence: str) -> None:
    assert str(recognised(generator_function(text))) == sentence


@pytest.mark.parametrize("text", ["u*log(u) + 0.001*(u-1)**4", "(u-1)**2/(u+1)", "abs(u-1) + 0.01*(u-1)**2", "exp(u)"])
def test_what_is_close_to_a_known_one_is_not_it(text: str) -> None:
    assert recognised(generator_function(text)) is None


def question(text: str, **more: object) -> Question:
    return Question(**{"text": text, "shift": False, "start": None, "end": None, **more})  # type: ignore[arg-type]


def test_sympy_finds_what_agrees_with_the_numbers() -> None:
    t = [-1.0, 0.2, 0.5]
    js = closed_form(question("u*log(u) - (u+1)*log((u+1)/2)", t=t, values=[-math.log(2 - math.exp(x)) for x in t],
                              end=math.log(2)))
    assert js.conjugate == r"- \log{\left(2 - e^{t} \right)}"
    wrong = closed_form(question("(u-1)**2", t=t, values=[1.0, 2.0, 3.0]))
    assert wrong == ClosedForm(derivative="2 u - 2")


def test_a_search_that_nobody_waits_for_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sympy_side, "PATIENCE_S", 0.0)
    endless = question("((9**20)**20)**20*u*log(u) + exp(u)*tanh(u)", t=[0.5], values=[0.0])
    assert closed_form(endless) == ClosedForm()
    monkeypatch.setattr(sympy_side, "PATIENCE_S", 60.0)
    assert closed_form(endless, lambda: True) == ClosedForm()


def test_an_examination_is_whole() -> None:
    found = examine("u*log(u) - (u+1)*log(u+1)")
    assert found.shifted_by == pytest.approx(-2 * math.log(2)) and found.threshold == pytest.approx(-math.log(2))
    assert found.domain_end == 0
    assert found.f.endswith(r"+ 2\log 2")
    assert found.activation == r"-\log(1 + e^{-v})"
    assert r"T = -\log(1 + e^{-D})" in found.discriminator and "e^{T}" in found.discriminator
    u, f, t, star, v, g = (array.doubles() for array in (
        found.u, found.f_values, found.t, found.conjugate_values, found.v, found.activation_values))
    np.testing.assert_allclose(f, u * np.log(u) - (u + 1) * np.log(u + 1) + 2 * math.log(2), atol=1e-12)
    np.testing.assert_allclose(star, -np.log(-np.expm1(t)) - 2 * math.log(2), atol=1e-7)
    np.testing.assert_allclose(g, -np.log1p(np.exp(-v)), atol=1e-12)
    slopes, intercepts = found.tangents.doubles().T
    assert len(slopes) == 3
    assert (slopes[:, None] * u + intercepts[:, None] <= f + 1e-9).all()  # tangents lie below f
    assert (np.abs(slopes[:, None] * u + intercepts[:, None] - f).min(axis=1) < 1e-4).all()  # and touch it


def test_without_a_closed_form_there_are_the_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "closed_form", lambda *_: ClosedForm())
    found = examine("abs(u-1)/2")
    assert found.conjugate == "" and "f^*(T)" in found.discriminator
    assert found.tangents.doubles()[:, 0].tolist() == [-0.5, 0.0, 0.5]
    assert examine("max(u-2, 0)").remark.startswith("f is straight around u = 1")
    with pytest.raises(BadInput, match="not convex"):
        examine("(u-1)**3")


@pytest.mark.parametrize(("text", "latex"), [
    ("u*log(u) - (u+1)*log((u+1)/2)",
     r"u\, \log\left(u\right) - \left(u + 1\right)\, \log\left(\frac{u + 1}{2}\right)"),
    ("(sqrt(u)-1)**2", r"\left(\sqrt{u} - 1\right)^{2}"), ("-u**2", "-u^{2}"), ("u*-2", r"u\, \left(-2\right)"),
    ("u - (-u)", r"u - \left(-u\right)"), ("u-(u-1)", r"u - \left(u - 1\right)"), ("2*3*u", r"2 \cdot 3\, u"),
    ("abs(u-pi)/2e-7", r"\frac{\left|u - \pi\right|}{2 \cdot 10^{-7}}"),
    ("atan(max(u, e))", r"\operatorname{atan}\left(\max\left(u, e\right)\right)"),
])
def test_f_is_typeset_as_it_was_typed(text: str, latex: str) -> None:
    assert latex_of(parsed(text)) == latex
