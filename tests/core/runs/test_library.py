"""What is done to run files that were kept: nothing is lost, nothing is half, and what is written is left alone."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Array, Boundary, Points, ScalarBatch
from ganstudio.core.runs import library
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.library import (
    MAX_TAG,
    MAX_TAGS,
    MAX_TITLE,
    AlreadyThere,
    duplicated,
    imported,
    newest_view,
    renamed,
    runs,
    set_tags,
    set_title,
    settle,
    tags,
)
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.view_frames import Frame
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.progress import Cancelled, listening


def written(path: Path, steps: int = 7, tensors: bytes = b"") -> RunWriter:
    """A run that is being written, with one committed checkpoint."""
    writer = RunWriter(path, Spec(variant="wgan", data="ring", seed=4))
    writer.add_checkpoint(Checkpoint(position=Position(steps=steps), tensors=tensors))
    writer.commit()
    return writer


def kept(path: Path, steps: int = 7, tensors: bytes = b"") -> Path:
    """A run at rest."""
    written(path, steps, tensors).close()
    return path


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "live.ganrun"
    writer = written(path)
    yield path
    writer.close()


@pytest.fixture
def cut_off(tmp_path: Path) -> Path:
    """A run whose program was killed: its last commit stands in the log beside the file only."""
    writer = written(tmp_path / "dying.ganrun", steps=7)
    writer.add_checkpoint(Checkpoint(position=Position(steps=99, by_player={"generator": 99}), tensors=b""))
    writer.commit()
    path = tmp_path / "cut off.ganrun"
    for tail in ("", "-wal"):
        shutil.copy(tmp_path / f"dying.ganrun{tail}", f"{path}{tail}")
    writer.close()
    (tmp_path / "dying.ganrun").unlink()
    return path


def one(folder: Path, name: str) -> library.Kept:
    return next(run for run in runs(folder) if run.path.name == name)


def raw(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        return db.execute(query, values).fetchall()


# Tags -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "found"), [
    ("", ()), (" , ,", ()), ("good", ("good",)), (" good ,for the lecture,", ("good", "for the lecture")),
    ("Good,good,GOOD", ("Good",)), ("λ = 10,模式", ("λ = 10", "模式")), ("x" * MAX_TAG, ("x" * MAX_TAG,)),
    (",".join(f"t{i}" for i in range(MAX_TAGS)), tuple(f"t{i}" for i in range(MAX_TAGS))),
])
def test_commas_part_tags(line: str, found: tuple[str, ...]) -> None:
    assert tags(line) == found


@pytest.mark.parametrize("line", ["x" * (MAX_TAG + 1), "a\nb", "a\0b", "bell\x07", "\ud800",
                                  ",".join(f"t{i}" for i in range(MAX_TAGS + 1))])
def test_tags_that_cannot_be_are_refused(tmp_path: Path, line: str) -> None:
    path = kept(tmp_path / "a.ganrun")
    before = path.read_bytes()
    with pytest.raises(BadInput):
        tags(line)
    with pytest.raises(BadInput):
        set_tags(path, line.split(","))
    assert path.read_bytes() == before


def test_tags_travel_with_the_file_and_the_run_stays_as_old_as_it_was(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.ganrun")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert one(tmp_path, "a.ganrun").tags == ()
    assert set_tags(path, ["good", " lecture 3 "]) == ("good", "lecture 3")
    (tmp_path / "elsewhere").mkdir()
    path.rename(tmp_path / "elsewhere" / "b.ganrun")
    found = one(tmp_path / "elsewhere", "b.ganrun")
    assert (found.tags, found.changed, found.steps) == (("good", "lecture 3"), 1_000_000_000, 7)
    set_tags(found.path, [])
    assert one(tmp_path / "elsewhere", "b.ganrun").tags == ()
    assert raw(found.path, "SELECT count(*) FROM meta WHERE key = 'tags'") == [(0,)]


@pytest.mark.parametrize("value", [b"", b"{", b"7", b'["a", 7]', b'{"a": 1}', b"[" * 5000, b'["\xff"]',
                                   b'["a\\u0000b"]', msgspec.json.encode([f"t{i}" for i in range(MAX_TAGS + 1)]),
                                   msgspec.json.encode(["x" * (MAX_TAG + 1)]), b'["' + b" " * 100_000 + b'"]', 7, 1.5])
def test_hostile_tags_are_no_tags(tmp_path: Path, value: object) -> None:
    path = kept(tmp_path / "a.ganrun")
    raw(path, "INSERT INTO meta VALUES('tags', ?)", value)
    found = one(tmp_path, "a.ganrun")
    assert (found.tags, found.fault, found.steps) == ((), "", 7)
    assert set_tags(path, ["good"]) == one(tmp_path, "a.ganrun").tags == ("good",)


def test_only_run_files_get_tags(tmp_path: Path) -> None:
    foreign = tmp_path / "b.ganrun"
    raw(foreign, "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB)")
    before = foreign.read_bytes()
    for path in (foreign, tmp_path / "missing.ganrun"):
        with pytest.raises(BadInput):
            set_tags(path, ["good"])
    assert foreign.read_bytes() == before and not (tmp_path / "missing.ganrun").exists()


# A file that is written, and one whose program died ---------------------------------------------------------------


@pytest.mark.parametrize("act", [settle, duplicated, lambda path: renamed(path, "other")])
def test_a_run_that_is_being_written_is_left_alone(live: Path, act: object) -> None:
    assert callable(act)
    with pytest.raises(BadInput, match="is being written"):
        act(live)
    assert [run.path for run in runs(live.parent)] == [live]


def test_a_run_that_is_being_written_is_named_and_tagged(tmp_path: Path) -> None:
    path = tmp_path / "live.ganrun"
    writer = written(path)
    writer.add_scalars(terms(1.0))
    writer.commit()
    writer.add_scalars(terms(2.0))
    writer.rollback()  # what the user says is not taken back with what the recorder had not committed
    assert set_tags(path, ["good", "mine"]) == ("good", "mine") and set_title(path, " Collapse, 3rd try ")
    found = one(tmp_path, "live.ganrun")
    assert (found.tags, found.title, found.name, found.fault) == (("good", "mine"), *["Collapse, 3rd try"] * 2, "")
    for steps in (8, 9):
        writer.add_checkpoint(Checkpoint(position=Position(steps=steps), tensors=b""))
        writer.commit()
        set_tags(path, [f"at {steps}"])
    writer.close()
    assert [left.name for left in tmp_path.iterdir()] == ["live.ganrun"]
    found = one(tmp_path, "live.ganrun")
    assert (found.tags, found.name, found.steps) == (("at 9",), "Collapse, 3rd try", 9)
    assert raw(path, "PRAGMA integrity_check") == [("ok",)]


def test_its_writer_waits_for_it_and_it_for_its_writer(tmp_path: Path) -> None:
    """Both write at the same time, hundreds of times: nothing of either is lost."""
    path = tmp_path / "live.ganrun"
    writer = written(path)
    faults: list[Exception] = []

    def tag() -> None:
        try:
            for number in range(60):
                set_tags(path, [f"t{number}"])
        except BadInput as fault:
            faults.append(fault)

    thread = threading.Thread(target=tag)
    thread.start()
    for count in range(200):
        writer.add_scalars(terms(float(count)))
        writer.commit()
    thread.join()
    writer.close()
    assert faults == [] and one(tmp_path, "live.ganrun").tags == ("t59",)
    assert raw(path, "SELECT count(*) FROM scalars") == [(200,)] and raw(path, "PRAGMA integrity_check") == [("ok",)]


def test_what_another_program_holds_for_long_is_not_waited_for(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_PATIENCE_LIVE_MS", 50)
    with closing(sqlite3.connect(live, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BadInput, match=r"^the tags of live.ganrun cannot be written: database is locked$"):
            set_tags(live, ["x"])
        other.execute("ROLLBACK")
    assert set_tags(live, ["x"]) == ("x",)


# Names ----------------------------------------------------------------------------------------------------------


def test_a_name_in_the_file_becomes_the_files_own_when_it_is_renamed(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.ganrun")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert set_title(path, "Collapse") == "Collapse"
    found = one(tmp_path, "a.ganrun")
    assert (found.name, found.changed) == ("Collapse", 1_000_000_000)
    moved = renamed(path, "Collapse")
    assert moved.name == "Collapse.ganrun" and raw(moved, "SELECT count(*) FROM meta WHERE key = 'title'") == [(0,)]
    set_title(moved, "other")
    assert renamed(moved, "Collapse") == moved and one(tmp_path, "Collapse.ganrun").name == "Collapse"
    set_title(moved, "other")
    assert set_title(moved, "  ") == "" and one(tmp_path, "Collapse.ganrun").title == ""


def test_a_copy_keeps_the_name_and_an_import_does_not_compare_it(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.ganrun", tensors=b"weights")
    set_title(path, "mine")
    copy = imported(path, tmp_path / "runs")
    assert one(tmp_path / "runs", copy.name).title == "mine"
    set_title(copy, "other")
    with pytest.raises(AlreadyThere):
        imported(path, tmp_path / "runs")


@pytest.mark.parametrize("name", ["../x", "x/y", ".x", "x\ny", "x\u2028y", "con", "a?", "x" * (MAX_TITLE + 1)])
def test_a_name_that_no_file_could_have_is_refused(tmp_path: Path, name: str) -> None:
    path = kept(tmp_path / "a.ganrun")
    before = path.read_bytes()
    with pytest.raises(BadInput):
        set_title(path, name)
    assert path.read_bytes() == before


@pytest.mark.parametrize("value", [b"", b"{", b"7", b'["a"]', b'"\xff"', b'"a\\u0000b"', b'"../x"', b'" x"',
                                   b'".x"', 7, 1.5,
                                   msgspec.json.encode("x" * (MAX_TITLE + 1)), b'"' + b" " * 100_000 + b'"'])
def test_a_hostile_name_is_none(tmp_path: Path, value: object) -> None:
    path = kept(tmp_path / "a.ganrun")
    raw(path, "INSERT INTO meta VALUES('title', ?)", value)
    found = one(tmp_path, "a.ganrun")
    assert (found.title, found.name, found.fault, found.steps) == ("", "a", "", 7)


def test_what_a_dead_program_left_beside_the_file_comes_along(cut_off: Path, tmp_path: Path) -> None:
    assert one(tmp_path, "cut off.ganrun").steps == 99
    (tmp_path / "runs").mkdir()
    copy = imported(cut_off, tmp_path / "runs")
    assert Path(f"{cut_off}-wal").exists()  # a file that is not ours stays as it was
    assert [one(copy.parent, copy.name).steps, one(tmp_path, duplicated(cut_off).name).steps] == [99, 99]
    moved = renamed(cut_off, "found again")
    assert one(tmp_path, "found again.ganrun").steps == 99
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(moved.name)] == [moved.name]


# Copies ---------------------------------------------------------------------------------------------------------


def test_a_duplicate_holds_the_same_and_has_its_own_name(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.ganrun", tensors=b"weights")
    set_tags(path, ["good"])
    names = [duplicated(path).name, duplicated(path).name]
    assert names == ["a copy.ganrun", "a copy 2.ganrun"]
    for name in names:
        reader = RunReader(tmp_path / name)
        assert (reader.spec().seed, reader.checkpoint().tensors) == (4, b"weights")
        reader.close()
        assert one(tmp_path, name).tags == ("good",)
        assert (tmp_path / name).stat().st_mtime_ns == path.stat().st_mtime_ns
        assert raw(tmp_path / name, "PRAGMA integrity_check") == [("ok",)]


def test_a_run_from_elsewhere_gets_a_number_where_its_name_is_taken(tmp_path: Path) -> None:
    home = tmp_path / "not there yet" / "runs"
    first = kept(tmp_path / "a.ganrun", steps=1)
    stick = tmp_path / "stick"
    stick.mkdir()
    kept(stick / "a.ganrun", steps=2)
    kept(stick / "b.db", steps=3)
    kept(stick / f"{'ä' * 120}.ganrun", steps=4)
    names = [imported(path, home).name for path in (first, stick / "a.ganrun", stick / "b.db")]
    assert names == ["a.ganrun", "a 2.ganrun", "b.db.ganrun"]
    imported(stick / f"{'ä' * 120}.ganrun", home)  # a number would make it too long for the file system
    assert sorted(run.steps for run in runs(home)) == [1, 2, 3, 4]


def test_a_run_that_is_there_already_is_not_taken_in_again(tmp_path: Path) -> None:
    """Whatever the two are named and tagged; one bit that differs makes another run."""
    home = tmp_path / "runs"
    path = kept(tmp_path / "a.ganrun", tensors=b"weights")
    kept(tmp_path / "b.ganrun", tensors=b"weight5")
    mine = renamed(imported(path, home), "mine")
    set_tags(mine, ["good"])
    for _ in range(2):
        with pytest.raises(AlreadyThere, match=r"^a.ganrun is among the runs already, as mine$") as fault:
            imported(path, home)
        assert fault.value.path == mine and list(home.iterdir()) == [mine]
    imported(tmp_path / "b.ganrun", home)
    raw(mine, "INSERT INTO log(seq, entry) VALUES(1, ?)", b"{}")
    assert imported(path, home).name == "a.ganrun"


@pytest.mark.parametrize("name", ["con", "NUL", "aux.ganrun", "com1", "LPT9.old", "con .x", "com¹"])
def test_a_name_that_windows_keeps_for_itself_is_refused(tmp_path: Path, name: str) -> None:
    path = kept(tmp_path / "a.ganrun")
    with pytest.raises(BadInput, match="cannot name a run"):
        renamed(path, name)
    assert renamed(renamed(path, "console"), "com10").name == "com10.ganrun"


def test_what_is_no_run_is_not_taken_in(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    home.mkdir()
    mine = kept(home / "a.ganrun")
    (tmp_path / "b.ganrun").write_bytes(b"\x80\x04\x95 a pickle")
    spoilt = kept(tmp_path / "c.ganrun")
    raw(spoilt, "DELETE FROM meta WHERE key = 'spec'")
    for path, why in ((tmp_path / "b.ganrun", "not a GAN Studio run"), (spoilt, "has no spec"),
                      (tmp_path, "is a folder"), (mine, "among the runs already"),
                      (tmp_path / "d.ganrun", "not there")):
        with pytest.raises(BadInput, match=why):
            imported(path, home)
    assert list(home.iterdir()) == [mine]


def test_of_a_copy_that_is_given_up_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kept(tmp_path / "a.ganrun", tensors=bytes(200_000))
    monkeypatch.setattr(library, "_PAGES", 10)
    told: list[tuple[str, int, int]] = []

    def listen(what: str, done: int, total: int) -> bool:
        told.append((what, done, total))
        return len(told) < 3

    with listening(listen), pytest.raises(Cancelled):
        duplicated(path)
    assert [done for _, done, _ in told] == [10, 20, 30] and told[0][0] == "copying a.ganrun" and told[0][2] > 40
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kept(tmp_path / "a.ganrun")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(BadInput, match="the disk has"):
        duplicated(path)
    assert list(tmp_path.iterdir()) == [path]


# The list -------------------------------------------------------------------------------------------------------


def test_what_did_not_change_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        kept(tmp_path / f"{name}.ganrun")
    read: list[str] = []
    really = library._read

    def reading(run: library.Kept) -> library.Kept:
        read.append(run.path.name)
        return really(run)

    monkeypatch.setattr(library, "_read", reading)
    runs(tmp_path)
    assert sorted(read) == ["a.ganrun", "b.ganrun", "c.ganrun"]
    read.clear()
    set_tags(tmp_path / "b.ganrun", ["good"])
    (tmp_path / "a.ganrun").unlink()
    assert sorted(run.tags for run in runs(tmp_path)) == [(), ("good",)]
    assert read == ["b.ganrun"]


def test_a_run_that_is_written_is_read_afresh(tmp_path: Path) -> None:
    writer = written(tmp_path / "a.ganrun", steps=7)
    assert one(tmp_path, "a.ganrun").steps == 7
    writer.add_checkpoint(Checkpoint(position=Position(steps=8, by_player={"generator": 8}), tensors=b""))
    writer.commit()
    assert one(tmp_path, "a.ganrun").steps == 8
    writer.close()


def terms(*at: float) -> ScalarBatch:
    return ScalarBatch(player="generator", names=["generator"], at=Array.of(np.array(at)),
                       values=Array.of(np.zeros((len(at), 1), np.float32)))


BROKEN = ScalarBatch(player="x", names=[], at=Array((9,), "f8", b"1"), values=Array((1,), "f4", b""))


def test_a_killed_run_is_as_long_as_its_terms(tmp_path: Path) -> None:
    """Its last checkpoint may be a quarter of a minute old."""
    writer = written(tmp_path / "run.ganrun", steps=7)
    for batch in (terms(1.0, 2.0), terms(511.0, 512.0), terms(511.5, 512.5)):
        writer.add_scalars(batch)
    writer.close()
    assert one(tmp_path, "run.ganrun").steps == 512
    writer = written(tmp_path / "moved by hand.ganrun", steps=600)
    writer.add_scalars(terms(512.0))
    writer.close()
    assert one(tmp_path, "moved by hand.ganrun").steps == 600


@pytest.mark.parametrize("chunk", [
    b"", b"\xc1", 5, "text", msgspec.msgpack.encode(terms(float("nan"))), msgspec.msgpack.encode(terms(1e300)),
    msgspec.msgpack.encode(terms(-3.0)), msgspec.msgpack.encode(terms()), msgspec.msgpack.encode(BROKEN),
])
def test_terms_that_are_none_do_not_count(tmp_path: Path, chunk: object) -> None:
    kept(tmp_path / "run.ganrun", steps=7)
    raw(tmp_path / "run.ganrun", "INSERT INTO scalars(chunk) VALUES(?)", chunk)
    found = one(tmp_path, "run.ganrun")
    assert (found.steps, found.fault) == (7, "")


def test_the_last_numbers_and_the_newest_picture_are_found(tmp_path: Path) -> None:
    writer = written(tmp_path / "a.ganrun")
    for steps in (1, 2):
        writer.add_measures(MeasuredNow(run=1, steps=steps, samples=9, measures={"modes": 8.0}, floors={}))
        writer.add_frame(Frame(name="points", position=Position(steps=steps), view=points(steps)))
    writer.add_frame(Frame(name="boundary", position=Position(steps=3), view=Boundary(at=cloud(0), resolution=1.0)))
    writer.close()
    measured = one(tmp_path, "a.ganrun").measured
    assert measured is not None and measured.steps == 2
    assert newest_view(tmp_path / "a.ganrun") == points(2)  # a boundary alone makes no picture


@pytest.mark.parametrize("body", [b"", b"no frame", zlib.compress(b"\x90"), zlib.compress(b"\x91" * 5000), 7, "text"])
def test_damaged_numbers_and_pictures_are_none(tmp_path: Path, body: object) -> None:
    path = kept(tmp_path / "a.ganrun")
    raw(path, "INSERT INTO measures(body) VALUES(?)", body)
    raw(path, "INSERT INTO frames(view, steps, body) VALUES('points', 1, ?)", body)
    found = one(tmp_path, "a.ganrun")
    assert (found.fault, found.steps, found.measured, newest_view(path)) == ("", 7, None, None)
    assert newest_view(tmp_path / "missing.ganrun") is None


def cloud(x: float) -> Array:
    return Array.of(np.full((3, 2), x, dtype=np.float32))


def points(x: float) -> Points:
    return Points(real=cloud(0), fake=cloud(x))
