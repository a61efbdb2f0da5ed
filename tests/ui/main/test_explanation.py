"""What is this? Every panel and control answers: what it shows, how to read it, what it may be."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from studio_kit import real_catalog
from window_kit import KINDS, House

from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.main.explanation import of_control, of_panel
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.control_setting import owned_controls
from ganstudio.ui.widgets.math_label import Typeset

pytest_plugins = ["window_fixtures"]
PANELS = leaves("ganstudio.ui.panels", Panel)
WORDS = range(8, 90)  # of a text, one to three sentences
LONGEST = 3


def press(widget: QWidget, keys: str) -> None:
    combination = QKeySequence(keys)[0]  # type: ignore[index]
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_says_how_to_read_it_and_what_healthy_and_sick_runs_look_like(name: str) -> None:
    panel = PANELS[name]
    texts = (panel.reading, panel.healthy, panel.sick)
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert len(text.split()) in WORDS, text
        assert text[0].isupper() or text[0] in "αθ“"
        assert text.endswith("."), text
        ends = re.findall(r"(?<!et al)(?<!\be\.g)[.?:](?= [A-ZÀ-ÞΑ-Ω“θψα]|$)", text)
        assert len(ends) <= LONGEST + 1, text
    if panel.papers:
        assert re.search(r"arXiv:\d{4}\.\d{4,5}", panel.papers)


@pytest.mark.parametrize("name", [name for name, panel in PANELS.items() if panel.formula])
def test_every_formula_is_set_as_mathematics(name: str, qapp: QApplication) -> None:
    shown = Typeset(PANELS[name].formula)
    assert shown.is_set, PANELS[name].formula
    shown.deleteLater()


@KINDS
def test_the_button_of_a_title_explains_its_panel(house: House, kind: str, spec: Spec) -> None:
    house.begin(spec)
    for name, panel in house.window.panels.items():
        if kind not in panel.kinds:
            continue
        button = house.window.docks[name].findChild(QToolButton, f"dock.{name}.help")
        assert isinstance(button, QToolButton) and button.accessibleName()
        button.click()
        dialog = house.window.explainer.dialog
        assert dialog.isVisible() and panel.title in dialog.windowTitle()
        for text in (panel.help, panel.reading, panel.healthy, panel.sick, panel.papers):
            assert text in dialog.said
        formula = dialog.findChild(Typeset, "explanation.formula")
        assert (formula.latex if isinstance(formula, Typeset) else "") == panel.formula
    house.window.explainer.dialog.close()


def test_f1_explains_the_panel_with_the_focus(house: House) -> None:
    house.begin()
    house.window.navigation.go("curves")
    press(house.window, "F1")
    assert "Loss terms" in house.window.explainer.dialog.windowTitle()
    QTest.keyClick(house.window.explainer.dialog, Qt.Key.Key_Escape)
    assert not house.window.explainer.dialog.isVisible()


def test_shift_f1_explains_the_control_with_the_focus(house: House) -> None:
    house.begin()
    control = house.window.findChild(QWidget, "control.gp_weight")
    assert isinstance(control, QWidget)
    house.window.focus_frame.reach(control, Qt.FocusReason.TabFocusReason)
    press(control, "Shift+F1")
    dialog = house.window.explainer.dialog
    info = next(each for each in real_catalog().variant("wgan-gp").controls if each.name == "gp_weight")
    assert dialog.windowTitle() == "What is this? Gradient penalty λ"
    for text in (info.help, "0 to 100, on a logarithmic scale.", "Now: 0.1", "Default: 10", "In the preset “toy”: 0.1",
                 "In the paper's preset: 10.", "A change applies at the next update.", "--set gp_weight=0.1"):
        assert text in dialog.said, text
    dialog.close()
    play = house.window.transport.widgetForAction(house.window.transport.play)
    house.window.focus_frame.reach(play, Qt.FocusReason.TabFocusReason)
    press(play, "Shift+F1")
    assert "Play or pause the run (Space)" in dialog.said
    dialog.close()


@KINDS
def test_every_control_of_a_run_is_explained(house: House, kind: str, spec: Spec) -> None:
    house.begin(spec)
    run = house.stage.run
    owned = owned_controls(run)
    assert len(owned) > 20
    for owner, info in owned:
        said = of_control(run, owner, info)
        titles = [section.title for section in said.sections]
        assert "What it does" in titles and "Values" in titles and "When it acts" in titles, info.name
        values = next(section.text for section in said.sections if section.title == "Values")
        assert ("In the preset" in values) == (owner != "data")
    greyed = of_control(run, *owned[0], idle="it is off")
    assert any(section.text.startswith("No effect now: it is off.") for section in greyed.sections)


def test_a_panel_from_elsewhere_that_says_less_is_explained_by_what_it_says(house: House) -> None:
    class Bare(Panel):
        name, title, kinds, help = "bare", "Bare", ("plane",), "Says little."

    made = Bare(house.stage.run, house.stage.commands)
    assert of_panel(made).sections == [("What it shows", "Says little.", False)]
    made.deleteLater()
