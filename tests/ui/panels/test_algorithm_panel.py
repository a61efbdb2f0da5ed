"""The algorithm, line by line: the page, the walk by key, slow motion, and what is said when there is no update."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from panel_kit import PANELS, Shown
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser, QToolButton
from pytestqt.qtbot import QtBot
from studio_kit import Stage, progress, variant_info

from ganstudio.core.algorithm_box import box_lines, moments
from ganstudio.core.protocol.messages import LastUpdate, Play, Step
from ganstudio.core.protocol.spec import TWO_PLAYERS, Position, Spec
from ganstudio.ui.panels.parts.algorithm_page import NOW, page
from ganstudio.ui.panels.parts.algorithm_text import FAST, IDLE, PAST, sentence, summed
from ganstudio.ui.theme import DARK

D, G = "discriminator", "generator"


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def made(run: int, **given: Any) -> LastUpdate:
    """The numbers of an update of D."""
    return msgspec.structs.replace(LastUpdate(
        run=run, position=Position(steps=7, by_player={D: 37}, place=1), first=True, player=D, next=G, update=37,
        place=1, places=1, batch=128, drew=True, latents=128,
        terms={"critic": -0.83, "penalty": 0.12}, readings={}, gradient=0.52,
        moved=0.0031, weights=4096, set_after=0, rate=0.0005, rate_share=1.0, optimiser="adam"), **given)


def shown_page(shown: Shown) -> str:
    found = shown.panel.findChild(QTextBrowser, "algorithm.page")
    assert isinstance(found, QTextBrowser)
    return found.toPlainText()


def next_line(shown: Shown) -> None:
    found = shown.panel.findChild(QToolButton, "algorithm.next")
    assert isinstance(found, QToolButton) and found.isEnabled()
    found.click()


def now(shown: Shown) -> str:
    """The line of the box that is marked."""
    found = [line for line in shown_page(shown).splitlines() if line.startswith(NOW)]
    return found[0].removeprefix(NOW).strip() if found else ""


def test_each_key_is_one_line_and_the_numbers_are_those_of_this_update(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PANELS["algorithm"], Spec(variant="wgan-gp"))
    stage.link.say(progress(shown.run, 7, playing=False))
    assert shown.words == IDLE and now(shown) == ""
    next_line(shown)
    assert stage.link.told(Step) == [Step(run=shown.run, player="next")]
    stage.link.say(made(shown.run))
    assert shown.words.startswith("Update 37 of D, as it was made: 1 of 6")
    assert now(shown).startswith("repeat k times") and "its update 37, 1 of 1 in this step" in shown_page(shown)
    said = ["128 real samples and 128 fresh latents for G are drawn.", "This is worked out for the line",
            "critic −0.83 + penalty 0.12 = −0.71", "over all 4,096 weights of D, has length 0.52",
            "Adam moves the weights of D by 0.0031 in length (rate 0.0005)"]
    marked = ["repeat k times", "x~ =", "minimise", "minimise", "minimise"]
    for words, line in zip(said, marked, strict=True):
        assert words not in shown_page(shown), "what is to come is not told yet"
        next_line(shown)
        assert words in shown_page(shown) and now(shown).startswith(line)
    assert len(stage.link.told(Step)) == 1
    next_line(shown)
    assert len(stage.link.told(Step)) == 2, "after the last line the next update is made"


def test_one_can_go_back_by_a_line(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PANELS["algorithm"], Spec(variant="wgan-gp"))
    back = shown.panel.findChild(QToolButton, "algorithm.back")
    assert isinstance(back, QToolButton) and not back.isEnabled()
    stage.link.say(progress(shown.run, 7, playing=False))
    stage.link.say(made(shown.run))
    next_line(shown)
    back.click()
    assert shown.words.startswith("Update 37 of D, as it was made: 1 of 6") and not back.isEnabled()


def test_the_key_n_pauses_a_run_that_plays(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PANELS["algorithm"], Spec(variant="gan"))
    stage.link.say(progress(shown.run, 7))
    assert shown.words == FAST
    shown.panel.activateWindow()
    qtbot.waitUntil(shown.panel.isActiveWindow)
    QTest.keyClick(shown.panel, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: bool(stage.link.told(Play)))  # a button is pressed for a moment
    assert stage.link.told(Play)[-1].on is False and stage.link.told(Step)[-1].player == "next"


def test_a_whole_step_is_gone_through_update_by_update(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PANELS["algorithm"], Spec(variant="gan"))
    stage.link.say(progress(shown.run, 7, playing=False))
    stage.link.say(made(shown.run))
    stage.link.say(made(shown.run, first=False, player=G, update=9, next=D, drew=False, terms={"generator": 0.4}))
    assert "1 further update of this step" in shown.words
    count = len(moments(box_lines(variant_info("gan").algorithm, TWO_PLAYERS), D, ()))
    for _ in range(count):
        next_line(shown)
    assert shown.words.startswith("Update 9 of G") and now(shown).endswith("(generator)")
    assert stage.link.told(Step) == []
    stage.link.say(made(shown.run, update=38))
    assert shown.words.startswith("Update 38 of D"), "another command begins another walk"


def test_in_slow_motion_the_lines_run_by_themselves(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PANELS["algorithm"], Spec(variant="gan"))
    stage.link.say(progress(shown.run, 7))
    stage.link.say(made(shown.run))
    stage.link.say(made(shown.run, update=38))
    qtbot.waitUntil(lambda: "5 of 5" in shown.words)
    assert shown.words.startswith("Update 38 of D") and stage.link.told(Step) == []


def test_a_recorded_moment_has_no_numbers(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PANELS["algorithm"], Spec(variant="gan"))
    stage.link.say(progress(shown.run, 7, playing=False))
    stage.link.say(made(shown.run))
    shown.panel.show_past(3, None)
    assert shown.words == PAST and now(shown) == "" and "128" not in shown_page(shown)
    shown.panel.show_past(None, None)
    assert shown.words.startswith("Update 37 of D")


def test_another_run_begins_with_its_own_box(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PANELS["algorithm"], Spec(variant="gan"))
    stage.link.say(made(shown.run))
    stage.begin(Spec(variant="wgan"))
    assert shown.words == IDLE and "w <- clip(w, -c, c)" in shown_page(shown) and now(shown) == ""


def said(variant: str, phase: str, **given: Any) -> str:
    info = variant_info(variant)
    lines = box_lines(info.algorithm, info.players)
    update = made(1, **given)
    moment = next(each for each in moments(lines, update.player, ()) if each.phase == phase)
    return sentence(moment, lines, update, info.players)


def test_the_sentences_say_what_was_done() -> None:
    assert said("wgan", "after", set_after=1203) == "1,203 of 4,096 weights of D were changed by this line."
    assert said("wgan", "after") == "No weight of D was changed by this line."
    assert said("began", "after", readings={"k": 0.012, "M": 0.31}) == "K is 0.012, M is 0.31 now." or (
        said("began", "after", readings={"k": 0.012, "M": 0.31}) == "k is 0.012, M is 0.31 now.")
    assert said("gan", "terms", terms={"real": 0.7}) == "The negative of this line, its loss, on this batch: real 0.7."
    assert said("gan", "draw", player=G, drew=False, batch=1, latents=1) == (
        "1 fresh latent for G is drawn; G sees no data.")
    assert said("wgan", "turn") == "The critic D is updated: its update 37, 1 of 1 in this step."
    assert "50% of the control by the schedule" in said("gan", "step", rate_share=0.5)
    assert summed({"a": float("nan"), "b": -1.0}) == "a nan − b 1"


def test_nothing_in_the_page_is_taken_for_markup() -> None:
    lines = box_lines("X\n\nminimise  a <b>   (generator)", TWO_PLAYERS)
    made_page = page(lines, moments(lines, G, ()), ["<i>"] * 5, 4, DARK)
    assert "<b>" not in made_page and "<i>" not in made_page and len(re.findall("&lt;i&gt;", made_page)) == 5
