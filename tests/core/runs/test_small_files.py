"""A run file holds nothing twice that it can hold once, no bit is lost by that, and hostile references are refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from ganstudio.core.protocol.spec import Parent, Plan, Position, Spec
from ganstudio.core.protocol.views import Array, Gradients, ModeCount, Points, View
from ganstudio.core.runs import shared_arrays, view_frames
from ganstudio.core.runs.format import SCHEMA, Checkpoint
from ganstudio.core.runs.library import newest_view
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.tensor_packing import LEAD, MAGIC, MOST_TIMES, pack_tensors, unpack_tensors
from ganstudio.core.runs.view_frames import Frame, packed
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.training.branching import branch_run
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer
from ganstudio.training.verification import verified

OLD = Path(__file__).parents[2] / "data" / "format4"
SPEC = Spec(streams=2, variant="wgan-gp", data="ring", seed=5)
RNG = np.random.default_rng(3)


def raw(path: Path, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        return db.execute(query, values).fetchall()


# Checkpoints -------------------------------------------------------------------------------------------------------


def state(**extra: np.ndarray[Any, Any]) -> bytes:
    """A state like that of a run that has just begun."""
    weights = (RNG.standard_normal((64, 300)) * 0.02).astype(np.float32)
    return save({
        "module/G/weight": weights, "average/weight": weights, "optimiser/first": np.zeros_like(weights),
        "optimiser/second": np.zeros((7, 30), np.float32), "game/steps": np.array(3), "variant/k": np.array(0.5),
        "draws/rng": RNG.integers(0, 256, 5056).astype(np.uint8), **extra,
    })


def test_a_state_comes_back_bit_for_bit_and_takes_less() -> None:
    data = state()
    small = pack_tensors(data)
    assert unpack_tensors(small) == data
    values = 64 * 300 * 4
    assert 3 * values < len(data) and len(small) < 0.9 * values + 6000  # the weights once, the zeros not at all
    odd = state(odd=RNG.integers(0, 256, 1001).astype(np.uint8), half=RNG.standard_normal(33).astype(np.float16),
                special=np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45] * 100, np.float32))
    assert unpack_tensors(pack_tensors(odd)) == odd and len(pack_tensors(odd)) < len(odd)


def test_the_counters_stay_at_the_head_as_they_are() -> None:
    """So that they can be read without unpacking the weights."""
    data = state()
    small = pack_tensors(data)
    header = int.from_bytes(data[:8], "little")
    at = json.loads(data[8 : 8 + header])["game/steps"]["data_offsets"]
    end = 8 + header + at[1]
    assert small[LEAD : LEAD + end] == data[:end]


@pytest.mark.parametrize("data", [
    b"", b"weights", bytes(50_000), b"\xff" * 50_000, save({"a": np.arange(3000)}),
    RNG.integers(0, 256, 50_000).astype(np.uint8).tobytes(), save({"a": np.zeros(50_000, np.float32)}),
], ids=["nothing", "a word", "zeros", "ones", "no floats", "noise", "beyond what may be unpacked"])
def test_what_is_not_worth_it_stays_as_it_is(data: bytes) -> None:
    assert pack_tensors(data) == data == unpack_tensors(data)


@settings(derandomize=True, deadline=None, database=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(at=st.floats(0, 1), bad=st.binary(min_size=1, max_size=6), cut=st.booleans())
def test_damaged_packed_tensors_are_bytes_or_raise_value_error(at: float, bad: bytes, cut: bool) -> None:
    small = PACKED
    place = round(at * len(small))
    try:
        found = unpack_tensors(small[:place] if cut else small[:place] + bad + small[place + len(bad) :])
    except ValueError as fault:
        assert "\n" not in str(fault)
    else:
        assert len(found) <= MOST_TIMES * len(small)


def test_a_few_bytes_never_become_many() -> None:
    head = b"x" * 100
    body = {"size": 1 << 29, "alike": [], "rest": b"", "planes": [[False, b""]] * 4}
    bomb = MAGIC + len(head).to_bytes(8, "little") + head + msgspec.msgpack.encode(body)
    with pytest.raises(ValueError, match="of so few at most"):
        unpack_tensors(bomb)
    with pytest.raises(ValueError, match="at most 5,000 can come"):
        unpack_tensors(PACKED, 5000)


@pytest.mark.parametrize("alike", [[[0, 0, 10]], [[200, 150, 100]], [[150, 0, 1 << 40]], [[300, 0, 5], [200, 0, 5]],
                                   [[200, -5, 5]], [[200, 0, 0]], [[1 << 62, 0, 5]]])
def test_tensors_that_are_alike_lie_within_the_file(alike: list[list[int]]) -> None:
    body = {"size": 400, "alike": alike, "rest": b"", "planes": [[False, bytes(75)]] * 4}
    data = MAGIC + (100).to_bytes(8, "little") + bytes(100) + msgspec.msgpack.encode(body)
    with pytest.raises(ValueError, match="its packed tensors have"):
        unpack_tensors(data)
    assert unpack_tensors(data[: LEAD + 100] + msgspec.msgpack.encode({**body, "alike": []})) == bytes(400)


PACKED = pack_tensors(state())


def test_a_damaged_checkpoint_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    writer = RunWriter(path, SPEC)
    data = state()
    writer.add_checkpoint(Checkpoint(position=Position(steps=3), tensors=data))
    writer.close()
    ((kept,),) = raw(path, "SELECT tensors FROM checkpoints")
    assert kept.startswith(MAGIC) and len(kept) < len(data) / 2
    reader = RunReader(path)
    assert reader.checkpoint().tensors == data
    reader.close()
    raw(path, "UPDATE checkpoints SET tensors = ?", kept[:-50])
    reader = RunReader(path)
    with pytest.raises(BadInput, match=r"run file .*run.ganrun has a damaged checkpoint: its packed tensors"):
        reader.checkpoint()
    reader.close()


def test_a_moment_is_kept_once(tmp_path: Path) -> None:
    """Also if it is the first and the last, or was asked for just before the end."""
    trainer = Trainer(msgspec.structs.replace(SPEC, network_controls={"width": 8}))
    recorder = Recorder(tmp_path / "run.ganrun", trainer)
    recorder.pin(for_good=False)
    trainer.step()
    recorder.note(trainer.flush())
    recorder.pin(for_good=False)
    recorder.close()
    reader = RunReader(tmp_path / "run.ganrun")
    assert [at.steps for _, at in reader.moments()] == [0, 1]
    reader.close()
    assert verified(tmp_path / "run.ganrun").identical


# Frames ------------------------------------------------------------------------------------------------------------


REAL = RNG.standard_normal((500, 2)).astype(np.float32)
CENTRES = RNG.standard_normal((40, 2))
NUMBERS = Array.of(np.zeros(40))


def view(steps: int, real: Any = REAL) -> Points:
    modes = ModeCount(centres=Array.of(CENTRES), radius=NUMBERS, share=NUMBERS, nearest=NUMBERS, needed=NUMBERS,
                      found=0, high_quality=0.0)
    fake = np.random.default_rng(steps).standard_normal((90, 2)).astype(np.float32)
    return Points(real=Array.of(real), fake=Array.of(fake), modes=modes)


def frame(steps: int, name: str = "points", real: Any = REAL) -> Frame:
    return Frame(name=name, position=Position(steps=steps), view=view(steps, real))


def written(path: Path, *frames: Frame) -> Path:
    writer = RunWriter(path, SPEC)
    for one in frames:
        writer.add_frame(one)
    writer.close()
    return path


def read(path: Path) -> list[Frame]:
    reader = RunReader(path)
    try:
        return [reader.frame(id_) for id_, _, _ in reader.frames()]
    finally:
        reader.close()


def test_samples_that_stay_are_kept_once_and_every_frame_is_whole(tmp_path: Path) -> None:
    frames = [frame(steps, name) for steps in range(1, 11) for name in ("points", "others")]
    path = written(tmp_path / "run.ganrun", *frames)
    assert read(path) == frames
    assert {bytes(key) for (key,) in raw(path, "SELECT hash FROM arrays")} == {
        hashlib.sha256(data).digest() for data in (REAL.tobytes(), CENTRES.tobytes(), NUMBERS.data)}
    sizes = [size for (size,) in raw(path, "SELECT length(body) FROM frames ORDER BY id")]
    assert max(sizes[2:]) < min(sizes[:2]) - 4000
    assert newest_view(path) == frames[-1].view


def test_samples_that_change_are_kept_as_they_are(tmp_path: Path) -> None:
    other = REAL[::-1].copy()
    frames = [frame(1), frame(2, real=other), frame(3), frame(4, real=REAL[:200]), frame(5, real=REAL[:200])]
    path = written(tmp_path / "run.ganrun", *frames)
    assert read(path) == frames
    assert hashlib.sha256(other.tobytes()).digest() not in {key for (key,) in raw(path, "SELECT hash FROM arrays")}


def test_arrays_in_lists_are_found_too(tmp_path: Path) -> None:
    def gradients(steps: int) -> Frame:
        values = [Array.of(np.full(300, 1.0)), Array.of(np.full(300, float(steps)))]
        one = Array.of(np.zeros(1))
        return Frame(name="gradients", position=Position(steps=steps), view=Gradients(
            discriminator=one, generator=one, decades_d=None, decades_g=None, received=one,
            edges=Array.of(np.zeros(2)), weights=one, bound=None, at_bound=None, singular=values, spectral_bound=None))

    frames = [gradients(steps) for steps in (1, 2, 3)]
    path = written(tmp_path / "run.ganrun", *frames)
    assert read(path) == frames and raw(path, "SELECT count(*) FROM arrays") == [(1,)]


def test_what_was_taken_back_is_written_again(tmp_path: Path) -> None:
    """A full disk takes back what came since the last commit, with the arrays in it."""
    path = tmp_path / "run.ganrun"
    writer = RunWriter(path, SPEC)
    frames = [frame(1), frame(2), frame(3), frame(4)]
    writer.add_frame(frames[0])
    writer.commit()
    for _ in range(2):
        writer.add_frame(frames[1])
        writer.add_frame(frames[2])
        writer.rollback()
    for one in frames[1:]:
        writer.add_frame(one)
    writer.close()
    assert read(path) == frames


def test_a_branch_takes_them_along(tmp_path: Path) -> None:
    parent = written(tmp_path / "parent.ganrun", frame(1), frame(2), frame(3), frame(9))
    left = Parent(file="parent.ganrun", position=Position(steps=4))
    writer = RunWriter(tmp_path / "branch.ganrun", SPEC, parent=left)
    writer.inherit(parent, 4)
    writer.add_frame(frame(5))
    writer.add_frame(frame(6))
    writer.close()
    parent.unlink()
    assert read(tmp_path / "branch.ganrun") == [frame(steps) for steps in (1, 2, 3, 5, 6)]


# From anybody ------------------------------------------------------------------------------------------------------


DIGEST = hashlib.sha256(REAL.tobytes()).digest()


@pytest.mark.parametrize(("statement", "values", "why"), [
    ("DELETE FROM arrays", (), "which the file does not hold"),
    ("UPDATE arrays SET body = 7", (), "which the file does not hold"),
    ("UPDATE arrays SET body = 'text'", (), "which the file does not hold"),
    ("UPDATE arrays SET body = ?", (b"no deflated bytes",), "cannot be read"),
    ("UPDATE arrays SET body = ?", (b"",), "is cut off"),
    ("UPDATE arrays SET body = ?", (zlib.compress(b"others"),), "is not the one whose hash it is kept under"),
    ("UPDATE arrays SET body = ?", (zlib.compress(REAL.tobytes())[:-5],), "is cut off"),
])
def test_an_array_that_is_not_there_is_refused_in_a_sentence(
    tmp_path: Path, statement: str, values: tuple[Any, ...], why: str,
) -> None:
    path = written(tmp_path / "run.ganrun", frame(1), frame(2))
    raw(path, statement, *values)
    reader = RunReader(path)
    assert reader.frame(1) == frame(1)
    with pytest.raises(BadInput, match=f"^run file .*run.ganrun has a damaged frame: .*{why}") as refusal:
        reader.frame(2)
    assert "\n" not in str(refusal.value)
    reader.close()


def with_references(tmp_path: Path, shape: tuple[int, ...], shared: dict[int, bytes], data: bytes = b"") -> Path:
    path = written(tmp_path / "run.ganrun", frame(1), frame(2))
    real = Array(shape=shape, dtype="f4", data=data)
    hostile = Frame(name="points", position=Position(steps=2), shared=shared,
                    view=Points(real=real, fake=Array.of(REAL[:3])))
    raw(path, "UPDATE frames SET body = ? WHERE id = 2", packed(hostile))
    return path


@pytest.mark.parametrize(("shape", "shared", "data", "why"), [
    ((500, 2), {0: b"\0" * 32}, b"", "which the file does not hold"),
    ((500, 2), {0: b""}, b"", "which the file does not hold"),
    ((499, 2), {0: DIGEST}, b"", "refers to 4,000 bytes"),
    ((501, 2), {0: DIGEST}, b"", "refers to 4,000 bytes"),
    ((-500, -2), {0: DIGEST}, b"", "is not accepted"),
    ((1 << 40, 2), {0: DIGEST}, b"", "take more than"),
    ((500, 2), {0: DIGEST}, b"12345678", "an array of its own"),
    ((500, 2), {0: DIGEST, 7: DIGEST}, b"", "refers to array 7, and has 2"),
    ((500, 2), {0: DIGEST, -1: DIGEST}, b"", "refers to array -1, and has 2"),
    ((500, 2), {}, b"", "has the shape|cannot reshape"),
])
def test_hostile_references_are_refused_in_a_sentence(
    tmp_path: Path, shape: tuple[int, ...], shared: dict[int, bytes], data: bytes, why: str,
) -> None:
    path = with_references(tmp_path, shape, shared, data)
    reader = RunReader(path)
    with pytest.raises(BadInput, match=f"has a damaged frame: .*({why})") as refusal:
        reader.frame(2)
    assert "\n" not in str(refusal.value)
    reader.close()
    assert newest_view(path) is None


def test_references_count_against_the_size_of_a_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One array of a few bytes in the file must not be unfolded a thousand times."""
    monkeypatch.setattr(view_frames, "MAX_FRAME", 10_000)
    found = shared_arrays.fill(Points(real=Array((500, 2), "f4", b""), fake=Array((500, 2), "f4", b"")),
                               {0: DIGEST, 1: DIGEST}, lambda _: REAL.tobytes(), 8000)
    assert isinstance(found, Points) and found.real == found.fake == Array.of(REAL)
    with pytest.raises(ValueError, match="more than 7,999 bytes together"):
        shared_arrays.fill(Points(real=Array((500, 2), "f4", b""), fake=Array((500, 2), "f4", b"")),
                           {0: DIGEST, 1: DIGEST}, lambda _: REAL.tobytes(), 7999)
    path = with_references(tmp_path, (500, 2), {0: DIGEST, 1: DIGEST})
    reader = RunReader(path)
    with pytest.raises(BadInput, match="an array of its own"):
        reader.frame(2)
    reader.close()


def test_frames_of_the_format_before_refer_to_nothing(tmp_path: Path) -> None:
    path = with_references(tmp_path, (500, 2), {0: DIGEST})
    reader = RunReader(path)
    assert reader.frame(2).view.real == Array.of(REAL)  # type: ignore[attr-defined]
    reader.close()
    raw(path, "DROP TABLE arrays")
    raw(path, "PRAGMA user_version=4")
    reader = RunReader(path)
    with pytest.raises(BadInput, match="does not hold"):
        reader.frame(2)
    reader.close()


# The format before -------------------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(OLD / "branch.ganrun", tmp_path / "branch.ganrun"))


LATER = ("low", "high")  # of points
KNOWN: dict[str, Any] = json.loads((OLD / "expected.json").read_text())


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def as_then(view: View) -> bytes:
    """A view in msgpack without the fields that came later and that its file says nothing of."""
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(view))
    return msgspec.msgpack.encode({name: value for name, value in fields.items()
                                   if name not in LATER or value is not None})


def check_reads_as_before(path: Path) -> None:
    reader = RunReader(path)
    views = [[name, steps, sha(as_then(reader.frame(id_).view))] for id_, name, steps in reader.frames()]
    states = [[at.steps, sha(reader.checkpoint(id_).tensors)] for id_, at in reader.moments()]
    assert views[: len(KNOWN["views"])] == KNOWN["views"] and len(KNOWN["views"]) == 32
    assert states[:2] == KNOWN["checkpoints"]
    spec = msgspec.to_builtins(reader.spec())
    assert spec.pop("backward") == "autograd" and not spec.pop("graphs")  # they came later; its file knows neither
    assert len(reader.log()) == KNOWN["log"] and sha(msgspec.json.encode(spec)) == KNOWN["spec"]
    reader.close()


def test_a_run_of_format_4_reads_repeats_and_branches_as_it_did(old: Path, tmp_path: Path) -> None:
    check_reads_as_before(old)
    assert rebuild(old).trainer.game.weights_hash() == KNOWN["weights"]
    found = branch_run(old, 40)
    found.keep(tmp_path / "new.ganrun", Plan(), Parent(file=old.name, position=found.trainer.position))
    assert found.trainer.game.weights_hash() == KNOWN["weights"]
    check_new = RunReader(tmp_path / "new.ganrun")
    assert len(check_new.frames()) >= 32
    check_new.close()
    assert sha(old.read_bytes()) == KNOWN["bytes"]  # reading rewrites nothing


def test_going_on_brings_it_to_the_present_format_and_loses_nothing(old: Path) -> None:
    run = rebuild(old)
    recorder = Recorder.resumed(old, run, Plan(steps=42))
    for _ in range(2):
        run.trainer.step()
        recorder.note(run.trainer.flush())
        recorder.look_closely()
    recorder.close()
    assert raw(old, "PRAGMA user_version") == [(SCHEMA,)] and raw(old, "PRAGMA integrity_check") == [("ok",)]
    check_reads_as_before(old)
    assert rebuild(old).trainer.game.weights_hash() == run.trainer.game.weights_hash()
    assert raw(old, "SELECT count(*) > 0 FROM arrays") == [(1,)]
