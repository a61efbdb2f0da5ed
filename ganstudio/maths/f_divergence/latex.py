"""A tree of f(u) as LaTeX, in the order in which it was typed."""

from __future__ import annotations

from ganstudio.maths.f_divergence.parser import Node, Number, Operation, Variable

_STRENGTH = {"+": 1, "-": 1, "*": 2, "negative": 2, "**": 4}
_ATOM = 5


def latex_of(node: Node) -> str:
    """LaTeX in mathematical mode; divisions become fractions."""
    match node:
        case Number(value=value):
            return _number(value)
        case Variable():
            return "u"
        case Operation(name="negative", inside=(of,)):
            return f"-{_inside(of, 3 if _has_sign(of) else 2)}"
        case Operation(name="/", inside=(above, below)):
            return rf"\frac{{{latex_of(above)}}}{{{latex_of(below)}}}"
        case Operation(name="**", inside=(base, exponent)):
            return f"{_inside(base, _ATOM)}^{{{latex_of(exponent)}}}"
        case Operation(name="*", inside=(left, right)):
            sign = r" \cdot " if _starts_with_digit(right) else r"\, "
            return f"{_inside(left, 2)}{sign}{_inside(right, 4 if _has_sign(right) else 2)}"
        case Operation(name="+" | "-" as name, inside=(left, right)):
            return f"{_inside(left, 1)} {name} {_inside(right, 3 if _has_sign(right) else 2)}"
        case Operation(name="sqrt", inside=(of,)):
            return rf"\sqrt{{{latex_of(of)}}}"
        case Operation(name="abs", inside=(of,)):
            return rf"\left|{latex_of(of)}\right|"
        case Operation(name="pi"):
            return r"\pi"
        case Operation(name=name, inside=()):
            return name
        case Operation(name=name, inside=inside):
            function = r"\operatorname{atan}" if name == "atan" else rf"\{name}"
            return rf"{function}\left({', '.join(map(latex_of, inside))}\right)"


def _number(value: float) -> str:
    if value == int(value) and value < 1e6:
        return str(int(value))
    digits = f"{value:.6g}"
    if "e" not in digits:
        return digits
    digits, power = digits.split("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}"


def _strength(node: Node) -> int:
    if isinstance(node, Number):
        return _ATOM if node.value == 0 or 1e-4 <= node.value < 1e6 else 2
    return _STRENGTH.get(node.name, _ATOM) if isinstance(node, Operation) else _ATOM


def _inside(node: Node, strength: int) -> str:
    return latex_of(node) if _strength(node) >= strength else rf"\left({latex_of(node)}\right)"


def _has_sign(node: Node) -> bool:
    """Whether it would begin with a minus sign."""
    return isinstance(node, Operation) and (
        node.name == "negative" or (node.name in ("*", "+", "-") and _has_sign(node.inside[0]))
    )


def _starts_with_digit(node: Node) -> bool:
    if isinstance(node, Operation) and node.name in ("*", "**"):
        return _starts_with_digit(node.inside[0])
    return isinstance(node, Number)
