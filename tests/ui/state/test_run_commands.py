"""The commands of one run: each is sent, and carries the run's number."""

from __future__ import annotations

import pytest
from studio_kit import Stage, progress

from ganstudio.core.protocol.messages import Grow, Pin, Play, SetSpeed, SnapshotRequest, Step, WeightsHashRequest


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def test_a_move_of_one_player_pauses_the_run_first(stage: Stage) -> None:
    run = stage.begin()
    stage.link.say(progress(run, 5, playing=True))
    stage.commands.step("discriminator")
    assert stage.link.sent[-2:] == [Play(run=run, on=False), Step(run=run, player="discriminator")]
    stage.link.say(progress(run, 5, playing=False))
    stage.commands.step("cycle")
    assert len(stage.link.told(Play)) == 1
    stage.commands.set_speed(3.0)
    assert stage.link.told(SetSpeed)[-1] == SetSpeed(run=run, updates_per_second=3.0)


def test_every_command_names_its_run(stage: Stage) -> None:
    stage.begin()
    run = stage.begin()
    commands = stage.commands
    before = len(stage.link.sent)
    commands.grow()
    commands.pin()
    commands.pin(for_good=False)
    commands.hash_weights()
    commands.look(["points"], 36, True)
    assert stage.link.sent[before:] == [
        Grow(run=run), Pin(run=run, for_good=True), Pin(run=run, for_good=False), WeightsHashRequest(run=run),
        SnapshotRequest(run=run, views=["points"], size=36, measure=True),
    ]


def test_a_player_that_there_is_not_is_not_moved(stage: Stage) -> None:
    stage.begin()
    stage.commands.step("nobody")
    assert stage.link.told(Step) == []
