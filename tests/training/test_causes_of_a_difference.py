"""A replay that differs says what is known of why: another machine, torch or number of threads, or a changed file."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest
import torch

import ganstudio
from ganstudio.cli import main
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.format import Machine
from ganstudio.core.runs.reader import RunReader
from ganstudio.training.machine import cause_of_difference, this_machine
from ganstudio.training.verification import verified

HERE = Spec(torch=str(torch.__version__), version=ganstudio.__version__, threads=2)
OTHER = Machine(processor="Z80", instructions="DEFAULT", system="CP/M z80")


@pytest.mark.parametrize(("spec", "machines", "threads", "words"), [
    (msgspec.structs.replace(HERE, torch="1.0"), [], None, f"torch 1.0, and {torch.__version__} is here: each of"),
    (msgspec.structs.replace(HERE, version="0.0.1"), [], None, "made with GAN Studio 0.0.1, and this is"),
    (HERE, [OTHER], None, "it was made on Z80 (DEFAULT, CP/M z80), and this is "),
    (HERE, [], 4, "it was made with 2 threads and is repeated with 4: each of these may change"),
    (HERE, [OTHER, this_machine()], 2, "it was made on Z80"),
    (HERE, [this_machine()], None, "the processor, torch and the 2 threads are the same as then: so the file's log"),
    (HERE, [], None, "torch and the 2 threads are the same as then; the file does not say on which processor"),
])
def test_what_is_known_is_told(spec: Spec, machines: list[Machine], threads: int | None, words: str) -> None:
    assert words in cause_of_difference(spec, machines, threads)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run.ganrun"
    assert main(["train", "--variant", "wgan-gp", "--data", "ring", "--net-set", "width=4", "--steps", "6", "--at",
                 "3:gp_weight=5", "--run", str(path)]) == 0
    return path


def edited(path: Path, statement: str, *values: object) -> Path:
    db = sqlite3.connect(path)
    db.execute(statement, values)
    db.commit()
    db.close()
    return path


def test_a_run_says_on_which_machines_it_was_made(run: Path) -> None:
    edited(run, "UPDATE meta SET value = ? WHERE key = 'machines'", msgspec.json.encode([OTHER]))
    assert main(["train", "--resume", str(run), "--steps", "1"]) == 0
    reader = RunReader(run)
    assert reader.machines() == [OTHER, this_machine()]
    reader.close()


def test_a_changed_log_is_not_put_down_to_the_machine(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(run).cause == ""
    capsys.readouterr()
    db = sqlite3.connect(run)
    (entry,) = db.execute("SELECT entry FROM log").fetchone()
    db.close()
    edited(run, "UPDATE log SET entry = ?", entry.replace(b"5.0", b"6.0"))
    assert main(["replay", str(run)]) == 1
    assert "differs from step 3 on: the processor, torch and the 1 thread are the same as then: so the file's log, " \
           "terms or checkpoints are not those that the run has made, but damaged or changed" in capsys.readouterr().out


def test_another_torch_is_named(run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    other = Path(shutil.copy(run, tmp_path / "other.ganrun"))
    db = sqlite3.connect(other)
    (spec,) = db.execute("SELECT value FROM meta WHERE key = 'spec'").fetchone()
    db.close()
    edited(other, "UPDATE meta SET value = ? WHERE key = 'spec'",
           msgspec.json.encode({**msgspec.json.decode(spec), "torch": "2.0.1", "seed": 7}))
    capsys.readouterr()
    assert main(["replay", str(other), "--json"]) == 1
    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["cause"].startswith("it was made with torch 2.0.1, and ")
