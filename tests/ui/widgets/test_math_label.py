"""Typeset mathematics: every formula of the catalogue is drawn, fits its width, and what is no LaTeX stands as text."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot
from studio_kit import real_catalog

from ganstudio.ui.theme import DARK, LIGHT
from ganstudio.ui.widgets.math_label import LONGEST, NATURAL, SHRUNK, Typeset, depth, pieces, row_of, spaced, tokens

FORMULAS = {
    f"{variant.name} {player}": formula
    for variant in real_catalog().variants
    for player, formula in (("D", variant.discriminator_formula), ("G", variant.generator_formula))
}
PENALISED = r"\min_D\; E[D(G(z))] - E[D(x)] + \lambda\, E[(\|\nabla_{\tilde x} D(\tilde x)\| - 1)^2]"
NO_LATEX = ["\\frac{", "x_", "x^", "\\left(", "a < b & c", "\\begin{align}", "\\textcolor", "x" * (LONGEST + 1),
            r"\frac{1}{" * 90 + "2" + "}" * 90, "x^{" * 90 + "2" + "}" * 90, r"\left(" * 30 + "x" + r"\right)" * 30]


def ink(widget: Typeset, colour: str, ground: str) -> NDArray[np.bool_]:
    """Where more than half of a colour lies on a ground, ``(height, width)``."""
    image = QImage(widget.size(), QImage.Format.Format_RGB888)
    image.fill(QColor(ground))
    widget.render(image)
    raw = np.frombuffer(bytes(image.constBits()), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = raw[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(np.float64)
    whole, none = (np.array([c.red(), c.green(), c.blue()], dtype=np.float64) for c in (QColor(colour), QColor(ground)))
    return np.asarray(((pixels - none) @ (whole - none)) / ((whole - none) @ (whole - none)) > 0.5)


def shown(qtbot: QtBot, latex: str, width: int) -> Typeset:
    typeset = Typeset(latex)
    qtbot.addWidget(typeset)
    # Without a ground of its own the widget would paint the platform's.
    typeset.setStyleSheet(f"background: {DARK.base};")
    typeset.apply_theme(DARK)
    typeset.resize(width, typeset.heightForWidth(width))
    return typeset


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
@pytest.mark.parametrize("width", [900, 380, 150])
def test_every_formula_of_the_catalogue_is_drawn_and_fits(qtbot: QtBot, formula: str, width: int) -> None:
    row = row_of(formula, DARK.text)
    assert row is not None
    assert QSvgRenderer(row.svg).isValid()
    assert row.width > 2
    typeset = shown(qtbot, formula, width)
    assert typeset.is_set
    drawn = ink(typeset, DARK.text, DARK.base)
    assert drawn.sum() > 60
    rows, columns = np.nonzero(drawn)
    assert columns.max() < width - 1
    assert 0 < rows.max() < typeset.height()


def test_glyphs_lie_in_their_box() -> None:
    """Qt draws nothing of some SVG dialects in its place: the ink of a row fills its box from edge to edge."""
    row = row_of("x+y", "#ffffff")
    assert row is not None
    image = QImage(400, round(400 * row.height / row.width), QImage.Format.Format_RGB888)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    QSvgRenderer(row.svg).render(painter)
    painter.end()
    raw = np.frombuffer(bytes(image.constBits()), dtype=np.uint8).reshape(image.height(), -1)[:, :1200]
    rows, columns = np.nonzero(raw > 128)
    assert columns.min() / 3 < 30
    assert columns.max() / 3 > 370
    assert rows.min() < 0.15 * image.height()
    assert rows.max() > 0.85 * image.height()


def test_a_row_is_made_once_for_each_text_and_colour(qtbot: QtBot) -> None:
    first = shown(qtbot, r"\sigma(x)", 300)
    first.grab()
    made = row_of.cache_info().misses
    other = shown(qtbot, r"\sigma(x)", 200)
    for width in (300, 100, 250):
        other.resize(width, 60)
        other.grab()
    assert row_of.cache_info().misses == made
    other.apply_theme(LIGHT)
    other.grab()
    assert row_of.cache_info().misses == made + 1


def test_the_colour_follows_the_palette(qtbot: QtBot) -> None:
    typeset = shown(qtbot, r"\max_D\; E[D(x)]", 300)
    dark = row_of(typeset.latex, DARK.text)
    light = row_of(typeset.latex, LIGHT.text)
    assert dark is not None and light is not None
    assert DARK.text.encode() in dark.svg and LIGHT.text.encode() not in dark.svg
    assert LIGHT.text.encode() in light.svg and DARK.text.encode() not in light.svg
    assert ink(typeset, DARK.text, DARK.base).sum() > 60
    typeset.apply_theme(LIGHT)
    typeset.setStyleSheet(f"background: {LIGHT.base};")
    assert ink(typeset, LIGHT.text, LIGHT.base).sum() > 60


def test_it_shrinks_and_never_grows(qtbot: QtBot) -> None:
    typeset = shown(qtbot, r"E[\sigma(D(G(z)))]", 2000)  # one piece
    row = row_of(typeset.latex, DARK.text)
    assert row is not None
    em = NATURAL * typeset.fontInfo().pixelSize()
    natural = typeset.sizeHint()
    assert abs(natural.width() - row.width * em) <= 1
    assert typeset.heightForWidth(5000) == typeset.heightForWidth(natural.width() + 2) == natural.height()
    wide = np.nonzero(ink(typeset, DARK.text, DARK.base))[1]
    assert abs(wide.max() - row.width * em) < 6
    assert abs(typeset.heightForWidth(natural.width() // 2) - natural.height() / 2) <= 2


def test_a_larger_text_makes_a_larger_formula(qtbot: QtBot) -> None:
    typeset = shown(qtbot, "E[x]", 300)
    before = typeset.sizeHint().width()
    font = typeset.font()
    font.setPointSizeF(2.5 * font.pointSizeF())
    typeset.setFont(font)
    assert abs(typeset.sizeHint().width() / before - 2.5) < 0.15


def test_a_formula_is_broken_before_it_is_too_small_to_read(qtbot: QtBot) -> None:
    typeset = shown(qtbot, PENALISED, 2000)
    natural = typeset.sizeHint()
    just = int(natural.width() * SHRUNK) + 2
    assert typeset.heightForWidth(just) <= natural.height()
    assert typeset.heightForWidth(int(just * 0.9)) > 1.6 * natural.height()
    typeset.resize(just // 2, typeset.heightForWidth(just // 2))
    gaps = np.flatnonzero(~ink(typeset, DARK.text, DARK.base).any(axis=1))
    assert np.count_nonzero(np.diff(gaps) > 3) >= 2  # blank, row, blank, row


@pytest.mark.parametrize("text", NO_LATEX)
def test_what_is_no_latex_stands_as_it_is_written(qtbot: QtBot, text: str) -> None:
    typeset = shown(qtbot, text, 200)
    assert not typeset.is_set
    assert ink(typeset, DARK.text, DARK.base).sum() > 2
    assert typeset.accessibleName() == text
    assert typeset.sizeHint().height() > 0


def test_nothing_is_drawn_of_nothing(qtbot: QtBot) -> None:
    typeset = shown(qtbot, "", 200)
    typeset.show_latex(r"\quad\,")
    typeset.grab()
    typeset.show_latex("")
    assert ink(typeset, DARK.text, DARK.base).sum() == 0


def test_no_text_makes_it_fail() -> None:
    parts = [*"{}[]()^_&x1-+|<'é$ \x00\\", r"\\", r"\frac", r"\sqrt", r"\left", r"\right", r"\sup", r"\log", r"\text",
             r"\begin{x}", r"\end{x}", r"\over", r"\tag{1}", r"\textcolor", r"\genfrac", r"\kern", r"\phantom"]
    draw = random.Random(7)
    for _ in range(600):
        text = "".join(draw.choice(parts) for _ in range(draw.randint(1, 10)))
        row = row_of(text, "#000000")
        assert row is None or QSvgRenderer(row.svg).isValid(), text
        assert "".join(pieces(text)) == text


@pytest.mark.parametrize(("latex", "cut"), [
    (r"\frac12c", [r"\frac", "1", "2", "c"]),
    (r"\min_D\; -x", [r"\min", "_", "D", r"\;", " ", "-", "x"]),
    (r"\|\nabla\|", [r"\|", r"\nabla", r"\|"]),
    ("", []),
])
def test_a_command_is_one_token(latex: str, cut: list[str]) -> None:
    assert tokens(latex) == cut


@pytest.mark.parametrize(("latex", "levels"), [
    ("x", 0), (r"\frac{1}{2}", 1), (r"\frac{1}{\sqrt{x^{2}}}", 3), (r"\left(x_{1}\right)", 2), ("}}{{", 2),
    ("((((x))))", 0), (r"\frac{1}{\left(1 + e^{-\frac{t}{2}}\right)^{2}}", 4),
])
def test_groups_within_groups_are_counted(latex: str, levels: int) -> None:
    assert depth(latex) == levels


@pytest.mark.parametrize(("latex", "parts"), [
    (PENALISED, [r"\min_D\; E[D(G(z))] ", "- E[D(x)] ",
                 r"+ \lambda\, E[(\|\nabla_{\tilde x} D(\tilde x)\| - 1)^2]"]),
    (r"\min_G\; -E[x]", [r"\min_G\; -E[x]"]),
    ("-x+y", ["-x", "+y"]),
    (r"f^* - g", ["f^* ", "- g"]),
    (r"a = -1", ["a = -1"]),
    (r"E[x], \quad c = 1", ["E[x], ", r"\quad c = 1"]),
    (r"\frac{a-b}{2} - c", [r"\frac{a-b}{2} ", "- c"]),
])
def test_a_formula_is_cut_between_terms_only(latex: str, parts: list[str]) -> None:
    assert pieces(latex) == parts


@pytest.mark.parametrize(("latex", "written"), [
    ("a - b", "a - b"),
    ("-b", "{-}b"),
    (r"\min_G\; -E", r"\min_G\; {-}E"),
    ("f^* - g", "f^* - g"),
    (r"\log \sigma", r"\mathrm {log}\, \sigma"),
    (r"u\log(u)", r"u\,\mathrm {log}(u)"),
    (r"\sup_u", r"\sup\limits_u"),
    (r"\text{a -\log}", r"\text{a -\log}"),
])
def test_blanks_are_those_of_tex(latex: str, written: str) -> None:
    assert spaced(latex) == written


def test_screen_readers_hear_the_words_given(qtbot: QtBot) -> None:
    typeset = shown(qtbot, r"\lambda", 100)
    assert typeset.accessibleName() == r"\lambda"
    typeset.show_latex(r"\lambda", "lambda")
    assert typeset.accessibleName() == "lambda"


def test_the_window_starts_without_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, ganstudio.ui.widgets.math_label; print('ziamath' in sys.modules)"],
        capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
