"""The crash matrix: each state in which a kill or a power cut can leave a folder of runs, opened by every command."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from crash_promises import MARKS, Promise, Told, broken
from folder_states import Disk, Files, found_in, written
from syscall_tracer import Call, Trace, Tracer

SCRIPT = Path(__file__).with_name("crash_stories.py")
STORIES = ("train", "resume", "resume_killed", "branch", "tidy", "tidy_killed", "engine")
SUFFIX = ".ganrun"
JOURNAL = bytes.fromhex("d9d505f920a163d7")  # the head of a journal that is to be rolled back


def traced(
    root: Path, stories: Sequence[str], *, kill_before: Callable[[Call], bool] | None = None,
    hot: State | None = None,
) -> Trace:
    """Lets the studio tell stories in a new folder.

    Args:
        root: The folder.
        stories: Their names.
        kill_before: Whether the studio is killed before this call.
        hot: A state whose run is what the stories take for one of a writer that was killed.

    Raises:
        AssertionError: It does not end well, or as it is to.
    """
    root.mkdir(parents=True)
    if hot is not None:
        own = {path: data for path, data in hot.files.items() if path.startswith("a.ganrun")}
        written({path.replace("a.", "run."): data for path, data in own.items()}, root / "kept" / "killed")
        (root / "kept" / "killed.json").write_bytes(msgspec.json.encode(hot.promises[0]))
    trace = Tracer(root, root / MARKS).run(SCRIPT, [str(root), *stories], kill_before=kill_before)
    killed = os.WIFSIGNALED(trace.status) and os.WTERMSIG(trace.status) == signal.SIGKILL
    assert killed if kill_before is not None else trace.status == 0, trace.words
    return trace


def hot_state(trace: Trace) -> State:
    """A run that was being tagged when the program was killed: half of its pages are new, and a journal lies there."""
    found = [state for state in states(trace, power=False) if state.story == "tidy"
             and state.files.get("a.ganrun-journal", b"").startswith(JOURNAL) and state.call.startswith("fdatasync")
             and state.call.endswith("a.ganrun")]
    return found[-1]


# Where the studio is really killed: before the first call of this kind on a file of this name, in this story.
KILLS = {
    "a new run gets its name": ("train", "rename", r"\..*part"),
    "the first page of the log": ("train", "write", r"a\.ganrun-wal"),
    "the log is carried into the run": ("train", "write", r"a\.ganrun"),
    "the log is deleted": ("train", "unlink", r"a\.ganrun-wal"),
    "the lock is deleted": ("train", "unlink", r"a\.ganrun-lock"),
    "the journal of a tag is begun": ("tidy", "write", r"a\.ganrun-journal"),
    "a tag is settled": ("tidy", "unlink", r"a\.ganrun-journal"),
    "a run is renamed": ("tidy", "rename", r"a\.ganrun"),
    "the copy of a run gets its name": ("tidy", "rename", r"\.b copy.*part"),
    "a branch gets its name": ("branch", "rename", r"\..*part"),
    "a run that goes on is logged": ("resume", "write", r"a\.ganrun-wal"),
    "the engine's second run gets its name": ("engine", "rename", r"\.b.*part"),
}


def really_killed(root: Path, kill: str) -> State:
    """Kills the studio; AssertionError if the folder is not, byte by byte, what the calls before have made of it."""
    story, kind, name = KILLS[kill]
    first = [] if story in ("train", "engine") else ["train"]  # which makes the run that the others begin with
    trace = traced(root, [*first, story], kill_before=lambda call: (
        call.kind == kind and re.fullmatch(f"{story}/{name}", call.path) is not None))
    real, known = without_index(as_found(root)), without_index(as_replayed(trace))
    assert real == known, [path for path in {*real, *known} if real.get(path) != known.get(path)]
    last = [msgspec.json.decode(call.data, type=Told) for call in trace.calls if call.kind == "mark"][-1:]
    promises = last[0].promises if last and last[0].story == story else []
    own = found_in(root / story)
    return State(story, len(trace.calls), kill, "killed by a signal", own, promises)


def without_index(files: Files) -> Files:
    """Without what SQLite writes through memory; the first to open a run empties it."""
    return {path: data for path, data in files.items() if not path.endswith("-shm")}


@dataclass(frozen=True)
class State:
    """What a folder holds after a crash, and what is promised of it."""

    story: str
    place: int  # the call before which it happens
    call: str  # that call, in words
    kind: str  # "killed", or "power" and which of the ways
    files: Files
    promises: list[Promise]

    def __str__(self) -> str:
        return f"{self.story}, {self.kind} before call {self.place}: {self.call}"


def states(trace: Trace, *, power: bool, every: int = 1, seed: int = 0) -> Iterator[State]:
    """The states of each story's folder before each of its calls, and after the last.

    Args:
        trace: What the stories did.
        power: Whether the power is cut: else the program is killed.
        every: How many different states there are for one that is given.
        seed: Of what is by chance in a power cut.
    """
    disk, luck = Disk(), random.Random(seed)
    told: Told | None = None
    fresh: set[str] = set()  # the ways in which the folder differs from the last state
    count = 0
    for place, call in enumerate([*trace.calls, Call("end", "")]):
        if told is not None and fresh and (call.kind in ("mark", "end") or call.path.startswith(f"{told.story}/")):
            for way in sorted(fresh & (POWER if power else {"killed"})):
                count += 1
                if (count - 1) % every:
                    continue
                files = disk.chance(luck, told.story) if way == "chance" else getattr(disk, way)(told.story)
                words = f"{call.name or call.kind} {call.path}"
                yield State(told.story, place, words, WAYS[way], files, told.promises)
            fresh = set()
        if call.kind == "mark":
            before, told = told, msgspec.json.decode(call.data, type=Told)
            if before is None or (before.story, before.promises) != (told.story, told.promises):
                fresh = set(WAYS)
        elif call.kind != "end":
            disk.apply(call)
            if not call.path.endswith("-shm"):  # the first to open a run empties it
                fresh |= CHANGED_BY.get(call.kind, set(WAYS) - {"least"})


WAYS = {"killed": "killed", "least": "power cut, the least kept", "names_alone": "power cut, names kept",
        "bytes_alone": "power cut, bytes kept", "chance": "power cut, by chance"}
POWER = set(WAYS) - {"killed"}
CHANGED_BY = {"write": {"killed", "chance"}, "truncate": {"killed", "chance"}, "times": set[str](),
              "sync": {"least", "names_alone"}}


def faults(state: State, place: Path, commands: Iterable[Callable[[Path], None]]) -> list[str]:
    """What is wrong with a state: a promise that is broken, or a run that a command does not open."""
    found: list[str] = []
    folder = written(state.files, place / "promised")
    found += [f"{state}: {short}" for promise in state.promises if (short := broken(promise, folder))]
    shutil.rmtree(folder)
    for command in commands:
        for name in sorted(name for name in state.files if name.endswith(SUFFIX) and not name.startswith(".")):
            folder = written(state.files, place / command.__name__)
            try:
                command(folder / name)
            except Exception as fault:  # noqa: BLE001  # whatever it is, it is told
                found.append(f"{state}: {command.__name__} {name}: {type(fault).__name__}: {fault}")
            shutil.rmtree(folder)
    return found


def as_replayed(trace: Trace) -> Files:
    """The folder as the calls have made it."""
    disk = Disk()
    for call in trace.calls:
        if call.kind != "mark":
            disk.apply(call)
    return disk.killed()


def as_found(root: Path) -> Files:
    """The folder as it is, but for the marks."""
    return {path: data for path, data in found_in(root).items() if path != MARKS}
