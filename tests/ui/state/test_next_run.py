"""The next run: what is asked for, what is carried over from the run on screen, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from studio_kit import Stage, applied, progress, started, variant_info

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Failed, Loading, Play, Refused, SetControl, Start, Stop
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.undo import UndoStack


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


class Ears:
    """What a run says, as it comes."""

    def __init__(self, stage: Stage) -> None:
        self.heard: list[str] = []
        for name in ("began", "progressed", "refused", "failed"):
            getattr(stage.run, name).connect(lambda *_, name=name: self.heard.append(name))


def test_the_run_on_screen_goes_on_until_the_next_stands(stage: Stage) -> None:
    old = stage.begin()
    stage.next_run.choose_variant("wgan")
    ears = Ears(stage)
    stage.link.say(progress(old, 99))
    assert ears.heard == ["progressed"]
    assert stage.run.spec.variant == "wgan-gp"
    stage.stand()
    assert stage.run.spec.variant == "wgan"
    assert stage.run.progress is None


@pytest.mark.parametrize("fault", [Refused, Failed])
def test_a_start_that_fails_keeps_the_run_that_stands(stage: Stage, fault: type[Refused | Failed]) -> None:
    run = stage.begin()
    stage.link.say(progress(run, 5))
    kept = stage.run.spec
    ears = Ears(stage)
    stage.next_run.choose_data("points", {"file": "nowhere.csv"})
    asked = stage.link.told(Start)[-1].run
    stage.link.say(Refused(run=asked, reason="no file") if fault is Refused
                   else Failed(run=asked, reason="no file", traceback=""))
    assert ears.heard == ["refused" if fault is Refused else "failed"]
    assert stage.run.spec == kept
    assert stage.next_run.wanted == kept
    assert stage.run.started is not None
    assert stage.run.started.run == run
    stage.link.say(progress(run, 6))
    assert ears.heard[-1] == "progressed"
    stage.commands.play(False)
    assert stage.link.told(Play)[-1] == Play(run=run, on=False)
    stage.next_run.choose_variant("wgan")
    assert run in stage.link.told(Start)[-1].replaces
    assert stage.link.told(Start)[-1].spec.data == kept.data


def test_a_thousand_changes_of_variant_leave_one_run(stage: Stage) -> None:
    """Whichever of the starts have stood meanwhile, the last one replaces them all."""
    first = stage.begin()
    names = [variant.name for variant in stage.run.catalog.variants] if stage.run.catalog else []
    for index in range(1000):
        stage.next_run.choose_variant(names[index % len(names)])
        if index == 500:
            middle = stage.stand()
    last = stage.link.told(Start)[-1]
    alive: set[int] = set()
    for start in stage.link.told(Start):
        alive = alive - set(start.replaces) | {start.run}
    assert alive == {last.run}
    assert {first, middle} & set(last.replaces) == {middle}
    assert stage.stand() == last.run
    assert stage.run.spec.variant == names[999 % len(names)]


def test_a_start_that_was_replaced_does_not_come_on_screen(stage: Stage) -> None:
    stage.begin()
    stage.next_run.choose_variant("wgan")
    first = stage.link.told(Start)[-1]
    stage.next_run.choose_variant("gan")
    ears = Ears(stage)
    stage.link.say(started(first.run, first.spec))
    stage.link.say(Refused(run=first.run, reason="too late"))
    assert ears.heard == []
    stage.stand()
    assert stage.run.spec.variant == "gan"


def test_what_is_prepared_is_said_until_it_has_begun(stage: Stage) -> None:
    told: list[Loading] = []
    stage.next_run.preparing.connect(told.append)
    stage.begin()
    stage.next_run.choose_variant("wgan")
    asked = stage.link.told(Start)[-1].run
    said = [Loading(run=run, what="digits", done=1, total=2) for run in (asked - 1, asked)]
    for each in said:
        stage.link.say(each)
    assert told == said[1:]


@pytest.mark.parametrize("too_late", [False, True])
def test_a_start_that_is_cancelled_leaves_the_run_on_screen(stage: Stage, too_late: bool) -> None:
    """If it had begun before it could be cancelled, the engine has ended both: the same run is asked for again."""
    run = stage.begin()
    stage.next_run.cancel_start()
    assert stage.link.told(Stop) == [], "nothing is being built"
    stage.next_run.choose_variant("wgan")
    asked = stage.link.told(Start)[-1]
    stage.next_run.cancel_start()
    assert [command.run for command in stage.link.told(Stop)] == [asked.run]
    if too_late:
        stage.link.say(started(asked.run, asked.spec))
        again = stage.link.told(Start)[-1]
        assert again.run > asked.run and again.spec.variant == "wgan"
        assert asked.run in again.replaces
    else:
        stage.link.say(Refused(run=asked.run, reason="preparing was cancelled"))
        assert (stage.run.number, stage.next_run.base.variant) == (run, "wgan-gp")


def test_each_run_is_recorded_in_a_file_of_its_own(stage: Stage, tmp_path: Path) -> None:
    stage.next_run.start(Spec())
    assert stage.link.told(Start)[-1].record == ""
    stage.next_run.folder = tmp_path
    for _ in range(3):
        stage.next_run.restart()
    records = {command.record for command in stage.link.told(Start)[1:]}
    assert len(records) == 3
    assert {Path(record).parent for record in records} == {tmp_path}


def test_going_back_is_a_branch_of_the_run_s_file(stage: Stage, tmp_path: Path) -> None:
    stage.begin()
    with pytest.raises(ValueError, match="not recorded"):
        stage.next_run.go_back(5)
    file = tmp_path / "run.ganrun"
    stage.next_run.start(Spec(), file=str(file), playing=False)
    stage.stand()
    stage.next_run.go_back(5, playing=True)
    asked = stage.link.told(Start)[-1]
    assert (asked.file, asked.at, asked.playing) == (str(file), 5, True)


def test_presets_and_devices(stage: Stage) -> None:
    run = stage.begin(Spec(variant="wgan-gp", data="moons", seed=3))
    stage.link.say(applied(run, 1, "gp_weight", 33.0))
    stage.next_run.use_device("cpu")
    asked = stage.link.told(Start)[-1].spec
    assert (asked.device, asked.controls["gp_weight"]) == ("cpu", 33.0)
    stage.next_run.start_preset("paper")
    asked = stage.link.told(Start)[-1].spec
    assert (asked.preset, asked.data, asked.seed, asked.controls) == ("paper", "moons", 3, {})


def test_another_data_set_keeps_the_settings_as_they_stand(stage: Stage) -> None:
    run = stage.begin(Spec(variant="wgan-gp", seed=11))
    stage.link.say(applied(run, 1, "gp_weight", 33.0))
    stage.next_run.choose_data("moons")
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
        stage.next_run.start(spec)
        kept = kept and before != "points"
    else:
        stage.begin(spec)
    stage.next_run.choose_data(after)
    asked = stage.link.told(Start)[-1].spec
    assert asked.data == after
    if kept:
        assert asked.network == "mlp"
        assert (asked.network_controls["width"], asked.network_controls["depth"]) == (64, 2)
    else:
        assert (asked.network, asked.network_controls) == ("", {})


def test_another_file_of_the_users_may_be_of_another_kind(stage: Stage) -> None:
    stage.begin(Spec(data="points", data_controls={"file": "plane.csv"}, network_controls={"width": 64}))
    stage.next_run.choose_data("points", {"file": "line.csv"})
    asked = stage.link.told(Start)[-1].spec
    assert (asked.network, asked.network_controls, asked.data_controls) == ("", {}, {"file": "line.csv"})


@pytest.mark.parametrize("moved_first", [True, False])
def test_a_refused_start_forgets_no_setting(stage: Stage, moved_first: bool) -> None:
    """λ is moved, a file is chosen that is not there, and the run is restarted: λ stays where it was put."""
    run = stage.begin()
    if moved_first:
        stage.link.say(applied(run, 1, "gp_weight", 33.0))
    stage.next_run.choose_data("points", {"file": "nowhere.csv"})
    stage.link.say(Refused(run=stage.link.told(Start)[-1].run, reason="no file"))
    if not moved_first:
        stage.commands.sender.set_control("gp_weight", 33.0)
        stage.link.say(applied(run, stage.link.told(SetControl)[-1].id, "gp_weight", 33.0))
    stage.next_run.restart()
    asked = stage.link.told(Start)[-1].spec
    assert (asked.data, asked.controls["gp_weight"]) == ("ring", 33.0)


def test_another_variant_comes_with_its_own_settings(stage: Stage) -> None:
    stage.begin(Spec(variant="wgan-gp", data="moons", seed=11, data_controls={"noise": 0.2}))
    stage.next_run.choose_variant("wgan")
    asked = stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.data, asked.seed, asked.controls) == ("wgan", "moons", 11, {})
    assert asked.data_controls["noise"] == 0.2


def test_two_choices_in_a_row_are_both_made(stage: Stage) -> None:
    """The second comes before the first one's run stands."""
    stage.begin()
    stage.next_run.choose_variant("wgan")
    stage.next_run.choose_data("moons")
    asked = stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.data) == ("wgan", "moons")
    assert "gp_weight" not in asked.controls


def test_a_restart_keeps_the_settings_and_may_change_the_seed(stage: Stage) -> None:
    run = stage.begin()
    stage.link.say(applied(run, 1, "gp_weight", 33.0))
    stage.next_run.restart(seed=5)
    asked = stage.link.told(Start)[-1].spec
    assert (asked.seed, asked.controls["gp_weight"]) == (5, 33.0)


def test_a_restart_with_the_last_good_settings(stage: Stage) -> None:
    run = stage.begin()
    stage.link.say(applied(run, 1, "gp_weight", 1e-3))
    good: dict[str, Value] = {**stage.run.settings, "gp_weight": 10.0}
    stage.next_run.restart(settings=good)
    assert stage.link.told(Start)[-1].spec.controls == good


# An engine that is lost --------------------------------------------------------------------------------------------


def test_an_engine_that_dies_of_what_was_asked_for_comes_back_with_settings_that_fit(stage: Stage) -> None:
    """wgan is chosen while wgan-gp runs, and the engine dies before it stands: λ is none of wgan's controls."""
    stage.begin()
    stage.next_run.choose_variant("wgan")
    stage.link.lose("out of memory")
    stage.open(stage.next_run.start_on_another_engine)
    stage.welcome()
    asked = stage.link.told(Start)[-1].spec
    assert set(asked.controls) <= {control.name for control in variant_info(asked.variant).controls}


def test_a_moved_control_of_the_data_is_among_the_controls_of_the_data(stage: Stage) -> None:
    """Confirmed or not, it comes along with a restart, another seed and another variant; Undo takes it back."""
    undo = UndoStack(stage.run, stage.commands.sender)
    run = stage.begin(Spec(variant="gan", data="lines", data_controls={"theta": 0.25}))
    stage.commands.sender.set_control("data.theta", 1.5)
    base = stage.next_run.base
    assert base.data_controls == {"theta": 1.5}
    assert not any("theta" in name for name in base.controls)
    stage.link.say(applied(run, stage.link.told(SetControl)[-1].id, "data.theta", 1.5, steps=7))
    assert stage.next_run.base.data_controls == {"theta": 1.5}
    stage.link.say(progress(run, 20))
    assert "--data-set theta=0.25" in stage.next_run.command and "--at 7:data.theta=1.5" in stage.next_run.command
    assert undo.undo_text == "theta θ → 1.5"
    undo.undo()
    stage.commands.sender.send_waiting()
    assert stage.link.told(SetControl)[-1].value == 0.25
    stage.next_run.choose_variant("wgan")
    asked = stage.link.told(Start)[-1].spec
    assert (asked.variant, asked.data_controls, asked.controls) == ("wgan", {"theta": 0.25}, {})


def test_the_settings_at_a_step_hold_the_data_as_it_was_there(stage: Stage) -> None:
    run = stage.begin(Spec(variant="gan", data="lines"))
    for steps, value in ((5, 1.0), (9, 2.0)):
        stage.link.say(applied(run, 0, "data.theta", value, steps=steps))
    assert [stage.run.settings_at(at)["data.theta"] for at in (0, 4, 5, 8, 9, None)] == [0.5, 0.5, 1.0, 1.0, 2.0, 2.0]
    assert stage.run.data_controls_at(6) == {"theta": 1.0}
    assert stage.run.called("data.theta", start=True) == "Theta θ"


def test_a_restart_with_earlier_settings_takes_the_data_back_too(stage: Stage) -> None:
    run = stage.begin(Spec(variant="gan", data="lines"))
    stage.link.say(applied(run, 0, "data.theta", 3.0, steps=5))
    stage.next_run.restart(settings={"batch_size": 50, "data.theta": 0.5})
    asked = stage.link.told(Start)[-1].spec
    assert (asked.controls, asked.data_controls) == ({"batch_size": 50}, {"theta": 0.5})
