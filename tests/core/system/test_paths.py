"""What is said of a path is what the system would say of it."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from ganstudio.commands.arguments import new_run, run_file
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of, why_absent, why_no_file, why_not_made, why_not_written


def places(folder: Path) -> dict[str, Path]:
    (folder / "folder").mkdir()
    (folder / "loop.ganrun").symlink_to("loop.ganrun")
    (folder / "one.ganrun").symlink_to("two.ganrun")
    (folder / "two.ganrun").symlink_to("one.ganrun")
    (folder / "dangling.ganrun").symlink_to("gone.ganrun")
    (folder / "file").write_bytes(b"x")
    os.mkfifo(folder / "pipe.ganrun")
    return {name: folder / name for name in (
        "none.ganrun", "loop.ganrun", "one.ganrun", "dangling.ganrun", "file/below.ganrun", "n" * 300, "pipe.ganrun",
        "folder")} | {"nul": folder / "a\0b.ganrun", "null": Path("/dev/null")}


def test_each_reason_is_told_as_it_is(tmp_path: Path) -> None:
    place = places(tmp_path)
    assert {name: why_absent(path) or why_no_file(path) for name, path in place.items()} == {
        "none.ganrun": "is not there",
        "loop.ganrun": "is a link that leads back to itself",
        "one.ganrun": "is a link that leads back to itself",
        "dangling.ganrun": "is a link to gone.ganrun, which is not there",
        "file/below.ganrun": "is not there: what comes before its last part is a file and no folder",
        "n" * 300: "is not possible: its name is longer than the system takes",
        "pipe.ganrun": "is a pipe and no file",
        "folder": "is a folder and no file",
        "nul": "is not possible: its name holds a character that no file name may hold",
        "null": "is a device and no file",
    }
    assert why_absent(tmp_path / "file") == why_no_file(tmp_path / "file") == ""
    assert why_not_made(tmp_path / "new") == "" and why_not_made(tmp_path / "file") == "exists already"


def test_a_run_that_cannot_be_opened_is_refused_in_a_true_sentence(tmp_path: Path) -> None:
    for name, path in places(tmp_path).items():
        with pytest.raises(BadInput) as fault:
            RunReader(path)
        assert "damaged" not in str(fault.value) and "\n" not in str(fault.value)
        assert ("not there" in str(fault.value)) == (name in ("none.ganrun", "dangling.ganrun", "file/below.ganrun"))


def test_a_link_to_itself_is_not_taken_for_a_mistyped_name(tmp_path: Path) -> None:
    places(tmp_path)
    assert run_file(str(tmp_path / "loop.ganrun")) == tmp_path / "loop.ganrun"  # its reader says what it is
    (tmp_path / "mine.ganrun").write_bytes(b"x")
    with pytest.raises(BadInput, match=r"did you mean '.*mine\.ganrun'"):
        run_file(str(tmp_path / "mime.ganrun"))
    for name in ("loop.ganrun", "dangling.ganrun", "file/below.ganrun", "n" * 300, "pipe.ganrun"):
        with pytest.raises(BadInput, match="choose another name"):
            new_run(str(tmp_path / name))


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert why_no_file(Path("s")) == "is a socket and no file"


@pytest.mark.parametrize("number", [
    errno.EIO, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EMFILE, errno.ESTALE, errno.ENOSPC,
])
def test_what_the_system_says_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/somewhere")

    (tmp_path / "run").write_bytes(b"x")
    assert why_not_written(tmp_path / "run") is None
    monkeypatch.setattr("ganstudio.core.system.paths.tempfile.TemporaryFile", fails)
    fault = why_not_written(tmp_path / "run")
    assert fault is not None and said_of(fault) == os.strerror(number)
    monkeypatch.setattr(Path, "stat", fails)
    assert why_absent(tmp_path / "run") == f"cannot be looked at: {os.strerror(number)}"
