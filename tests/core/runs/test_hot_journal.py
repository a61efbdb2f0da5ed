"""A run whose writer was killed while it closed, tagged or shortened the file is read as it was before."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ganstudio.cli import main
from ganstudio.core.runs import hot_journal, library
from ganstudio.core.runs.reader import RunReader
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
