"""What the theory panel writes: formulas with the run's numbers in them, and the terms of a loss as they are now."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping

import numpy as np

from ganstudio.core.control import ControlInfo, Value
from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.ui.state.curve_store import CurveStore
from ganstudio.ui.widgets.math_label import in_words, tokens

UPDATES = 50  # in the mean of a term: one batch says little
_ACCENTS = {r"\tilde", r"\hat", r"\bar", r"\vec", r"\dot", r"\widetilde", r"\widehat", r"\overline"}


def without_arxiv(reference: str) -> tuple[str, str]:
    """A reference and its number on arXiv apart; the latter empty if it has none."""
    found = re.search(r"\s*\barXiv:([\w./-]*\w)", reference)
    return (reference[: found.start()] + reference[found.end() :], found[1]) if found else (reference, "")


def listed(variant: VariantInfo) -> list[ControlInfo]:
    """The controls that the formulas and the algorithm box speak of: the objective's own first."""
    return [*(control for control in variant.controls if control.group == "objective"),
            *(control for control in variant.controls if control.group == "players" and control.symbol)]


def lowered(text: str) -> str:
    """Rich text in which what follows an underscore is an index."""
    return re.sub(r"_(\w+)", r"<sub>\1</sub>", html.escape(text))


def at_optimum(variant: VariantInfo) -> str:
    """What D's loss comes to if D is optimal, in words, as rich text."""
    return f"With the best possible D, its loss is {lowered(variant.at_optimum)}."


def format_term(value: float) -> str:
    """A term of a loss with some three digits that count, its minus as long as its plus."""
    if not math.isfinite(value):
        return str(value).replace("-", "−")
    size = abs(value)
    how = ".2e" if size >= 1e5 or 0 < size < 1e-3 else ".0f" if size >= 1000 else ".1f" if size >= 100 else ".3f"
    return f"{value:{how}}".replace("-", "−")


def terms_now(store: CurveStore, player: str, formula: str, at: int | None = None) -> str:
    """The terms of a player's loss and their sum, as means over the last updates.

    Args:
        store: The run's curves.
        player: Whose terms.
        formula: That player's objective: if it is maximised, the loss is its negative.
        at: The step up to which updates count; None: all of them.
    """
    means = {}
    for name, series in store.series.items():
        end = series.count if at is None else int(np.searchsorted(series.x, at, side="right"))
        if store.player_of[name] == player and end:
            last = series.y[max(end - UPDATES, 0) : end]
            finite = last[np.isfinite(last)]
            means[name] = float(finite.mean()) if np.isfinite(last[-1]) else float(last[-1])
    if not means:
        return "No update yet."
    summed = "".join(
        (" " if index == 0 else " − " if mean < 0 else " + ") + f"{name} {format_term(abs(mean) if index else mean)}"
        for index, (name, mean) in enumerate(means.items()))
    total = f" = {format_term(sum(means.values()))}" if len(means) > 1 else ""
    what = "Its loss, the negative of this" if r"\max" in tokens(formula)[:1] else "Its loss"
    return f"{what}, {'now' if at is None else f'at step {at:,}'}:{summed}{total}"


def with_numbers(latex: str, symbols: Mapping[str, str], settings: Mapping[str, Value]) -> str:
    """A formula with the values of controls in place of their symbols.

    A symbol is replaced only if it is a symbol by itself: not inside a command (the c of ``\\frac``), not in a word
    (``\\mathrm{critic}``), not under an accent or with an index of its own, which make it another symbol.

    Args:
        latex: The formula.
        symbols: Control -> its symbol as the formula writes it.
        settings: Control -> its value.
    """
    cut = tokens(latex)
    sought = sorted(((tokens(symbol), name) for name, symbol in symbols.items() if symbol and name in settings),
                    key=lambda pair: -len(pair[0]))
    made: list[str] = []
    index = 0
    while index < len(cut):
        found = next(((symbol, name) for symbol, name in sought
                      if cut[index : index + len(symbol)] == symbol and _stands_alone(cut, index, len(symbol))), None)
        if found is None:
            made.append(cut[index])
            index += 1
            continue
        symbol, name = found
        index += len(symbol)
        made.append(_in_place(settings[name], made, _visible(cut[index:])))
    return "".join(made)


def _visible(cut: list[str]) -> str:
    return next((token for token in cut if not token.isspace()), "")


def _stands_alone(cut: list[str], index: int, length: int) -> bool:
    before = [token for token in reversed(cut[:index]) if not token.isspace()]
    accent = before[1:2] if before[:1] == ["{"] else before[:1]
    another = accent and accent[0] in _ACCENTS
    return not another and not in_words(cut, index) and _visible(cut[index + length :]) not in {"_", "'"}


def _in_place(value: Value, before: list[str], following: str) -> str:
    """A value as LaTeX, with the brackets and dots that it needs between its neighbours."""
    last = _visible(before[::-1])
    number = isinstance(value, float | int) and not isinstance(value, bool)
    text = _latex(value)
    if text.startswith("-") and (following == "^" or re.fullmatch(r"[\w)\]}+-]|\\[A-Za-z]+", last)):
        text = f"({text})"
    times = r"\cdot " if number and re.fullmatch(r"\d|\{.*\d\}", last) else ""
    after = r"\cdot " if number and following.isdigit() else ""
    return f"{times}{{{text}}}{after}"


def _latex(value: Value) -> str:
    match value:
        case bool() | str():
            return r"\text{" + re.sub(r"[^\w\s.,()*/+-]", "", _text(value)) + "}"
        case int() | float():
            mantissa, _, exponent = f"{value:.4g}".partition("e")
            return rf"{mantissa}\cdot 10^{{{int(exponent)}}}" if exponent else mantissa
    return f"({_text(value)})"


def _text(value: Value) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case int() | float():
            return f"{value:.6g}"
        case list():
            return ", ".join(f"{item:g}" for item in value)
    return str(value)


def value_text(value: Value, unit: str) -> str:
    if value == 1 and unit.endswith("s"):
        unit = unit[:-1]
    return f"{_text(value)} {unit}".strip().replace("-", "−") if not isinstance(value, str) else value
