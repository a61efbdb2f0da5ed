"""The algorithm panel's page: the box, and below each line what happened there, as rich text."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from ganstudio.core.algorithm_box import BoxLine, Moment
from ganstudio.core.design import Space
from ganstudio.ui.theme import Theme

NOW, OTHER = "▶ ", "  "


def page(lines: Sequence[BoxLine], moments: Sequence[Moment], said: Sequence[str], at: int, theme: Theme) -> str:
    """The page.

    Args:
        lines: The box.
        moments: Of the update that is gone through; empty: none is.
        said: A sentence for each of them.
        at: Which of them is now.
        theme: The palette.
    """
    now = moments[at].line if at < len(moments) else None
    parts = []
    for index, line in enumerate(lines):
        here = index == now
        parts.append(_line(line, here=here, theme=theme))
        parts += _sentences([place for place, each in enumerate(moments) if each.line == index], said, at, theme)
    beside = [place for place, each in enumerate(moments) if each.line < 0]
    if beside:
        parts.append(f'<p style="color:{theme.quiet}">No line of the box is about this player. What happened:</p>')
        parts += _sentences(beside, said, at, theme)
    return f'<html><body style="color:{theme.text}">{"".join(parts)}</body></html>'


def _line(line: BoxLine, *, here: bool, theme: Theme) -> str:
    """A line of the box, marked if it is at work."""
    text = re.sub(r"(?<=\S) {3,}", "   ", line.text)  # a wide gap would break the line of a narrow panel
    colour = theme.quiet if line.role == "note" else theme.text
    back = f"background-color:{theme.raised};" if here else ""
    weight = "font-weight:600;" if here else ""
    shown = html.escape((NOW if here else OTHER) + text)
    return (f'<p style="margin:{Space.TIGHT}px 0 0 0; {back}{weight} color:{theme.accent if here else colour};'
            f' white-space:pre-wrap; font-family:monospace">{shown}</p>')


def _sentences(places: Sequence[int], said: Sequence[str], at: int, theme: Theme) -> list[str]:
    """What was done at a line; what is still to come of the walk is left out."""
    parts, around = [], f"{Space.HAIR}px 0 {Space.HAIR}px {Space.FAR}px"
    for place in places:
        if place > at:
            continue
        anchor = '<a name="now"></a>' if place == at else ""
        style = f"color:{theme.text}; font-weight:600" if place == at else f"color:{theme.quiet}"
        parts.append(f'<p style="margin:{around}; {style}">{anchor}{html.escape(said[place])}</p>')
    return parts
