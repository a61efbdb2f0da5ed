"""The parser of f(u): what it reads is what stands there, and nothing else gets in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganstudio.core.system.errors import BadInput
from ganstudio.maths.f_divergence.high_precision import conjugate_at, with_slope
from ganstudio.maths.f_divergence.parser import FLOATS, MAX_CHARACTERS, Node, parsed, worked_out, written


def at(text: str, u: float) -> float:
    return worked_out(parsed(text), u, float, FLOATS)


@pytest.mark.parametrize(("text", "value"), [
    ("u", 3.0), ("-u**2", -9.0), ("(-u)**2", 9.0), ("u - 1 - 1", 1.0), ("12/u/2", 2.0), ("2**3**2/u", 512 / 3),
    ("u**-2", 1 / 9), ("u^2", 9.0), ("2*-u", -6.0), ("ln(u)", math.log(3)), ("max(u, 5) - min(u, 5)", 2.0),
    ("1e2 + .5 + 1.", 101.5), ("e + pi", math.e + math.pi), ("sqrt(u+6) * abs(1-u)", 6.0), ("atan(u)", math.atan(3)),
    ("tanh(u) - sinh(u)/cosh(u)", 0.0), ("\tu\n*\r2 ", 6.0), ("--u", 3.0), ("u**(1/2)", math.sqrt(3)),
    ("2*e*u", 6 * math.e),
])
def test_a_text_means_what_it_says(text: str, value: float) -> None:
    assert at(text, 3.0) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(("text", "words"), [
    ("", "empty"), (" \t\n", "empty"), ("u" * 10_000, "10000 characters"), ("__import__('os')", "'_' at character 1"),
    ("u**u**u**u", "an exponent must be a number"), ("e**u", "an exponent must be a number"),
    ("u**21", "between -20 and 20"), ("u**(1/0)", "undefined"), ("u**(-log(-1))", "undefined"),
    ("1e999", "too large"), ("2000000000000*u", "too large"), ("2u", "'u' at character 2"), ("x+1", "unknown name 'x'"),
    ("log u", "parentheses"), ("(u", "never closed"), ("u)", "')' at character 2"), ("max(u)", "two arguments"),
    ("log(u, 2)", "one argument"), ("u+", "ends"), ("()", "')' at character 2"), ("u\0", r"'\x00'"), ("é", "'é'"),
    ("\ud800", r"'\ud800'"), ("u\u2028", r"'\u2028'"), ("٣*u", "'٣'"), ("u.real", "'.'"), ("u if u else u", "'if'"),
    ("lambda u", "unknown name 'lambda'"), ("log", "parentheses"),
    ("(" * 41 + "u" + ")" * 41, "40 deep"), ("(" * 250, "40 deep"), ("-" * 499 + "u", "40 deep"),
    ("u" + "**2" * 45, "40 deep"), ("+".join("u" * 150), "200"),
])
def test_everything_else_is_refused_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parsed(text)
    assert words in str(refusal.value) and str(refusal.value).startswith("f(u): ")
    str(refusal.value).encode()  # it travels in a frame


TREES = st.recursive(
    st.sampled_from(["u", "pi", "e", "2", "0.1", "1e-07", "1000000"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]}){p[1]}({p[2]})"),
        st.tuples(inner, st.sampled_from(["2", "-1", "(1/3)", "2**2"])).map(lambda p: f"({p[0]})**{p[1]}"),
        inner.map(lambda p: f"-({p})"),
        st.tuples(st.sampled_from(["log", "exp", "sqrt", "abs", "tanh"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"max({p[0]}, {p[1]})"),
    ),
    max_leaves=12,
)


def readable(text: str) -> Node | None:
    try:
        return parsed(text)
    except BadInput:
        return None


@given(TREES)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_what_is_written_is_read_back_as_the_same_tree(text: str) -> None:
    node = readable(text)
    if node is not None and len(written(node)) <= MAX_CHARACTERS:
        assert parsed(written(node)) == node


@given(st.one_of(st.text(max_size=60), st.text("u0123.e+-*/^(), logexpsqrtabmini_\0", max_size=600)))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_text_is_a_function_or_bad_input(text: str) -> None:
    readable(text)


@pytest.mark.parametrize("text", [
    "u*log(u) - (u+1)*log((u+1)/2)", "atan(u)/u", "tanh(u/3) - sinh(u)/cosh(2*u)", "sqrt(u)**3/abs(u-4)", "u**0.3*pi",
    "max(u, 2)*min(u, 3)", "(1-u)**2/u", "exp(-u) + e", "atan(-5*u)",
])
def test_sixty_digits_agree_with_floats_and_their_slope_with_a_difference(text: str) -> None:
    node, s = parsed(text), 0.8
    jet, ahead = with_slope(node, s), with_slope(node, s + 1e-9)
    assert jet is not None and ahead is not None
    assert float(jet[1]) == pytest.approx(at(text, math.exp(s)), rel=1e-13)
    assert float((ahead[1] - jet[1]) / (ahead[0] - jet[0])) == pytest.approx(float(jet[2]), rel=1e-7)


def test_sixty_digits_tell_what_floats_cannot() -> None:
    jet = with_slope(parsed("u*log(u) - (u+1)*log((u+1)/2)"), 60.0)
    assert jet is not None
    assert float(conjugate_at(*jet)) == pytest.approx(60 - math.log(2), rel=1e-14)  # log((1 + u) / 2)
    assert with_slope(parsed("exp(exp(u))"), 80.0) is None
    assert with_slope(parsed("log(-1)*u"), 0.0) is None
