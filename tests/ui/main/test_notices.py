"""What the window says of a run that diverges, fails, is refused or loses its engine."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QToolButton
from studio_kit import RING, applied, mode_count, points_view, snapshot, started
from window_kit import House

from ganstudio.core.mode_collapse import Collapse
from ganstudio.core.protocol.messages import Diverged, Failed, Refused, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Divergence

pytest_plugins = ["window_fixtures"]


def test_warnings_of_a_run_are_told_once_it_stands(house: House) -> None:
    house.begin()
    house.stage.next_run.restart()
    asked = house.stage.link.told(Start)[-1]
    house.stage.link.say(msgspec.structs.replace(
        started(asked.run, asked.spec), warnings=["Batch norm sees clipping.", "Slow here."]))
    assert house.said() == "Batch norm sees clipping. Slow here."
    house.begin()
    assert not house.said()


def test_nothing_is_said_while_all_is_well(fresh: House) -> None:
    assert fresh.said() == ""
    fresh.begin()
    assert fresh.said() == ""


def test_a_divergence_names_term_and_step_and_offers_the_good_settings(house: House) -> None:
    run = house.begin()
    house.stage.link.say(Diverged(run=run, what=Divergence(term="penalty", at=1077.4, value="inf"),
                                  good_settings={**house.stage.run.settings, "gp_weight": 5.0}))
    assert "“penalty” became inf at step 1,077" in house.said()
    house.press(0)
    assert house.stage.link.told(Start)[-1].spec.controls["gp_weight"] == 5.0
    house.stage.stand()
    assert house.said() == ""


def test_a_run_that_fails_says_why_and_can_be_restarted(house: House) -> None:
    run = house.begin()
    house.stage.link.say(Failed(run=run, reason="ValueError: odd", traceback="Traceback …"))
    assert "ValueError: odd" in house.said()
    house.press(0)
    assert len(house.stage.link.told(Start)) == 2


def test_a_refusal_is_one_sentence_that_can_be_closed(house: House) -> None:
    run = house.begin()
    house.stage.link.say(Refused(run=run, reason="gp_weight = 1e9 is out of range", id=1))
    assert "gp_weight = 1e9 is out of range" in house.said()
    house.window.notice.findChildren(QToolButton)[0].click()
    assert house.said() == ""


def test_a_lost_engine_says_why_and_offers_another(fresh: House) -> None:
    run = fresh.begin()
    fresh.stage.link.say(snapshot(run, points_view(RING, modes=mode_count([0.125] * 8)), steps=9))
    fresh.stage.link.lose("it was ended by signal 9")
    assert "signal 9" in fresh.said()
    assert not fresh.window.transport.play.isEnabled()
    assert fresh.window.transport.play.text() == "Play" and fresh.window.transport.readout.text().endswith("no engine")
    assert fresh.window.isVisible()
    fresh.stage.open(lambda: fresh.press(0))
    assert len(fresh.stage.links) == 2
    fresh.stage.welcome()
    fresh.stage.stand()
    assert fresh.said() == ""
    assert fresh.window.transport.play.isEnabled()


def test_an_engine_that_never_came_up_is_told_too(fresh: House) -> None:
    fresh.stage.next_run.start(Spec(variant="wgan", seed=3))
    fresh.stage.link.lose("No module named torch")
    assert "No module named torch" in fresh.said()
    fresh.stage.open(lambda: fresh.press(0))
    fresh.stage.welcome()
    asked = fresh.stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.seed) == ("wgan", 3)


def test_a_collapse_is_told_in_a_notice(house: House) -> None:
    house.begin()
    house.stage.run.add_collapse(Collapse(at=640, well_at=620, well_from=9, words="few are left", seen_at=640))
    assert house.said().startswith(
        "Mode collapse since step 640: at step 640, few are left. The last good moment is step 620")
    house.begin()
    assert house.said() == ""


def test_a_notice_takes_no_room_of_the_panels(house: House) -> None:
    run = house.begin()
    height = house.window.docks["points"].height()
    house.stage.link.say(Refused(run=run, reason="no", id=1))
    house.qtbot.waitUntil(house.window.notice.isVisible)
    assert house.window.docks["points"].height() == height
    house.begin()
    house.qtbot.waitUntil(lambda: not house.window.notice.isVisible())
    assert house.window.docks["points"].height() == height


def test_what_was_refused_is_no_longer_said_once_a_control_has_moved(house: House) -> None:
    run = house.begin()
    house.stage.link.say(Refused(run=run, reason="gp_weight = 1e9 is out of range", id=1))
    assert "1e9" in house.said()
    house.stage.link.say(applied(run, 2, "gp_weight", 1.0))
    assert house.said() == ""
    house.stage.run.add_collapse(Collapse(at=640, well_at=None, well_from=None, words="few", seen_at=640))
    assert "Mode collapse" in house.said()
    house.stage.link.say(Refused(run=run, reason="gp_weight = 1e9 is out of range", id=3))
    house.stage.link.say(applied(run, 4, "gp_weight", 2.0))
    assert "Mode collapse" in house.said()
    house.stage.run.collapse_ended.emit(900)
    assert "ended at step 900" in house.said()
    house.stage.link.say(applied(run, 5, "gp_weight", 1.0))
    assert house.said() == ""
