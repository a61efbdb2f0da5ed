"""A run on points of the user's own stands by itself: their file may change, or go."""

from __future__ import annotations

import hashlib
import queue
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Parent, Plan, Spec
from ganstudio.core.runs import format as run_format
from ganstudio.core.runs.format import MAX_POINTS, UNREADABLE, KeptPoints
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.files import own_points
from ganstudio.files.own_points import unpacked
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import rebuild, restore
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified

VALUES = np.random.default_rng(3).normal([40.0, -2.0], [3.0, 0.5], (50, 2)).round(3)


def table(path: Path, values: Any = VALUES) -> Path:
    path.write_text("x,y\n" + "".join(f"{row[0]!r},{row[1]!r}\n" for row in values.tolist()))
    return path


def spec_of(file: Path) -> Spec:
    return Spec(variant="wgan-gp", data="points", seed=5, device="cpu", threads=1, data_controls={"file": str(file)},
                controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1})


def stepped(trainer: Trainer, steps: int, recorder: Recorder | None = None) -> Trainer:
    while trainer.game.steps < steps:
        trainer.step()
    if recorder is not None:
        recorder.note(trainer.flush())
        recorder.close()
    return trainer


def recorded(path: Path, file: Path, steps: int) -> Path:
    trainer = Trainer(spec_of(file))
    stepped(trainer, steps, Recorder(path, trainer))
    return path


def without_checkpoints(path: Path) -> Path:
    """The run has to be done again from its first step."""
    db = sqlite3.connect(path)
    db.execute("DELETE FROM checkpoints")
    db.commit()
    db.close()
    return path


def points_of(path: Path) -> KeptPoints | None:
    reader = RunReader(path)
    try:
        return reader.points()
    finally:
        reader.close()


def branch(mother: Path, at: int, path: Path, to: int) -> Path:
    found = branch_run(mother, at)
    recorder = found.recorder(path, Plan(), Parent(file=mother.name, position=found.trainer.position))
    stepped(found.trainer, to, recorder)
    return path


def whole_hash(folder: Path, steps: int) -> str:
    """Of the run that was never stopped, on a file that nobody touched."""
    folder.mkdir()
    return stepped(Trainer(spec_of(table(folder / "untouched.csv"))), steps).game.weights_hash()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return table(tmp_path / "mine.csv")


@pytest.fixture
def run(tmp_path: Path, file: Path) -> Path:
    return recorded(tmp_path / "run.ganrun", file, 9)


HARM: dict[str, Callable[[Path], object]] = {
    "rewritten": lambda file: table(file, VALUES[::-1] * 2), "gone": Path.unlink,
    "spoilt": lambda file: file.write_text("no, numbers\n"),
}


# What is kept ------------------------------------------------------------------------------------------------------


def test_the_points_of_the_file_are_kept_with_their_hash(run: Path) -> None:
    kept = points_of(run)
    assert kept is not None and kept.shape == (50, 2)
    assert kept.sha256 == hashlib.sha256(VALUES.astype("<f8").tobytes(order="C")).hexdigest()
    np.testing.assert_array_equal(load(kept.tensors)["points"].numpy(), VALUES)


def test_a_run_on_other_data_keeps_none(tmp_path: Path) -> None:
    trainer = Trainer(msgspec.structs.replace(spec_of(tmp_path), data="ring", data_controls={}))
    Recorder(tmp_path / "run.ganrun", trainer).close()
    assert points_of(tmp_path / "run.ganrun") is None


@pytest.mark.parametrize("rows", [MAX_POINTS // 8, MAX_POINTS // 8 + 1])
def test_up_to_the_limit_they_are_kept_themselves(tmp_path: Path, rows: int) -> None:
    np.save(tmp_path / "line.npy", np.arange(rows, dtype=np.float64))
    kept = points_of(recorded(tmp_path / "run.ganrun", tmp_path / "line.npy", 0))
    assert kept is not None and kept.shape == (rows, 1)
    assert bool(kept.tensors) == (rows * 8 <= MAX_POINTS)


# Whoever rebuilds a run --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", HARM)
def test_a_run_is_the_same_when_its_file_is_not(tmp_path: Path, file: Path, run: Path, harm: str) -> None:
    HARM[harm](file)
    expected = whole_hash(tmp_path / "other", 9)
    assert restore(run).game.weights_hash() == expected
    again = rebuild(without_checkpoints(run)).trainer
    assert again.game.weights_hash() == expected
    untouched = Trainer(spec_of(tmp_path / "other" / "untouched.csv")).game.data
    np.testing.assert_array_equal(  # what sample and export write, in the units of the file as it was
        again.game.data.to_user_units(np.ones((1, 2), np.float32)),
        untouched.to_user_units(np.ones((1, 2), np.float32)))
    assert (again.game.data.units, again.game.data.extent) == (untouched.units, untouched.extent)


@pytest.mark.parametrize("harm", HARM)
def test_a_run_goes_on_as_if_its_file_had_stayed(tmp_path: Path, file: Path, run: Path, harm: str) -> None:
    HARM[harm](file)
    before = points_of(run)
    found = rebuild(run)
    stepped(found.trainer, 15, Recorder.resumed(run, found, Plan(steps=15)))
    expected = whole_hash(tmp_path / "other", 15)
    assert rebuild(without_checkpoints(run)).trainer.game.weights_hash() == expected
    assert points_of(run) == before


def test_a_branch_of_a_branch_has_them_too(tmp_path: Path, file: Path, run: Path) -> None:
    kept = points_of(run)
    file.unlink()
    child = branch(run, 4, tmp_path / "child.ganrun", 7)
    run.unlink()
    grandchild = branch(child, 6, tmp_path / "grandchild.ganrun", 12)
    child.unlink()
    assert points_of(grandchild) == kept
    expected = whole_hash(tmp_path / "other", 12)
    assert rebuild(grandchild).trainer.game.weights_hash() == expected
    assert rebuild(without_checkpoints(grandchild)).trainer.game.weights_hash() == expected


def test_the_studio_continues_from_there_without_the_file(tmp_path: Path, file: Path, run: Path) -> None:
    kept = points_of(run)
    file.unlink()
    events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
    thread = TrainingThread(events.put)
    thread.start()
    child = tmp_path / "child.ganrun"
    try:
        thread.post(m.Start(run=1, spec=Spec(), file=str(run), at=5, until=12, record=str(child)))
        while not (isinstance(event := events.get(timeout=30), m.Progress) and event.position.steps >= 12):
            assert not isinstance(event, m.Refused | m.Failed)
    finally:
        thread.end()
        thread.join(30)
    assert points_of(child) == kept
    assert rebuild(without_checkpoints(child), 12).trainer.game.weights_hash() == whole_hash(tmp_path / "other", 12)


def test_a_new_run_reads_the_file_as_it_is(file: Path, run: Path) -> None:
    table(file, VALUES[:20])
    restore(run)
    drawn = Trainer(spec_of(file)).game.data.sample(5000, torch.Generator()).numpy()
    assert np.unique(drawn, axis=0).shape == (20, 2)


# Too many to keep --------------------------------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose points were too many, of a file that a test can write."""
    for module in (own_points, run_format):
        monkeypatch.setattr(module, "MAX_POINTS", VALUES.nbytes - 1)
    return recorded(tmp_path / "many.ganrun", file, 5)


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as fault:
        restore(path)
    with pytest.raises(BadInput):
        branch_run(path, 3)
    sentence = str(fault.value)
    assert "\n" not in sentence and len(sentence) < 800
    return sentence


def test_a_large_file_that_stayed_is_read_again(tmp_path: Path, file: Path, many: Path) -> None:
    kept = points_of(many)
    assert kept is not None and not kept.tensors and len(kept.sha256) == 64
    file.write_text(file.read_text().replace("\n", "\r\n").replace(",", ", "))  # the same numbers, written otherwise
    assert rebuild(without_checkpoints(many)).trainer.game.weights_hash() == whole_hash(tmp_path / "other", 5)
    assert points_of(branch(many, 5, tmp_path / "child.ganrun", 6)) == kept


@pytest.mark.parametrize(("values", "how"), [
    (VALUES + np.eye(50, 2) * 1e-3, "as many rows, with other values"),
    (VALUES[::-1], "as many rows, with other values"),
    (VALUES * 2, "as many rows, with other values"),  # standardised, they are the same bits
    (np.vstack([VALUES, VALUES[:1]]), "now 51 rows of 2 columns, then 50 of 2 columns"),
    (VALUES[:2], "now 2 rows of 2 columns, then 50 of 2 columns"),
])
def test_a_large_file_that_changed_is_told(file: Path, many: Path, values: Any, how: str) -> None:
    table(file, values)
    sentence = refused(many)
    assert f"the points file '{file}' has changed since run file {many} was trained on it" in sentence
    assert how in sentence


def test_a_large_file_that_is_gone_or_spoilt_is_told(file: Path, many: Path) -> None:
    file.unlink()
    assert f"run file {many} needs the points that it was trained on, 50 rows" in refused(many)
    assert f"'{file}' does not exist" in refused(many)
    file.write_text("no, numbers\n")
    assert "holds no rows of numbers" in refused(many)


# Files of before ---------------------------------------------------------------------------------------------------


def forgotten(path: Path) -> Path:
    """As a program wrote it that kept no points."""
    db = sqlite3.connect(path)
    db.execute("DELETE FROM meta WHERE key = 'points'")
    db.commit()
    db.close()
    return path


def test_an_older_run_reads_its_file_and_keeps_it_when_it_goes_on(tmp_path: Path, file: Path, run: Path) -> None:
    kept = points_of(run)
    forgotten(run)
    assert points_of(run) is None
    found = rebuild(run)
    stepped(found.trainer, 11, Recorder.resumed(run, found, Plan(steps=11)))
    assert points_of(run) == kept
    expected = whole_hash(tmp_path / "other", 11)
    file.unlink()
    assert rebuild(without_checkpoints(run)).trainer.game.weights_hash() == expected


def test_an_older_run_without_its_file_is_told(file: Path, run: Path) -> None:
    file.unlink()
    assert f"'{file}' does not exist" in refused(forgotten(run))


# Foreign files -----------------------------------------------------------------------------------------------------


def marked(values: Any, **changes: Any) -> dict[str, Any]:
    """An entry in which all fits, but for the changes."""
    array = np.ascontiguousarray(values)
    tensors = save({"points": torch.from_numpy(array)})
    return {"sha256": hashlib.sha256(array.tobytes()).hexdigest(), "shape": array.shape, "tensors": tensors, **changes}


def holding(path: Path, value: Any) -> Path:
    db = sqlite3.connect(path)
    db.execute("UPDATE meta SET value = ? WHERE key = 'points'", (value,))
    db.commit()
    db.close()
    return path


OTHERS = VALUES.copy()
OTHERS[7, 1] += 1
CLAIMS = b'\x4c\0\0\0\0\0\0\0{"points":{"dtype":"F64","shape":[99999999999,2],"data_offsets":[0,16]}}   ' + bytes(16)
HOSTILE: dict[str, dict[str, Any]] = {
    "a hash of others": marked(OTHERS, sha256=marked(VALUES)["sha256"]), "no hash": marked(VALUES, sha256=""),
    "a hash in capitals": marked(VALUES, sha256="A" * 64), "a long hash": marked(VALUES, sha256="a" * 10_000),
    "another shape": marked(VALUES, shape=(2, 50)), "fewer rows": marked(VALUES, shape=(49, 2)),
    "an absurd shape": marked(VALUES, shape=(1 << 62, 2)), "a shape below 0": marked(VALUES, shape=(-50, 2)),
    "three columns": marked(np.ones((5, 3))), "no rows": marked(np.ones((0, 2))), "one row": marked(np.ones((1, 2))),
    "one point": marked(np.ones((5, 2))), "NaN": marked(np.where(VALUES[3] == VALUES, np.nan, VALUES)),
    "infinite": marked(np.where(VALUES[3] == VALUES, np.inf, VALUES)), "beyond squares": marked(VALUES * 1e200),
    "float32": marked(VALUES.astype(np.float32)), "whole numbers": marked(VALUES.astype(np.int64)),
    "flat": marked(VALUES.ravel(), shape=(50, 2)), "three dimensions": marked(VALUES[None], shape=(50, 2)),
    "no safetensors": marked(VALUES, tensors=b"\x80\x04\x95cposix\nsystem\n"),
    "cut short": marked(VALUES, tensors=marked(VALUES)["tensors"][:-1]),
    "more than its header says": marked(VALUES, tensors=marked(VALUES)["tensors"] + b"x"),
    "a header that claims": marked(VALUES, tensors=CLAIMS), "no tensor": marked(VALUES, tensors=save({})),
    "another name": marked(VALUES, tensors=save({"rows": torch.from_numpy(VALUES)})),
    "a second tensor": marked(VALUES, tensors=save({"points": torch.from_numpy(VALUES), "b": torch.zeros(3)})),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_points_are_refused_in_one_sentence(run: Path, case: str) -> None:
    holding(run, msgspec.msgpack.encode(HOSTILE[case]))
    assert str(run) in refused(run)


@pytest.mark.parametrize("value", [
    5, 1.5, "", "text", b"", b"\x90", b"\x91" * 5000, b"\x80", b"\xc0", msgspec.json.encode({"sha256": "a" * 64}),
    msgspec.msgpack.encode({"sha256": 3, "shape": [1, 2]}), msgspec.msgpack.encode({"sha256": "a" * 64, "shape": [5]}),
    b"\x82\xa6sha256\xa1\xff\xa5shape\x92\x05\x02",
])
def test_points_of_another_kind_are_refused(run: Path, value: Any) -> None:
    assert "damaged points" in refused(holding(run, value))


@pytest.mark.parametrize("changes", [
    {"shape": (-50, 2)}, {"shape": (1, 2)}, {"shape": (50, 3)}, {"shape": (1 << 62, 2)}, {"sha256": ""},
    {"sha256": "A" * 64}, {"sha256": "a" * 63 + "\n"},
])
def test_what_was_too_large_to_keep_has_a_shape_and_a_hash(run: Path, changes: dict[str, Any]) -> None:
    assert "damaged points" in refused(holding(run, msgspec.msgpack.encode(marked(VALUES, tensors=b"", **changes))))


def test_a_huge_entry_is_refused_unread(run: Path) -> None:
    holding(run, bytes(MAX_POINTS + 5000))
    assert f"more than {MAX_POINTS:,} bytes" in refused(run)


def test_points_beside_other_data_are_no_fault(tmp_path: Path) -> None:
    """They are not asked for."""
    trainer = Trainer(msgspec.structs.replace(spec_of(tmp_path), data="ring", data_controls={}))
    path = tmp_path / "ring.ganrun"
    stepped(trainer, 3, Recorder(path, trainer))
    db = sqlite3.connect(path)
    db.execute("INSERT INTO meta VALUES('points', ?)", (msgspec.msgpack.encode(marked(VALUES)),))
    db.commit()
    db.close()
    assert rebuild(without_checkpoints(path)).trainer.game.weights_hash() == trainer.game.weights_hash()


WHOLE = msgspec.msgpack.encode(marked(VALUES))


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(spots=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=12)), min_size=1,
                      max_size=3), cut=st.integers(0, 40) | st.just(0))
def test_damaged_points_are_the_very_ones_or_bad_input(spots: list[tuple[int, bytes]], cut: int) -> None:
    """Half of the damage goes where names, shapes and sizes stand."""
    content = WHOLE[: len(WHOLE) - cut]
    for number, (at, bad) in enumerate(spots):
        at = at % 250 if number % 2 == 0 else at
        content = content[:at] + bad + content[at + len(bad) :]
    try:
        found = unpacked(msgspec.msgpack.decode(content, type=KeptPoints), Path("x.ganrun"))
    except (*UNREADABLE, BadInput):  # the first are the reader's to tell
        return
    assert found.values is None or np.array_equal(found.values, VALUES)


@pytest.mark.parametrize("harm", HARM)
def test_a_replay_needs_no_file(tmp_path: Path, file: Path, run: Path, harm: str) -> None:
    HARM[harm](file)
    verdict = verified(run)
    assert verdict.identical and verdict.hash == whole_hash(tmp_path / "other", 9)
