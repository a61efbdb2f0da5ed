"""A run whose writer was killed while it closed, tagged or shortened the file is read as it was before."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ganstudio.cli import main
from ganstudio.core.protocol.spec import Plan, Spec
from ganstudio.core.runs import hot_journal, library
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.errors import BadInput
from ganstudio.training.checkpoint import rebuild

DIES = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size=1")  # so that pages are written before the end, as in a transaction that is committed
db.execute("BEGIN")
db.execute("DELETE FROM scalars")
db.execute("DELETE FROM checkpoints")
db.execute("UPDATE meta SET value = x'00' WHERE key = 'plan'")
db.execute("CREATE TABLE junk(a)")
for _ in range(200):
    db.execute("INSERT INTO junk VALUES(randomblob(3000))")
os._exit(9)
"""


def train(path: Path, seed: int = 0) -> Path:
    assert main(["train", "--variant", "gan", "--data", "ring", "--net-set", "width=4", "--steps", "6", "--seed",
                 str(seed), "--run", str(path)]) == 0
    return path


def killed(path: Path) -> Path:
    assert subprocess.run([sys.executable, "-c", DIES, str(path)]).returncode == 9
    assert path.with_name(f"{path.name}-journal").exists()
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return train(tmp_path / "a.ganrun")


def test_it_is_read_and_mended(run: Path) -> None:
    before = rebuild(run).trainer.game.weights_hash()
    whole = run.read_bytes()
    killed(run)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):  # what SQLite says of it
        sqlite3.connect(f"{run.as_uri()}?mode=ro", uri=True).execute("SELECT 1 FROM meta")
    assert rebuild(run).trainer.game.weights_hash() == before
    assert run.read_bytes() == whole
    assert [each.name for each in run.parent.iterdir()] == ["a.ganrun"]


@pytest.mark.parametrize("command", [
    ["replay"], ["measure"], ["sample", "--n", "4", "--out", "OUT.npz"], ["export", "--out", "OUT.csv"],
    ["branch", "--at", "3", "--run", "OUT.ganrun"],
])
def test_every_command_opens_it(command: list[str], run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    killed(run)
    words = [word.replace("OUT", str(run.parent / "out")) for word in command]
    assert main([words[0], str(run), *words[1:]]) == 0


def test_it_is_gone_on_with_listed_and_renamed(run: Path) -> None:
    killed(run)
    (kept,) = library.runs(run.parent)
    assert kept.fault == "" and kept.steps == 6
    killed(run)
    moved = library.renamed(run, "b")
    assert [each.name for each in run.parent.iterdir()] == ["b.ganrun"]
    assert main(["train", "--resume", str(killed(moved)), "--steps", "2"]) == 0


def test_where_it_cannot_be_written_a_copy_is_read(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rebuild(run).trainer.game.weights_hash()
    killed(run)
    broken = run.read_bytes()
    plain = hot_journal._uri

    def no_writing(path: Path, mode: str) -> str:
        return plain(path, "ro" if path == run.resolve() and mode == "rw" else mode)

    monkeypatch.setattr(hot_journal, "_uri", no_writing)
    assert rebuild(run).trainer.game.weights_hash() == before
    assert run.read_bytes() == broken


def test_a_journal_that_names_another_file_is_not_rolled_back(run: Path) -> None:
    """SQLite would open the file that the journal calls its super-journal, and may delete it."""
    victim = run.with_name("precious.txt")
    victim.write_text("precious")
    journal = killed(run).with_name(f"{run.name}-journal")
    name = str(victim).encode()
    journal.write_bytes(journal.read_bytes() + (0).to_bytes(4, "big") + name + len(name).to_bytes(4, "big")
                        + (sum(name) % 2**32).to_bytes(4, "big") + bytes.fromhex("d9d505f920a163d7"))
    before = run.read_bytes()
    with pytest.raises(BadInput, match="the journal of another file"):
        RunReader(run)
    assert victim.read_text() == "precious"
    assert run.read_bytes() == before


def test_it_is_mended_through_a_link_too(run: Path, tmp_path: Path) -> None:
    before = rebuild(run).trainer.game.weights_hash()
    link = tmp_path / "elsewhere" / "link.ganrun"
    link.parent.mkdir()
    link.symlink_to(killed(run))
    assert rebuild(link).trainer.game.weights_hash() == before


def test_the_journal_of_another_file_is_never_rolled_back(run: Path) -> None:
    other = killed(train(run.with_name("other.ganrun"), seed=1))
    before = run.read_bytes()
    shutil.move(f"{other}-journal", f"{run}-journal")
    with pytest.raises(BadInput, match=r"a\.ganrun-journal, the journal of another file: move it elsewhere"):
        RunReader(run)
    assert run.read_bytes() == before


# A log ---------------------------------------------------------------------------------------------------------------


def log_of_another(folder: Path, *, checkpointed: bool = False) -> bytes:
    """What lies in the log of another run while it is written."""
    writer = RunWriter(folder / "other.ganrun", Spec(variant="wgan", data="ring", seed=9))
    writer.commit()  # from here on the file is there, and has a log
    writer._db.execute("COMMIT")
    writer._db.execute("PRAGMA wal_checkpoint(TRUNCATE)" if checkpointed else "VACUUM")  # this brings all pages into it
    writer._db.execute("BEGIN")
    writer.set_plan(Plan(steps=77))
    writer.commit()
    found = (folder / "other.ganrun-wal").read_bytes()
    writer.abandon()
    assert found
    return found


@pytest.mark.parametrize("checkpointed", [False, True])
def test_the_log_of_another_run_is_told_and_nothing_is_written(run: Path, tmp_path: Path, checkpointed: bool) -> None:
    whole, log = run.read_bytes(), run.with_name("a.ganrun-wal")
    (tmp_path / "b").mkdir()
    log.write_bytes(log_of_another(tmp_path / "b", checkpointed=checkpointed))
    before = log.read_bytes()
    actions: list[Callable[[Path], object]] = [
        RunReader, rebuild, lambda path: library.set_tags(path, ["x"]), library.duplicated]
    for action in actions:
        with pytest.raises(BadInput, match=r"is a\.ganrun-wal, the journal of another file: move it elsewhere"):
            action(run)
    assert run.read_bytes() == whole and log.read_bytes() == before
    log.unlink()
    rebuild(run)


def test_the_log_of_another_run_beside_one_that_was_cut_off_is_told(tmp_path: Path) -> None:
    """Both files say that they have a log: their specs tell them apart."""
    path = tmp_path / "mine.ganrun"
    writer = RunWriter(path, Spec(variant="wgan-gp", data="ring", seed=1))
    writer.commit()
    writer._db.execute("COMMIT")
    writer._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer._db.execute("BEGIN")
    whole = path.read_bytes()
    writer.abandon()
    path.write_bytes(whole)  # as it was while it was written
    (tmp_path / "b").mkdir()
    path.with_name("mine.ganrun-wal").write_bytes(log_of_another(tmp_path / "b"))
    with pytest.raises(BadInput, match=r"is mine\.ganrun-wal, the journal of another file"):
        RunReader(path)


def test_a_runs_own_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.ganrun"
    writer = RunWriter(path, Spec(variant="wgan-gp", data="ring", seed=1))
    for steps in (1, 2, 3):
        writer.set_plan(Plan(steps=steps))
        writer.commit()
        reader = RunReader(path)
        assert (reader.plan().steps, reader.spec().seed) == (steps, 1)
        reader.close()
    writer.close()


def test_a_log_that_says_where_the_data_lies_now_is_the_runs_own(tmp_path: Path) -> None:
    """A run that goes on with moved images writes their place into its spec; another seed is another run's."""
    path = tmp_path / "mine.ganrun"
    spec = Spec(variant="gan", data="image-folder", seed=1, data_controls={"path": "/there", "side": 32})
    writer = RunWriter(path, spec)
    writer.commit()
    writer.set_spec(msgspec.structs.replace(spec, data_controls={"path": "/here", "side": 32}))
    writer.commit()
    reader = RunReader(path)
    assert reader.spec().data_controls["path"] == "/here"
    reader.close()
    for other in (msgspec.structs.replace(spec, seed=2), msgspec.structs.replace(spec, data_controls={"side": 64})):
        writer.set_spec(other)
        writer.commit()
        with pytest.raises(BadInput, match=r"is mine\.ganrun-wal, the journal of another file"):
            RunReader(path)
    writer.abandon()


@pytest.mark.parametrize("tail", ["-journal", "-wal"])
def test_what_cannot_be_a_journal_is_told(run: Path, tail: str) -> None:
    beside = run.with_name(f"a.ganrun{tail}")
    makers: list[tuple[Callable[[], None], str]] = [
        (beside.mkdir, "is a folder and no file"), (lambda: os.mkfifo(beside), "is a pipe and no file"),
        (lambda: beside.symlink_to(beside.name), "is a link that leads back to itself")]
    for make, what in makers:
        make()
        with pytest.raises(BadInput, match=f"is a.ganrun{tail}, which {what}"):
            RunReader(run)
        beside.rmdir() if beside.is_dir() else beside.unlink()
    RunReader(run).close()
