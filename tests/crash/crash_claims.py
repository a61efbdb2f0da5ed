"""The whole of the crash matrix, for `make claims`: some thousands of states, and what a kill costs at real pace."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
from crash_matrix import KILLS, STORIES, State, faults, hot_state, really_killed, states, traced
from crash_promises import BLOCK_ROWS, Told, held_by
from folder_states import Disk, written
from syscall_tracer import Trace

from ganstudio.core.system.errors import BadInput
from ganstudio.training import game

PACED_EVERY = 6  # calls between two that are looked at, of a run at the recorder's own pace


@dataclass(frozen=True)
class Tried:
    """How many states were tried, and what was wrong with them."""

    states: int
    faults: list[str]


def tried(*, power: bool, every: int = 1) -> Tried:
    """Tries each state of the stories, on all cores; those of a hot journal too, and of a second kill after the first.

    Args:
        power: Whether the power is cut: else the program is killed.
        every: How many states there are for one that is tried.
    """
    with tempfile.TemporaryDirectory() as place:
        trace = traced(Path(place) / "told", STORIES)
        again = traced(Path(place) / "again", ("resume_killed", "tidy_killed"), hot=hot_state(trace))
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        parts = [pool.submit(_part, each, power, every, part, cores) for each in (trace, again)
                 for part in range(cores)]
        done = [part.result() for part in parts]
    return Tried(sum(one.states for one in done), [fault for one in done for fault in one.faults])


def _part(trace: Trace, power: bool, every: int, part: int, parts: int) -> Tried:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from crash_commands import QUICK, SLOW, listing, replay, resume, video

    game.BLOCK_ROWS = BLOCK_ROWS

    filmed: set[bytes] = set()  # what was promised when a film was made: a film reads what every other command does
    found: list[str] = []
    count = 0
    with tempfile.TemporaryDirectory() as place:
        for number, state in enumerate(states(trace, power=power, every=every)):
            if number % parts != part:
                continue
            count += 1
            commands: list[Callable[[Path], None]] = [replay, resume, listing] if power else list(QUICK)
            if (promised := msgspec.json.encode(state.promises)) not in filmed:
                filmed.add(promised)
                commands += [video] if power or len(filmed) % 8 else SLOW
            found += faults(state, Path(place), commands)
    return Tried(count, found)


def really() -> Tried:
    """Kills the studio at each of the chosen calls, and opens what is left with every command."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from crash_commands import QUICK, SLOW

    game.BLOCK_ROWS = BLOCK_ROWS
    found: list[str] = []
    for kill in KILLS:
        with tempfile.TemporaryDirectory() as place:
            state: State = really_killed(Path(place) / "told", kill)
            found += faults(state, Path(place), [*QUICK, *SLOW])
    return Tried(len(KILLS), found)


@dataclass(frozen=True)
class Lost:
    """What kills at many moments of a run at the recorder's own pace have cost."""

    seconds: float  # of training, at most
    moments: int  # at which it was killed
    updates: int  # of the whole run


def lost() -> Lost:
    """How much training a kill costs at most: from the first update that is not in the file to the kill."""
    done: list[float] = []  # when each update was done
    worst, moments = 0.0, 0
    disk = Disk()
    with tempfile.TemporaryDirectory() as place:
        trace = traced(Path(place) / "told", ("paced",))
        last = next(at for at in range(len(trace.calls), 0, -1) if trace.calls[at - 1].kind == "mark")
        made = 0
        for call in trace.calls[:last]:
            if call.kind == "mark":
                trained = msgspec.json.decode(call.data, type=Told).trained
                done += [call.at] * (trained - len(done))
                continue
            disk.apply(call)
            made += 1
            if made % PACED_EVERY == 0 and done:
                moments += 1
                held = _held(disk, Path(place) / "now")
                if held < len(done):
                    worst = max(worst, call.at - done[held])
    return Lost(worst, moments, len(done))


def _held(disk: Disk, folder: Path) -> int:
    """How many updates of the run a kill would leave."""
    written(disk.killed("paced"), folder)
    try:
        return held_by(folder / "a.ganrun").terms
    except BadInput:  # it is not there yet
        return 0
    finally:
        shutil.rmtree(folder)
