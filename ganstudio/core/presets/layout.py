"""The layout of a window as words: rows and columns of panels with their shares.

``row(20 controls, 80 column(60 row(50 points+samples, 50 landscape), 40 curves))``: numbers are percent of the row or
column that they stand in; panels joined by ``+`` lie behind each other, the first in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from ganstudio.core.system.errors import BadInput

MOST_PANELS = 64
DEEPEST = 12
MOST_TEXT = 4096
_WORD = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z][a-z0-9-]*)|(?P<sign>[(),+]))")


class Stack(msgspec.Struct, frozen=True):
    """Panels that share one place, by name; the first is in front."""

    panels: tuple[str, ...]


class Split(msgspec.Struct, frozen=True):
    """Places beside each other (``row``) or above each other (``column``), with the percent that each takes."""

    way: Literal["row", "column"]
    parts: tuple[tuple[float, Stack | Split], ...]


Layout = Stack | Split


def panels_of(layout: Layout) -> Iterator[str]:
    """The names of all panels, from the left and the top."""
    if isinstance(layout, Stack):
        yield from layout.panels
    else:
        for _, part in layout.parts:
            yield from panels_of(part)


def first_panel(layout: Layout) -> str:
    """The panel that lies in front at the left upper corner."""
    return next(panels_of(layout))


def written(layout: Layout) -> str:
    """The layout as words."""
    if isinstance(layout, Stack):
        return "+".join(layout.panels)
    return f"{layout.way}({', '.join(f'{share:g} {written(part)}' for share, part in layout.parts)})"


def parsed(text: str) -> Layout:
    """The layout that these words name.

    Raises:
        BadInput: They name none, a panel twice, or more than can be shown.
    """
    if len(text) > MOST_TEXT:
        raise BadInput(f"the layout has {len(text):,} characters: at most {MOST_TEXT:,} are allowed")
    layout = _Parser(text).whole()
    names = list(panels_of(layout))
    if len(names) > MOST_PANELS:
        raise BadInput(f"the layout names {len(names)} panels: at most {MOST_PANELS} are allowed")
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise BadInput(f"the layout names the panel '{twice}' twice: a panel has one place")
    return layout


class _Parser:
    """Reads the words one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Layout:
        layout = self._place(0)
        if self._text[self._at :].strip():
            raise self._fault("the end")
        return layout

    def _place(self, depth: int) -> Layout:
        if depth > DEEPEST:
            raise BadInput(f"the layout is nested more than {DEEPEST} deep: that many rows and columns are allowed")
        name = self._take("name")
        if name in ("row", "column") and self._take("sign", "(", needed=False):
            parts = [self._part(depth)]
            while self._take("sign", ",", needed=False):
                parts.append(self._part(depth))
            self._take("sign", ")")
            return Split("row" if name == "row" else "column", tuple(parts))
        names = [name]
        while self._take("sign", "+", needed=False):
            names.append(self._take("name"))
        return Stack(tuple(names))

    def _part(self, depth: int) -> tuple[float, Layout]:
        share = float(self._take("number"))
        if not 0 < share <= 100:
            raise BadInput(f"the layout gives a place {share:g} percent: allowed is more than 0 to 100")
        return share, self._place(depth + 1)

    def _take(self, kind: str, sign: str = "", *, needed: bool = True) -> str:
        found = _WORD.match(self._text, self._at)
        word = found[kind] if found is not None else None
        if found is None or word is None or (sign and word != sign):
            if needed:
                raise self._fault({"name": "the name of a panel", "number": "a number"}.get(kind, f"'{sign}'"))
            return ""
        self._at = found.end()
        return word

    def _fault(self, wanted: str) -> BadInput:
        rest = self._text[self._at :].strip()[:20]
        return BadInput(f"the layout has {f'{rest!a}' if rest else 'its end'} at character {self._at + 1}, where "
                        f"{wanted} must be: it is written as row(20 controls, 80 points+samples)")
