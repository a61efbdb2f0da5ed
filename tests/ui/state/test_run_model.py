"""What is known of a run: taken from its messages alone, and gone when another run takes its place."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from studio_kit import applied, measured, progress, real_catalog, scalars, snapshot, started

from ganstudio.core.mode_collapse import Collapse
from ganstudio.core.protocol.messages import (
    CheckpointSaved,
    Diverged,
    Event,
    Failed,
    Notice,
    Refused,
    WeightsHash,
)
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Divergence
from ganstudio.core.user_units import UserUnits
from ganstudio.ui.state.run_model import RunModel

EVENTS: dict[str, Event] = {
    "scalars_came": scalars(1, "generator", np.arange(3.0), generator=np.arange(3.0)),
    "progressed": progress(1, 7),
    "snapshot_came": snapshot(1),
    "measured": measured(1, 7, {"w1": 1.0}, {"w1": 0.1}),
    "control_applied": applied(1, 4, "gp_weight", 5.0),
    "refused": Refused(run=1, reason="x", id=6),
    "checkpoint_saved": CheckpointSaved(run=1, position=Position(), file="x.ganrun"),
    "weights_hashed": WeightsHash(run=1, position=Position(), hash="0f"),
    "notice_came": Notice(run=1, text="a word"),
    "diverged": Diverged(run=1, what=Divergence(term="penalty", at=7, value="nan"), good_settings={}),
    "failed": Failed(run=1, reason="x", traceback="y"),
}


@pytest.fixture
def run(qapp: object) -> RunModel:
    """A run without any engine, as a film has it."""
    run = RunModel(real_catalog())
    run.begin(started(1, Spec()))
    return run


@pytest.mark.parametrize("name", EVENTS)
def test_each_message_is_one_signal(run: RunModel, name: str) -> None:
    heard: list[str] = []
    for each in (*EVENTS, "began", "collapsed"):
        getattr(run, each).connect(lambda *_, each=each: heard.append(each))
    run.take(EVENTS[name])
    assert heard == [name]


def test_what_was_said_is_known_when_its_signal_comes(run: RunModel) -> None:
    known: list[object] = []
    run.scalars_came.connect(lambda: known.append(run.store.series["generator"].count))
    run.progressed.connect(lambda _: known.append(run.progress))
    run.measured.connect(lambda _: known.append(run.last_measured))
    run.control_applied.connect(lambda _: known.append((run.settings["gp_weight"], run.answered, len(run.changes))))
    run.refused.connect(lambda _: known.append(run.answered))
    run.diverged.connect(lambda _: known.append(run.last_diverged))
    for event in EVENTS.values():
        run.take(event)
    assert known == [3, EVENTS["progressed"], EVENTS["measured"], (5.0, 4, 1), 6, EVENTS["diverged"]]


def test_every_change_is_kept_with_its_place(run: RunModel) -> None:
    for step in range(5):
        run.take(applied(1, step, "gp_weight", float(step), steps=step * 10))
    assert [(change.value, change.position.steps) for change in run.changes] == [
        (0.0, 0), (1.0, 10), (2.0, 20), (3.0, 30), (4.0, 40),
    ]
    assert run.settings["gp_weight"] == 4.0


def test_settings_as_they_were_at_a_step(run: RunModel) -> None:
    before = run.settings["gp_weight"]
    for step in (10, 20):
        run.take(applied(1, step, "gp_weight", float(step), steps=step))
    assert [run.settings_at(steps)["gp_weight"] for steps in (9, 10, 19, 20, None)] == [before, 10.0, 10.0, 20.0, 20.0]
    assert run.rewind_settings(10)["gp_weight"] == 10.0
    assert run.settings["gp_weight"] == 10.0
    assert run.settings_at(20)["gp_weight"] == 20.0, "nothing is lost by it"


def test_another_run_leaves_nothing_of_the_one_before(run: RunModel) -> None:
    for event in EVENTS.values():
        run.take(event)
    run.add_collapse(Collapse(at=3, well_at=None, well_from=None, words="few", seen_at=3))
    began: list[object] = []
    run.began.connect(began.append)
    other = started(2, Spec(variant="wgan"))
    run.begin(other, "before.ganrun")
    assert began == [other]
    assert (run.number, run.spec, run.settings, run.file) == (2, other.spec, other.settings, "before.ganrun")
    assert (run.store.series, run.beyond.series, run.changes, run.collapses) == ({}, {}, [], [])
    assert (run.progress, run.last_measured, run.last_diverged) == (None, None, None)


def test_terms_of_the_run_that_it_branched_from_are_kept_apart(run: RunModel) -> None:
    own, other = (scalars(1, "generator", np.arange(count), generator=np.arange(count)) for count in (3.0, 2.0))
    run.take(own)
    run.take(msgspec.structs.replace(other, beyond=True))
    assert (run.store.series["generator"].count, run.beyond.series["generator"].count) == (3, 2)


def test_where_it_is_recorded(run: RunModel, tmp_path: Path) -> None:
    """In its own file from the first update on; before that, what it goes on from is all there is."""
    record = tmp_path / "run.ganrun"
    run.begin(msgspec.structs.replace(started(1, Spec()), record=str(record)), "before.ganrun")
    assert run.source == "before.ganrun"
    record.touch()
    assert run.source == str(record)
    run.lose_engine()
    assert (run.started, run.source) == (None, str(record)), "it can be gone on with"


def test_its_parts_come_from_the_catalogue(run: RunModel) -> None:
    parts = run.variant, run.network, run.data
    assert [part.name for part in parts if part is not None] == ["wgan-gp", "mlp", "ring"]
    assert run.called("gp_weight", start=True)[0].isupper()
    assert run.called("no such control") == "no such control"
    bare = RunModel()
    assert (bare.variant, bare.network, bare.data, bare.called("gp_weight")) == (None, None, None, "gp_weight")


def test_numbers_of_older_files_are_in_the_users_units_too() -> None:
    """They were written in the networks' units; those of today are left alone."""
    run = RunModel(real_catalog())
    run.begin(msgspec.structs.replace(
        started(1, Spec(data="points", data_controls={"file": "heart.csv"})),
        user_units=UserUnits((54.0, 240.0), 16.0)))
    run.take(measured(1, 5, {"w1": 0.5, "critic_gap": 2.0, "modes": None}, {"w1": 0.25}))
    last = run.last_measured
    assert last is not None
    assert (last.measures, last.floors) == ({"w1": 8.0, "critic_gap": 2.0, "modes": None}, {"w1": 4.0})
    run.take(last)
    assert run.last_measured == last
    assert run.title == "WGAN-GP on heart.csv"
