"""Numbers in sentences: 1 step, 2 steps, 1,000 steps; and values of controls."""

from __future__ import annotations


def counted(number: int, thing: str, things: str = "") -> str:
    """A number and what it counts, in the singular if it is one.

    Args:
        number: How many.
        thing: One of them.
        things: Several of them, if that is not the same word with an s.
    """
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def format_value(value: object) -> str:
    """A control's value in a sentence."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
