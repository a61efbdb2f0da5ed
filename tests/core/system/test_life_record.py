"""What a window notes while it is open, and what is found of one that died: real processes that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganstudio.core.system.life_record import FACTS, LOCK, OLD_S, STACKS, LifeRecord, left_over

CHILD = """
import sys, time
from pathlib import Path
from ganstudio.core.system.life_record import LifeRecord
record = LifeRecord(Path(sys.argv[1]))
record.watch()
record.note(facts={"variant": "wgan-gp", "step": 7}, file="/runs/a.ganrun")
if sys.argv[2] == "hang":
    record.alive(0.05)
def where_it_hangs():
    print("ready", flush=True)
    time.sleep(60)
where_it_hangs()
"""


def child(folder: Path, how: str = "wait") -> subprocess.Popen[str]:
    begun = subprocess.Popen([sys.executable, "-c", CHILD, str(folder), how], stdout=subprocess.PIPE, text=True)
    assert begun.stdout is not None and begun.stdout.readline() == "ready\n"
    return begun


def end(begun: subprocess.Popen[str], how: signal.Signals) -> None:
    begun.send_signal(how)
    begun.wait(30)
    assert begun.stdout is not None
    begun.stdout.close()


def test_a_window_that_is_closed_leaves_nothing(tmp_path: Path) -> None:
    record = LifeRecord(tmp_path)
    record.note(facts={"step": 1})
    assert left_over(tmp_path) == []  # it is open
    record.close()
    record.close()
    assert list(tmp_path.iterdir()) == [] and left_over(tmp_path) == []


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT])
def test_one_that_crashes_leaves_its_facts_and_its_stacks(tmp_path: Path, how: signal.Signals) -> None:
    begun = child(tmp_path)
    assert left_over(tmp_path) == []
    end(begun, how)
    (left,) = left_over(tmp_path)
    assert left.facts["facts"] == {"variant": "wgan-gp", "step": 7} and left.facts["file"] == "/runs/a.ganrun"
    assert left.stacks.startswith("Fatal Python error: ") and "where_it_hangs" in left.stacks
    left.forget()
    assert list(tmp_path.iterdir()) == [] and left_over(tmp_path) == []


def test_one_that_is_killed_leaves_its_facts(tmp_path: Path) -> None:
    end(child(tmp_path), signal.SIGKILL)
    (left,) = left_over(tmp_path)
    assert left.facts["facts"] and left.stacks == ""


def test_one_that_hangs_has_its_stacks_written(tmp_path: Path) -> None:
    begun = child(tmp_path, "hang")
    (stacks,) = tmp_path.glob(f"*{STACKS}")
    until = time.monotonic() + 30
    while "where_it_hangs" not in stacks.read_text() and time.monotonic() < until:
        time.sleep(0.02)
    end(begun, signal.SIGKILL)
    (left,) = left_over(tmp_path)
    assert "Timeout (" in left.stacks and "where_it_hangs" in left.stacks


def test_the_newest_comes_first_and_what_is_damaged_or_old_is_taken_away(tmp_path: Path) -> None:
    for stem, text in (("20260101-000000-1", "{}"), ("20260102-000000-1", "{}"), ("20260103-000000-1", "[1"),
                       ("20260104-000000-1", "{}")):
        (tmp_path / f"{stem}{FACTS}").write_text(text)
        (tmp_path / f"{stem}{LOCK}").touch()
    old = time.time() - OLD_S - 60
    os.utime(tmp_path / f"20260104-000000-1{FACTS}", (old, old))
    assert [left.paths[0].name for left in left_over(tmp_path)] == [f"2026010{day}-000000-1{FACTS}" for day in (2, 1)]
    assert not any(path.name.startswith(("20260103", "20260104")) for path in tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_costs_the_report_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    record = LifeRecord(tmp_path / "file" / "folder")
    record.watch()
    record.alive(1.0)
    record.note(step=1)
    assert not record.kept and record.stacks() == ""
    record.close()
    assert left_over(tmp_path / "none") == []
