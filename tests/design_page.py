"""Writes the tables of docs/design.md again, from the tokens in the code.

    python tests/design_page.py

A test compares the page with what this makes of the code.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from ganstudio.core import design
from ganstudio.core.design import THEMES, Theme

PAGE = Path(__file__).resolve().parents[1] / "docs" / "design.md"
SOURCE = Path(design.__file__)
PART = re.compile(r"(<!-- from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

READABLE, SEEN = 4.5, 3.0  # WCAG 2.2, 1.4.3 for text and 1.4.11 for what is not text
GROUNDS = ("window", "base", "raised")
# What each colour of a palette is used for, and what it is seen on. Text of the first kind lies on any ground.
ROLES: dict[str, str] = {
    **dict.fromkeys(GROUNDS, "ground"), **dict.fromkeys(("text", "quiet", "accent"), "text anywhere"),
    **dict.fromkeys(("real", "generated", "truth", "warning", "discriminator", "generator", "penalty", "others",
                     "curves"), "text and marks on base"),
    "edge": "mark anywhere", "line": "separator", "low": "area", "middle": "area", "high": "area", "tick": "fill",
}
# Marks that lie on something else than a ground: who, on what, where.
PAIRS: list[tuple[str, str, str]] = [
    ("accent", "line", "the part of a film that is over, on its track"),
    ("warning", "window", "a change of a control, across the track of a film or of the time line"),
    ("quiet", "raised", "icons in the title of a panel"),
    ("real", "middle", "real points over an undecided landscape"),
    ("generated", "middle", "generated points over it"),
]


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance, 0 to 1, of ``#rrggbb``."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(theme: Theme) -> dict[str, str]:
    """Every colour of a palette by its name; those of a list by their numbers, from 1."""
    found: dict[str, str] = {}
    for field in dataclasses.fields(theme):
        value = getattr(theme, field.name)
        if isinstance(value, tuple):
            found.update((f"{field.name} {number}", colour) for number, colour in enumerate(value, 1))
        elif field.name not in ("name", "stroke"):
            found[field.name] = value
    return found


def least(theme: Theme, name: str) -> float:
    """The lowest contrast of a colour on what it is used on."""
    grounds = GROUNDS if ROLES[name.split()[0]].endswith("anywhere") else ("base",)
    return min(contrast(colours(theme)[name], getattr(theme, ground)) for ground in grounds)


def needed(name: str) -> float:
    """The contrast that a colour must have; 1 for grounds, areas and separators."""
    role = ROLES[name.split()[0]]
    return READABLE if role.startswith("text") else SEEN if role.startswith("mark") else 1.0


def comments(owner: str) -> list[tuple[str, str, str]]:
    """The constants of a class of the module of tokens: name, value, and the comment behind it."""
    body = re.search(rf"^class {owner}:\n(.*?)(?=^\S|\Z)", SOURCE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert body is not None, owner
    return [(name, value.strip(), comment or "") for name, value, comment in
            re.findall(r"^    ([A-Z_]+): Final = (.*?)(?:  # (.*))?$", body[1], re.MULTILINE)]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def tokens(owner: str) -> str:
    """The table of a class of tokens."""
    return table(["token", "value", "for"], [[f"`{owner}.{name}`", value, comment] for name, value, comment in
                                             comments(owner)])


def palettes() -> str:
    """The table of colours with the lowest contrast that each has on what it is used on."""
    rows = []
    for name in colours(next(iter(THEMES.values()))):
        cells = [f"`{name}`", ROLES[name.split()[0]]]
        for theme in THEMES.values():
            colour = colours(theme)[name]
            ratio = "" if ROLES[name.split()[0]] == "ground" else f" {least(theme, name):.1f}"
            cells.append(f"`{colour}`{ratio}")
        rows.append(cells)
    return table(["colour", "used as", *THEMES], rows)


def pairs() -> str:
    """The table of marks that lie on something else than a ground."""
    return table(["mark", "on", "where", *THEMES], [
        [f"`{mark}`", f"`{ground}`", where,
         *(f"{contrast(getattr(theme, mark), getattr(theme, ground)):.1f}" for theme in THEMES.values())]
        for mark, ground, where in PAIRS])


def written(page: str) -> str:
    """The page with its tables as the code has them."""
    def made(part: re.Match[str]) -> str:
        text = {"palettes": palettes, "pairs": pairs}.get(part[2], lambda: tokens(part[2]))()
        return f"{part[1]}\n{text}\n{part[3]}"
    return PART.sub(made, page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
