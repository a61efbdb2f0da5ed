"""The ways back: which moment is offered after a divergence, a collapse, or the end of an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from studio_kit import Stage, applied, floats, progress, real_catalog, started

from ganstudio.core.control import value_from_text
from ganstudio.core.mode_collapse import Collapse
from ganstudio.core.protocol.messages import Diverged, Refused, Start
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Array, Divergence, Points, ScalarBatch
from ganstudio.core.runs.view_frames import Frame
from ganstudio.core.runs.writer import RunWriter
from ganstudio.ui.main.recovery import RecoveryNotices, calm_until, last_good, last_step, recorded
from ganstudio.ui.state.curve_store import CurveStore
from ganstudio.ui.state.history import RunHistory

LIST = list(range(0, 20_001, 10))


def batch(player: str, at: object, values: object) -> ScalarBatch:
    column = np.asarray(values, dtype=np.float32)[:, None]
    return ScalarBatch(player=player, names=["critic"], at=Array.of(np.asarray(at, dtype=np.float64)),
                       values=Array.of(column))


# Which moment ------------------------------------------------------------------------------------------------------


def test_where_a_control_was_moved_shortly_before_it_is_the_moment_before_that() -> None:
    assert last_good(105.0, 105.0, [("gp_weight", 5), ("learning_rate_d", 100)], LIST) == 90
    assert last_good(105.0, 105.0, [("learning_rate_d", 100)], [*LIST, 99]) == 99
    drag = [("learning_rate_d", steps) for steps in (60, 70, 80, 90)]
    assert last_good(105.0, 105.0, drag, []) == 59


def test_terms_that_ran_away_before_a_move_are_left_out_too() -> None:
    assert last_good(105.0, 41.5, [("learning_rate_d", 100)], []) == 41


def test_a_move_long_ago_does_not_cost_the_run() -> None:
    assert last_good(9000.0, 9000.0, [("learning_rate_d", 5)], LIST) == 8910
    assert last_good(9000.0, 8500.0, [("learning_rate_d", 5)], LIST) == 8410
    assert last_good(500.0, 500.0, [], LIST) == 450


def test_of_a_run_that_has_hardly_begun_it_is_the_start() -> None:
    assert last_good(26.0, 26.0, [], LIST) == 0
    assert last_good(0.5, 0.5, [("learning_rate_d", 0)], LIST) == 0


@pytest.mark.parametrize("moves", [[], [("learning_rate_d", 399)], [("learning_rate_d", 400)]])
@pytest.mark.parametrize("at", [399.2, 400.0, 400.5])
def test_every_moment_offered_left_finite_weights(at: float, moves: list[tuple[str, int]]) -> None:
    """A term at 399.2 belongs to step 399, counted from 0: step 398 may have left NaN, 398 steps done are sound."""
    assert last_good(at, at, moves, []) <= int(np.ceil(at)) - 2


def test_when_the_terms_ran_away() -> None:
    store = CurveStore()
    at = np.arange(1, 101, dtype=np.float64)
    values = np.where(at > 80, 1e6, 1.0)
    values[40] = 1e6  # one wild value that it came back from
    values[99] = np.nan
    store.add(batch("generator", at, values))
    store.add(ScalarBatch(player="discriminator", names=["none"], at=Array.of(at), values=Array.of(np.zeros((100, 1)))))
    assert calm_until(store, 100.0) == 80.0
    assert calm_until(CurveStore(), 100.0) == 100.0


def test_where_nothing_was_recorded_the_step_itself_is_rebuilt() -> None:
    assert recorded(55, LIST) == 50
    assert recorded(55, []) == 55
    assert recorded(55, [60]) == 55


# What is said ------------------------------------------------------------------------------------------------------


class Told:
    """What is said of a run's troubles, and which buttons are beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage = Stage()
        self.run = self.stage.run
        self.history = RunHistory(self.stage.commands)
        self.trouble = RecoveryNotices(self.stage.commands, self.history, self._tell)
        self.text = ""
        self.acts: dict[str, Callable[[], None]] = {}

    def _tell(self, text: str, *actions: tuple[str, Callable[[], None]], fault: str = "") -> None:
        self.text, self.acts = text, dict(actions)

    def begin(self, *, kept: bool = True, steps: int = 1000, terms: int = 0) -> int:
        record = self.folder / "run.ganrun"
        if kept:
            writer = RunWriter(record, Spec())
            view = Points(real=floats(np.zeros((1, 2))), fake=floats(np.zeros((1, 2))))
            for at in range(0, steps + 1, 100):
                position = Position(steps=at, by_player={"generator": at})
                writer.add_frame(Frame(name="points", position=position, view=view))
            if terms:
                at_steps = np.arange(1, terms + 1)
                writer.add_scalars(batch("discriminator", at_steps - 0.5, np.ones(terms)))
                writer.add_scalars(batch("generator", at_steps[:-1], np.ones(terms - 1)))
            writer.close()
        self.stage.next_run.start(Spec())
        asked = self.stage.link.told(Start)[-1]
        self.stage.link.say(msgspec.structs.replace(started(asked.run, asked.spec), record=str(record) if kept else ""))
        self.stage.link.say(progress(asked.run, steps))
        return asked.run

    def diverge(self, run: int, at: float, **good: float) -> None:
        self.stage.link.say(Diverged(run=run, what=Divergence(term="critic", at=at, value="nan"),
                                     good_settings={**self.run.settings, **good}))

    @property
    def asked(self) -> Start:
        return self.stage.link.told(Start)[-1]


@pytest.fixture
def told(qapp: object, tmp_path: Path) -> Iterator[Told]:
    made = Told(tmp_path)
    yield made
    made.history._refresh.stop()


def test_a_run_whose_one_picture_is_gone_is_asked_for_again_with_the_file_that_is_chosen(
    told: Told, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/new/place/me.jpg", ""))
    told.stage.next_run.start(Spec(), file="k.ganrun", at=7, playing=False)
    told.stage.link.say(Refused(run=told.asked.run, reason="the picture is not there", needs_data=True, one_file=True))
    assert "Choose the folder…" not in told.acts
    told.acts["Choose the file…"]()
    assert told.asked.data_path == "/new/place/me.jpg"


def test_a_run_whose_images_are_gone_is_asked_for_again_with_the_folder_that_is_chosen(
    told: Told, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/new/place")
    told.stage.next_run.start(Spec(), file="k.ganrun", at=7, playing=False)
    told.stage.link.say(Refused(run=told.asked.run, reason="the images are not there", needs_data=True))
    assert "Not done: the images are not there." in told.text
    told.acts["Choose the folder…"]()
    assert (told.asked.file, told.asked.at, told.asked.playing) == ("k.ganrun", 7, False)
    assert told.asked.data_path == "/new/place"
    told.stage.link.say(started(told.asked.run, Spec()))
    told.stage.next_run.start(Spec(), file="k.ganrun", at=3)
    assert told.asked.data_path == "/new/place", "it is remembered for another moment of the run"
    told.stage.link.say(Refused(run=told.asked.run, reason="no such step"))
    assert not told.acts


def test_a_move_shortly_before_is_named_and_taken_back(told: Told) -> None:
    run = told.begin()
    told.stage.link.say(applied(run, 1, "gp_weight", 99.0, steps=950))
    told.diverge(run, 960.0, gp_weight=10.0)
    assert "“critic” became nan at step 960" in told.text
    assert "You changed gradient penalty λ shortly before, at step 950" in told.text
    assert list(told.acts) == ["Back to step 900", "Restart with the earlier settings"]
    told.acts["Back to step 900"]()
    assert (told.asked.at, told.asked.playing) == (900, False)


def test_without_a_move_a_control_has_to_be_changed_first(told: Told) -> None:
    run = told.begin()
    told.diverge(run, 1000.0)
    assert told.text.endswith(
        "From step 900 on, the run repeats itself unless you change a control first, such as the rate of D or G.")
    assert list(told.acts) == ["Back to step 900"], "a restart with the same settings would only repeat it"


def test_what_the_preset_has_instead_is_named_with_its_rates_first(told: Told) -> None:
    run = told.begin()
    told.run.settings.update(learning_rate_d=1.0, gp_weight=50.0, critic_steps=9)
    told.diverge(run, 1000.0, learning_rate_d=1e-3, gp_weight=10.0, critic_steps=5)
    assert "the preset has D rate α_D 0.001 instead of 1, " in told.text
    told.acts["Restart with the preset's settings"]()
    assert told.asked.spec.controls["learning_rate_d"] == 1e-3


def test_a_run_that_is_not_kept_can_only_begin_again(told: Told) -> None:
    run = told.begin(kept=False)
    told.diverge(run, 1000.0)
    assert told.acts == {}
    assert "If you start it again as it is, it repeats itself unless you change a control first." in told.text


def test_a_move_before_the_first_step_is_not_taken_back_by_going_there(told: Told) -> None:
    run = told.begin()
    told.stage.link.say(applied(run, 1, "learning_rate_d", 1.0, steps=0))
    told.diverge(run, 26.0, learning_rate_d=1e-3)
    assert list(told.acts) == ["Restart with the earlier settings"]


def collapse(at: int, well_at: int | None, well_from: int | None = 100) -> Collapse:
    return Collapse(at=at, well_at=well_at, well_from=well_from, seen_at=at,
                    words="one of 8 modes gets nearly all points")


def test_a_collapse_offers_the_last_moment_at_which_all_was_well(told: Told) -> None:
    told.begin()
    told.run.add_collapse(collapse(640, 620))
    assert told.text.startswith("Mode collapse since step 640: at step 640, one of 8 modes gets nearly all points. "
                                "The last good moment is step 620.")
    assert "From step 600 on, the run repeats itself unless you change a control first." in told.text
    assert list(told.acts) == ["Back to step 600"]


def test_a_collapse_that_is_over_is_taken_back(told: Told) -> None:
    told.begin()
    told.run.add_collapse(collapse(640, 620))
    told.run.collapse_ended.emit(900)
    assert told.text == "The mode collapse ended at step 900."
    assert told.acts == {}


def test_a_collapse_after_a_move_leads_back_to_before_it(told: Told) -> None:
    run = told.begin()
    told.stage.link.say(applied(run, 1, "learning_rate_g", 1.0, steps=520))
    told.run.add_collapse(collapse(640, 620))
    assert "you changed G rate α_G at step 520." in told.text and "unless" not in told.text
    assert list(told.acts) == ["Back to step 500"]


def test_a_run_that_never_was_well_is_offered_nothing_false(told: Told) -> None:
    told.begin()
    told.run.add_collapse(collapse(40, None, None))
    assert told.text.endswith("Try other rates, or a penalty on D's slope (R1-GAN, WGAN-GP).")
    assert "last good" not in told.text
    assert told.acts == {}


def test_of_a_run_that_never_was_well_the_last_moment_before_the_collapse_is_offered(told: Told) -> None:
    told.begin()
    told.run.add_collapse(collapse(640, None, None))
    assert "The last moment kept from before it is step 600." in told.text and "last good" not in told.text
    assert list(told.acts) == ["Back to step 600"]
    told.acts["Back to step 600"]()
    assert told.asked.at == 600


def test_a_preset_that_goes_wrong_says_what_helps_until_that_is_set(told: Told) -> None:
    told.stage.begin(Spec(variant="r1-gan", preset="collapse"))
    run = told.run.number
    told.stage.link.say(progress(run, 1000))
    told.run.add_collapse(collapse(640, None, None))
    assert list(told.acts) == ["Cure it: R1 penalty γ 0.1"] and "Try other" not in told.text
    told.acts["Cure it: R1 penalty γ 0.1"]()
    told.stage.link.say(applied(run, 1, "gamma", 0.1, steps=1010))
    told.run.add_collapse(collapse(2640, None, None))
    assert told.acts == {}


def test_what_helps_are_live_controls_with_other_values_than_the_preset() -> None:
    cures = [(info, preset) for info in real_catalog().variants for preset in info.presets if preset.cure]
    assert ("r1-gan", "collapse") in [(info.name, preset.name) for info, preset in cures]
    for info, preset in cures:
        for name, value in preset.cure.items():
            control = next(each for each in info.controls if each.name == name)
            assert control.live and value != preset.controls.get(name, control.default)
            assert value_from_text(control, str(value)) == value


def test_a_lost_engine_is_gone_on_from_where_its_run_was_recorded(told: Told) -> None:
    told.begin(terms=990)
    told.stage.link.lose("it was ended by signal 9")
    assert "signal 9" in told.text and "kept up to step 989" in told.text
    assert list(told.acts) == ["Go on from step 989", "Start again from step 0"]
    told.stage.open(told.acts["Go on from step 989"])
    told.stage.welcome()
    assert len(told.stage.links) == 2
    assert (told.asked.at, told.asked.playing) == (989, True)
    assert told.asked.file == str(told.folder / "run.ganrun")


def test_of_a_lost_run_that_was_not_kept_only_the_settings_are_left(told: Told) -> None:
    told.begin(kept=False)
    told.stage.link.lose("it was ended by signal 9")
    assert list(told.acts) == ["Start again from step 0"]


def test_how_far_a_file_reaches(told: Told, tmp_path: Path) -> None:
    told.begin(terms=500)
    assert last_step(str(tmp_path / "run.ganrun")) == 499, "the last step has no generator update yet"
    assert last_step(str(tmp_path / "none.ganrun")) is None
