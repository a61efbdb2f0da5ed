"""Moves of controls: few are sent, the last of each always, and who asks knows when the engine has answered."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from studio_kit import FakeLink, Stage, applied

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Refused, SetControl, Start


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def sent_values(link: FakeLink, name: str) -> list[Value]:
    return [command.value for command in link.told(SetControl) if command.name == name]


def test_a_burst_of_moves_sends_few_commands_and_the_last_wins(stage: Stage, qtbot: QtBot) -> None:
    run = stage.begin()
    for index in range(10_000):
        stage.commands.sender.set_control("gp_weight", float(index))
    qtbot.waitUntil(lambda: sent_values(stage.link, "gp_weight")[-1] == 9999.0)
    assert len(stage.link.told(SetControl)) <= 3
    assert sent_values(stage.link, "gp_weight")[0] == 0.0
    assert {command.run for command in stage.link.told(SetControl)} == {run}


def test_a_drag_over_time_is_followed(stage: Stage, qtbot: QtBot) -> None:
    """While the user drags, values are sent 40 times a second, and not one for each event."""
    stage.begin()
    moves = 0

    def dragged() -> bool:
        nonlocal moves
        moves += 1
        stage.commands.sender.set_control("gp_weight", float(moves))
        return len(stage.link.told(SetControl)) >= 5

    qtbot.waitUntil(dragged)
    assert moves > 5
    qtbot.waitUntil(lambda: sent_values(stage.link, "gp_weight")[-1] == float(moves))
    values = sent_values(stage.link, "gp_weight")
    assert values == sorted(values, key=float)  # type: ignore[arg-type]


def test_two_sliders_do_not_displace_each_other(stage: Stage, qtbot: QtBot) -> None:
    stage.begin()
    for index in range(100):
        stage.commands.sender.set_control("gp_weight", float(index))
        stage.commands.sender.set_control("learning_rate_d", index / 1000)
    qtbot.waitUntil(lambda: sent_values(stage.link, "learning_rate_d")[-1:] == [0.099])
    assert sent_values(stage.link, "gp_weight")[-1] == 99.0


def test_moving_ends_when_the_engine_has_answered(stage: Stage) -> None:
    run = stage.begin()
    assert not stage.commands.sender.is_moving("gp_weight")
    stage.commands.sender.set_control("gp_weight", 3.0)
    assert stage.commands.sender.is_moving("gp_weight")
    stage.link.say(applied(run, stage.link.told(SetControl)[-1].id, "gp_weight", 3.0))
    assert not stage.commands.sender.is_moving("gp_weight")
    stage.commands.sender.set_control("gp_weight", 1e9)
    stage.commands.sender.send_waiting()
    stage.link.say(Refused(run=run, reason="out of range", id=stage.link.told(SetControl)[-1].id))
    assert not stage.commands.sender.is_moving("gp_weight")


def test_a_move_that_waits_when_another_run_is_asked_for_is_not_sent(stage: Stage) -> None:
    stage.begin()
    stage.commands.sender.set_control("gp_weight", 1.0)
    stage.commands.sender.set_control("gp_weight", 2.0)
    stage.next_run.restart()
    assert stage.link.told(Start)[-1].spec.controls["gp_weight"] == 2.0, "it is part of what is restarted"
    stage.commands.sender.send_waiting()
    assert sent_values(stage.link, "gp_weight") == [1.0]
    stage.stand()
    assert not stage.commands.sender.is_moving("gp_weight"), "the last run's answers are not awaited"
    assert stage.commands.sender.moved == {}


@pytest.mark.parametrize("start", [True, False])
def test_what_was_moved_is_forgotten_if_it_is_refused_and_kept_if_a_start_is(stage: Stage, start: bool) -> None:
    run = stage.begin()
    stage.commands.sender.set_control("gp_weight", 3.0)
    if start:
        stage.next_run.choose_data("points", {"file": "nowhere.csv"})
        run = stage.link.told(Start)[-1].run
    stage.link.say(Refused(run=run, reason="no", id=0 if start else 1))
    assert stage.commands.sender.moved == ({"gp_weight": 3.0} if start else {})
