"""What was seen of a run is read from its file while that grows, and each view is as it was last seen by then."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Array, Boundary, Points, View
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.history import Past
from ganstudio.core.runs.library import newest_view
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.view_frames import Frame, packed
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput

SPEC = Spec(streams=2, backward="written", variant="wgan-gp", data="ring", seed=5)


def at(steps: int) -> Position:
    return Position(steps=steps, by_player={"discriminator": 5 * steps, "generator": steps})


def points(mark: float) -> Points:
    """A view that says which one it is."""
    return Points(real=Array.of(np.full((1, 2), mark, np.float32)), fake=Array.of(np.zeros((1, 2), np.float32)))


def mark(view: View) -> float:
    assert isinstance(view, Points)
    return float(view.real.numpy()[0, 0])


def shown(past: Past, steps: int) -> dict[str, float]:
    return {name: mark(view) for name, view in past.views(steps)[1].items()}


def frame(name: str, steps: int, sign: float | None = None) -> Frame:
    return Frame(name=name, position=at(steps), view=points(steps if sign is None else sign))


def numbers(steps: int, value: float = 0.0) -> MeasuredNow:
    return MeasuredNow(run=0, steps=steps, samples=1, measures={"w1": value}, floors={})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.ganrun"


def written(path: Path, *frames: Frame, measures: tuple[MeasuredNow, ...] = (), pins: tuple[int, ...] = ()) -> Path:
    writer = RunWriter(path, SPEC)
    for one in frames:
        writer.add_frame(one)
    for measured in measures:
        writer.add_measures(measured)
    for pin in pins:
        writer.add_checkpoint(Checkpoint(position=at(pin), tensors=b""), pinned=True)
    writer.close()
    return path


def edited(path: Path, statement: str, *values: Any) -> Path:
    db = sqlite3.connect(path)
    db.execute(statement, values)
    db.commit()
    db.close()
    return path


def read(path: Path, until: int | None = None) -> Past:
    past = Past(path, until)
    past.refresh()
    return past


# What was seen by then ---------------------------------------------------------------------------------------------


def test_each_view_is_as_last_seen_by_then_or_first_afterwards(path: Path) -> None:
    past = read(written(path, frame("points", 1), frame("line", 4), frame("points", 5), frame("points", 9)))
    assert past.moments == [1, 4, 5, 9]
    assert shown(past, 0) == {"points": 1, "line": 4}
    assert shown(past, 1) == {"points": 1, "line": 4}
    assert shown(past, 4) == {"points": 1, "line": 4}
    assert shown(past, 5) == {"points": 5, "line": 4}
    assert shown(past, 8) == {"points": 5, "line": 4}
    assert shown(past, 10**12) == {"points": 9, "line": 4}


def test_the_moment_is_that_of_the_latest_view(path: Path) -> None:
    past = read(written(path, frame("points", 1), frame("line", 1), frame("points", 5)))
    assert [past.views(steps)[0] for steps in (0, 1, 4, 5, 6)] == [at(1), at(1), at(1), at(5), at(5)]


def test_frames_of_a_step_that_was_done_again_follow_the_later_one(path: Path) -> None:
    past = read(written(path, frame("points", 3, 0.1), frame("points", 5, 0.2), frame("points", 3, 0.3)))
    assert shown(past, 3) == {"points": pytest.approx(0.3)}
    assert shown(past, 5) == {"points": pytest.approx(0.2)}


def test_an_id_as_high_as_they_go_is_found(path: Path) -> None:
    written(path, frame("points", 3), frame("points", 8))
    past = read(edited(path, "UPDATE frames SET id = ? WHERE steps = 8", (1 << 63) - 1))
    assert shown(past, 8) == {"points": 8}


def test_the_numbers_are_those_known_by_then(path: Path) -> None:
    past = read(written(path, measures=(numbers(2, 0.5), numbers(6, 0.25))))
    assert past.numbers(1) is None
    assert [past.numbers(steps) for steps in (2, 5, 6, 99)] == [
        numbers(2, 0.5), numbers(2, 0.5), numbers(6, 0.25), numbers(6, 0.25)]


def test_a_file_without_frames_has_no_moments(path: Path) -> None:
    past = read(written(path))
    assert (past.moments, past.pins, past.measured) == ([], [], [])
    assert past.views(5) == (Position(), {})


# While it grows ----------------------------------------------------------------------------------------------------


def test_what_comes_is_read_while_it_is_written(path: Path) -> None:
    writer = RunWriter(path, SPEC)
    writer.commit()
    past = Past(path)
    assert not past.refresh()
    writer.add_frame(frame("points", 1))
    assert not past.refresh()  # it was not committed
    writer.commit()
    assert past.refresh() and past.moments == [1]
    assert not past.refresh()
    writer.add_frame(frame("points", 4))
    writer.add_frame(frame("line", 2))
    writer.commit()
    assert past.refresh() and past.moments == [1, 2, 4]
    assert shown(past, 3) == {"points": 1, "line": 2}
    writer.add_measures(numbers(4))
    writer.commit()
    assert past.refresh() and past.measured == [numbers(4)]
    writer.add_measures(numbers(5))
    writer.commit()
    assert past.refresh() and past.measured == [numbers(4), numbers(5)]
    assert not past.refresh()
    writer.add_checkpoint(Checkpoint(position=at(4), tensors=b""), pinned=True)
    writer.commit()
    assert past.refresh() and past.pins == [4]
    writer.close()
    assert not past.refresh()
    assert [one.name for one in path.parent.iterdir()] == [path.name]  # nothing holds the file open


def test_the_writer_leaves_the_file_whole_while_somebody_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.core.runs.writer.LEAVE_S", 0.001)
    writer = RunWriter(path, SPEC)
    writer.commit()
    reader = RunReader(path)
    rows = reader._db.execute("SELECT key FROM meta")  # in the middle of a reading
    assert rows.fetchone()
    writer.add_frame(frame("points", 3))
    writer.close()
    assert reader.spec() == SPEC
    reader.close()
    past = read(path)
    assert shown(past, 3) == {"points": 3}
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_what_lies_beyond_where_the_run_left_is_another_runs(path: Path) -> None:
    written(path, frame("points", 2), frame("points", 6), frame("line", 9), measures=(numbers(2), numbers(9)),
            pins=(1, 8))
    past = read(path, until=6)
    assert (past.moments, past.pins, past.measured) == ([2, 6], [1], [numbers(2)])
    assert shown(past, 99) == {"points": 6}


def test_a_file_that_was_thrown_away_keeps_what_is_known(path: Path) -> None:
    past = read(written(path, frame("points", 2), measures=(numbers(2),)))
    path.unlink()
    with pytest.raises(BadInput, match="is not there"):
        past.refresh()
    assert past.moments == [2] and past.numbers(2) == numbers(2)
    with pytest.raises(BadInput, match="is not there"):
        past.views(2)


# From anybody ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["view", "steps", "body"])
@pytest.mark.parametrize("value", [
    "text", b"\xff\xfe", -1, 1.5, (1 << 53) + 1, (1 << 63) - 1, -(1 << 63), float("inf"), 1e300, "9" * 5000,
])
def test_a_damaged_row_is_refused_in_a_sentence(path: Path, column: str, value: Any) -> None:
    written(path, frame("points", 2))
    edited(path, f"UPDATE frames SET {column} = ?", value)
    past = Past(path)
    try:
        past.refresh()
        past.views(1)
    except BadInput as fault:
        assert "damaged" in str(fault) and "\n" not in str(fault)
        return
    if column == "view" and not past.moments:
        return  # a view that is not known here is left out
    raise AssertionError(f"{value!r} passed as {column}")


def test_rows_without_values_are_refused(path: Path) -> None:
    for column in ("view", "steps", "body"):
        written(path, frame("points", 2))
        db = sqlite3.connect(path)
        db.executescript("DROP TABLE frames; CREATE TABLE frames(id INTEGER PRIMARY KEY, view, steps, body)")
        row = {"view": "points", "steps": 2, "body": packed(frame("points", 2)), column: None}
        db.execute("INSERT INTO frames(view, steps, body) VALUES(:view, :steps, :body)", row)
        db.commit()
        db.close()
        past = Past(path)
        with pytest.raises(BadInput, match="damaged frame"):
            past.refresh()
            past.views(1)
        path.unlink()


def test_an_id_that_is_no_number_is_refused(path: Path) -> None:
    written(path)
    db = sqlite3.connect(path)
    db.executescript("DROP TABLE frames; CREATE TABLE frames(id TEXT PRIMARY KEY, view, steps, body) WITHOUT ROWID")
    db.execute("INSERT INTO frames VALUES('1 OR 1', 'points', 2, ?)", (packed(frame("points", 2)),))
    db.commit()
    db.close()
    with pytest.raises(BadInput, match="damaged frame"):
        Past(path).refresh()


def test_a_frame_of_another_moment_than_it_is_kept_under_is_refused(path: Path) -> None:
    for other in (frame("line", 2), frame("points", 3), frame("points", -2), frame("points", 1 << 60)):
        written(path, frame("points", 2))
        past = read(edited(path, "UPDATE frames SET body = ?", packed(other)))
        with pytest.raises(BadInput, match="damaged frame"):
            past.views(2)
        path.unlink()


def test_a_frame_that_nobody_could_draw_is_refused(path: Path) -> None:
    bad = Frame(name="points", position=at(2), view=Boundary(at=Array(shape=(-1, 2), dtype="f4", data=b""),
                                                             resolution=1.0))
    past = read(edited(written(path, frame("points", 2)), "UPDATE frames SET body = ?", packed(bad)))
    with pytest.raises(BadInput, match="damaged frame"):
        past.views(2)


@pytest.mark.parametrize("steps", [-1, -(10**18), 1 << 54, 10**400])
def test_a_pin_outside_of_any_run_is_refused(path: Path, steps: int) -> None:
    written(path, frame("points", 2), pins=(2,))
    edited(path, "UPDATE checkpoints SET position = ?", f'{{"steps": {steps}}}'.encode())
    with pytest.raises(BadInput, match="damaged checkpoint"):
        Past(path).refresh()


@pytest.mark.parametrize("body", [b"", b"\xc0", "text", b"\x81\xa2is\xa8measured", msgspec.msgpack.encode(at(2)),
                                  msgspec.msgpack.encode(numbers(-1)), msgspec.msgpack.encode(numbers(1 << 60))])
def test_numbers_that_are_none_are_refused(path: Path, body: Any) -> None:
    written(path, measures=(numbers(2),))
    edited(path, "UPDATE measures SET body = ?", body)
    with pytest.raises(BadInput, match="damaged measure"):
        Past(path).refresh()


def test_a_view_of_a_package_that_is_not_here_leaves_the_others_to_be_seen(path: Path) -> None:
    written(path, frame("points", 3), frame("tilt", 3))
    body = msgspec.to_builtins(frame("tilt", 3), builtin_types=(bytes,))
    body["view"]["type"] = "tilt"
    edited(path, "UPDATE frames SET body = ? WHERE view = 'tilt'", zlib.compress(msgspec.msgpack.encode(body)))
    past = Past(path)
    past.refresh()
    assert shown(past, 3) == {"points": 3.0}
    assert newest_view(path) == points(3.0)
    reader = RunReader(path)
    with pytest.raises(BadInput, match="'tilt', which is not installed here"):
        reader.frame(2)
    reader.close()
