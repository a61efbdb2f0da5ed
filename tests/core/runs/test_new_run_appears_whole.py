"""A new run is seen once it is whole; what a killed program has left of one, or beside one, does no harm."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ganstudio.cli import main
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.runs import library
from ganstudio.core.runs.format import Checkpoint
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput

BEGINS = """
import sys
from pathlib import Path
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.writer import RunWriter
writer = RunWriter(Path(sys.argv[1]), Spec())
print("begun", flush=True)
sys.stdin.read()
"""
CHECKPOINT = Checkpoint(position=Position(steps=3, by_player={"generator": 3}), tensors=b"t")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def whole(path: Path, variant: str = "wgan-gp") -> Path:
    writer = RunWriter(path, Spec(variant=variant))
    writer.add_checkpoint(CHECKPOINT)
    writer.close()
    return path


def test_it_has_its_name_from_the_first_commit_on(tmp_path: Path) -> None:
    path = tmp_path / "a.ganrun"
    writer = RunWriter(path, Spec(seed=7))
    writer.add_checkpoint(CHECKPOINT)
    assert not path.exists() and library.runs(tmp_path) == []
    writer.commit()
    reader = RunReader(path)
    assert reader.spec().seed == 7 and [position for _, position in reader.moments()] == [CHECKPOINT.position]
    reader.close()
    assert names(tmp_path) == ["a.ganrun", "a.ganrun-lock", "a.ganrun-shm", "a.ganrun-wal"]
    writer.close()
    assert names(tmp_path) == ["a.ganrun"]


def test_an_empty_log_that_a_reader_made_while_it_was_closed_is_swept(tmp_path: Path,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ganrun"
    writer = RunWriter(path, Spec(seed=7))
    writer.add_checkpoint(CHECKPOINT)
    writer.commit()

    class Late(NamedTuple):  # a reader that opened the file when SQLite had deleted the log, and not yet unmarked it
        real: sqlite3.Connection

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

        def close(self) -> None:
            self.real.close()
            for tail in ("-wal", "-shm"):
                path.with_name(f"a.ganrun{tail}").touch()

    monkeypatch.setattr(writer, "_db", Late(writer._db))
    writer.close()
    assert names(tmp_path) == ["a.ganrun"]


def test_one_that_is_given_up_before_leaves_nothing(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "a.ganrun", Spec())
    writer.add_checkpoint(CHECKPOINT)
    writer.abandon()
    assert names(tmp_path) == []


def test_a_name_that_was_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.ganrun"
    writer = RunWriter(path, Spec())
    path.write_bytes(b"of another program")
    with pytest.raises(BadInput, match="exists already"):
        writer.commit()
    assert path.read_bytes() == b"of another program"
    assert names(tmp_path) == ["a.ganrun"]


def test_what_a_killed_program_has_left_goes_with_the_next_run(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", BEGINS, str(tmp_path / "a.ganrun")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as it:
        assert it.stdout is not None and it.stdout.readline() == b"begun\n"
        (part,) = [name for name in names(tmp_path) if name.endswith(".part")]
        (tmp_path / f"{part}-journal").write_bytes(b"of SQLite")
        whole(tmp_path / "b.ganrun")
        assert part in names(tmp_path)  # it is still being written
        it.kill()
    whole(tmp_path / "c.ganrun")
    assert names(tmp_path) == ["a.ganrun-lock", "b.ganrun", "c.ganrun"]
    whole(tmp_path / "a.ganrun")
    assert names(tmp_path) == ["a.ganrun", "b.ganrun", "c.ganrun"]


@pytest.mark.parametrize("tail", ["-wal", "-journal"])
def test_the_log_of_a_run_that_is_gone_gets_into_no_other(
    tail: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    left = tmp_path / f"b.ganrun{tail}"
    left.write_bytes(b"a whole second of another run")
    with pytest.raises(BadInput, match=rf"beside it lies b\.ganrun{tail}, of a run that had this name"):
        RunWriter(tmp_path / "b.ganrun", Spec())
    run = whole(tmp_path / "a.ganrun")
    with pytest.raises(BadInput, match=rf"b\.ganrun{tail} lies there, of a run that had this name"):
        library.renamed(run, "b")
    (tmp_path / "elsewhere").mkdir()
    assert library.imported(whole(tmp_path / "elsewhere" / "b.ganrun", variant="gan"), tmp_path).name == "b 2.ganrun"
    assert left.read_bytes() == b"a whole second of another run"
    assert names(tmp_path) == ["a.ganrun", "b 2.ganrun", left.name, "elsewhere"]


def test_a_log_beside_a_run_that_has_none_is_not_read(tmp_path: Path) -> None:
    run, other = whole(tmp_path / "a.ganrun"), RunWriter(tmp_path / "b.ganrun", Spec(variant="gan"))
    other.commit()
    other.add_checkpoint(CHECKPOINT)
    other.commit()
    log = (tmp_path / "b.ganrun-wal").read_bytes()
    other.close()
    before = run.read_bytes()
    (tmp_path / "a.ganrun-wal").write_bytes(log)
    with pytest.raises(BadInput, match=r"is a\.ganrun-wal, the journal of another file: move it elsewhere"):
        RunReader(run)
    assert run.read_bytes() == before


def test_a_lock_and_a_journal_that_was_not_begun_stay_beside_no_run(tmp_path: Path) -> None:
    for tails in (["-lock"], ["-journal"], ["-lock", "-journal"]):
        run = whole(tmp_path / "a.ganrun")
        for tail in tails:
            run.with_name(run.name + tail).write_bytes(b"")
        library.renamed(run, "b").unlink()
        assert names(tmp_path) == []


def test_a_run_that_is_being_written_is_tagged_and_not_renamed(tmp_path: Path) -> None:
    run = whole(tmp_path / "a.ganrun")
    writer = RunWriter.reopened(run)
    library.set_tags(run, ["one"])
    with pytest.raises(BadInput, match="run a is being written: end it first"):
        library.renamed(run, "b")
    writer.close()
    library.renamed(run, "b")
    assert library.runs(tmp_path)[0].tags == ("one",)
    assert names(tmp_path) == ["b.ganrun"]


def test_a_file_with_a_checkpoint_and_no_terms_is_not_said_to_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    """Older versions left such files where they were killed as a branch was made."""
    import sqlite3

    path = tmp_path / "a.ganrun"
    assert main(["train", "--variant", "gan", "--data", "mixture", "--net-set", "width=4", "--steps", "4", "--run",
                 str(path)]) == 0
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM scalars")
    db.close()
    assert main(["replay", str(path)]) == 0
