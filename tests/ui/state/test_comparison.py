"""A comparison without its window: how runs begin together, and what one command does to all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparison_kit import LAMBDAS, SIX, TWO, Lockstep
from pytestqt.qtbot import QtBot
from studio_kit import applied, progress, real_catalog, started

from ganstudio.core.protocol.messages import (
    Diverged,
    Failed,
    Play,
    Refused,
    SetClock,
    SetControl,
    SetSpeed,
    Start,
    Step,
    Stop,
)
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Divergence
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_plan import READY, beside, fitting, ready, specs_of

pytestmark = pytest.mark.usefixtures("qapp")


def test_the_first_run_is_asked_for_first_and_its_batch_size_is_that_of_all() -> None:
    made = Lockstep((Spec(variant="gan", controls={"batch_size": 32}), *TWO), begun=False)
    assert [start.spec.variant for start in made.told(Start)] == ["gan"]
    made.answer()
    asked = made.told(Start)[1:]
    assert [start.spec.variant for start in asked] == ["gan", "wgan-gp"]
    assert [start.spec.controls["batch_size"] for start in asked] == [32, 32]
    assert made.together(Start) == [asked]
    made.answer()
    assert made.comparison.batch_size == 32


def test_runs_go_on_together_once_all_have_begun() -> None:
    made = Lockstep(SIX, begun=False)
    made.answer()
    assert made.told(Play) == []
    made.answer()
    assert [[play.run for play in each] for each in made.together(Play)] == [made.numbers()]
    assert len({start.group for start in made.told(Start)}) == 1
    assert made.told(Start)[0].group > 0
    assert made.comparison.batch_size == 128


def test_two_comparisons_are_two_groups() -> None:
    made = Lockstep()
    other = Comparison(made.stage.session, None, 2)
    other.start([(spec, "") for spec in TWO])
    groups = [start.group for start in made.told(Start)]
    assert len(set(groups)) == 2


def test_a_run_that_is_refused_holds_up_no_other() -> None:
    made = Lockstep(begun=False)
    made.stage.link.say(Refused(run=made.told(Start)[0].run, reason="no such variant"))
    made.answer()
    first, second = made.comparison.members
    assert first.state == "Not started: no such variant."
    assert second.state == ""
    assert [play.run for play in made.told(Play)] == [second.run.number]


def test_a_control_moves_all_runs_that_have_it_at_once() -> None:
    made = Lockstep((Spec(variant="gan"), *LAMBDAS))
    made.comparison.set_control("gp_weight", 5.0)
    assert [[(each.run, each.value) for each in sent] for sent in made.together(SetControl)] == [
        [(number, 5.0) for number in made.numbers()[1:]]]


def test_a_control_moves_one_run_alone() -> None:
    made = Lockstep()
    made.comparison.set_control("learning_rate_d", 0.002, 1)
    assert [each.run for each in made.told(SetControl)] == [made.numbers()[1]]
    made.comparison.set_control("gp_weight", 5.0, 0)  # a run that has no such control
    assert len(made.told(SetControl)) == 1


def test_a_slider_that_is_dragged_makes_no_queue(qtbot: QtBot) -> None:
    made = Lockstep()
    for value in range(1, 50):
        made.comparison.set_control("learning_rate_d", value / 1000)
    assert made.comparison.is_moving("learning_rate_d")
    qtbot.waitUntil(lambda: made.told(SetControl)[-1].value == 49 / 1000)
    assert all(len(sent) == 2 for sent in made.together(SetControl))
    assert len(made.together(SetControl)) <= 5


def test_a_restart_keeps_the_settings_and_takes_another_seed() -> None:
    made = Lockstep()
    for number in made.numbers():
        made.stage.link.say(applied(number, 1, "learning_rate_d", 0.004))
    group = made.told(Start)[0].group
    made.comparison.restart(9)
    asked = made.told(Start)[2:]
    assert made.together(Start)[-1] == asked
    assert [(start.spec.seed, start.spec.controls["learning_rate_d"], start.group) for start in asked] == [
        (9, 0.004, group)] * 2
    assert [start.replaces for start in asked] == [[number] for number in made.numbers()]


def test_a_restart_asks_again_for_a_run_that_was_refused() -> None:
    made = Lockstep(begun=False)
    made.stage.link.say(Refused(run=made.told(Start)[0].run, reason="no"))
    made.answer()
    made.comparison.restart()
    assert [start.spec.variant for start in made.told(Start)[-2:]] == ["gan", "wgan-gp"]


def test_a_step_is_one_for_all_and_those_behind_come_first() -> None:
    made = Lockstep()
    made.comparison.step()
    assert [each.run for each in made.told(Step)] == made.numbers()
    assert [play.on for play in made.told(Play)[-2:]] == [False, False]
    made.go(5, playing=False)
    first, second = made.numbers()
    made.stage.link.say(progress(second, 4, playing=False))
    made.comparison.step()
    assert [each.run for each in made.told(Step)[2:]] == [second]
    assert first not in [each.run for each in made.told(Step)[2:]]


def test_a_run_that_diverges_says_so_and_plays_no_more() -> None:
    made = Lockstep()
    first, second = made.comparison.members
    made.stage.link.say(Diverged(run=first.run.number, good_settings={}, what=Divergence(
        term="critic", value="nan", at=213.0)))
    assert first.state == "Diverged at step 213: “critic” became nan."
    assert not first.alive
    assert made.comparison.playing
    made.comparison.play(False)
    made.comparison.play(True)
    assert [play.run for play in made.told(Play) if play.on][-1:] == [second.run.number]


def test_a_run_that_fails_says_why() -> None:
    made = Lockstep()
    made.stage.link.say(Failed(run=made.numbers()[0], reason="no memory", traceback=""))
    assert made.comparison.members[0].state == "The run failed and was ended: no memory."
    assert made.comparison.members[1].alive


def test_runs_on_different_data_are_looked_at_but_do_not_go_on() -> None:
    made = Lockstep((Spec(variant="gan"), Spec(variant="gan", data="grid")))
    said: list[str] = []
    made.comparison.refused.connect(said.append)
    made.comparison.play(True)
    assert made.told(Play) == []
    assert "different data" in said[0]


def test_the_clock_and_the_speed_hold_for_all_and_after_a_restart() -> None:
    made = Lockstep()
    made.comparison.set_clock("time")
    made.comparison.set_speed(2.0)
    assert [each.clock for each in made.together(SetClock)[-1]] == ["time", "time"]
    assert [each.updates_per_second for each in made.together(SetSpeed)[-1]] == [2.0, 2.0]
    made.comparison.restart()
    made.begin()
    fresh = made.numbers()
    assert [each.run for each in made.told(SetClock)[-2:]] == fresh
    assert [each.clock for each in made.told(SetClock)[-2:]] == ["time", "time"]
    assert [each.run for each in made.told(SetSpeed)[-2:]] == fresh


def test_closing_ends_all_runs_and_what_they_say_then_is_dropped() -> None:
    made = Lockstep()
    main = made.stage.begin(Spec())
    made.comparison.close()
    assert [stop.run for stop in made.told(Stop)] == made.numbers()
    assert list(made.stage.session.runs) == [main]
    made.go(50)
    assert made.comparison.members[0].steps == 1


def test_closing_while_runs_are_built_leaves_none() -> None:
    made = Lockstep(begun=False)
    asked = made.told(Start)[0]
    made.comparison.close()
    assert asked.run in [stop.run for stop in made.told(Stop)]
    made.stage.link.say(started(asked.run, asked.spec))
    assert made.comparison.members[0].run.started is None
    assert made.stage.session.runs == {}


def test_a_lost_engine_leaves_the_curves_and_says_so() -> None:
    made = Lockstep()
    made.stage.link.lose("signal 9")
    assert [member.state for member in made.comparison.members] == [
        "The engine stopped. The run is kept up to here."] * 2
    assert not made.comparison.playing


def test_each_run_has_a_file_of_its_own(tmp_path: Path) -> None:
    made = Lockstep(SIX, folder=tmp_path)
    files = [start.record for start in made.told(Start)]
    assert len(set(files)) == 6
    assert all(Path(file).parent == tmp_path for file in files)


# What is compared ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("specs", "expected"), [
    (TWO, ["GAN", "WGAN-GP"]),
    (LAMBDAS, ["WGAN-GP, λ 0", "WGAN-GP, λ 1", "WGAN-GP, λ 10"]),
    ((Spec(variant="gan"), Spec(variant="gan")), ["GAN (1)", "GAN (2)"]),
    ((Spec(variant="gan", seed=1), Spec(variant="gan", seed=2)), ["GAN, seed 1", "GAN, seed 2"]),
    ((*LAMBDAS[:2], Spec(variant="gan")), ["WGAN-GP, λ 0", "WGAN-GP, λ 1", "GAN"]),
])
def test_runs_are_called_by_what_differs(specs: tuple[Spec, ...], expected: list[str]) -> None:
    assert [member.label for member in Lockstep(specs).comparison.members] == expected


def test_a_run_is_called_otherwise_once_it_is_changed() -> None:
    made = Lockstep((Spec(variant="wgan-gp"), Spec(variant="wgan-gp")))
    made.stage.link.say(applied(made.numbers()[0], 1, "gp_weight", 7.0))
    assert [member.label for member in made.comparison.members] == ["WGAN-GP, λ 7", "WGAN-GP, λ 0.1"]


def test_every_ready_comparison_can_be_started() -> None:
    catalog = real_catalog()
    assert ready(catalog) == list(READY)
    for plan in READY:
        kind = catalog.data_set(plan.data).kind
        assert 2 <= len(plan.entries) <= 6
        for spec in specs_of(catalog, plan):
            info = catalog.variant(spec.variant)
            assert not info.kinds or kind in info.kinds
            assert spec.preset in {preset.name for preset in info.presets}
            assert set(spec.controls) <= {control.name for control in info.controls}


def test_the_run_on_screen_beside_another_variant() -> None:
    base = Spec(variant="gan", data="grid", seed=5, controls={"batch_size": 64}, data_controls={"side": 4})
    mine, other = beside(real_catalog(), base, "plane", "wgan-gp")
    assert mine == base
    assert (other.variant, other.data, other.seed, other.data_controls) == ("wgan-gp", "grid", 5, {"side": 4})
    assert "progan" not in {info.name for info in fitting(real_catalog(), "plane")}
