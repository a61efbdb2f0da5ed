"""Numbers in sentences: 1 step, 2 steps, 1,000 steps; measured numbers, and values of controls."""

from __future__ import annotations

import math

FIXED = (-4, 6)  # powers of ten between which a number is written without an exponent


def counted(number: int, thing: str, things: str = "") -> str:
    """A number and what it counts, in the singular if it is one.

    Args:
        number: How many.
        thing: One of them.
        things: Several of them, if that is not the same word with an s.
    """
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def figure(value: float | None, digits: int = 3) -> str:
    """A measured number with a few significant digits: 1,230, 59.9, 0.0018, 1.2e-5.

    Args:
        value: The number; one that is not finite is written as Python names it, and a dash for one that is unknown.
        digits: How many digits count; zeros at the end of a fraction are left out.
    """
    if value is None:
        return "–"
    if not math.isfinite(value):
        return str(float(value)).replace("-", "−")
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")  # before its power is looked at: 999.6 is 1,000
    power = math.floor(math.log10(abs(rounded)))
    if not FIXED[0] <= power < FIXED[1]:
        digits_, exponent = f"{rounded:.{digits - 1}e}".split("e")
        text = f"{_bare(digits_)}e{int(exponent)}"
        return text.replace("-", "−", 1) if rounded < 0 else text
    return _bare(f"{rounded:,.{max(digits - 1 - power, 0)}f}").replace("-", "−")


def _bare(text: str) -> str:
    """Without zeros at the end of a fraction."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_measure(value: float | None, how: str) -> str:
    """A measure's number: ``how`` is its format, such as ``.3g`` or ``.1%``; a dash if the number is undefined."""
    if value is None:
        return "–"
    if how.endswith("g"):
        return figure(value, int(how.strip(".g")))
    return format(value, f",{how}").replace("-", "−")


def format_value(value: object) -> str:
    """A control's value in a sentence."""
    match value:
        case bool():
            return "on" if value else "off"
        case int():
            return f"{value:,}"
        case float():
            return figure(value, 4)
        case list() | tuple():
            return ", ".join(format_value(item) for item in value)
    return str(value)
