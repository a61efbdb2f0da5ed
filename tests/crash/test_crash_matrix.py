"""A sample of the crash matrix: runs survive a kill at any system call, and a power cut; `make claims` tries all."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest
from crash_commands import QUICK, engine, listing, replay, resume
from crash_matrix import STORIES, State, as_found, as_replayed, faults, really_killed, states, traced, without_index
from crash_promises import BLOCK_ROWS
from syscall_tracer import MACHINES, Trace

from ganstudio.training import game

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in MACHINES, reason="calls are followed as Linux numbers them")

SAMPLE, POWER_SAMPLE = 22, 22  # states that are tried here, of some thousands


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(game, "BLOCK_ROWS", BLOCK_ROWS)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trace]:
    root = tmp_path_factory.mktemp("crash") / "told"
    return root, traced(root, STORIES)


def test_the_calls_make_the_folder_byte_by_byte(told: tuple[Path, Trace]) -> None:
    """Else the states below would not be those of a real crash."""
    root, trace = told
    assert without_index(as_replayed(trace)) == without_index(as_found(root))
    kinds = {call.kind for call in trace.calls}
    assert kinds == {"open", "write", "truncate", "sync", "rename", "unlink", "mkdir", "times", "mark"}


def test_after_a_kill_every_command_opens_what_was_committed(told: tuple[Path, Trace], tmp_path: Path) -> None:
    found: list[str] = []
    for place, state in enumerate(_spread(told[1], SAMPLE, power=False)):
        found += faults(state, tmp_path, [QUICK[place % len(QUICK)]])
    assert found == []


def test_after_a_power_cut_too(told: tuple[Path, Trace], tmp_path: Path) -> None:
    found: list[str] = []
    for place, state in enumerate(_spread(told[1], POWER_SAMPLE, power=True)):
        found += faults(state, tmp_path, [(replay, listing, resume, engine)[place % 4]])
    assert found == []


@pytest.mark.parametrize("kill", ["a new run gets its name", "the log is carried into the run"])
def test_after_a_real_kill_too(kill: str, tmp_path: Path) -> None:
    state = really_killed(tmp_path / "told", kill)
    assert faults(state, tmp_path, [replay, listing, resume]) == []


def _spread(trace: Trace, count: int, *, power: bool) -> list[State]:
    """So many states, evenly among all."""
    every = sum(1 for _ in states(trace, power=power)) // count
    return list(states(trace, power=power, every=every))
