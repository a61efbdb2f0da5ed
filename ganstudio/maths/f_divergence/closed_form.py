"""f' and f* in closed form, if SymPy finds one: in a process of its own, since on odd input it may never end.

Asked on standard input for f and for values that f* must have, the process answers on standard output, a line of
JSON for each thing found. What does not agree with the numbers is not a closed form.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ganstudio.core.system.errors import BadInput
from ganstudio.maths.f_divergence.parser import (
    MAX_CHARACTERS,
    Node,
    arithmetic_of,
    constant,
    mentions_u,
    parsed,
    worked_out,
)

PATIENCE_S = 4.0
POLL_S = 0.05
MEMORY_BYTES = 2 << 30
AGREES = 1e-6


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is asked."""

    text: str  # f(u), as it was typed
    shift: bool  # whether f - f(1) is meant
    t: list[float]  # slopes that f has
    values: list[float]  # f* there
    start: float | None  # what f'(u) tends to for u to 0
    end: float | None  # and to infinity


class ClosedForm(msgspec.Struct, frozen=True, kw_only=True):
    """LaTeX; empty if SymPy found nothing that agrees with the numbers in time."""

    derivative: str = ""
    conjugate: str = ""


def closed_form(question: Question, abandoned: Callable[[], bool] = lambda: False) -> ClosedForm:
    """Asks SymPy, and ends it after a few seconds, or when the caller has given up.

    Args:
        question: f, and what f* must come to.
        abandoned: Asked many times a second.
    """
    if getattr(sys, "frozen", False):
        return ClosedForm()  # a bundle's executable is no Python to run a module with
    found = ClosedForm()
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "ganstudio.maths.f_divergence.closed_form"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    with child:
        try:
            written = _answer(child, msgspec.json.encode(question), abandoned)
        finally:
            child.kill()
    for line in written.splitlines():
        try:
            found = msgspec.structs.replace(found, **msgspec.json.decode(line, type=dict[str, str]))
        except (msgspec.MsgspecError, TypeError):
            break  # it was ended in the middle of a line
    return found


def _answer(child: subprocess.Popen[bytes], question: bytes, abandoned: Callable[[], bool]) -> bytes:
    """What the process wrote until it ended or was stopped."""
    given_up = time.monotonic() + PATIENCE_S
    asked: bytes | None = question
    while True:
        try:
            return child.communicate(asked, timeout=POLL_S)[0]
        except subprocess.TimeoutExpired:
            asked = None
            if abandoned() or time.monotonic() > given_up:
                child.kill()
                return child.communicate()[0]


# The process -------------------------------------------------------------------------------------------------------


def main() -> None:
    """Reads one question and writes what it finds, as it finds it."""
    _bounded()
    question = msgspec.json.decode(sys.stdin.buffer.read(1 << 20), type=Question)
    try:
        node = parsed(question.text[: MAX_CHARACTERS + 1])
        for name, latex in _findings(node, question):
            sys.stdout.write(json.dumps({name: latex}) + "\n")
            sys.stdout.flush()
    except (BadInput, MemoryError, RecursionError, ArithmeticError, ValueError, TypeError, NotImplementedError):
        pass  # what was found so far remains


def _bounded() -> None:
    """SymPy may ask for all the memory there is: (((9**20)**20)**20) is a number to it."""
    try:
        import resource
    except ImportError:  # Windows has no such bound; the time is bounded anyway
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(PATIENCE_S) + 2, int(PATIENCE_S) + 2))


def _findings(node: Node, question: Question) -> Iterator[tuple[str, str]]:
    if not _is_smooth(node):
        return  # SymPy has no derivative of |u - 1| to solve for
    import sympy  # type: ignore[import-untyped]  # half a second, which the engine need not pay

    u, t = sympy.Symbol("u", positive=True), sympy.Symbol("t", real=True)
    f = expression(node, u)
    if question.shift:
        f = f - f.subs(u, 1)
    slope = sympy.diff(f, u)
    yield "derivative", _latex(min((slope, sympy.simplify(slope), sympy.expand(slope)), key=sympy.count_ops))
    # The distance from an end of the slopes is positive, which is what simplifies roots of it.
    gap = sympy.Symbol("w", positive=True)
    end, start = (_rational(bound) for bound in (question.end, question.start))
    level, back = t, t
    if end is not None:
        level, back = end - gap, end - t
    elif start is not None:
        level, back = start + gap, t - start
    good: list[str] = []
    for maximiser in _solutions(slope, u, level):
        raw = maximiser * level - f.subs(u, maximiser)
        for tidy in (sympy.simplify, lambda e: e, _tidy_lambert, sympy.expand, sympy.factor):
            solution = tidy(raw).subs(gap, back)
            for candidate in (solution, _tidy_logarithms(solution)):
                if _agrees(candidate, t, question):
                    good.append(_latex(candidate))
                    yield "conjugate", min(good, key=len)
        if good:
            return


def _rational(bound: float | None) -> Any:
    """A bound as a small fraction; None if it is none."""
    import sympy

    if bound is None:
        return None
    found = sympy.nsimplify(bound, rational=True, tolerance=1e-12)
    return found if found.q <= 12 and abs(float(found) - bound) < 1e-12 else None


def _tidy_logarithms(found: Any) -> Any:
    """log(1/x) is -log(x)."""
    import sympy

    def turned(argument: Any) -> Any:
        above, below = sympy.fraction(sympy.together(argument))
        if isinstance(below, sympy.exp):
            return sympy.log(above) - below.args[0]
        if not above.is_number or below.is_number:
            return sympy.log(argument)
        sign = -1 if above.is_negative else 1
        return sympy.log(sign * above) - sympy.log(sympy.expand(sign * below))

    return sympy.simplify(found).replace(sympy.log, turned)


def _tidy_lambert(found: Any) -> Any:
    """exp(W(x)) is x / W(x)."""
    import sympy

    found = sympy.expand(sympy.expand(found), power_exp=True)
    for lambert in found.atoms(sympy.LambertW):
        found = found.subs(sympy.exp(lambert), lambert.args[0] / lambert)
    return sympy.powsimp(sympy.expand(sympy.simplify(found)))


def _solutions(slope: Any, u: Any, level: Any) -> list[Any]:
    """Expressions u with f'(u) = t."""
    import sympy

    spread = sympy.expand_log(sympy.expand(sympy.simplify(slope)), force=True)
    terms = [term.as_independent(u, as_Add=False) for term in sympy.Add.make_args(spread) if term.has(u)]
    rest = sum((term for term in sympy.Add.make_args(spread) if not term.has(u)), sympy.Integer(0))
    if terms and all(isinstance(part, sympy.log) for _, part in terms):
        scale = min((abs(factor) for factor, _ in terms), key=sympy.default_sort_key)
        powers = [sympy.nsimplify(factor / scale) for factor, _ in terms]
        if all(power.is_Integer for power in powers):
            # a sum of logarithms: their exponential is a fraction
            level = sympy.exp((level - rest) / scale)
            product = sympy.prod([part.args[0] ** power for (_, part), power in zip(terms, powers, strict=True)])
            known = sympy.Symbol("E", positive=True)
            return [solved.subs(known, level) for solved in sympy.solve(sympy.Eq(product, known), u)]
    return list(sympy.solve(sympy.Eq(sympy.simplify(slope), level), u))


def _agrees(candidate: Any, t: Any, question: Question) -> bool:
    """Whether an expression takes the values that the table has."""
    import sympy

    if candidate.has(sympy.I, sympy.nan, sympy.zoo) or candidate.free_symbols - {t}:
        return False
    for at, value in zip(question.t, question.values, strict=True):
        try:
            found = complex(candidate.subs(t, sympy.Float(at, 30)).evalf(20))
        except TypeError:
            return False
        if not math.isfinite(found.real) or abs(found - value) > AGREES * (1 + abs(value)):
            return False
    return True


def _latex(expression: Any) -> str:
    import sympy

    return str(sympy.latex(expression, ln_notation=False, fold_short_frac=False))


def expression(node: Node, u: Any) -> Any:
    """A tree as a SymPy expression, built node by node.

    Raises:
        ValueError: A number in it is too large for exact arithmetic.
    """
    import sympy

    _check_numbers(node)
    return worked_out(node, u, lambda number: sympy.Rational(repr(number)), arithmetic_of(
        pi=lambda: sympy.pi, e=lambda: sympy.E, log=sympy.log, exp=sympy.exp, sqrt=sympy.sqrt, abs=sympy.Abs,
        tanh=sympy.tanh, sinh=sympy.sinh, cosh=sympy.cosh, atan=sympy.atan, max=sympy.Max, min=sympy.Min,
    ))


def _check_numbers(node: Node) -> None:
    """Exact powers of numbers grow beyond all bounds."""
    inside = getattr(node, "inside", ())
    if inside and not mentions_u(node) and not 1e-30 < abs(constant(node)) < 1e30 and constant(node) != 0:
        raise ValueError("a number too large for exact arithmetic")
    for part in inside:
        _check_numbers(part)


def _is_smooth(node: Node) -> bool:
    inside = getattr(node, "inside", ())
    return getattr(node, "name", "") not in ("abs", "max", "min") and all(map(_is_smooth, inside))


if __name__ == "__main__":
    main()
