"""Files that are written whole: what a killed program leaves is swept, what another one writes is not."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ganstudio.core.system.atomic_write import MARK, PartFile, atomic_folder, atomic_write
from ganstudio.core.system.errors import BadInput
from ganstudio.export.film_formats import open_film

WRITER = """
import sys
from pathlib import Path
from ganstudio.core.system.atomic_write import atomic_write
with atomic_write(*map(Path, sys.argv[1:])) as fresh:
    for part in fresh:
        part.write_text("half")
    print("ready", flush=True)
    sys.stdin.readline()
    for part in fresh:
        part.write_text("whole")
"""
FOLDER_WRITER = """
import sys
from pathlib import Path
from ganstudio.core.system.atomic_write import atomic_folder
with atomic_folder(Path(sys.argv[1])) as fresh:
    (fresh / "log").write_text("half")
    print("ready", flush=True)
    sys.stdin.readline()
"""
FILMER = """
import sys
from pathlib import Path
import numpy as np
from ganstudio.export.film_formats import open_film
film = open_film(Path(sys.argv[1]), 64, 48, 30)
for shade in range(9):
    film.add(np.full((48, 64, 3), 9 * shade, np.uint8))
print("ready", flush=True)
sys.stdin.readline()
film.finish()
"""


@contextmanager
def at_work(script: str, *paths: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is in the middle of writing the files; a word lets it go on."""
    words = [sys.executable, "-c", script, *map(str, paths)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        try:
            yield child
        finally:
            child.kill()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def parts(folder: Path) -> list[str]:
    return [name for name in names(folder) if name.endswith(MARK)]


# What was left --------------------------------------------------------------------------------------------------------


def test_what_a_killed_program_left_is_swept_by_the_next_to_write_the_file(tmp_path: Path) -> None:
    one, two = tmp_path / "x.json", tmp_path / "x.safetensors"
    with at_work(WRITER, one, two) as child:
        child.kill()
        child.wait()
        assert len(names(tmp_path)) == len(parts(tmp_path)) == 2
        with atomic_write(tmp_path / "y.json") as (fresh,):
            fresh.write_text("another")
        assert len(parts(tmp_path)) == 2  # it is nothing to another file
        with atomic_write(one, two) as fresh_ones:
            for fresh in fresh_ones:
                fresh.write_text("new")
    assert names(tmp_path) == ["x.json", "x.safetensors", "y.json"]
    assert one.read_text() == two.read_text() == "new"


@pytest.mark.parametrize("ending", [".mp4", ".gif"])
def test_a_killed_film_is_swept_by_the_next(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film{ending}"
    with at_work(FILMER, path) as child:
        child.kill()
        child.wait()
        assert len(parts(tmp_path)) == 1
        open_film(path, 64, 48, 30).cancel()
    assert names(tmp_path) == []


def test_what_another_program_writes_right_now_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    with at_work(WRITER, path) as child:
        with atomic_write(path) as (fresh,):
            fresh.write_text("mine")
            assert len(parts(tmp_path)) == 2
        assert path.read_text() == "mine" and len(parts(tmp_path)) == 1
        child.communicate("\n")
        assert child.returncode == 0
    assert (names(tmp_path), path.read_text()) == (["x.txt"], "whole")


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_a_program_that_stands_still_keeps_what_it_writes(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with at_work(FILMER, path) as child:
        child.send_signal(signal.SIGSTOP)
        open_film(path, 64, 48, 30).cancel()
        assert len(parts(tmp_path)) == 1
        child.send_signal(signal.SIGCONT)
        child.communicate("\n")
        assert child.returncode == 0
    assert names(tmp_path) == ["film.mp4"] and path.stat().st_size > 0


def test_two_parts_of_one_process_leave_each_other_alone(tmp_path: Path) -> None:
    first, second = PartFile(tmp_path / "x"), PartFile(tmp_path / "x")
    assert first.path.exists() and second.path.exists()
    second.drop()
    first.path.write_text("first")
    first.place()
    first.drop()  # without effect
    assert (names(tmp_path), (tmp_path / "x").read_text()) == (["x"], "first")


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
def test_only_what_is_clearly_ours_is_swept(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    others = [
        f".x.txt.0123456{MARK}", f".x.txt.0123456g{MARK}", f"x.txt.01234567{MARK}", f".x.txt.01234567{MARK}.txt",
        f".xxtxt.01234567{MARK}", f".y.txt.01234567{MARK}", ".x.txt.01234567.part", ".x.txt.4711.part", "x.txt.part",
    ]
    for name in others:
        (tmp_path / name).write_text("theirs")
    (tmp_path / f".x.txt.aaaaaaaa{MARK}").symlink_to(elsewhere / "kept")
    (tmp_path / f".x.txt.bbbbbbbb{MARK}").mkdir()
    os.mkfifo(tmp_path / f".x.txt.cccccccc{MARK}")
    before = names(tmp_path)
    (tmp_path / f".x.txt.01234567{MARK}").write_text("ours")
    PartFile(tmp_path / "x.txt").drop()
    assert names(tmp_path) == before
    assert (elsewhere / "kept").read_text() == "kept"
    assert stat.S_ISFIFO((tmp_path / f".x.txt.cccccccc{MARK}").stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is lock enough there")
def test_where_there_are_no_locks_nothing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(45, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", none)
    left = tmp_path / f".x.txt.01234567{MARK}"
    left.write_text("perhaps somebody's")
    with atomic_write(tmp_path / "x.txt") as (fresh,):
        fresh.write_text("new")
    assert (tmp_path / "x.txt").read_text() == "new" and left.exists()


def test_a_part_that_is_swept_before_it_is_locked_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ganstudio.core.system import atomic_write

    usual = atomic_write._lock
    swept: list[Path] = []

    def lock(held: int) -> bool | None:
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].unlink()
        return usual(held)

    monkeypatch.setattr(atomic_write, "_lock", lock)
    part = PartFile(tmp_path / "x")
    assert swept and part.path.exists() and part.path != swept[0]
    part.drop()


# Folders --------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_a_folder_that_a_killed_program_left_is_swept_and_one_that_is_written_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    with at_work(FOLDER_WRITER, folder) as child:
        with pytest.raises(KeyError), atomic_folder(folder):
            assert len(parts(tmp_path)) == 2
            raise KeyError
        assert len(parts(tmp_path)) == 1, "the other program's, and nothing of ours"
        child.kill()
        child.wait()
        (tmp_path / f".log.01234567{MARK}").write_text("a file's")
        (tmp_path / f".log.0123456g{MARK}").mkdir()
        with atomic_folder(folder) as fresh:
            (fresh / "log").write_text("whole")
    assert names(tmp_path) == [f".log.01234567{MARK}", f".log.0123456g{MARK}", "log"]
    assert (folder / "log").read_text() == "whole"


def test_a_folder_takes_the_place_of_an_empty_one_and_of_no_other(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with atomic_folder(tmp_path / "log") as fresh:
        (fresh / "a").touch()
    assert names(tmp_path / "log") == ["a"]
    with pytest.raises(BadInput, match="log cannot be written: "), atomic_folder(tmp_path / "log"):
        pass
    assert names(tmp_path) == ["log"] and names(tmp_path / "log") == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_what_a_swept_folder_links_to_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine").touch()
    left = tmp_path / f".log.01234567{MARK}"
    left.mkdir()
    (left / "link").symlink_to(tmp_path / "kept")
    (tmp_path / f".log.89abcdef{MARK}").symlink_to(tmp_path / "kept")
    with atomic_folder(tmp_path / "log"):
        pass
    assert names(tmp_path) == [f".log.89abcdef{MARK}", "kept", "log"] and names(tmp_path / "kept") == ["mine"]


# All or none ----------------------------------------------------------------------------------------------------------


def test_what_was_there_stands_until_all_is_written(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(one, two) as (fresh, _):
        fresh.write_text("new")
        assert one.read_text() == "old"
        raise RuntimeError
    assert (names(tmp_path), one.read_text()) == (["one"], "old")


@pytest.mark.parametrize("there", [True, False])
def test_the_first_is_taken_back_where_the_last_cannot_be_placed(there: bool, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    if there:
        one.write_text("old")
    two.mkdir()
    with pytest.raises(BadInput, match=r"two cannot be written: Is a directory$"), atomic_write(one, two) as f:
        for fresh in f:
            fresh.write_text("new")
    assert names(tmp_path) == (["one", "two"] if there else ["two"])
    assert not there or one.read_text() == "old"


@pytest.mark.parametrize("name", ["x" * 255, "ж" * 127, "🖼" * 63])
def test_names_as_long_as_can_be(name: str, tmp_path: Path) -> None:
    with atomic_write(tmp_path / name) as (fresh,):
        fresh.write_text("new")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "nowhere/x"])
def test_names_that_cannot_be_are_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written: "), atomic_write(tmp_path / "ok", tmp_path / name):
        pytest.fail("it was made")
    assert names(tmp_path) == []


def test_its_bytes_are_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, done = tmp_path / "x.txt", []
    fsync = os.fsync

    def synced(held: int) -> None:
        of = os.fstat(held).st_ino
        done.append("folder" if of == tmp_path.stat().st_ino else f"{target.exists()} {os.fstat(held).st_size} bytes")
        fsync(held)

    monkeypatch.setattr(os, "fsync", synced)
    with atomic_write(target) as (fresh,):
        fresh.write_bytes(b"whole")
    assert done == ["False 5 bytes", "folder"]
