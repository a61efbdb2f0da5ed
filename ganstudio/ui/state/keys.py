"""Keys in sentences: they are written as at the first start, and ``retold`` puts in those that the user has chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CHANGED: dict[str, str] = {}  # key of the first start -> what the user has in its place
_BRACKETED = re.compile(r"\(([^(),;.\s]+)(?=[);,.])")  # "(Ctrl+E)", or the first of "(Ctrl+E; End on the timeline)"


def changed_keys(changed: Mapping[str, str]) -> None:
    """Takes the keys that differ from those of the first start.

    Args:
        changed: Key of the first start -> the user's; empty: the action has none now.
    """
    _CHANGED.clear()
    _CHANGED.update(changed)


def retold(text: str) -> str:
    """A sentence in which keys are in brackets, as "(Ctrl+E)", with the user's keys in their places."""
    return _BRACKETED.sub(lambda found: f"({_CHANGED.get(found[1], found[1]) or 'no key'}", text) if _CHANGED else text
