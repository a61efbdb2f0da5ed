"""A fault of the disk is told as what it is: only a full one is waited for."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ganstudio.core.protocol.spec import Change, LogEntry, Position, Spec
from ganstudio.core.runs.format import DiskFull
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.training.recorder import Recorder
from ganstudio.training.trainer import Trainer

SPEC = Spec(variant="wgan-gp", data="ring", seed=5, device="cpu", threads=1, streams=2,
            controls={"batch_size": 8}, network_controls={"width": 4, "depth": 1})
ENTRY = LogEntry(position=Position(), command=Change(name="gp_weight", value=5.0))


class Failing:
    """A connection whose statements fail; all else is the real one's."""

    def __init__(self, real: sqlite3.Connection, code: int) -> None:
        self._real, self._code = real, code

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith(("INSERT", "COMMIT")):
            fault = sqlite3.OperationalError("disk I/O error")
            fault.sqlite_errorcode = self._code
            raise fault
        return self._real.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    made = RunWriter(tmp_path / "run.ganrun", SPEC)
    made.commit()  # before, it has no name
    yield made
    made.abandon()


@pytest.mark.parametrize(("number", "passes"), [
    (errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EIO, False), (errno.EROFS, False), (errno.EACCES, False),
    (errno.EMFILE, False), (errno.ESTALE, False), (errno.EFBIG, False),
])
def test_what_the_system_says_decides_whether_it_is_waited_for(
    writer: RunWriter, monkeypatch: pytest.MonkeyPatch, number: int, passes: bool,
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("ganstudio.core.system.paths.tempfile.TemporaryFile", fails)
    monkeypatch.setattr(writer, "_db", Failing(writer._db, sqlite3.SQLITE_IOERR_WRITE))
    with pytest.raises(DiskFull if passes else BadInput, match=os.strerror(number)) as fault:
        writer.add_entry(ENTRY)
    assert passes or str(fault.value).endswith("what was committed before is in it")


def test_a_fault_that_the_folder_knows_nothing_of_is_the_disks(
    writer: RunWriter, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "_db", Failing(writer._db, sqlite3.SQLITE_IOERR_FSYNC))
    with pytest.raises(BadInput, match=r"the disk, or the way to it, has failed \(disk I/O error\)"):
        writer.commit()
    monkeypatch.setattr(writer, "_db", Failing(writer._db._real, sqlite3.SQLITE_FULL))  # type: ignore[attr-defined]
    with pytest.raises(DiskFull):
        writer.commit()


def test_of_a_file_that_was_never_committed_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.ganrun"
    made = RunWriter(path, SPEC)
    real = made._db
    monkeypatch.setattr(made, "_db", Failing(real, sqlite3.SQLITE_IOERR_WRITE))
    with pytest.raises(BadInput, match=r"has failed .*; nothing of it is kept"):
        made.commit()
    monkeypatch.setattr(made, "_db", real)
    made.abandon()
    assert list(tmp_path.iterdir()) == []


def test_a_recorder_ends_at_such_a_fault_and_gives_its_lock_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "run.ganrun"
    trainer = Trainer(SPEC)
    recorder = Recorder(path, trainer)
    recorder.settle()
    real = recorder._writer._db
    monkeypatch.setattr(recorder._writer, "_db", Failing(real, sqlite3.SQLITE_IOERR_WRITE))
    trainer.step()
    recorder.note(trainer.flush())
    with pytest.raises(BadInput, match="cannot be written any more: the disk, or the way to it, has failed"):
        recorder.close()
    assert recorder.trouble == ""
    real.close()
    RunWriter.reopened(path).close()  # nobody holds it


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
from ganstudio.cli import main
sys.exit(main(["train", "--variant", "gan", "--data", "ring", "--net-set", "width=8", "--steps", "100000",
               "--run", sys.argv[1]]))
"""


def test_a_file_that_may_not_grow_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    found = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, timeout=120)
    assert found.returncode == 2
    assert found.stderr.strip().endswith("cannot be written any more: File too large; what was committed before is in "
                                         "it")
    assert "paused" not in found.stderr and "Traceback" not in found.stderr
    reader = RunReader(path)
    assert reader.spec().variant == "gan"
    reader.close()
