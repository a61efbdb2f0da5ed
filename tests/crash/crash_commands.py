"""Everything that opens a run, done to a run in a folder that a crash has left."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

from ganstudio.cli import main
from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs import library
from ganstudio.core.runs.history import Past
from ganstudio.engine.training_thread import TrainingThread


def _said(*words: str) -> str:
    """What a command prints; an AssertionError with its sentence if it does not end well."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(list(words))
    assert status == 0, f"{words[0]}: exit {status}: {err.getvalue().strip() or out.getvalue().strip()}"
    return out.getvalue()


def replay(run: Path) -> None:
    """Comes out the same, bit for bit."""
    assert json.loads(_said("replay", str(run), "--json"))["identical"]


def measure(run: Path) -> None:
    """Measures."""
    _said("measure", str(run), "--samples", "100")


def sample(run: Path) -> None:
    """Samples."""
    _said("sample", str(run), "--n", "4", "--out", str(run.parent / "out.npz"))


def export(run: Path) -> None:
    """Exports the terms."""
    if steps_of(run):  # of a run without any there is nothing to export, and the command says so
        _said("export", str(run), "--out", str(run.parent / "out.csv"))


def export_generator(run: Path) -> None:
    """Exports the generator."""
    _said("export", str(run), "--out", str(run.parent / "out.safetensors"))


def branch(run: Path) -> None:
    """Branches off at the beginning."""
    _said("branch", str(run), "--at", "0", "--run", str(run.parent / "a new one.ganrun"))


def resume(run: Path) -> None:
    """Goes on, and leaves one plain file."""
    _said("train", "--resume", str(run), "--steps", "1")
    assert _left_beside(run) == [], f"beside it lie {_left_beside(run)}"


def listing(run: Path) -> None:
    """The library says what it is, and renames it without leaving anything behind."""
    (kept,) = [kept for kept in library.runs(run.parent) if kept.path == run]
    assert kept.fault == "", kept.fault
    moved = library.renamed(run, "another name")
    assert _left_beside(run) == _left_beside(moved) == [], f"beside it lie {_left_beside(run)} {_left_beside(moved)}"
    assert library.whole(moved)


def copying(run: Path) -> None:
    """The library copies it, and tags it."""
    library.imported(run, run.parent / "elsewhere")
    library.set_tags(library.duplicated(run), ["one"])


def history(run: Path) -> None:
    """The timeline reads what was seen of it."""
    past = Past(run)
    past.refresh()
    for steps in past.moments[:1] + past.moments[-1:]:
        past.views(steps)


def engine(run: Path) -> None:
    """The engine opens it, and records what it goes on to."""
    events: list[m.Event] = []
    thread = TrainingThread(events.append)
    record = run.parent / "recorded" / "on.ganrun"
    try:
        thread.post(m.Start(run=1, spec=Spec(), file=str(run), record=str(record), playing=False))
        thread.run_once()
        thread.post(m.Step(run=1, player="cycle"))
        thread.run_once()
    finally:
        thread.end()
        thread.run()  # ends at once, and closes the file
    bad = [event for event in events if isinstance(event, m.Refused | m.Failed)]
    assert not bad, f"engine: {bad[0].reason}"
    assert library.whole(record)


def video(run: Path) -> None:
    """Is filmed, from its pictures or, if none were recorded yet, by repeating it."""
    past = Past(run)
    past.refresh()
    _said("video", str(run), "--seconds", "0.1", "--fps", "10", "--size", "320x240", "--layout", "curves", "--out",
          str(run.parent / "out.gif"), *([] if past.moments else ["--smooth"]))


def shoot(run: Path) -> None:
    """The whole studio opens it, and a picture is taken of that."""
    _said("shoot", str(run), "--size", "640x480", "--out", str(run.parent / "out.png"))


def steps_of(run: Path) -> int:
    """How many steps a run was recorded for."""
    return next(kept.steps for kept in library.runs(run.parent) if kept.path == run)


QUICK: list[Callable[[Path], None]] = [
    replay, resume, listing, engine, measure, sample, export, export_generator, branch, copying, history]
SLOW: list[Callable[[Path], None]] = [video, shoot]


def _left_beside(run: Path) -> list[str]:
    return sorted(path.name for path in run.parent.iterdir() if path.name.startswith(f"{run.name}-"))
