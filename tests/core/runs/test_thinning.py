"""Room is made where nobody cared for a run, and a thinner run says and repeats all that it did."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from safetensors.numpy import save

from ganstudio.core.protocol.spec import Parent, Position, Spec
from ganstudio.core.protocol.views import Array, Points
from ganstudio.core.runs import thinning
from ganstudio.core.runs.format import SCHEMA, Checkpoint, KeptData
from ganstudio.core.runs.library import runs, set_tags, set_title
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.thinning import FEW_STEPS, survey, thin
from ganstudio.core.runs.view_frames import Frame
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled, listening
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified

OLD = Path(__file__).parents[2] / "data" / "format4" / "branch.ganrun"
SPEC = Spec(streams=2, variant="wgan-gp", data="ring", seed=5, device="cpu")
RNG = np.random.default_rng(4)
STATES = [save({"w": RNG.standard_normal(20_000).astype(np.float32)}) for _ in range(5)]


def name(second: int) -> str:
    """As the studio names a run that it records by itself."""
    return f"2026-11-21 20.24.{second:02} wgan-gp ring 28430-{second}.ganrun"


def kept(path: Path, steps: int, *, spec: Spec = SPEC, pin: bool = False, parent: Parent | None = None) -> Path:
    writer = RunWriter(path, spec, parent=parent)
    for at, tensors in enumerate(STATES):
        writer.add_checkpoint(Checkpoint(position=Position(
            steps=at * steps // 4, by_player={"generator": at * steps // 4}), tensors=tensors), pinned=pin and at == 2)
    writer.close()
    return path


def raw(path: Path, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        return db.execute(query, values).fetchall()


# Which ----------------------------------------------------------------------------------------------------------


def test_what_somebody_cared_for_is_left_alone(tmp_path: Path) -> None:
    for second, steps in enumerate((3, FEW_STEPS - 1, FEW_STEPS, 9000)):
        kept(tmp_path / name(second), steps)
    kept(tmp_path / "mine.ganrun", 3)
    kept(tmp_path / name(10), 3, pin=True)
    set_title(kept(tmp_path / name(11), 3), "good")
    set_tags(kept(tmp_path / name(12), 9000), ["good"])
    kept(tmp_path / name(13), 3)
    kept(tmp_path / name(14), 9000, parent=Parent(file=name(13), position=Position(steps=1)))
    kept(tmp_path / name(15), 3)
    (tmp_path / name(16)).write_bytes(b"no run")
    live = RunWriter(tmp_path / name(17), SPEC)
    live.commit()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".ganrun"}
    found = survey(runs(tmp_path), {tmp_path / name(15)})
    live.close()
    assert {one.path.name for one in found.short} == {name(0), name(1)}
    assert {one.path.name for one, _ in found.thick} == {name(2), name(3), name(14)}
    assert found.spared == 5 and found.of_short == sum(len(before[name(at)]) for at in (0, 1))
    middle = sum(size for (size,) in raw(tmp_path / name(3), "SELECT length(tensors) FROM checkpoints")[1:-1])
    assert [size for one, size in found.thick if one.path.name == name(3)] == [middle] and middle > 100_000
    del before[name(17)]
    assert {file: (tmp_path / file).read_bytes() for file in before} == before


@pytest.mark.parametrize("which", ["a GPU", "images outside"])
def test_checkpoints_that_cannot_be_repeated_stay(tmp_path: Path, which: str) -> None:
    path = tmp_path / name(1)
    kept(path, 9000, spec=msgspec.structs.replace(SPEC, device="cuda") if which == "a GPU" else SPEC)
    if which == "images outside":
        writer = RunWriter.reopened(path)
        writer.set_data(KeptData(count=9, sha256="a" * 64))
        writer.close()
    assert survey(runs(tmp_path)).thick == [] and thin(path) <= 4096
    assert raw(path, "SELECT count(*) FROM checkpoints") == [(5,)]


# Thinning -------------------------------------------------------------------------------------------------------


def test_the_first_the_last_and_pins_stay_and_the_file_is_smaller(tmp_path: Path) -> None:
    path = kept(tmp_path / name(1), 9000, pin=True)
    set_tags(path, ["good"])
    os.utime(path, (1_000_000_000, 1_000_000_000))
    size = path.stat().st_size
    freed = thin(path)
    assert freed == size - path.stat().st_size > 120_000
    reader = RunReader(path)
    assert [(at.steps, reader.checkpoint(id_).tensors) for id_, at in reader.moments()] == [
        (0, STATES[0]), (4500, STATES[2]), (9000, STATES[4])]
    assert reader.pins() == [4500]
    reader.close()
    (found,) = runs(tmp_path)
    assert (found.tags, found.steps, found.changed) == (("good",), 9000, 1_000_000_000)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert thin(path) == 0


def test_a_run_repeats_bit_for_bit_after_it(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    trainer = Trainer(msgspec.structs.replace(SPEC, network_controls={"width": 8}))
    recorder = Recorder(path, trainer)
    hashes = {}
    for steps in range(1, 13):
        trainer.step()
        recorder.note(trainer.flush())
        recorder.look_closely()
        recorder.pin(for_good=False)
        hashes[steps] = trainer.game.weights_hash()
    recorder.close()
    reader = RunReader(path)
    assert len(reader.moments()) == 13
    views = [msgspec.msgpack.encode(reader.frame(id_)) for id_, _, _ in reader.frames()]
    reader.close()
    assert thin(path) > 0
    assert raw(path, "SELECT count(*) FROM checkpoints") == [(2,)]
    reader = RunReader(path)
    assert [msgspec.msgpack.encode(reader.frame(id_)) for id_, _, _ in reader.frames()] == views
    reader.close()
    for steps in (1, 7, 12):
        assert rebuild(path, steps).trainer.game.weights_hash() == hashes[steps]
    assert verified(path).identical


def test_an_old_run_is_brought_to_the_present_format_and_says_the_same(tmp_path: Path) -> None:
    path = Path(shutil.copy(OLD, tmp_path / "old.ganrun"))
    before = RunReader(OLD)
    assert thin(path) > 120_000
    after = RunReader(path)
    assert after.version == SCHEMA and before.version == 4
    assert after.frames() == before.frames() and after.moments() == before.moments() and after.log() == before.log()
    for id_, _, _ in before.frames():
        assert msgspec.msgpack.encode(after.frame(id_)) == msgspec.msgpack.encode(before.frame(id_))
    for id_, _ in before.moments():
        assert after.checkpoint(id_) == before.checkpoint(id_)
    before.close()
    after.close()
    assert rebuild(path).trainer.game.weights_hash() == rebuild(OLD).trainer.game.weights_hash()


def test_frames_that_cannot_be_read_stay_as_they_are(tmp_path: Path) -> None:
    path = Path(shutil.copy(OLD, tmp_path / "old.ganrun"))
    raw(path, "UPDATE frames SET body = x'00' WHERE id = 3")
    thin(path)
    assert raw(path, "SELECT body FROM frames WHERE id = 3") == [(b"\0",)]
    reader = RunReader(path)
    assert isinstance(reader.frame(2), Frame)
    reader.close()


def test_a_run_that_is_written_is_not_thinned(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / name(1), SPEC)
    writer.add_frame(Frame(name="points", position=Position(steps=1), view=Points(
        real=Array.of(np.zeros((2, 2), np.float32)), fake=Array.of(np.zeros((2, 2), np.float32)))))
    writer.commit()
    with pytest.raises(BadInput, match="is being written"):
        thin(tmp_path / name(1))
    writer.close()
    (tmp_path / "b.ganrun").write_bytes(b"no run")
    for path in (tmp_path / "b.ganrun", tmp_path / "missing.ganrun"):
        with pytest.raises(BadInput):
            thin(path)
    assert {one.name for one in tmp_path.iterdir()} == {name(1), "b.ganrun"}


@pytest.mark.parametrize("trouble", ["cancelled", "no room", "another file", "a fault of the disk"])
def test_what_does_not_come_to_its_end_leaves_the_run_as_it_was(
    tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = kept(tmp_path / name(1), 9000)
    before = path.read_bytes()
    told: list[str] = []

    def listen(what: str, done: int, total: int) -> bool:
        told.append(what)
        return trouble != "cancelled" or len(told) < 4

    if trouble == "no room":
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    if trouble == "another file":
        really = thinning._shrink

        def shrink(path: Path, copy: Path) -> None:
            really(path, copy)
            raw(copy, "UPDATE checkpoints SET position = ? WHERE id = 5", msgspec.json.encode(Position(steps=4)))

        monkeypatch.setattr(thinning, "_shrink", shrink)
    if trouble == "a fault of the disk":
        def fails(path: Path, copy: Path) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(thinning, "_shrink", fails)
    why = {"no room": "the disk has", "another file": "would not say the same", "a fault of the disk": "output error"}
    kind = Cancelled if trouble == "cancelled" else BadInput
    with listening(listen), pytest.raises(kind, match=why.get(trouble, "thinning")):
        thin(path)
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == [path.name]
