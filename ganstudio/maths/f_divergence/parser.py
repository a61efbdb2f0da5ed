"""The text of a function f(u), read by a parser of our own: all that is not on its list is refused with a sentence.

    sum    := product (("+" | "-") product)*
    product:= factor (("*" | "/") factor)*
    factor := ("-" | "+") factor | atom [("**" | "^") factor]         the exponent holds no u
    atom   := number | "u" | "pi" | "e" | name "(" sum ["," sum] ")" | "(" sum ")"

Nothing read here is ever executed; the caller evaluates its tree with an arithmetic of its own. No torch, no SymPy:
the process that looks for closed forms starts in a blink.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from ganstudio.core.system.errors import BadInput

T = TypeVar("T")

MAX_CHARACTERS = 500
MAX_NODES = 200
MAX_DEPTH = 40
MAX_NUMBER = 1e12
MAX_EXPONENT = 20.0

FUNCTIONS = {"log": 1, "exp": 1, "sqrt": 1, "abs": 1, "tanh": 1, "sinh": 1, "cosh": 1, "atan": 1, "max": 2, "min": 2}
ALIASES = {"ln": "log"}
CONSTANTS = ("pi", "e")
ALLOWED = "u, pi, e, numbers, + - * / ** ( ), and log, ln, exp, sqrt, abs, tanh, sinh, cosh, atan, max, min"

_TOKEN = re.compile(r"(?P<space>[ \t\r\n]+)|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
                    r"|(?P<name>[A-Za-z][A-Za-z0-9]*)|(?P<sign>\*\*|[-+*/^(),])")


class Number(msgspec.Struct, frozen=True):
    """A number, never negative."""

    value: float


class Variable(msgspec.Struct, frozen=True):
    """u."""


class Operation(msgspec.Struct, frozen=True):
    """A constant, a sign, an operator or a function, applied to its operands."""

    name: str  # pi, e, negative, + - * / **, or one of FUNCTIONS
    inside: tuple[Node, ...] = ()


Node = Number | Variable | Operation


def parsed(text: str) -> Node:
    """The tree of a text.

    Raises:
        BadInput: It is empty, too long, too deep, or holds what is not allowed; names the character.
    """
    if not text.strip():
        raise BadInput("f(u): the text is empty: write a function of u, for instance u*log(u)")
    if len(text) > MAX_CHARACTERS:
        raise BadInput(f"f(u): the text has {len(text)} characters: allowed are at most {MAX_CHARACTERS}")
    return _Parser(text).whole()


def worked_out(node: Node, u: T, number: Callable[[float], T], arithmetic: Mapping[str, Callable[..., T]]) -> T:
    """The value of a tree in any arithmetic.

    Args:
        node: The tree.
        u: The variable's value.
        number: Makes a value of a number.
        arithmetic: What each ``Operation.name`` does to values; the constants take none.
    """
    match node:
        case Number(value=value):
            return number(value)
        case Variable():
            return u
        case Operation(name=name, inside=inside):
            return arithmetic[name](*[worked_out(part, u, number, arithmetic) for part in inside])


def mentions_u(node: Node) -> bool:
    """Whether a tree holds the variable."""
    return isinstance(node, Variable) or (isinstance(node, Operation) and any(map(mentions_u, node.inside)))


def constant(node: Node) -> float:
    """The value of a tree without u; NaN if it has none."""
    try:
        return worked_out(node, math.nan, float, FLOATS)
    except (ValueError, OverflowError, ZeroDivisionError):
        return math.nan


FLOATS: dict[str, Callable[..., float]] = {
    "pi": lambda: math.pi, "e": lambda: math.e, "negative": lambda a: -a,
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "**": math.pow, "log": math.log, "exp": math.exp, "sqrt": math.sqrt, "abs": abs, "tanh": math.tanh,
    "sinh": math.sinh, "cosh": math.cosh, "atan": math.atan, "max": max, "min": min,
}

_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 3, "**": 4}
_ATOM = 5


def written(node: Node) -> str:
    """A tree as text that is parsed to the same tree."""
    match node:
        case Number(value=value):
            return str(int(value)) if value == int(value) and value < 1e15 else repr(value)
        case Variable():
            return "u"
        case Operation(name="negative", inside=(of,)):
            return f"-{_inside(of, 3)}"
        case Operation(name="**", inside=(base, exponent)):
            return f"{_inside(base, _ATOM)}**{_inside(exponent, 3)}"
        case Operation(name=name, inside=(left, right)) if name in _STRENGTH:
            strength = _STRENGTH[name]
            space = " " if strength == 1 else ""
            signed = isinstance(right, Operation) and right.name == "negative"
            return f"{_inside(left, strength)}{space}{name}{space}{_inside(right, _ATOM if signed else strength + 1)}"
        case Operation(name=name, inside=inside):
            return f"{name}({', '.join(map(written, inside))})" if inside else name


def _inside(node: Node, strength: int) -> str:
    own = _STRENGTH.get(node.name, _ATOM) if isinstance(node, Operation) else _ATOM
    return written(node) if own >= strength else f"({written(node)})"


def shifted(node: Node, by: float) -> Node:
    """The tree of f - by."""
    if by == 0:
        return node
    return Operation("-" if by > 0 else "+", (node, Number(abs(by))))


class _Parser:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []  # kind, text, character counted from 1
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise _refused(f"unexpected {_shown(text[at])} at character {at + 1}: allowed are {ALLOWED}")
            if found.lastgroup != "space":
                self._tokens.append((str(found.lastgroup), found.group(), at + 1))
            at = found.end()
        self._tokens.append(("end", "", len(text) + 1))
        self._next = 0
        self._nodes = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._sum()
        kind, token, at = self._tokens[self._next]
        if token == ")":
            raise _refused(f"unexpected ')' at character {at}: there is no '(' that it closes")
        if kind != "end":
            raise _refused(f"unexpected {_shown(token)} at character {at}: an operator (+ - * / **) is allowed here")
        return node

    def _take(self, *signs: str) -> str:
        """The next token if it is one of these signs, else nothing."""
        kind, token, _ = self._tokens[self._next]
        if kind == "sign" and token in signs:
            self._next += 1
            return token
        return ""

    def _made(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _refused(f"it has more than {MAX_NODES} numbers, names and operators: that many are allowed")
        return node

    def _sum(self) -> Node:
        node = self._product()
        while sign := self._take("+", "-"):
            node = self._made(Operation(sign, (node, self._product())))
        return node

    def _product(self) -> Node:
        node = self._factor()
        while sign := self._take("*", "/"):
            node = self._made(Operation(sign, (node, self._factor())))
        return node

    def _factor(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            at = self._tokens[self._next][2]
            raise _refused(f"nested more than {MAX_DEPTH} deep at character {at}: that many levels are allowed")
        if self._take("-"):
            node = self._made(Operation("negative", (self._factor(),)))
        elif self._take("+"):
            node = self._factor()
        else:
            node = self._power()
        self._depth -= 1
        return node

    def _power(self) -> Node:
        base = self._atom()
        at = self._tokens[self._next][2]
        if not self._take("**", "^"):
            return base
        exponent = self._factor()
        if mentions_u(exponent):
            raise _refused(f"the exponent at character {at} holds u: an exponent must be a number; "
                    "for e to the power of something write exp(...)")
        value = constant(exponent)
        if not abs(value) <= MAX_EXPONENT:
            shown = "undefined" if math.isnan(value) else f"{value:.6g}"
            raise _refused(f"the exponent at character {at} is {shown}: "
                    f"an exponent must be a number between -{MAX_EXPONENT:g} and {MAX_EXPONENT:g}")
        return self._made(Operation("**", (base, exponent)))

    def _atom(self) -> Node:
        kind, token, at = self._tokens[self._next]
        if kind == "number":
            self._next += 1
            value = float(token)
            if value > MAX_NUMBER:
                raise _refused(f"the number at character {at} is too large: allowed is up to {MAX_NUMBER:g}")
            return self._made(Number(value))
        if kind == "name":
            self._next += 1
            return self._named(ALIASES.get(token, token), at)
        if self._take("("):
            node = self._sum()
            self._close(at)
            return node
        if kind == "end":
            raise _refused("the text ends where a number, u or a function is needed")
        raise _refused(f"unexpected {_shown(token)} at character {at}: a number, u or a function is needed here")

    def _named(self, name: str, at: int) -> Node:
        if name == "u":
            return self._made(Variable())
        if name in CONSTANTS:
            return self._made(Operation(name))
        if name not in FUNCTIONS:
            raise _refused(f"unknown name {_shown(name)} at character {at}: allowed are {ALLOWED}")
        opened = self._tokens[self._next][2]
        if not self._take("("):
            raise _refused(f"{name} at character {at} needs its argument in parentheses, for instance {name}(u)")
        inside = [self._sum()]
        while self._take(","):
            inside.append(self._sum())
        self._close(opened)
        if len(inside) != FUNCTIONS[name]:
            wanted = "one argument" if FUNCTIONS[name] == 1 else "two arguments"
            raise _refused(f"{name} at character {at} has {len(inside)}: it takes {wanted}")
        return self._made(Operation(name, tuple(inside)))

    def _close(self, opened: int) -> None:
        kind, token, at = self._tokens[self._next]
        if self._take(")"):
            return
        if kind == "end":
            raise _refused(f"the '(' at character {opened} is never closed")
        raise _refused(f"unexpected {_shown(token)} at character {at}: an operator or ')' is allowed here")


def _shown(token: str) -> str:
    return f"'{token[:40]}'" if token.isprintable() else ascii(token[:40])


def _refused(what: str) -> BadInput:
    return BadInput(f"f(u): {what}")


def arithmetic_of(**functions: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """An arithmetic whose values know + - * / ** and unary minus by themselves; the functions are given."""
    return {
        "negative": lambda a: -a, "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
        "/": lambda a, b: a / b, "**": lambda a, b: a**b, **functions,
    }
