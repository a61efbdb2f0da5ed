"""Ctrl+C and SIGTERM in the middle of a command: nothing half-made is left, and the status says which it was."""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ganstudio.cli import main
from ganstudio.core.runs.history import Past
from ganstudio.core.system.shutdown_signals import REQUESTS
from ganstudio.training.checkpoint import restore
from ganstudio.training.verification import verified

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")

BEFORE_PLACING = "ganstudio.core.system.atomic_write", "defer_signals"  # all is written, nothing is in its place
CHILD = """
import importlib, sys, time
from ganstudio.cli import main
module, name = sys.argv[1].split(":")
def wait(*words, **more):
    print("ready", flush=True)
    time.sleep(60)
setattr(importlib.import_module(module), name, wait)
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def run(small_run: Path) -> Path:
    return small_run


@contextmanager
def asked(request: signal.Signals, at: tuple[str, str]) -> Iterator[None]:
    """The request comes where that function is called."""
    module, name = importlib.import_module(at[0]), at[1]
    usual = getattr(module, name)

    def ask(*words: Any, **more: Any) -> Any:
        os.kill(os.getpid(), request)
        return usual(*words, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, ask)
        yield


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# In this process -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize(("command", "file"), [
    ("export", "x.csv"), ("export", "x.safetensors"),
    ("sample", "x.png"), ("sample", "x.csv"), ("sample", "x.npz"),
])
def test_nothing_half_made_is_left_and_what_was_there_stands(
    command: str, file: str, request_: signal.Signals, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / file
    out.write_bytes(b"old")
    handlers = [signal.getsignal(number) for number in REQUESTS]
    with asked(request_, BEFORE_PLACING):
        assert main([command, str(run), "--out", str(out)]) == 128 + request_
    assert names(tmp_path) == [file] and out.read_bytes() == b"old"
    assert capsys.readouterr().err.endswith("stopped\n")
    assert [signal.getsignal(number) for number in REQUESTS] == handlers
    assert main([command, str(run), "--out", str(out)]) == 0
    assert out.read_bytes() != b"old"


def test_the_two_files_of_a_generator_change_together(run: Path, tmp_path: Path) -> None:
    """Asked between the two, it is done with both first."""
    from ganstudio.core.system.atomic_write import PartFile

    out, placed = tmp_path / "x.safetensors", []
    usual = PartFile.place

    def place(self: PartFile) -> None:
        usual(self)
        placed.append(self.target.name)
        if len(placed) == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PartFile, "place", place)
        assert main(["export", str(run), "--out", str(out)]) == 143
    assert placed == names(tmp_path) == ["x.json", "x.safetensors"]


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="the extra is not installed")
def test_a_log_for_tensorboard(run: Path, tmp_path: Path) -> None:
    with asked(signal.SIGTERM, ("ganstudio.export.tensorboard", "_write_spec")):
        assert main(["export", str(run), "--tensorboard", str(tmp_path / "log")]) == 143
    assert names(tmp_path) == []


# In a process of its own -----------------------------------------------------------------------------------------


def ended(request: signal.Signals, hook: str, *words: str) -> str:
    """Standard error of a command that is asked to end where that function is called."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, hook, *words], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(request)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 128 + request
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(("request_", "hook", "command", "more"), [
    (signal.SIGINT, "ganstudio.core.system.atomic_write:defer_signals", "export", ["--out", "x.csv"]),
    (signal.SIGTERM, "ganstudio.core.system.atomic_write:defer_signals", "sample", ["--out", "x.png"]),
    (signal.SIGTERM, "ganstudio.training.measuring:compute_measures", "measure", ["--json"]),
])
def test_a_command_of_its_own(
    request_: signal.Signals, hook: str, command: str, more: list[str], run: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ended(request_, hook, command, str(run), *more) == "stopped\n"
    assert names(tmp_path) == []


SHOT = """
import asyncio, os, signal, sys
from ganstudio.cli import main
from ganstudio.commands import shoot
async def pose(*words):
    print("ready", flush=True)
    await asyncio.sleep(60)
shoot._pose = pose
if sys.argv[1] == "early":
    usual = shoot.link_maker
    shoot.link_maker = lambda kind: os.kill(os.getpid(), signal.SIGTERM) or usual(kind)
sys.exit(main(["shoot", "--variant", "gan", "--data", "ring", "--out", sys.argv[2]]))
"""


@pytest.mark.parametrize("when", ["early", "late"])
def test_a_picture_of_the_window(when: str, tmp_path: Path) -> None:
    """Early: no window is there yet."""
    child = subprocess.Popen([sys.executable, "-c", SHOT, when, str(tmp_path / "x.png")], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    if when == "late":
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 143 and err.endswith("stopped\n") and "Traceback" not in err
    assert names(tmp_path) == []


def test_a_run_that_is_ended_is_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrun"
    child = subprocess.Popen(
        [sys.executable, "-m", "ganstudio", "train", "--variant", "gan", "--data", "ring", "--device", "cpu",
         "--steps", "1000000000", "--net-set", "width=4", "--run", str(path)], stderr=subprocess.PIPE, text=True)
    while not (path.exists() and path.stat().st_size > 0):
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err.splitlines()[-1]) == (143, "stopped")
    assert names(tmp_path) == ["run.ganrun"]  # without the log that SQLite keeps beside an open one
    assert verified(path).identical  # it ended between two updates
    past = Past(path)
    past.refresh()
    assert past.views(10**9)[0] == restore(path).position  # and is seen where it ended
