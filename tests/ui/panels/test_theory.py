"""The theory panel: the formulas of the run's variant, the numbers as they stand in them, the algorithm, the source."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QPlainTextEdit, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot
from studio_kit import Stage, applied, real_catalog, scalars, variant_info

from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.panels.parts.theory_text import format_term, listed, lowered, terms_now, with_numbers, without_arxiv
from ganstudio.ui.panels.theory import TheoryPanel
from ganstudio.ui.theme import DARK, LIGHT
from ganstudio.ui.widgets.math_label import Typeset, row_of

VARIANTS = [variant.name for variant in real_catalog().variants]
FIVE = np.arange(60) / 5


class Shown:
    """The panel on screen, with a run begun."""

    def __init__(self, qtbot: QtBot, stage: Stage, spec: Spec | None = None, *, visible: bool = True) -> None:
        self.qtbot, self.stage = qtbot, stage
        self.panel = TheoryPanel(stage.run, stage.commands)
        stage.kept.append(self.panel)
        qtbot.addWidget(self.panel)
        self.panel.apply_theme(DARK)
        self.panel.resize(480, 420)
        if visible:
            self.panel.show()
        stage.run.began.connect(self.panel.begin)
        self.run = stage.begin(spec or Spec(variant="wgan-gp"))

    def text(self, name: str) -> str:
        label = self.panel.findChild(QLabel, f"theory.{name}")
        assert isinstance(label, QLabel)
        return label.text()

    def latex(self, name: str) -> str:
        formula = self.panel.findChild(Typeset, f"theory.{name}")
        assert isinstance(formula, Typeset)
        return formula.latex

    @property
    def words(self) -> str:
        return next(label.text() for label in self.panel.findChildren(QLabel) if label.property("headline"))

    @property
    def link(self) -> QPushButton:
        found = self.panel.findChild(QPushButton, "theory.arxiv")
        assert isinstance(found, QPushButton)
        return found

    @property
    def algorithm(self) -> QPlainTextEdit:
        found = self.panel.findChild(QPlainTextEdit, "theory.algorithm")
        assert isinstance(found, QPlainTextEdit)
        return found


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


# Numbers in the place of symbols --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("latex", "symbols", "settings", "filled"), [
    (r"\lambda\, E[x]", {"w": r"\lambda"}, {"w": 10.0}, r"{10}\, E[x]"),
    (r"w \in [-c, c]", {"clip": "c"}, {"clip": 0.01}, r"w \in [-{0.01}, {0.01}]"),
    (r"\frac{c}{2} \cdot \cos c", {"clip": "c"}, {"clip": 3}, r"\frac{{3}}{2} \cdot \cos {3}"),
    (r"\mathrm{critic} c", {"clip": "c"}, {"clip": 3}, r"\mathrm{critic} {3}"),
    (r"\operatorname {clip}(c)", {"clip": "c"}, {"clip": 3}, r"\operatorname {clip}({3})"),
    (r"c_1 + \tilde c + \hat{c} + c' + c", {"clip": "c"}, {"clip": 3}, r"c_1 + \tilde c + \hat{c} + c' + {3}"),
    (r"\alpha_D x + \alpha", {"rate": r"\alpha_D", "a": r"\alpha"}, {"rate": 0.5, "a": 2}, "{0.5} x + {2}"),
    (r"f_\alpha(u)", {"a": r"\alpha"}, {"a": 0.5}, r"f_{0.5}(u)"),
    (r"(D(x) - a)^2", {"a": "a"}, {"a": -1.0}, r"(D(x) - {(-1)})^2"),
    (r"a^2", {"a": "a"}, {"a": -1.0}, r"{(-1)}^2"),
    (r"[a, b]", {"a": "a"}, {"a": -1.0}, r"[{-1}, b]"),
    (r"2\gamma", {"g": r"\gamma"}, {"g": 5}, r"2\cdot {5}"),
    (r"\lambda\gamma", {"g": r"\gamma", "l": r"\lambda"}, {"g": 5, "l": 2}, r"{2}\cdot {5}"),
    (r"c x", {"clip": "c"}, {"clip": 1e-5}, r"{1\cdot 10^{-5}} x"),
    (r"D_f", {"d": "f"}, {"d": "kl"}, r"D_{\text{kl}}"),
    (r"D_f", {"d": "f"}, {"d": r"}\x{"}, r"D_{\text{x}}"),
    (r"c", {"clip": "c"}, {}, "c"),
    (r"c", {}, {"clip": 3}, "c"),
])
def test_a_symbol_gives_way_to_its_value(
    latex: str, symbols: Mapping[str, str], settings: Mapping[str, Value], filled: str
) -> None:
    assert with_numbers(latex, symbols, settings) == filled


@pytest.mark.parametrize("name", VARIANTS)
def test_every_formula_can_be_set_with_numbers_at_both_ends_of_each_control(name: str) -> None:
    variant = variant_info(name)
    controls = {control.name: control for control in variant.controls}
    assert set(variant.symbols) <= set(controls)
    for end in ("low", "high", "default"):
        settings: dict[str, Value] = {}
        for control in variant.controls:
            value = getattr(control, end)
            settings[control.name] = control.default if value is None else value
        filled = [with_numbers(formula, variant.symbols, settings)
                  for formula in (variant.discriminator_formula, variant.generator_formula)]
        assert all(row_of(formula, DARK.text) for formula in filled)
        assert all(row_of(symbol, DARK.text) for symbol in variant.symbols.values())
        # Each symbol that is declared stands in one of the two formulas.
        for control_name, symbol in variant.symbols.items():
            alone = {control_name: symbol}
            assert any(with_numbers(formula, alone, settings) != formula
                       for formula in (variant.discriminator_formula, variant.generator_formula)), control_name


# Terms ----------------------------------------------------------------------------------------------------------------


def test_the_terms_are_summed_by_player(stage: Stage) -> None:
    run = stage.begin(Spec(variant="wgan-gp"))
    stage.link.say(scalars(run, "discriminator", FIVE, critic=np.full(60, -0.53), penalty=np.full(60, 0.02)))
    stage.link.say(scalars(run, "generator", FIVE[::5], generator=np.full(12, 2.5)))
    store = stage.run.store
    assert terms_now(store, "discriminator", r"\min_D x") == "Its loss, now: critic −0.530 + penalty 0.020 = −0.510"
    assert terms_now(store, "generator", r"\max_G x") == "Its loss, the negative of this, now: generator 2.500"


def test_terms_of_a_moment_that_has_passed_know_nothing_of_what_came_after(stage: Stage) -> None:
    run = stage.begin()
    stage.link.say(scalars(run, "discriminator", np.arange(1.0, 101.0), critic=np.repeat([1.0, 9.0], 50)))
    store = stage.run.store
    assert terms_now(store, "discriminator", "", 50) == "Its loss, at step 50: critic 1.000"
    assert terms_now(store, "discriminator", "", 0) == "No update yet."


def test_a_negative_second_term_is_taken_away_and_the_mean_is_of_the_last_updates(stage: Stage) -> None:
    run = stage.begin()
    real = np.r_[np.full(10, 1000.0), np.full(25, 1.0), np.full(25, 2.0)]  # the first ten are long past
    stage.link.say(scalars(run, "discriminator", FIVE, real=real, fake=np.full(60, -0.25)))
    assert terms_now(stage.run.store, "discriminator", "") == "Its loss, now: real 1.500 − fake 0.250 = 1.250"


def test_a_term_that_is_no_number_is_shown_and_an_old_one_forgotten(stage: Stage) -> None:
    run = stage.begin()
    wild = np.full(60, 3.0)
    wild[30] = np.nan
    stage.link.say(scalars(run, "discriminator", FIVE, real=wild))
    assert terms_now(stage.run.store, "discriminator", "") == "Its loss, now: real 3.000"
    stage.link.say(scalars(run, "discriminator", np.array([12.0]), real=np.array([np.nan])))
    assert terms_now(stage.run.store, "discriminator", "") == "Its loss, now: real nan"
    assert terms_now(stage.run.store, "generator", "") == "No update yet."


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "0.000"), (-0.5, "−0.500"), (123.456, "123.5"), (12345.6, "12346"), (1e6, "1.00e+06"), (-2e-5, "−2.00e−05"),
    (float("nan"), "nan"), (float("-inf"), "−inf"),
])
def test_a_number_is_short_at_any_size(value: float, text: str) -> None:
    assert format_term(value) == text


# The panel ------------------------------------------------------------------------------------------------------------


def test_before_the_engine_is_up_it_says_so(qtbot: QtBot) -> None:
    stage = Stage(welcomed=False)
    panel = TheoryPanel(stage.run, stage.commands)
    stage.kept.append(panel)
    qtbot.addWidget(panel)
    panel.show()
    assert [label.text() for label in panel.findChildren(QLabel) if label.isVisible() and label.text()] == [
        "The engine is starting…"]


@pytest.mark.parametrize("name", VARIANTS)
def test_a_run_shows_its_variant(qtbot: QtBot, stage: Stage, name: str) -> None:
    seen = Shown(qtbot, stage, Spec(variant=name))
    variant = variant_info(name)
    assert seen.text("title") == variant.title
    assert seen.text("advice") == variant.advice
    assert seen.latex("D.objective") == variant.discriminator_formula
    assert seen.latex("G.objective") == variant.generator_formula
    assert seen.algorithm.toPlainText() == variant.algorithm
    optimum = seen.panel.findChild(QLabel, "theory.optimum")
    assert isinstance(optimum, QLabel)
    assert optimum.isVisibleTo(seen.panel) == bool(variant.at_optimum)
    for control in listed(variant):
        assert seen.text(f"meaning.{control.name}") == control.label
        assert seen.text(f"value.{control.name}")
    assert seen.text("value.critic_steps").startswith(f"{stage.run.settings['critic_steps']} step")
    parts = {variant.reference[: len(seen.text("reference"))], seen.text("reference")}
    assert len(parts) == 1


def test_the_numbers_follow_a_moved_control(qtbot: QtBot, stage: Stage) -> None:
    seen = Shown(qtbot, stage, Spec(variant="wgan-gp", controls={"gp_weight": 10.0}))
    formula = variant_info("wgan-gp").discriminator_formula
    assert seen.latex("D.numbers") == formula.replace(r"\lambda", "{10}")
    stage.link.say(applied(seen.run, 1, "gp_weight", 2.5))
    qtbot.waitUntil(lambda: seen.latex("D.numbers") == formula.replace(r"\lambda", "{2.5}"))
    assert seen.text("value.gp_weight") == "2.5"
    assert seen.latex("D.objective") == formula
    generator = seen.panel.findChild(Typeset, "theory.G.numbers")
    assert isinstance(generator, Typeset)
    assert not generator.isVisibleTo(seen.panel)  # no symbol stands in it


def test_the_terms_follow_the_run(qtbot: QtBot, stage: Stage) -> None:
    seen = Shown(qtbot, stage)
    assert seen.text("D.terms") == "No update yet."
    stage.link.say(scalars(seen.run, "discriminator", FIVE, critic=np.full(60, -1.0), penalty=np.full(60, 0.25)))
    qtbot.waitUntil(lambda: "= −0.750" in seen.text("D.terms"))


def test_what_nobody_sees_is_not_computed(qtbot: QtBot, stage: Stage) -> None:
    seen = Shown(qtbot, stage, visible=False)
    made = row_of.cache_info()
    stage.link.say(applied(seen.run, 1, "gp_weight", 3.75))
    stage.link.say(scalars(seen.run, "discriminator", FIVE, critic=np.full(60, -1.0)))
    assert not seen.panel._timer.isActive()
    assert seen.panel.findChild(Typeset, "theory.D.objective") is None
    assert row_of.cache_info() == made
    seen.panel.show()
    assert "{3.75}" in seen.latex("D.numbers")
    assert "critic −1.000" in seen.text("D.terms")


def test_the_next_variant_takes_the_place_of_the_last(qtbot: QtBot, stage: Stage) -> None:
    seen = Shown(qtbot, stage)
    stage.begin(Spec(variant="wgan"))
    assert seen.text("title") == variant_info("wgan").title
    assert seen.panel.findChild(QLabel, "theory.value.gp_weight") is None
    assert seen.text("value.clip")
    assert seen.text("D.terms") == "No update yet."


# Algorithm box --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1000, 420, 200])
@pytest.mark.parametrize("name", VARIANTS)
def test_no_line_of_the_algorithm_is_cut_off(qtbot: QtBot, stage: Stage, name: str, width: int) -> None:
    seen = Shown(qtbot, stage, Spec(variant=name))
    seen.panel.resize(width, 400)
    box = seen.algorithm
    lines = variant_info(name).algorithm.splitlines()
    qtbot.waitUntil(lambda: box.viewport().height() >= len(lines) * QFontMetrics(box.font()).lineSpacing()
                    and box.verticalScrollBar().maximum() == 0)
    assert box.lineWrapMode() == QPlainTextEdit.LineWrapMode.NoWrap
    widest = max(QFontMetrics(box.font()).horizontalAdvance(line) for line in lines)
    room = box.viewport().width() - 2 * box.document().documentMargin()
    assert box.horizontalScrollBar().maximum() >= widest - room - 2
    assert QFontMetrics(box.font()).horizontalAdvance("i") == QFontMetrics(box.font()).horizontalAdvance("M")
    area = seen.panel.findChild(QScrollArea, "theory.scroll")
    assert isinstance(area, QScrollArea)
    content = area.widget()
    assert content is not None
    assert content.width() <= area.viewport().width()


# The source -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VARIANTS)
def test_the_link_goes_to_the_paper(
    qtbot: QtBot, stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url).toString()))
    seen = Shown(qtbot, stage, Spec(variant=name))
    number = re.search(r"arXiv:(\d{4}\.\d{4,5})", variant_info(name).reference)
    if number is None:
        assert not seen.link.isVisible()
        return
    assert "arXiv" not in seen.text("reference")
    QTest.mouseClick(seen.link, Qt.MouseButton.LeftButton)
    seen.link.setFocus()
    QTest.keyClick(seen.link, Qt.Key.Key_Return)
    assert opened == [f"https://arxiv.org/abs/{number[1]}"] * 2
    assert number[1] in seen.link.text()
    assert number[1] in seen.link.accessibleName()


@pytest.mark.parametrize(("reference", "apart"), [
    ("A et al. 2017, Title. arXiv:1704.00028", ("A et al. 2017, Title.", "1704.00028")),
    ("A 1997, Title. arXiv:hep-th/9711200", ("A 1997, Title.", "hep-th/9711200")),
    ("A 1951, Title.", ("A 1951, Title.", "")),
])
def test_a_reference_and_its_number_apart(reference: str, apart: tuple[str, str]) -> None:
    assert without_arxiv(reference) == apart


def test_an_underscore_makes_an_index_and_markup_stays_text() -> None:
    assert lowered("α_D") == "α<sub>D</sub>"
    assert lowered("−D_f(p ‖ q) < 1") == "−D<sub>f</sub>(p ‖ q) &lt; 1"


# Palette and hands ----------------------------------------------------------------------------------------------------


def test_both_palettes_reach_every_part(qtbot: QtBot, stage: Stage) -> None:
    seen = Shown(qtbot, stage)
    dark = seen.panel.grab().toImage()
    seen.panel.apply_theme(LIGHT)
    light = seen.panel.grab().toImage()
    assert dark != light
    for typeset in seen.panel.findChildren(Typeset):
        assert typeset._colour == LIGHT.text
    assert LIGHT.accent in seen.link.styleSheet()
    assert DARK.accent not in seen.link.styleSheet()


def test_every_part_is_named_and_explained(qtbot: QtBot, stage: Stage) -> None:
    seen = Shown(qtbot, stage)
    stops = [part for part in seen.panel.findChildren(QWidget)
             if part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isVisible()]
    assert {part.objectName() for part in stops} >= {"theory.arxiv", "theory.scroll", "theory.algorithm"}
    for part in stops:
        assert part.objectName() and part.accessibleName() and part.toolTip(), part
    for area in seen.panel.findChildren(QAbstractScrollArea):
        assert area.accessibleName()
    for typeset in seen.panel.findChildren(Typeset):
        if typeset.isVisible():
            assert typeset.latex in typeset.accessibleName()
