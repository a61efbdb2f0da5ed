"""Figures and sizes in a run file that anybody made: each is held against the others, and memory stays bounded."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Change, LogEntry, Position, Spec
from ganstudio.core.protocol.views import Array, Points, Samples, ScalarBatch
from ganstudio.core.runs import joined_terms
from ganstudio.core.runs import reader as reading
from ganstudio.core.runs.format import MAX_LOG
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.library import newest_view, runs
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.tensor_packing import unpack_tensors
from ganstudio.core.runs.view_frames import MAX_MOMENT, Frame, packed
from ganstudio.core.runs.view_names import known_views
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.training.checkpoint import rebuild, restore
from ganstudio.training.measuring import compute_measures, copy_for_measuring
from ganstudio.training.recorder import Recorder
from ganstudio.training.resolve_spec import probes
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified
from ganstudio.training.view_recording import ViewRecorder

SPEC = Spec(variant="wgan-gp", data="ring", seed=5, device="cpu", threads=1, streams=2,
            controls={"batch_size": 8, "critic_steps": 3}, network_controls={"width": 4, "depth": 1})
FAR = Position(steps=2_000_000, by_player={"discriminator": 8_000_000, "generator": 2_000_000})
POINTS = Points(real=Array.of(np.ones((6, 2), np.float32)), fake=Array.of(np.zeros((4, 2), np.float32)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "whole.ganrun"
    trainer = Trainer(SPEC)
    recorder = Recorder(path, trainer)
    for _ in range(6):
        trainer.step()
    trainer.apply(Change(name="gp_weight", value=5.0))
    recorder.note(trainer.flush())
    recorder.close()
    return path


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "run.ganrun"))


def edited(path: Path, *statements: tuple[str, tuple[Any, ...]]) -> Path:
    db = sqlite3.connect(path)
    for statement, values in statements:
        db.execute(statement, values)
    db.commit()
    db.close()
    return path


def peak_of(action: Callable[[], object]) -> int:
    """Bytes that Python has allocated at most."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def images(side: int = 512, count: int = 40) -> Samples:
    """A view that packs to nothing."""
    return Samples(real=Array.of(np.zeros((1, side, side, 3), np.uint8)), averaged=False,
                   fake=Array.of(np.zeros((count, side, side, 3), np.uint8)))


def framed(name: str, view: Samples | Points, steps: int = 3) -> tuple[str, tuple[Any, ...]]:
    position = Position(steps=steps, by_player={"discriminator": 3 * steps, "generator": steps})
    return ("INSERT INTO frames(view, steps, body) VALUES(?, ?, ?)",
            (name, steps, packed(Frame(name=name, position=position, view=view))))


# A moment --------------------------------------------------------------------------------------------------------


def test_the_known_views_are_the_probes_of_the_studio() -> None:
    assert set(probes()) <= known_views()


def test_views_of_unknown_names_are_not_even_read(run: Path) -> None:
    edited(run, *[framed(f"v{number}", images()) for number in range(4)], framed("points", POINTS))
    past = Past(run)
    found: dict[str, object] = {}

    def look() -> None:
        past.refresh()
        found.update(past.views(3)[1])

    assert peak_of(look) < 16 << 20
    assert found == {"points": POINTS}


def test_a_moment_that_unpacks_to_more_than_its_budget_is_refused_before_it_is_unpacked(run: Path) -> None:
    names = sorted(known_views())
    edited(run, ("DELETE FROM frames", ()), *[framed(name, images()) for name in names])
    past = Past(run)
    past.refresh()

    def look() -> None:
        with pytest.raises(BadInput, match=f"step 3 unpack to more than {MAX_MOMENT:,} bytes together"):
            past.views(3)

    assert peak_of(look) < 5 * MAX_MOMENT  # of 11 times 32 MB; each is there packed, unpacked and as a view


def test_moments_below_the_budget_are_seen_one_after_the_other(run: Path) -> None:
    edited(run, ("DELETE FROM frames", ()), *[
        framed(name, images(count=30), steps) for steps in (1, 2, 3, 4) for name in ("samples", "samples-average")])
    past = Past(run)
    past.refresh()
    for steps in (1, 4, 2, 3):
        assert set(past.views(steps)[1]) == {"samples", "samples-average"}


def test_a_small_picture_is_drawn_from_a_known_view_of_a_bounded_size(run: Path) -> None:
    edited(run, ("DELETE FROM frames", ()), framed("points", POINTS), framed("vx", images(64, 4)))
    assert newest_view(run) == POINTS
    edited(run, ("DELETE FROM frames", ()), framed("samples", images()))
    assert peak_of(lambda: newest_view(run)) < 64 << 20
    assert newest_view(run) is None


# Figures ---------------------------------------------------------------------------------------------------------


def refusal_of(path: Path) -> str:
    """The sentence with which a run is refused by whoever repeats it."""
    sentences = []
    for action in (rebuild, verified):
        with pytest.raises(BadInput) as fault:
            action(path)
        sentences.append(str(fault.value))
    assert sentences[0].startswith(f"run file {path} has a damaged ")
    return sentences[0]


def test_a_command_far_beyond_the_run_is_refused(run: Path) -> None:
    entry = LogEntry(position=Position(steps=10, by_player={"discriminator": 1 << 52}),
                     command=Change(name="gp_weight", value=5.0))
    edited(run, ("INSERT INTO log(entry) VALUES(?)", (msgspec.json.encode(entry),)))
    assert "noted at update 4,503,599,627,370,496, and the file has the terms of 24 updates" in refusal_of(run)


@pytest.mark.parametrize("which", ["WHERE id = (SELECT max(id) FROM checkpoints)", ""])
def test_a_checkpoint_that_says_to_be_where_the_run_has_never_been_is_refused(run: Path, which: str) -> None:
    edited(run, (f"UPDATE checkpoints SET position = ? {which}", (msgspec.json.encode(FAR),)))
    assert "10,000,000" in refusal_of(run)
    with pytest.raises(BadInput, match="it is of step 6 and update 24"):
        restore(run)
    with pytest.raises(BadInput, match="damaged checkpoint"):
        rebuild(run, 1_900_000)


def test_a_checkpoint_under_a_nearby_position_is_refused(run: Path) -> None:
    near = Position(steps=5, by_player={"discriminator": 15, "generator": 5})
    edited(run, ("UPDATE checkpoints SET position = ? WHERE id = (SELECT max(id) FROM checkpoints)",
                 (msgspec.json.encode(near),)))
    for action in (rebuild, restore):
        with pytest.raises(BadInput, match="kept under step 5 and update 20, and it is of step 6 and update 24"):
            action(run)


def test_a_checkpoint_of_a_size_that_such_a_run_has_never_is_not_read(run: Path) -> None:
    edited(run, ("UPDATE checkpoints SET tensors = zeroblob(200000000) WHERE id = (SELECT max(id) FROM checkpoints)",
                 ()))

    def read() -> None:
        for action in (rebuild, restore):
            with pytest.raises(BadInput, match="takes 200,000,000 bytes, and that of such a run at most"):
                action(run)

    assert peak_of(read) < 32 << 20


@pytest.mark.parametrize("value", [1e38, float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_loaded_and_diverge(run: Path, value: float) -> None:
    db = sqlite3.connect(run)
    id_, tensors = db.execute("SELECT id, tensors FROM checkpoints ORDER BY id DESC").fetchone()
    db.close()
    changed = {name: torch.full_like(tensor, value) if name.startswith("module/") else tensor
               for name, tensor in load(unpack_tensors(tensors)).items()}
    edited(run, ("UPDATE checkpoints SET tensors = ? WHERE id = ?", (save(changed), id_)))
    trainer = rebuild(run).trainer
    assert ViewRecorder(trainer).moment()  # a warning of NumPy would be an error here
    compute_measures(copy_for_measuring(trainer, 100))
    trainer.step()
    trainer.flush()
    assert trainer.divergence is not None


# How much there is --------------------------------------------------------------------------------------------------


def test_more_commands_than_a_run_has_are_refused_before_they_are_read(run: Path) -> None:
    db = sqlite3.connect(run)
    db.executemany("INSERT INTO log(entry) VALUES(?)", ((b"{}",) for _ in range(MAX_LOG + 1)))
    db.commit()
    db.close()
    reader = RunReader(run)

    def read() -> None:
        with pytest.raises(BadInput, match="damaged table log: it holds 200,002 rows"):
            reader.log()

    assert peak_of(read) < 1 << 20
    reader.close()


def test_a_run_takes_no_more_commands_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.training.trainer.MAX_LOG", 3)
    trainer = Trainer(SPEC)
    for value in (1.0, 2.0, 3.0):
        trainer.apply(Change(name="gp_weight", value=value))
    with pytest.raises(BadInput, match="holds 3 commands, as many as a run keeps"):
        trainer.apply(Change(name="gp_weight", value=4.0))
    assert trainer.settings()["gp_weight"] == 3.0


@pytest.mark.parametrize(("table", "column"), [("measures", "body"), ("checkpoints", "position"), ("frames", "view")])
def test_more_rows_than_a_run_has_are_refused(run: Path, monkeypatch: pytest.MonkeyPatch, table: str, column: str,
                                              ) -> None:
    for name in ("MOST_MEASURED", "MOST_CHECKPOINTS", "MOST_FRAMES"):
        monkeypatch.setattr(reading, name, 5)
    one = {"measures": ("INSERT INTO measures(body) VALUES(?)",
                        (msgspec.msgpack.encode(MeasuredNow(run=0, steps=1, samples=1, measures={}, floors={})),)),
           "checkpoints": ("INSERT INTO checkpoints(position, tensors) VALUES(?, x'')",
                           (msgspec.json.encode(Position()),)),
           "frames": framed("points", POINTS)}[table]
    edited(run, *[one] * 6)
    reader = RunReader(run)
    with pytest.raises(BadInput, match=f"damaged table {table}: it holds [0-9]+ rows"):
        _ = (reader.measured() if table == "measures" else
             reader.moments() if table == "checkpoints" else reader.frames())
    reader.close()


@pytest.mark.parametrize(("changes", "words"), [
    ({"variant": "x" * 2_000_000}, "damaged spec: it takes 2,000,"),
    ({"data": "x" * 500_000}, "its data set is a name of 500,000 letters, and at most 200 are allowed"),
    ({"controls": {"x" * 1000: 1.0}}, "a name of more than 200 letters"),
    ({"controls": {f"c{number}": 1.0 for number in range(600)}}, "more than 500 settings"),
    ({"seed": 10**400}, "seed = a whole number of more than 50 digits is out of range"),
    ({"streams": 10**15}, "streams = 1000000000000000 is out of range: allowed is 1 to 3"),
    ({"threads": -(10**60)}, "threads = a whole number of more than 50 digits is out of range"),
    ({"controls": {"batch_size": 10**300}}, "batch_size = 1e+300 is out of range"),
])
def test_names_and_numbers_of_absurd_length_are_refused_in_a_short_sentence(
    run: Path, changes: dict[str, Any], words: str,
) -> None:
    db = sqlite3.connect(run)
    spec = json.loads(db.execute("SELECT value FROM meta WHERE key = 'spec'").fetchone()[0])
    db.close()
    edited(run, ("UPDATE meta SET value = ? WHERE key = 'spec'", (json.dumps({**spec, **changes}).encode(),)))
    with pytest.raises(BadInput) as fault:
        restore(run)
    assert re.search(re.escape(words), str(fault.value)) and len(str(fault.value)) < 600
    (kept,) = runs(run.parent)
    assert len(kept.fault) < 600


def test_nesting_without_end_is_refused(run: Path) -> None:
    edited(run, ("UPDATE meta SET value = ? WHERE key = 'spec'", (b'{"controls":' + b"[" * 500_000,)))
    with pytest.raises(BadInput, match="damaged spec"):
        restore(run)


def test_terms_of_no_update_are_refused(run: Path) -> None:
    empty = ScalarBatch(player="generator", names=["a"], at=Array.of(np.zeros(0)),
                        values=Array.of(np.zeros((0, 1), np.float32)))
    edited(run, ("INSERT INTO scalars(chunk) VALUES(?)", (msgspec.msgpack.encode(empty),)))
    with pytest.raises(BadInput, match="damaged scalar"):
        rebuild(run)


def test_many_rows_of_terms_are_joined_as_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "JOINED", 16)
    writer = RunWriter(tmp_path / "run.ganrun", SPEC)
    for number in range(50):
        for player, names in (("discriminator", ["a", "b"]), ("generator", ["c"])):
            writer.add_scalars(ScalarBatch(
                player=player, names=names, at=Array.of(np.array([float(number)])),
                values=Array.of(np.full((1, len(names)), number, np.float32))))
    writer.close()
    reader = RunReader(tmp_path / "run.ganrun")
    batches = reader.scalars()
    assert len(batches) < 20
    for player in ("discriminator", "generator"):
        own = [batch for batch in batches if batch.player == player]
        assert np.concatenate([batch.at.doubles() for batch in own]).tolist() == list(range(50))
        assert np.concatenate([batch.values.numpy()[:, 0] for batch in own]).tolist() == list(range(50))
    monkeypatch.setattr(reading, "MOST_BATCHES", 4)
    with pytest.raises(BadInput, match="names of its terms change"):
        reader.scalars()
    reader.close()


def test_a_joined_batch_stays_below_what_an_array_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined_terms, "MOST_CELLS", 10)
    batch = ScalarBatch(player="g", names=["a", "b"], at=Array.of(np.zeros(2)),
                        values=Array.of(np.zeros((2, 2), np.float32)))
    assert [part.at.shape[0] for part in joined_terms.merge_batches([batch] * 5)] == [4, 4, 2]
