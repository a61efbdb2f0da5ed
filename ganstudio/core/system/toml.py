"""TOML of any origin, read in a time that grows with its length and no faster."""

from __future__ import annotations

import re
import tomllib
from typing import Any

MOST_PARTS = 40  # of a key such as a.b.c: the reader takes longer by their square
_PART = r"(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*"
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}){{{MOST_PARTS}}}")


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a text.

    Raises:
        ValueError: It is not TOML, or has a key of very many parts.
        RecursionError: Its tables are too deep inside each other.
    """
    if (found := _LONG_KEY.search(text)) is not None:
        raise ValueError(f"a key of more than {MOST_PARTS} parts (at line {text.count(chr(10), 0, found.start()) + 1})")
    return tomllib.loads(text)
