"""The run on screen, with an engine played by the test: what is sent, what is dropped, what is kept."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from studio_kit import FakeLink, Stage, applied, measured, progress, scalars, snapshot, started, variant_info

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import (
    Diverged,
    Event,
    Failed,
    Play,
    Refused,
    SetControl,
    SetSpeed,
    Start,
    Step,
)
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Divergence
from ganstudio.ui.state.session import Session


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


class Ears:
    """Every signal of a session, as it comes."""

    def __init__(self, session: Session) -> None:
        self.heard: list[str] = []
        for name in ("run_started", "snapshot_came", "scalars_came", "progressed", "measured", "control_applied",
                     "refused", "diverged", "failed", "engine_lost"):
            getattr(session, name).connect(lambda *_, name=name: self.heard.append(name))


def sent_values(link: FakeLink, name: str) -> list[Value]:
    return [command.value for command in link.told(SetControl) if command.name == name]


# Sliders -----------------------------------------------------------------------------------------------------------


def test_a_burst_of_moves_sends_few_commands_and_the_last_wins(stage: Stage, qtbot: QtBot) -> None:
    run = stage.begin()
    for index in range(10_000):
        stage.session.set_control("gp_weight", float(index))
    qtbot.waitUntil(lambda: sent_values(stage.link, "gp_weight")[-1] == 9999.0)
    assert len(stage.link.told(SetControl)) <= 3
    assert sent_values(stage.link, "gp_weight")[0] == 0.0
    assert {command.run for command in stage.link.told(SetControl)} == {run}


def test_a_drag_over_time_is_followed(stage: Stage, qtbot: QtBot) -> None:
    """While a hand drags, values flow a few times a blink, not one for each event."""
    stage.begin()
    moves = 0

    def dragged() -> bool:
        nonlocal moves
        moves += 1
        stage.session.set_control("gp_weight", float(moves))
        return len(stage.link.told(SetControl)) >= 5

    qtbot.waitUntil(dragged)
    assert moves > 5
    qtbot.waitUntil(lambda: sent_values(stage.link, "gp_weight")[-1] == float(moves))
    values = sent_values(stage.link, "gp_weight")
    assert values == sorted(values, key=float)  # type: ignore[arg-type]


def test_two_sliders_do_not_displace_each_other(stage: Stage, qtbot: QtBot) -> None:
    stage.begin()
    for index in range(100):
        stage.session.set_control("gp_weight", float(index))
        stage.session.set_control("learning_rate_d", index / 1000)
    qtbot.waitUntil(lambda: sent_values(stage.link, "learning_rate_d")[-1:] == [0.099])
    assert sent_values(stage.link, "gp_weight")[-1] == 99.0


def test_moving_ends_when_the_engine_has_answered(stage: Stage) -> None:
    run = stage.begin()
    assert not stage.session.is_moving("gp_weight")
    stage.session.set_control("gp_weight", 3.0)
    assert stage.session.is_moving("gp_weight")
    stage.link.say(applied(run, stage.link.told(SetControl)[-1].id, "gp_weight", 3.0))
    assert not stage.session.is_moving("gp_weight")
    stage.session.set_control("gp_weight", 1e9)
    stage.session._send_waiting()
    stage.link.say(Refused(run=run, reason="out of range", id=stage.link.told(SetControl)[-1].id))
    assert not stage.session.is_moving("gp_weight")


def test_every_change_is_kept_with_its_place(stage: Stage) -> None:
    run = stage.begin()
    for step in range(5):
        stage.link.say(applied(run, step, "gp_weight", float(step), steps=step * 10))
    assert [(change.value, change.position.steps) for change in stage.session.changes] == [
        (0.0, 0), (1.0, 10), (2.0, 20), (3.0, 30), (4.0, 40),
    ]
    assert stage.session.settings["gp_weight"] == 4.0


# Runs --------------------------------------------------------------------------------------------------------------


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
    ears = Ears(stage.session)
    for event in [*events_of(old), started(old, Spec())]:
        stage.link.say(event)
    assert ears.heard == []
    assert stage.session.store.series == {}
    assert stage.session.changes == []
    assert stage.session.spec.variant == "wgan"
    for event in events_of(new):
        stage.link.say(event)
    assert ears.heard == ["scalars_came", "progressed", "snapshot_came", "measured", "control_applied", "diverged",
                          "failed", "refused"]


def test_the_run_on_screen_goes_on_until_the_next_stands(stage: Stage) -> None:
    old = stage.begin()
    stage.session.choose_variant("wgan")
    ears = Ears(stage.session)
    stage.link.say(progress(old, 99))
    assert ears.heard == ["progressed"]
    assert stage.session.spec.variant == "wgan-gp"
    stage.stand()
    assert stage.session.spec.variant == "wgan"
    assert stage.session.progress is None


@pytest.mark.parametrize("fault", [Refused, Failed])
def test_a_start_that_fails_keeps_the_run_that_stands(stage: Stage, fault: type[Refused | Failed]) -> None:
    run = stage.begin()
    stage.link.say(progress(run, 5))
    kept = stage.session.spec
    ears = Ears(stage.session)
    stage.session.choose_data("points", {"file": "nowhere.csv"})
    asked = stage.link.told(Start)[-1].run
    stage.link.say(Refused(run=asked, reason="no file") if fault is Refused
                   else Failed(run=asked, reason="no file", traceback=""))
    assert ears.heard == ["refused" if fault is Refused else "failed"]
    assert stage.session.spec == kept
    assert stage.session.wanted == kept
    assert stage.session.started is not None
    assert stage.session.started.run == run
    stage.link.say(progress(run, 6))
    assert ears.heard[-1] == "progressed"
    stage.session.play(False)
    assert stage.link.told(Play)[-1] == Play(run=run, on=False)
    stage.session.choose_variant("wgan")
    assert run in stage.link.told(Start)[-1].replaces
    assert stage.link.told(Start)[-1].spec.data == kept.data


def test_a_thousand_changes_of_variant_leave_one_run(stage: Stage) -> None:
    """Whichever of the starts have stood meanwhile, the last one replaces them all."""
    first = stage.begin()
    names = [variant.name for variant in stage.session.catalog.variants] if stage.session.catalog else []
    for index in range(1000):
        stage.session.choose_variant(names[index % len(names)])
        if index == 500:
            middle = stage.stand()
    last = stage.link.told(Start)[-1]
    alive: set[int] = set()
    for start in stage.link.told(Start):
        alive = alive - set(start.replaces) | {start.run}
    assert alive == {last.run}
    assert {first, middle} & set(last.replaces) == {middle}
    assert stage.stand() == last.run
    assert stage.session.spec.variant == names[999 % len(names)]


def test_a_start_before_the_engine_is_up_waits_for_it(qapp: object) -> None:
    stage = Stage(welcomed=False)
    stage.session.start(Spec())
    stage.session.start(Spec(variant="wgan"))
    assert stage.link.sent == []
    stage.welcome()
    assert [command.spec.variant for command in stage.link.told(Start)] == ["wgan"]


# What is carried from one run to the next ---------------------------------------------------------------------------


def test_another_data_set_keeps_the_settings_as_they_stand(stage: Stage) -> None:
    run = stage.begin(Spec(variant="wgan-gp", seed=11))
    stage.link.say(applied(run, 1, "gp_weight", 33.0))
    stage.session.choose_data("moons")
    asked = stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.data, asked.seed) == ("wgan-gp", "moons", 11)
    assert asked.controls["gp_weight"] == 33.0


@pytest.mark.parametrize("pending", [False, True])
@pytest.mark.parametrize(("before", "after", "kept"), [
    ("ring", "checkerboard", True), ("ring", "mixture", False), ("mixture", "ring", False),
    ("ring", "points", False), ("points", "ring", True),
])
def test_the_network_is_kept_on_data_of_the_same_kind(
    stage: Stage, before: str, after: str, kept: bool, pending: bool
) -> None:
    """Which kind a user's file has is known once its run stands, and not before."""
    spec = Spec(data=before, network="mlp", network_controls={"width": 64, "depth": 2})
    if pending:
        stage.begin(Spec(data="moons"))
        stage.session.start(spec)
        kept = kept and before != "points"
    else:
        stage.begin(spec)
    stage.session.choose_data(after)
    asked = stage.link.told(Start)[-1].spec
    assert asked.data == after
    if kept:
        assert asked.network == "mlp"
        assert (asked.network_controls["width"], asked.network_controls["depth"]) == (64, 2)
    else:
        assert (asked.network, asked.network_controls) == ("", {})


def test_another_file_of_the_users_may_be_of_another_kind(stage: Stage) -> None:
    stage.begin(Spec(data="points", data_controls={"file": "plane.csv"}, network_controls={"width": 64}))
    stage.session.choose_data("points", {"file": "line.csv"})
    asked = stage.link.told(Start)[-1].spec
    assert (asked.network, asked.network_controls, asked.data_controls) == ("", {}, {"file": "line.csv"})


@pytest.mark.parametrize("moved_first", [True, False])
def test_a_refused_start_forgets_no_setting(stage: Stage, moved_first: bool) -> None:
    """λ is moved, a file is chosen that is not there, and the run is restarted: λ stays where it was put."""
    run = stage.begin()
    if moved_first:
        stage.link.say(applied(run, 1, "gp_weight", 33.0))
    stage.session.choose_data("points", {"file": "nowhere.csv"})
    stage.link.say(Refused(run=stage.link.told(Start)[-1].run, reason="no file"))
    if not moved_first:
        stage.session.set_control("gp_weight", 33.0)
        stage.link.say(applied(run, stage.link.told(SetControl)[-1].id, "gp_weight", 33.0))
    stage.session.restart()
    asked = stage.link.told(Start)[-1].spec
    assert (asked.data, asked.controls["gp_weight"]) == ("ring", 33.0)


def test_another_variant_comes_with_its_own_settings(stage: Stage) -> None:
    stage.begin(Spec(variant="wgan-gp", data="moons", seed=11, data_controls={"noise": 0.2}))
    stage.session.choose_variant("wgan")
    asked = stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.data, asked.seed, asked.controls) == ("wgan", "moons", 11, {})
    assert asked.data_controls["noise"] == 0.2


def test_two_choices_in_a_row_are_both_made(stage: Stage) -> None:
    """The second comes before the first one's run stands."""
    stage.begin()
    stage.session.choose_variant("wgan")
    stage.session.choose_data("moons")
    asked = stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.data) == ("wgan", "moons")
    assert "gp_weight" not in asked.controls


def test_a_restart_keeps_the_settings_and_may_change_the_seed(stage: Stage) -> None:
    run = stage.begin()
    stage.link.say(applied(run, 1, "gp_weight", 33.0))
    stage.session.restart(seed=5)
    asked = stage.link.told(Start)[-1].spec
    assert (asked.seed, asked.controls["gp_weight"]) == (5, 33.0)


def test_a_restart_with_the_last_good_settings(stage: Stage) -> None:
    run = stage.begin()
    stage.link.say(applied(run, 1, "gp_weight", 1e-3))
    good: dict[str, Value] = {**stage.session.settings, "gp_weight": 10.0}
    stage.session.restart(settings=good)
    assert stage.link.told(Start)[-1].spec.controls == good


def test_a_move_of_one_player_holds_the_run_first(stage: Stage) -> None:
    run = stage.begin()
    stage.link.say(progress(run, 5, playing=True))
    stage.session.step("discriminator")
    assert stage.link.sent[-2:] == [Play(run=run, on=False), Step(run=run, player="discriminator")]
    stage.link.say(progress(run, 5, playing=False))
    stage.session.step("cycle")
    assert len(stage.link.told(Play)) == 1
    stage.session.set_speed(3.0)
    assert stage.link.told(SetSpeed)[-1] == SetSpeed(run=run, updates_per_second=3.0)


# An engine that is lost --------------------------------------------------------------------------------------------


def test_a_lost_engine_is_told_and_a_fresh_one_goes_on_with_the_settings(stage: Stage) -> None:
    run = stage.begin(Spec(variant="wgan-gp", seed=4))
    stage.link.say(applied(run, 1, "gp_weight", 33.0))
    ears = Ears(stage.session)
    stage.link.lose("it was ended by signal 9")
    assert ears.heard == ["engine_lost"]
    assert stage.session.engine is None
    stage.session.play(False)
    stage.session.set_control("gp_weight", 1.0)
    stage.open(stage.session.fresh_engine)
    assert len(stage.links) == 2
    stage.welcome()
    assert [type(command) for command in stage.link.sent] == [Start]
    asked = stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.seed, asked.controls["gp_weight"]) == ("wgan-gp", 4, 33.0)
    fresh = stage.stand()
    assert fresh != run
    stage.link.say(progress(run, 1))
    assert stage.session.progress is None


def test_an_engine_that_dies_of_what_was_asked_for_comes_back_with_settings_that_fit(stage: Stage) -> None:
    """wgan is chosen while wgan-gp runs, and the engine dies before it stands: λ is none of wgan's controls."""
    stage.begin()
    stage.session.choose_variant("wgan")
    stage.link.lose("out of memory")
    stage.open(stage.session.fresh_engine)
    stage.welcome()
    asked = stage.link.told(Start)[-1].spec
    assert set(asked.controls) <= {control.name for control in variant_info(asked.variant).controls}


def test_closing_ends_the_engine(stage: Stage) -> None:
    stage.begin()
    asyncio.run(stage.session.close())
    assert stage.link.closed
    stage.session.play(True)  # said to nobody


def test_a_catalogue_that_is_the_same_is_not_built_again(stage: Stage) -> None:
    told: list[object] = []
    stage.session.catalog_changed.connect(told.append)
    stage.welcome()
    assert told == []
