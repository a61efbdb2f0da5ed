"""A run goes into its file and comes back; a file from anybody is read, or refused in one sentence."""

from __future__ import annotations

import json
import pickle
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save
from torch import Tensor

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Change, LogEntry, Parent, Position, SingleStep, Spec
from ganstudio.core.protocol.views import Array, Points, ScalarBatch
from ganstudio.core.runs.format import APPLICATION_ID, SCHEMA, TABLES, Checkpoint
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.library import runs
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import checkpoint_of, rebuild, restore
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

SPEC = Spec(variant="wgan-gp", data="ring", seed=5, device="cpu", threads=1, streams=2, backward="written",
            controls={"batch_size": 8, "critic_steps": 3}, network_controls={"width": 4, "depth": 1})


PARENT = Parent(file="mother.ganrun", position=Position())
VIEW = Points(real=Array.of(np.ones((6, 2), np.float32)), fake=Array.of(np.zeros((4, 2), np.float32)))
MEASURED = MeasuredNow(run=1, steps=5, samples=9, measures={"modes": 3.0}, floors={"modes": 8.0})


def recorded(path: Path) -> Trainer:
    """A short run with all that is kept of one, in a file; it stands in the middle of a cycle."""
    trainer = Trainer(SPEC)
    recorder = Recorder(path, trainer, parent=PARENT)
    for _ in range(5):
        trainer.step()
        recorder.seen(trainer.position, {"points": VIEW})
    recorder.measured(MEASURED)
    recorder.pin()
    trainer.apply(Change(name="gp_weight", value=5.0))
    recorder.note(trainer.flush())
    trainer.apply(SingleStep(player="generator"))
    trainer.apply(Change(name="optimiser_d", value="rmsprop"))
    for _ in range(6):
        trainer.update()
    recorder.note(trainer.flush())
    recorder.close()
    return trainer


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good run file, to be copied."""
    path = tmp_path_factory.mktemp("runs") / "whole.ganrun"
    recorded(path)
    return path


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    path = tmp_path / "run.ganrun"
    path.write_bytes(whole.read_bytes())
    return path


def refused(path: Path) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(BadInput) as fault:
        restore(path)
    sentence = str(fault.value)
    assert str(path) in sentence
    return " ".join(sentence.split())


def edited(path: Path, *statements: str, values: tuple[Any, ...] = ()) -> Path:
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement, values)
    db.commit()
    db.close()
    return path


# There and back ----------------------------------------------------------------------------------------------------


def test_a_run_comes_back_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a run.ganrun"
    trainer = recorded(path)
    again = restore(path)
    assert again.spec == trainer.spec
    assert again.position == trainer.position
    assert again.position.place > 0
    assert again.settings() == trainer.settings()
    assert again.log == trainer.log
    assert again.game.images_seen == trainer.game.images_seen
    assert again.game.weights_hash() == trainer.game.weights_hash()
    for _ in range(7):
        trainer.update()
        again.update()
    assert again.game.weights_hash() == trainer.game.weights_hash()


def test_the_file_is_one_plain_file_after_close(tmp_path: Path) -> None:
    recorded(tmp_path / "x.ganrun")
    assert [path.name for path in tmp_path.iterdir()] == ["x.ganrun"]


def test_every_term_is_kept(run: Path) -> None:
    reader = RunReader(run)
    batches, log, position = reader.scalars(), reader.log(), reader.checkpoint().position
    reader.close()
    rows = {player: sum(batch.values.shape[0] for batch in batches if batch.player == player)
            for player in ("discriminator", "generator")}
    assert rows == {"discriminator": position.of("discriminator"), "generator": position.of("generator")}
    assert [type(entry.command).__name__ for entry in log] == ["Change", "SingleStep", "Change"]


def test_writer_and_reader_agree(tmp_path: Path) -> None:
    path = tmp_path / "x.ganrun"
    batch = ScalarBatch(player="generator", names=["a"], at=Array.of(np.array([1.0])),
                        values=Array.of(np.array([[np.nan]], np.float32)))
    entry = LogEntry(position=Position(steps=3), command=Change(name="means", value=[1.0, 2.0]))
    writer = RunWriter(path, SPEC)
    writer.add_scalars(batch)
    writer.add_entry(entry)
    writer.add_checkpoint(Checkpoint(position=Position(steps=1), tensors=b"first"))
    writer.commit()
    writer.add_checkpoint(Checkpoint(position=Position(steps=2), tensors=b"second"))
    writer.close()
    reader = RunReader(path)
    assert reader.spec() == SPEC
    assert reader.scalars() == [batch]
    assert reader.log() == [entry]
    assert reader.checkpoint() == Checkpoint(position=Position(steps=2), tensors=b"second")
    reader.close()


def test_what_was_committed_is_there_while_the_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "x.ganrun"
    writer = RunWriter(path, SPEC)
    writer.add_entry(LogEntry(position=Position(), command=SingleStep(player="generator")))
    writer.commit()
    reader = RunReader(path)
    assert len(reader.log()) == 1
    with pytest.raises(BadInput, match="no checkpoint yet"):
        reader.checkpoint()
    reader.close()
    writer.close()


def test_a_file_that_is_there_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "thesis.ganrun"
    path.write_bytes(b"years of work")
    with pytest.raises(BadInput, match="exists already: nothing is overwritten"):
        RunWriter(path, SPEC)
    with pytest.raises(BadInput, match="exists already"):
        Recorder(path, Trainer(SPEC))
    assert path.read_bytes() == b"years of work"
    with pytest.raises(BadInput, match="exists already"):
        RunWriter(tmp_path, SPEC)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        RunWriter(tmp_path / "none" / "x.ganrun", SPEC)
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_disk_surfaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(SPEC)
    recorder = Recorder(tmp_path / "x.ganrun", trainer)
    db = recorder._writer._db

    def taken_away(*_: Any) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(recorder._writer, "add_checkpoint", taken_away)
    monkeypatch.setattr(recorder._writer, "add_scalars", taken_away)
    trainer.step()
    with pytest.raises(BadInput, match=r"x\.ganrun can no longer be written: attempt to write"):
        recorder.note(trainer.flush())
        recorder.close()
    db.close()


# Foreign files -----------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "is not there" in refused(tmp_path / "none.ganrun")
    assert "is a folder" in refused(tmp_path)


@pytest.mark.parametrize("content", [
    b"", b"x", b"\x80\x04\x95cposix\nsystem\n", b"SQLite format 3\0", b"SQLite format 3\0" + bytes(84), bytes(4096),
    b"SQLite format 3\0" + bytes(range(256)) * 40,
])
def test_a_file_that_is_none_of_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.ganrun"
    path.write_bytes(content)
    refused(path)
    assert path.read_bytes() == content


def test_a_pickle_by_another_name_is_never_loaded(tmp_path: Path) -> None:
    mark = tmp_path / "executed"

    class Trap:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
            return Path.touch, (mark,)

    path = tmp_path / "model.ganrun"
    path.write_bytes(pickle.dumps(Trap()))
    assert "does not begin as an SQLite file does" in refused(path)
    assert not mark.exists()


def test_a_pickle_in_the_checkpoints_place_is_never_loaded(run: Path, tmp_path: Path) -> None:
    mark = tmp_path / "executed"

    class Trap:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
            return Path.touch, (mark,)

    torch.save({"x": Trap()}, tmp_path / "trap.pt")
    edited(run, "UPDATE checkpoints SET tensors = ?", values=((tmp_path / "trap.pt").read_bytes(),))
    assert "damaged checkpoint" in refused(run)
    assert not mark.exists()


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9])
def test_a_truncated_file(run: Path, share: float) -> None:
    content = run.read_bytes()
    run.write_bytes(content[: int(len(content) * share)])
    refused(run)


def test_another_programs_database(tmp_path: Path) -> None:
    path = edited(tmp_path / "x.db", "CREATE TABLE meta(key, value)")
    assert "SQLite file of another program" in refused(path)


@pytest.mark.parametrize("version", [0, SCHEMA + 1, 99])
def test_another_versions_file(run: Path, version: int) -> None:
    edited(run, f"PRAGMA user_version={version}")
    assert f"format {version}: this version of GAN Studio reads 1 to 5" in refused(run)


@pytest.mark.parametrize("statement", [
    "CREATE TABLE extra(x)",
    "CREATE VIEW extra AS SELECT * FROM meta",
    "CREATE TRIGGER extra AFTER INSERT ON log BEGIN DELETE FROM meta; END",
    "CREATE TRIGGER log AFTER INSERT ON log BEGIN DELETE FROM meta; END",
    "CREATE INDEX extra ON log(entry)",
    "DROP TABLE scalars",
    "ALTER TABLE log RENAME TO logs",
    "CREATE VIEW sqliteview AS SELECT * FROM meta",
    "CREATE TRIGGER sqlitex AFTER INSERT ON log BEGIN DELETE FROM meta; END",
    "CREATE TRIGGER frames AFTER INSERT ON log BEGIN DELETE FROM meta; END",
    "DROP TABLE measures",
])
def test_a_schema_that_is_not_a_runs(run: Path, statement: str) -> None:
    edited(run, statement)
    assert "a run holds the tables" in refused(run)


def test_a_trigger_hidden_behind_the_name_of_a_table(run: Path) -> None:
    edited(run, "ALTER TABLE scalars RENAME TO old",
           "CREATE TRIGGER scalars AFTER INSERT ON log BEGIN DELETE FROM meta; END",
           "CREATE TABLE scalars(seq INTEGER PRIMARY KEY, chunk BLOB NOT NULL)", "DROP TABLE old")
    assert "a run holds the tables" in refused(run)


def test_a_view_in_a_tables_place(run: Path) -> None:
    edited(run, "DROP TABLE meta", "CREATE VIEW meta AS SELECT 'spec' AS key, '{}' AS value")
    assert "a run holds the tables" in refused(run)


@pytest.mark.parametrize("statement", [
    "CREATE VIEW frames AS SELECT 1 AS id, 'points' AS view, 2 AS steps, x'00' AS body",
    "CREATE VIRTUAL TABLE frames USING fts4(id, view, steps, body)",
])
def test_something_else_in_the_frames_place(run: Path, statement: str) -> None:
    edited(run, "DROP TABLE frames", statement)
    assert "a run holds the tables" in refused(run)


@pytest.mark.parametrize("columns", [
    "id INTEGER PRIMARY KEY, view, steps",
    "id INTEGER PRIMARY KEY, view, body, steps",
    "id INTEGER PRIMARY KEY, view, steps, body, more",
    "id INTEGER PRIMARY KEY, view, steps, body AS (zeroblob(1000000))",
    "id INTEGER PRIMARY KEY, view, steps, body AS (view || view) STORED",
])
def test_columns_that_are_not_a_runs(run: Path, columns: str) -> None:
    edited(run, "DROP TABLE frames", f"CREATE TABLE frames({columns})")
    assert "other columns in its table frames: a run's are id, view, steps, body" in refused(run)


def test_reading_leaves_the_file_as_it_was(run: Path) -> None:
    before = run.read_bytes()
    restore(run)
    assert run.read_bytes() == before
    assert [path.name for path in run.parent.iterdir()] == [run.name]


COLUMNS = ["meta.value", "log.entry", "checkpoints.position"]


@pytest.mark.parametrize("value", [
    None, 5, 1.5, "", "text", b"", b"{}x", b"[]", b"null", b"[1, 2", b'{"seed": "x", "steps": "y"}',
])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_row_of_another_kind(run: Path, column: str, value: Any) -> None:
    table, _, name = column.partition(".")
    if value is None:
        edited(run, f"DELETE FROM {table}")
        if table in ("log", "checkpoints"):  # without commands it is a run, and without checkpoints a short one
            assert restore(run).position == rebuild(run).trainer.position
            return
    else:
        edited(run, f"UPDATE {table} SET {name} = ?", values=(value,))
    refused(run)


@pytest.mark.parametrize(("column", "value"), [
    *((column, b'{"x":' + b"[" * 100_000) for column in COLUMNS), ("meta.value", b'{"variant": "\xff"}'),
    ("log.entry", b'{"position": {}, "command": {"type": "single", "player": "\xff"}}'),
])
def test_a_row_that_cannot_be_decoded(run: Path, column: str, value: bytes) -> None:
    table, _, name = column.partition(".")
    edited(run, f"UPDATE {table} SET {name} = ?", values=(value,))
    refused(run)


def with_spec(run: Path, **changes: Any) -> Path:
    reader = RunReader(run)
    spec = reader.spec()
    reader.close()
    encoded = msgspec.json.encode(msgspec.structs.replace(spec, **changes))
    return edited(run, "UPDATE meta SET value = ? WHERE key = 'spec'", values=(encoded,))


NONE = [5, 1.5, "", "text", b"", b"[]", b"null", b"[1, 2", b'{"file": 3, "steps": "y", "run": "z"}',
        b'{"file": "\xff", "steps": "\xff"}', b"[" * 100_000,
        b'{"position": {"steps": -1}, "file": "x", "steps": [], "run": 1}']
PARTS: dict[str, Callable[[RunReader], object]] = {
    "scene": RunReader.scene, "plan": RunReader.plan, "parent": RunReader.parent,
}


@pytest.mark.parametrize("value", NONE)
@pytest.mark.parametrize("key", PARTS)
def test_a_part_of_another_kind(run: Path, key: str, value: Any) -> None:
    edited(run, "UPDATE meta SET value = ? WHERE key = ?", values=(value, key))
    reader = RunReader(run)
    try:
        with pytest.raises(BadInput, match=f"damaged {key}"):
            PARTS[key](reader)
    finally:
        reader.close()


@pytest.mark.parametrize("value", [*NONE, b'["' + b"x" * 100 + b'"]', b'["a\\u0000"]'])
def test_tags_of_another_kind_are_none(run: Path, value: Any) -> None:
    edited(run, "INSERT INTO meta VALUES('tags', ?)", values=(value,))
    (found,) = runs(run.parent)
    assert (found.tags, found.fault) == ((), "")


@pytest.mark.parametrize("batch", [
    ScalarBatch(player="referee", names=["a"], at=Array((1,), "f8", bytes(8)), values=Array((1, 1), "f4", bytes(4))),
    ScalarBatch(player="generator", names=["a"], at=Array((), "f8", bytes(8)), values=Array((1, 1), "f4", bytes(4))),
    ScalarBatch(player="generator", names=["a"], at=Array((2,), "f8", bytes(8)), values=Array((1, 1), "f4", bytes(4))),
    ScalarBatch(player="generator", names=["a"], at=Array((1,), "f8", bytes(8)), values=Array((2, 1), "f4", bytes(8))),
    ScalarBatch(player="generator", names=[], at=Array((1,), "f8", bytes(8)), values=Array((1, 1), "f4", bytes(4))),
    ScalarBatch(player="generator", names=["a"], at=Array((-1,), "f8", b""), values=Array((-1, 1), "f4", b"")),
    ScalarBatch(player="generator", names=["a"], at=Array((1 << 40,), "f8", b""), values=Array((1, 1), "f4", bytes(4))),
    ScalarBatch(player="generator", names=["a"], at=Array((1,), "O", bytes(8)), values=Array((1, 1), "f4", bytes(4))),
], ids=range(8))
def test_terms_of_no_player_or_shape(run: Path, batch: ScalarBatch) -> None:
    edited(run, "UPDATE scalars SET chunk = ?", values=(msgspec.msgpack.encode(batch),))
    for read in (rebuild, branch_run):
        with pytest.raises(BadInput, match="damaged scalar"):
            read(run, None)


@pytest.mark.parametrize("steps", [-1, -(10**18), 1 << 54, 10**400])
@pytest.mark.parametrize("column", ["log.entry", "checkpoints.position"])
def test_a_position_outside_of_any_run(run: Path, column: str, steps: int) -> None:
    table, _, name = column.partition(".")
    position = f'{{"steps": {steps}}}'
    value = position if table == "checkpoints" else f'{{"position": {position}, "command": {{"type": "grow"}}}}'
    edited(run, f"UPDATE {table} SET {name} = ?", values=(value.encode(),))
    with pytest.raises(BadInput, match="damaged"):
        rebuild(run)


def test_a_checkpoint_that_was_let_go_of_meanwhile(run: Path) -> None:
    reader = RunReader(run)
    with pytest.raises(BadInput, match="has no checkpoint 99 any more"):
        reader.checkpoint(99)
    with pytest.raises(BadInput, match="has no frame 99"):
        reader.frame(99)
    reader.close()


@pytest.mark.parametrize("changes", [
    {"variant": "none"}, {"data": "none"}, {"network": "none"}, {"preset": "none"}, {"seed": -1},
    {"controls": {"gp_weight": 1e9}}, {"controls": {"x": 1}}, {"network_controls": {"width": -1}},
    {"device": "toaster"}, {"threads": 10_000}, {"dtype": "float8"}, {"data": "points", "data_controls": {}},
])
def test_a_spec_that_does_not_stand(run: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        restore(with_spec(run, **changes))


@pytest.mark.parametrize("changes", [
    {"network_controls": {"width": 5, "depth": 1}}, {"network_controls": {"width": 4, "depth": 2}},
    {"network_controls": {"width": 4, "depth": 1, "latent_dim": 7}}, {"data": "mixture", "data_controls": {}},
])
def test_a_checkpoint_of_another_spec(run: Path, changes: dict[str, Any]) -> None:
    assert "damaged checkpoint" in refused(with_spec(run, **changes))


def test_a_checkpoint_that_does_not_fit_is_told_in_one_sentence(run: Path) -> None:
    with pytest.raises(BadInput) as fault:
        restore(with_spec(run, network_controls={"width": 5, "depth": 1}))
    assert "\n" not in str(fault.value)


# Checkpoints -------------------------------------------------------------------------------------------------------


def with_tensors(run: Path, tensors: dict[str, Tensor]) -> Path:
    return edited(run, "UPDATE checkpoints SET tensors = ?", values=(save(tensors),))


def tensors_of(trainer: Trainer) -> dict[str, Tensor]:
    return load(checkpoint_of(trainer).tensors)


KEYS = sorted(tensors_of(Trainer(SPEC)))


@pytest.mark.parametrize("key", KEYS)
def test_a_checkpoint_without_one_of_its_tensors(run: Path, key: str) -> None:
    tensors = tensors_of(restore(run))
    tensors.pop(key, None)
    if len(tensors) < len(KEYS):
        assert "damaged checkpoint" in refused(with_tensors(run, tensors))


def wider(tensor: Tensor) -> Tensor:
    return torch.zeros((*tensor.shape[:-1], tensor.shape[-1] + 1 if tensor.dim() else 3), dtype=tensor.dtype)


def flat(tensor: Tensor) -> Tensor:
    return torch.zeros((), dtype=tensor.dtype) if tensor.dim() else torch.zeros((2, 2), dtype=tensor.dtype)


def empty(tensor: Tensor) -> Tensor:
    return torch.zeros((0,), dtype=tensor.dtype)


def of_one(tensor: Tensor) -> Tensor:
    return torch.zeros((1,) * (tensor.dim() + 3), dtype=tensor.dtype)


def otherwise_typed(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.dtype != torch.float64 else tensor.to(torch.uint8)


def broken(tensor: Tensor) -> Tensor:
    return torch.full(tensor.shape, torch.nan, dtype=torch.float64)


CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "wider": wider, "flat": flat, "empty": empty, "of one": of_one, "otherwise typed": otherwise_typed, "nan": broken,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("key", KEYS)
def test_a_checkpoint_with_an_absurd_tensor_is_refused_or_trains(run: Path, key: str, change: str) -> None:
    tensors = tensors_of(Trainer(SPEC))
    tensors[key] = CHANGES[change](tensors[key]).contiguous()
    try:
        trainer = restore(with_tensors(run, tensors))
    except BadInput:
        return
    for _ in range(4):
        trainer.update()
    trainer.flush()


@pytest.mark.parametrize("tensors", [
    b"", b"x", b"\xff" * 100, b"\x08\0\0\0\0\0\0\0{}      ",
    b'\x40\0\0\0\0\0\0\0{"a":{"dtype":"F32","shape":[9999999999],"data_offsets":[0,4]}}  \0\0\0\0',
    b'\x3c\0\0\0\0\0\0\0{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}       \0\0\0\0',
])
def test_a_checkpoint_that_is_no_safetensors(run: Path, tensors: bytes) -> None:
    edited(run, "UPDATE checkpoints SET tensors = ?", values=(tensors,))
    refused(run)


def test_a_checkpoint_far_larger_than_its_header_says(run: Path) -> None:
    edited(run, "UPDATE checkpoints SET tensors = ?", values=(save({"reals/rows": torch.zeros(1000, 2)}) + bytes(99),))
    assert "damaged checkpoint" in refused(run)


# Fuzz --------------------------------------------------------------------------------------------------------------


def only_bad_input(read: Callable[[], object]) -> None:
    try:
        read()
    except BadInput as fault:
        assert len(str(fault)) < 2000


def everything_of(path: Path) -> None:
    reader = RunReader(path)
    try:
        parts: list[Callable[[], object]] = [
            reader.spec, reader.log, reader.scalars, reader.checkpoint, reader.plan, reader.parent, reader.scene,
            reader.points, reader.pins, reader.frames, reader.measured, reader.moments,
            lambda: list(reader.raw_frames(1 << 40)), *(partial(reader.frame, id_) for id_ in range(7)),
        ]
        for part in parts:
            only_bad_input(part)
    finally:
        reader.close()
    past = Past(path)
    only_bad_input(past.refresh)
    for steps in (0, 3, 1 << 40):
        only_bad_input(partial(past.views, steps))


def fuzz(examples: int) -> settings:
    return settings(derandomize=True, deadline=None, database=None, max_examples=examples,
                    suppress_health_check=list(HealthCheck))


@fuzz(150)
@given(data=st.binary(max_size=300), headed=st.booleans())
def test_random_bytes_raise_nothing_but_bad_input(tmp_path: Path, data: bytes, headed: bool) -> None:
    path = tmp_path / "fuzz.ganrun"
    path.write_bytes((b"SQLite format 3\0" if headed else b"") + data)
    only_bad_input(partial(everything_of, path))


@fuzz(250)
@given(spots=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=40)), min_size=1,
                      max_size=4))
def test_damaged_bytes_raise_nothing_but_bad_input(
    tmp_path: Path, whole: Path, spots: list[tuple[float, bytes]]
) -> None:
    """Anywhere in the file: SQLite's own pages, and all that lies in them."""
    path = tmp_path / "fuzz.ganrun"
    content = whole.read_bytes()
    for share, bad in spots:
        at = int(share * len(content))
        content = (content[:at] + bad + content[at + len(bad) :])[: len(content)]
    path.write_bytes(content)
    only_bad_input(partial(everything_of, path))
    assert path.read_bytes() == content


VALUES = st.none() | st.text(max_size=4) | st.binary(max_size=30) | st.floats() | st.integers(-(1 << 63), (1 << 63) - 1)


@fuzz(100)
@given(table=st.sampled_from(["frames", "measures", "checkpoints", "scalars", "log", "meta"]), data=st.data())
def test_any_value_in_a_row_raises_nothing_but_bad_input(
    tmp_path: Path, whole: Path, table: str, data: st.DataObject
) -> None:
    """Of any type, in a table that has no types of its own."""
    path = tmp_path / "fuzz.ganrun"
    path.write_bytes(whole.read_bytes())
    columns = TABLES[3][table]
    db = sqlite3.connect(path)
    rows = db.execute(f"SELECT * FROM {table}").fetchall()
    column = data.draw(st.sampled_from(range(len(columns))))
    rows = [(*row[:column], data.draw(VALUES), *row[column + 1 :]) for row in rows[:2]] + rows[2:]
    if table != "meta":  # its key has an index of its own
        db.executescript(f"DROP TABLE {table}; CREATE TABLE {table}({', '.join(columns)})")
        db.executemany(f"INSERT INTO {table} VALUES({', '.join('?' * len(columns))})", rows)
    db.commit()
    db.close()
    only_bad_input(partial(everything_of, path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([*Spec.__struct_fields__, "position", "command", "steps", "type", "name", "value"]), inner,
        max_size=4),
    max_leaves=8,
)


@fuzz(120)
@given(column=st.sampled_from(COLUMNS), value=json_values)
def test_any_json_in_a_row_raises_nothing_but_bad_input(tmp_path: Path, whole: Path, column: str, value: Any) -> None:
    path = tmp_path / "fuzz.ganrun"
    path.write_bytes(whole.read_bytes())
    table, _, name = column.partition(".")
    edited(path, f"UPDATE {table} SET {name} = ?", values=(json.dumps(value).encode("utf-8", "surrogatepass"),))
    only_bad_input(partial(everything_of, path))


def test_the_application_id_is_the_studios() -> None:
    assert APPLICATION_ID.to_bytes(4, "big") == b"GANS"
