"""A control of the data that is moved while a run trains: logged, repeated, branched, and followed by all views."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from ganstudio.core.protocol.spec import Change, Parent, Plan, Spec, with_settings
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.probes.few_points import COUNT, FewPointsProbe
from ganstudio.probes.landscape import LandscapeProbe
from ganstudio.probes.parallel_lines import ParallelLinesProbe
from ganstudio.probes.points import PointsProbe
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import rebuild, restore
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.measuring import compute_measures, copy_for_measuring
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified

SPEC = Spec(variant="gan", data="lines", seed=5, device="cpu", threads=1, controls={"batch_size": 16},
            network_controls={"width": 8, "depth": 1})
MOVED = Change(name="data.theta", value=2.0)


def stepped(trainer: Trainer, steps: int) -> Trainer:
    for _ in range(steps):
        trainer.step()
    return trainer


def theta(trainer: Trainer) -> float:
    found: float = trainer.game.data.controls.theta
    return found


def test_a_move_is_logged_and_takes_effect_at_the_next_update() -> None:
    plain, moved = stepped(Trainer(SPEC), 3), stepped(Trainer(SPEC), 3)
    entry = moved.apply(MOVED)
    assert (entry.command, entry.position.steps) == (MOVED, 3)
    assert moved.game.weights_hash() == plain.game.weights_hash()
    stepped(plain, 1), stepped(moved, 1)
    assert moved.game.weights_hash() != plain.game.weights_hash()
    assert moved.settings()["data.theta"] == 2.0
    assert moved.spec.data_controls == {"theta": 0.5}, "the spec is what the run began with"


def test_before_the_first_update_it_is_the_same_as_beginning_there() -> None:
    """The heights are drawn ahead, at the start: theta may not be among them."""
    moved = Trainer(SPEC)
    moved.apply(MOVED)
    there = Trainer(with_settings(SPEC, {"data.theta": 2.0}))
    assert stepped(moved, 5).game.weights_hash() == stepped(there, 5).game.weights_hash()


@pytest.mark.parametrize(("command", "sentence"), [
    (Change(name="data.theta", value=9.0), r"theta = 9 is out of range: allowed is -4 to 4"),
    (Change(name="data.theta", value="far"), r"theta takes a number from -4 to 4, not 'far'"),
    (Change(name="data.theta", value=math.nan), r"theta takes a number from -4 to 4, not nan"),
    (Change(name="data.place", value=1.0), r"unknown control of data set lines 'place'"),
    (Change(name="theta", value=1.0), r"unknown control of variant gan 'theta'"),
])
def test_what_is_refused_changes_nothing(command: Change, sentence: str) -> None:
    trainer = stepped(Trainer(SPEC), 2)
    before = trainer.settings(), trainer.game.data, trainer.game.weights_hash()
    with pytest.raises(BadInput, match=sentence):
        trainer.apply(command)
    assert (trainer.settings(), trainer.game.data, trainer.game.weights_hash()) == before
    assert trainer.log == []


def test_a_control_that_is_not_live_is_refused() -> None:
    trainer = Trainer(Spec(variant="gan", data="ring", device="cpu", threads=1))
    with pytest.raises(BadInput, match=r"data\.radius is not live: changing it restarts the run"):
        trainer.apply(Change(name="data.radius", value=2.0))
    assert "data.radius" not in trainer.settings()


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, Trainer]:
    """A run of 12 steps whose data was moved at steps 4 and 8, with a checkpoint between."""
    path, trainer = tmp_path / "run.ganrun", Trainer(SPEC)
    recorder = Recorder(path, trainer)
    for steps, value in ((4, 2.0), (4, -1.0), (4, None)):
        stepped(trainer, steps)
        recorder.note(trainer.flush())
        if value is not None:
            trainer.apply(Change(name="data.theta", value=value))
            recorder.note([])
            recorder.pin()
    recorder.close()
    return path, trainer


def test_a_file_is_repeated_bit_for_bit_and_rebuilt_at_any_moment(run: tuple[Path, Trainer]) -> None:
    path, trainer = run
    assert verified(path).identical
    assert restore(path).game.weights_hash() == trainer.game.weights_hash()
    for steps, value in ((3, 0.5), (4, 2.0), (7, 2.0), (8, -1.0), (12, -1.0)):
        found = rebuild(path, steps).trainer
        assert (found.game.steps, theta(found)) == (steps, value)
    assert rebuild(path, 12).trainer.game.weights_hash() == trainer.game.weights_hash()


def test_a_branch_goes_on_with_the_data_where_it_was(run: tuple[Path, Trainer], tmp_path: Path) -> None:
    path, _ = run
    found, child = branch_run(path, 6), tmp_path / "child.ganrun"
    found.trainer.apply(Change(name="data.theta", value=0.25))
    found.keep(child, Plan(steps=9), Parent(file=path.name, position=found.trainer.position))
    again = restore(child)
    assert theta(again) == 0.25
    assert [entry.command for entry in again.log] == [MOVED, Change(name="data.theta", value=0.25)]
    reader = RunReader(child)
    assert reader.spec().data_controls == {"theta": 0.5}
    reader.close()


def test_what_was_drawn_ahead_says_nothing_of_theta() -> None:
    trainer = stepped(Trainer(SPEC), 3)
    state = game_state(trainer.game)
    rows = state["reals/rows"].clone()
    rows[:, 0] = 77.0
    other = Trainer(SPEC)
    load_game_state(other.game, {**state, "reals/rows": rows})
    assert stepped(other, 4).game.weights_hash() == stepped(trainer, 4).game.weights_hash()


def test_all_that_is_shown_follows() -> None:
    trainer = Trainer(SPEC)
    of_points, of_landscape, of_lines, of_few = (
        PointsProbe(), LandscapeProbe(), ParallelLinesProbe(), FewPointsProbe())
    kept, few = of_points.look(trainer.view, 8), of_few.look(trainer.view, 8)
    assert (kept.low, kept.high) == (-0.5, 1.5)
    assert of_landscape.look(trainer.view, 8).high == 1.5
    assert len(few.real.numpy()) == COUNT and (few.real.numpy()[:, 0] == 0.5).all()
    trainer.apply(MOVED)
    points, landscape = of_points.look(trainer.view, 8), of_landscape.look(trainer.view, 8)
    np.testing.assert_array_equal(points.real.numpy()[:, 0], 2.0)
    np.testing.assert_array_equal(points.real.numpy()[:, 1], kept.real.numpy()[:, 1])  # the same draws
    assert (points.low, points.high) == (landscape.low, landscape.high) == (-0.5, 2.5)
    corner = torch.tensor([[-0.5 + 3 / 16, -0.5 + 3 / 16]])  # the middle of the first of 8 x 8 cells
    assert landscape.values.numpy()[0, 0] == pytest.approx(float(trainer.view.score(corner)), abs=1e-6)
    assert of_lines.look(trainer.view, 8).theta == 2.0
    assert (of_few.look(trainer.view, 8).real.numpy()[:, 0] == 2.0).all()


def test_measures_are_of_the_data_where_it_is() -> None:
    trainer = Trainer(SPEC)
    there = compute_measures(copy_for_measuring(trainer, 200)).measures["w1"]
    copied = copy_for_measuring(trainer, 200)
    trainer.apply(Change(name="data.theta", value=4.0))
    moved = compute_measures(copy_for_measuring(trainer, 200)).measures["w1"]
    assert there is not None and moved is not None
    assert 3.0 < moved - there < 3.6, "3.5 further to the right"
    assert compute_measures(copied).measures["w1"] == there, "what was copied before is as it was"


def test_after_a_divergence_the_data_goes_back_with_the_other_settings() -> None:
    trainer = stepped(Trainer(SPEC), 2)
    trainer.apply(Change(name="learning_rate_d", value=0.5))
    stepped(trainer, 300)
    trainer.apply(MOVED)
    stepped(trainer, 1)
    good = trainer.safe_settings()
    assert (good["learning_rate_d"], good["data.theta"]) == (0.5, 0.5)
    trainer.apply(Change(name="learning_rate_d", value=0.25))
    assert trainer.safe_settings()["data.theta"] == 2.0
