"""What happens in each story; loaded in the traced process only.

The recorder's clock runs fast, SQLite carries its log into the file often, and few checkpoints are kept. Beside what it
does, a story says what is promised from then on.
"""

from __future__ import annotations

import os
import queue
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from crash_promises import BLOCK_ROWS, MARKS, Promise, Told, held_by

from ganstudio.cli import main
from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs import checkpoint_thinning, library
from ganstudio.core.runs.writer import RunWriter
from ganstudio.core.system.atomic_write import sync_folder
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training import game, recorder, trainer, view_recording

STEPS, PACED_STEPS = 24, 3000
MODEL = ["--variant", "wgan-gp", "--data", "mixture", "--net-set", "width=8", "--net-set", "depth=1", "--set",
         "batch_size=8", "--set", "critic_steps=2", "--seed", "3"]
SPEC = Spec(variant="wgan-gp", data="mixture", seed=4, device="cpu", threads=1,
            controls={"batch_size": 8, "critic_steps": 2}, network_controls={"width": 8, "depth": 1})
LOG_PAGES = 12  # after which SQLite carries its log into the file; its own choice is 1000
UPDATE_S = 0.004  # more, for each update: so that a story has some commits, however fast the machine is
KEPT = "kept"  # folder of runs that other stories begin with


class Teller:
    """Tells stories, each in a folder of its own, and says what is promised."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root
        self.promises: dict[str, Promise] = {}  # by name of the run
        self.trained = 0  # updates
        self._marks = os.open(root / MARKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def begin(self, story: str) -> None:
        """Begins a story."""
        self.folder = self.root / story
        self.folder.mkdir(exist_ok=True)
        self.promises = {}

    def say(self) -> None:
        """Says what is promised from here on."""
        told = Told(story=self.folder.name, promises=list(self.promises.values()), trained=self.trained)
        os.write(self._marks, msgspec.json.encode(told) + b"\n")

    def bring(self, kept: str, name: str = "a.ganrun") -> Path:
        """Brings a run that was kept, with what lay beside it, into this story."""
        for path in sorted((self.root / KEPT / kept).iterdir()):
            with (self.folder / path.name.replace("run.ganrun", name)).open("wb") as file:
                file.write(path.read_bytes())
                file.flush()
                os.fsync(file.fileno())  # it lay there long before
        sync_folder(self.folder)
        self.promises[name] = msgspec.json.decode((self.root / KEPT / f"{kept}.json").read_bytes(), type=Promise)
        self.promises[name] = msgspec.structs.replace(self.promises[name], names=[name])
        self.say()
        return self.folder / name

    def keep(self, kept: str, path: Path, promise: Promise) -> None:
        """Keeps a run as it lies there, with what lies beside it."""
        place = self.root / KEPT / kept
        place.mkdir(parents=True)
        for file in path.parent.glob(f"{path.name}*"):
            (place / file.name.replace(path.name, "run.ganrun")).write_bytes(file.read_bytes())
        (self.root / KEPT / f"{kept}.json").write_bytes(msgspec.json.encode(promise))

    def doing(self, before: str, **during: Any) -> None:
        """What is promised of a run while something is done to it."""
        self.promises[before] = msgspec.structs.replace(self.promises[before], **during)
        self.say()

    def done(self, path: Path, before: str, **after: Any) -> None:
        """What is promised of it once that is done."""
        promise = self.promises.pop(before)
        self.promises[path.name] = msgspec.structs.replace(promise, names=[path.name], **after)
        self.say()


# Stories --------------------------------------------------------------------------------------------------------------


def train(teller: Teller) -> None:
    """A run from its first step to its last."""
    run = teller.folder / "a.ganrun"
    assert main(["train", *MODEL, "--steps", str(STEPS), "--at", "5:gp_weight=2", "--run", str(run)]) == 0
    teller.keep("whole", run, held_by(run))


def resume(teller: Teller) -> None:
    """A whole run is gone on with."""
    assert main(["train", "--resume", str(teller.bring("whole")), "--steps", "6"]) == 0


def resume_killed(teller: Teller) -> None:
    """A run whose writer was killed is gone on with."""
    assert main(["train", "--resume", str(teller.bring("killed")), "--steps", "6"]) == 0


def branch(teller: Teller) -> None:
    """A new run begins at a moment of another."""
    parent, new = teller.bring("whole"), teller.folder / "b.ganrun"
    assert main(["branch", str(parent), "--at", "13", "--set", "gp_weight=3", "--run", str(new)]) == 0


def tidy(teller: Teller) -> None:
    """A run is tagged, renamed, copied and taken in elsewhere, as in the library."""
    run = teller.bring("whole")
    _tag(teller, run, [], ["one"])
    _tag(teller, run, ["one"], ["two", "x" * 30])
    _rename(teller, run, "b")
    copy = library.duplicated(teller.folder / "b.ganrun")
    teller.promises[copy.name] = msgspec.structs.replace(teller.promises["b.ganrun"], names=[copy.name])
    teller.say()
    _tag(teller, teller.folder / "b.ganrun", ["two", "x" * 30], [])
    (teller.root / "elsewhere").mkdir()
    for path in (teller.root / KEPT / "killed").iterdir():
        (teller.root / "elsewhere" / path.name).write_bytes(path.read_bytes())
    taken = library.imported(teller.root / "elsewhere" / "run.ganrun", teller.folder)
    teller.promises[taken.name] = msgspec.structs.replace(held_by(taken), names=[taken.name])
    teller.say()


def tidy_killed(teller: Teller) -> None:
    """A run whose writer was killed is renamed, then tagged."""
    run = teller.bring("killed")
    _rename(teller, run, "b")
    _tag(teller, teller.folder / "b.ganrun", [], ["one"])


def _tag(teller: Teller, run: Path, before: list[str], after: list[str]) -> None:
    teller.doing(run.name, tags=[before, after])
    library.set_tags(run, after)
    teller.done(run, run.name, tags=[after])


def _rename(teller: Teller, run: Path, name: str) -> None:
    teller.doing(run.name, names=[run.name, f"{name}.ganrun"])
    teller.done(library.renamed(run, name), run.name)


def engine(teller: Teller) -> None:
    """A watched run is recorded by the engine: pinned, changed, gone on from while it plays, and stopped."""
    events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
    thread = TrainingThread(events.put)
    thread.start()

    def until(kind: type[m.Event], where: Callable[[Any], bool] = lambda _: True) -> None:
        while not (isinstance(event := events.get(timeout=30), kind) and where(event)):
            assert not isinstance(event, m.Failed | m.Refused), event

    def held_at(steps: int) -> Callable[[m.Progress], bool]:
        return lambda progress: not progress.playing and progress.position.steps >= steps

    first, second = str(teller.folder / "a.ganrun"), str(teller.folder / "b.ganrun")
    thread.post(m.Start(run=1, spec=SPEC, record=first, until=8))
    until(m.Progress, held_at(8))
    thread.post(m.Pin(run=1))
    until(m.CheckpointSaved)
    thread.post(m.SetControl(run=1, id=1, name="gp_weight", value=3.0))
    until(m.Applied)
    thread.post(m.Step(run=1, player="cycle"))
    thread.post(m.Start(run=2, spec=SPEC, file=first, at=7, record=second, replaces=[1], until=12))
    until(m.Progress, lambda progress: progress.run == 2 and held_at(12)(progress))
    thread.post(m.Stop(run=2))
    thread.end()
    thread.join()


def paced(teller: Teller) -> None:
    """A run at the recorder's own pace, which says how far it has come after each update."""
    update = trainer.Trainer.update

    def counted(self: trainer.Trainer, *words: Any) -> None:
        update(self, *words)
        teller.trained = self.game.updates
        teller.say()

    trainer.Trainer.update = counted  # type: ignore[method-assign,assignment]
    run = teller.folder / "a.ganrun"
    assert main(["train", *MODEL, "--steps", str(PACED_STEPS), "--run", str(run)]) == 0


STORIES: dict[str, Callable[[Teller], None]] = {
    each.__name__: each for each in (
        train, resume, resume_killed, branch, tidy, tidy_killed, engine, paced)}


def tell(root: Path, names: list[str]) -> None:
    """Tells stories in a folder."""
    teller = Teller(root)
    _watch_commits(teller)
    if names != ["paced"]:
        _hurry()
    for name in names:
        teller.begin(name)
        STORIES[name](teller)


def _hurry() -> None:
    """A run of a second sees what one of an hour does."""
    update = trainer.Trainer.update

    def slow(self: trainer.Trainer, *words: Any) -> None:
        time.sleep(UPDATE_S)
        update(self, *words)

    trainer.Trainer.update = slow  # type: ignore[method-assign,assignment]
    recorder.COMMIT_S, recorder.CHECKPOINT_S, recorder.CHECKPOINT_SHARE = 0.02, 0.03, 1.0
    trainer.FLUSH_UPDATES = 6
    view_recording.DENSEST = view_recording.SPARSEST = 1  # frames are all alike here
    game.BLOCK_ROWS = BLOCK_ROWS
    checkpoint_thinning.dispensable.__defaults__ = (4, *(checkpoint_thinning.dispensable.__defaults__ or ())[1:])
    plain = sqlite3.connect

    def connect(*words: Any, **more: Any) -> Any:
        db = plain(*words, **more)
        db.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        return db

    setattr(sqlite3, "connect", connect)  # noqa: B010  # its type is that of all its forms


# What is committed is promised ----------------------------------------------------------------------------------------


def _watch_commits(teller: Teller) -> None:
    """Lets each writer say what it has committed, once its commit has returned."""
    waiting: dict[int, Promise] = {}

    def add(writer: RunWriter, **more: Any) -> None:
        waiting[id(writer)] = _sum(waiting.get(id(writer), Promise()), Promise(**more))

    def wrapped(name: str, noted: Callable[..., object]) -> None:
        plain = getattr(RunWriter, name)

        def method(self: RunWriter, *words: Any, **more: Any) -> None:
            plain(self, *words, **more)
            noted(self, *words, **more)

        setattr(RunWriter, name, method)

    def committed(writer: RunWriter) -> None:
        path = writer._path
        before = teller.promises.get(path.name, Promise(names=[path.name]))
        teller.promises[path.name] = _sum(before, waiting.pop(id(writer), Promise()))
        teller.say()
        log = path.with_name(f"{path.name}-wal")
        if teller.promises[path.name].terms and log.exists() and not (teller.root / KEPT / "killed").exists():
            teller.keep("killed", path, teller.promises[path.name])

    wrapped("add_scalars", lambda writer, batch: add(writer, terms=batch.at.shape[0]))
    wrapped("add_entry", lambda writer, _: add(writer, log=1))
    wrapped("add_frame", lambda writer, _: add(writer, frames=1))
    wrapped("add_measures", lambda writer, _: add(writer, measures=1))
    wrapped("add_checkpoint", lambda writer, checkpoint, pinned=False: add(
        writer, updates=checkpoint.position.updates, pins=[checkpoint.position.steps] if pinned else []))
    wrapped("rollback", lambda writer: waiting.pop(id(writer), None))
    wrapped("commit", committed)
    wrapped("close", committed)


def _sum(one: Promise, more: Promise) -> Promise:
    return Promise(
        names=one.names, terms=one.terms + more.terms, log=one.log + more.log, frames=one.frames + more.frames,
        measures=one.measures + more.measures, updates=max(one.updates, more.updates),
        pins=sorted({*one.pins, *more.pins}), tags=one.tags)
