"""Palettes: every colour of text can be read on what is behind it, and lines on what they are drawn on."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtGui import QColor

from ganstudio.ui.main.menu_bar import PALETTES
from ganstudio.ui.theme import THEMES, Theme

GROUNDS = ("window", "base", "raised")  # that text lies on
FILLS = {*GROUNDS, "line", "low", "middle", "high", "tick"}  # areas and borders: no text has these colours
EVERYWHERE = ("text", "quiet", "accent")  # text of these colours lies on any ground; of all others, on plots
READABLE, SEEN = 4.5, 3.0  # WCAG 2.2, 1.4.3 for text and 1.4.11 for what is not text


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance."""
    it = QColor(colour)
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
             for part in (it.redF(), it.greenF(), it.blueF())]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def tokens(theme: Theme) -> dict[str, str]:
    """Every colour of a palette by its name; those of a list by their numbers."""
    found: dict[str, str] = {}
    for field in dataclasses.fields(theme):
        value = getattr(theme, field.name)
        if isinstance(value, str) and value.startswith("#"):
            found[field.name] = value
        elif isinstance(value, tuple):
            found.update((f"{field.name} {index}", colour) for index, colour in enumerate(value))
    return found


@pytest.fixture(params=THEMES)
def theme(request: pytest.FixtureRequest) -> Theme:
    return THEMES[request.param]


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21) and contrast("#777777", "#ffffff") < READABLE


def test_every_colour_of_text_can_be_read(theme: Theme) -> None:
    wrong = []
    for name, colour in tokens(theme).items():
        if name in FILLS:
            continue
        for ground in GROUNDS if name in EVERYWHERE else ("base",):
            if (ratio := contrast(colour, getattr(theme, ground))) < READABLE:
                wrong.append(f"{name} {colour} on {ground}: {ratio:.2f}")
    for ground in ("accent", "tick"):  # what is marked in a list, and the mark of a box
        over = theme.base if ground == "accent" else "#ffffff"
        if contrast(over, getattr(theme, ground)) < READABLE:
            wrong.append(f"{over} on {ground}")
    assert not wrong


def test_a_projector_gets_more(theme: Theme) -> None:
    """High contrast: text at least 7:1 (WCAG's AAA), borders that are seen, and lines half as thick again."""
    if theme.name != "contrast":
        assert theme.stroke == 1
        return
    assert all(contrast(colour, theme.base) >= 7 for name, colour in tokens(theme).items()
               if name not in FILLS)
    assert all(contrast(getattr(theme, name), theme.raised) >= 7 for name in EVERYWHERE)
    assert contrast(theme.line, theme.base) >= SEEN and theme.stroke > 1


def test_the_menu_has_every_palette() -> None:
    assert [name for _, name in PALETTES] == list(THEMES) == [theme.name for theme in THEMES.values()]
