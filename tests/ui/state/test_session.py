"""The link and the runs, with an engine played by the test: what is sent, what is dropped, and who is given what."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from studio_kit import Stage, applied, measured, progress, scalars, snapshot, started

from ganstudio.core.protocol.messages import (
    AnalyseDivergence,
    Diverged,
    Event,
    Failed,
    Play,
    Refused,
    SetControl,
    Start,
)
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Divergence
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.session import Session


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


class Ears:
    """Every signal of a run and of its engine, as it comes."""

    def __init__(self, stage: Stage) -> None:
        self.heard: list[str] = []
        for name in ("began", "snapshot_came", "scalars_came", "progressed", "measured", "control_applied",
                     "refused", "diverged", "failed"):
            getattr(stage.run, name).connect(lambda *_, name=name: self.heard.append(name))
        stage.session.engine_lost.connect(lambda _: self.heard.append("engine_lost"))


def events_of(run: int) -> list[Event]:
    """One of each kind that is said of a run that stands."""
    return [
        scalars(run, "generator", np.arange(3.0), generator=np.arange(3.0)), progress(run, 7), snapshot(run),
        measured(run, 7, {"w1": 1.0}, {"w1": 0.1}), applied(run, 1, "gp_weight", 5.0),
        Diverged(run=run, what=Divergence(term="penalty", at=7, value="nan"), good_settings={}),
        Failed(run=run, reason="x", traceback="y"), Refused(run=run, reason="x"),
    ]


def test_what_is_said_of_a_dead_run_is_dropped(stage: Stage) -> None:
    old = stage.begin()
    new = stage.begin(Spec(variant="wgan"))
    ears = Ears(stage)
    for event in [*events_of(old), started(old, Spec())]:
        stage.link.say(event)
    assert ears.heard == []
    assert stage.run.store.series == {}
    assert stage.run.changes == []
    assert stage.run.spec.variant == "wgan"
    for event in events_of(new):
        stage.link.say(event)
    assert ears.heard == ["scalars_came", "progressed", "snapshot_came", "measured", "control_applied", "diverged",
                          "failed", "refused"]


def test_two_runs_side_by_side_are_given_what_is_said_of_each(stage: Stage) -> None:
    """Each has its own model and its own commands; another run takes the place of one and leaves the other."""
    left, right = stage.commands, RunCommands(stage.session)
    one = stage.begin()
    right.next_run.start(Spec(variant="wgan"))
    two = stage.stand()
    assert stage.session.runs == {one: left.run, two: right.run}
    assert one not in stage.link.told(Start)[-1].replaces
    stage.link.say(progress(one, 5))
    stage.link.say(applied(two, 1, "critic_steps", 3))
    assert [run.progress is None for run in (left.run, right.run)] == [False, True]
    assert (left.run.changes, len(right.run.changes)) == ([], 1)
    right.sender.set_control("critic_steps", 4)
    left.play(False)
    assert stage.link.told(SetControl)[-1].run == two
    assert stage.link.told(Play)[-1].run == one
    left.next_run.choose_variant("gan")
    asked = stage.link.told(Start)[-1]
    assert one in asked.replaces and two not in asked.replaces
    three = stage.stand()
    assert stage.session.runs == {three: left.run, two: right.run}
    stage.link.say(progress(two, 9))
    assert [run.progress is None for run in (left.run, right.run)] == [True, False]
    stage.link.lose("it was ended")
    assert [run.started for run in (left.run, right.run)] == [None, None]


# Before the engine is up, and after -------------------------------------------------------------------------------


def test_a_start_before_the_engine_is_up_waits_for_it(qapp: object) -> None:
    stage = Stage(welcomed=False)
    stage.next_run.start(Spec())
    stage.next_run.start(Spec(variant="wgan"))
    assert stage.link.sent == []
    stage.welcome()
    assert [command.spec.variant for command in stage.link.told(Start)] == ["wgan"]


def test_of_texts_asked_about_before_the_engine_is_up_the_last_is_sent(qapp: object) -> None:
    stage = Stage(welcomed=False)
    assert [stage.session.examine(text) for text in ("u", "u log u")] == [1, 2]
    stage.next_run.start(Spec())
    stage.welcome()
    assert stage.link.told(
        AnalyseDivergence) == [AnalyseDivergence(id=2, text="u log u")], "another run does not take it back"


def test_a_session_without_an_engine_cannot_be_opened(qapp: object) -> None:
    session = Session()
    with pytest.raises(RuntimeError, match="has no engine"):
        session.open()
    RunCommands(session).play(True)
    assert not session.is_open


def test_a_lost_engine_is_told_and_a_fresh_one_goes_on_with_the_settings(stage: Stage) -> None:
    run = stage.begin(Spec(variant="wgan-gp", seed=4))
    stage.link.say(applied(run, 1, "gp_weight", 33.0))
    ears = Ears(stage)
    stage.link.lose("it was ended by signal 9")
    assert ears.heard == ["engine_lost"]
    assert stage.session.engine is None
    stage.commands.play(False)
    stage.commands.sender.set_control("gp_weight", 1.0)
    stage.open(stage.next_run.start_on_another_engine)
    assert len(stage.links) == 2
    stage.welcome()
    assert [type(command) for command in stage.link.sent] == [Start]
    asked = stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.seed, asked.controls["gp_weight"]) == ("wgan-gp", 4, 33.0)
    fresh = stage.stand()
    assert fresh != run
    stage.link.say(progress(run, 1))
    assert stage.run.progress is None


def test_closing_ends_the_engine(stage: Stage) -> None:
    stage.begin()
    asyncio.run(stage.session.close())
    assert stage.link.closed
    stage.commands.play(True)  # said to nobody


def test_a_catalogue_that_is_the_same_is_not_built_again(stage: Stage) -> None:
    told: list[object] = []
    stage.session.catalog_changed.connect(told.append)
    stage.welcome()
    assert told == []


def test_a_kept_catalogue_is_known_to_runs_at_once(qapp: object) -> None:
    stage = Stage()
    catalog = stage.session.catalog
    assert catalog is not None and stage.run.catalog is catalog
    session = Session()
    commands = RunCommands(session)
    session.set_catalog(catalog)
    assert commands.run.catalog is catalog
    assert RunCommands(session).run.catalog is catalog
