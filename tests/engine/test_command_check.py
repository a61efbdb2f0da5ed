"""What arrives over the wire is held to bounds: nobody who has the token can hold the runs up, or see a traceback."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.asks import Ask, Completion, Mix, Placement, Variation
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array, Picture, Sketch, Walk
from ganstudio.core.system.errors import BadInput
from ganstudio.engine import training_thread
from ganstudio.engine.command_check import checked
from ganstudio.engine.training_thread import TrainingThread

SPEC = Spec(variant="gan", data="ring", seed=4, device="cpu", threads=1, controls={"batch_size": 8},
            network_controls={"width": 8, "depth": 1})


def walk(at: list[tuple[float, float]], anchors: list[int] | None = None) -> m.SnapshotRequest:
    return m.SnapshotRequest(run=1, views=[], walk=Walk(
        anchors=[0, 1] if anchors is None else anchors, path="line", blend="lerp", at=at))


def sketch(**fields: Any) -> m.SnapshotRequest:
    return m.SnapshotRequest(run=1, views=[], sketch=Sketch(number=1, **fields))


def picture(pixels: Array) -> m.SnapshotRequest:
    return m.SnapshotRequest(run=1, views=[], picture=Picture(number=1, pixels=pixels))


def look(*asks: Ask) -> m.SnapshotRequest:
    return m.SnapshotRequest(run=1, views=[], asks=list(asks))


def labels(*shape: int) -> Array:
    return Array.of(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(("command", "words"), [
    (m.Play(run=1 << 60, on=True), "run = 1152921504606846976 is out of range"),
    (m.Play(run=-5, on=True), "run = -5 is out of range"),
    (m.SetControl(run=1, id=1 << 60, name="x", value=1), "id = 1152921504606846976 is out of range"),
    (m.SetControl(run=1, id=1, name="x" * 5000, value=1), "a name of 5,000 letters is too long"),
    (m.SetControl(run=1, id=1, name="x", value="y" * 50_000), "takes at most 4096 letters"),
    (m.SetControl(run=1, id=1, name="x", value=[1.0] * 5000), "256 numbers"),
    (m.Step(run=1, player="x" * 500), "a name of 500 letters is too long"),
    (walk([(0.5, float("nan"))]), "lies between 0 and 1"),
    (walk([(2.0, 0.0)]), "lies between 0 and 1"),
    (walk([(0.5, 0.5)] * 300), "at most 4 anchors and 256 places, not 2 and 300"),
    (walk([], list(range(1000))), "at most 4 anchors"),
    (sketch(latent=-1), "latent = -1 is out of range"),
    (sketch(words=[0] * 65), "at most 64 attributes, not 65"),
    (sketch(words=[256]), "words = 256 is out of range"),
    (sketch(box=(0.0, 0.0, float("nan"), 1.0)), "lie between 0 and 1"),
    (sketch(box=(0.0, -0.5, 1.0, 1.0)), "lie between 0 and 1"),
    (sketch(points=[(0.5, 1.5)]), "key points of a sketch lie between 0 and 1"),
    (sketch(points=[(0.5, 0.5)] * 257), "at most 256 key points, not 257"),
    (sketch(map=labels(300, 300)), "a square of at most 256 px"),
    (sketch(map=labels(8, 4)), "a square of at most 256 px"),
    (sketch(map=labels(8)), "a square of at most 256 px"),
    (picture(labels(8, 8)), "three bytes for each pixel of a square"),
    (picture(labels(8, 4, 3)), "three bytes for each pixel of a square"),
    (picture(labels(9000, 2, 3)), "three bytes for each pixel of a square"),
    (picture(Array.of(np.zeros((4, 4, 3), np.float32))), "three bytes for each pixel of a square"),
    (sketch(map=Array.of(np.zeros((4, 4), np.float32))), "a byte for each pixel"),
    (sketch(map=Array((4, 4), "u1", b"short")), "a byte for each pixel"),
    (look(Mix(), Mix(psi=0.5)), "one thing of a kind"),
    (look(Mix(psi=float("nan"))), "psi = nan is out of range"),
    (look(Mix(moved=[0.0] * 17)), "at most 64 layers and 16 directions"),
    (look(Mix(moved=[11.0])), "moved = 11 is out of range: allowed is -10 to 10"),
    (look(Mix(silent=[65])), "silent = 65 is out of range"),
    (look(Placement(right=1.5)), "right = 1.5 is out of range: allowed is -1 to 1"),
    (look(Placement(angle=float("inf"))), "angle = inf is out of range"),
    (look(Variation(wide=5.0)), "wide = 5 is out of range: allowed is 0.25 to 4"),
    (look(Variation(start=-1)), "start = -1 is out of range"),
    (look(Completion(temperature=-0.1)), "temperature = -0.1 is out of range"),
    (look(Completion(kept=1.01)), "kept = 1.01 is out of range"),
    (m.Start(run=1, spec=SPEC, at=1 << 60), "at = 1152921504606846976 is out of range"),
    (m.Start(run=1, spec=SPEC, until=-1), "until = -1 is out of range"),
    (m.Start(run=1, spec=SPEC, replaces=list(range(10_001))), "replaces at most 10,000 others"),
    (m.Start(run=1, spec=Spec(variant="x" * 500_000)), "its variant is a name of 500,000 letters"),
    (m.Start(run=1, spec=Spec(controls={f"c{number}": 1 for number in range(600)})), "more than 500 settings"),
    (m.Start(run=1, spec=SPEC, record="x" * 5000), "a path of 5,000 letters is too long"),
])
def test_a_field_beyond_its_bounds_is_refused(command: m.Command, words: str) -> None:
    with pytest.raises(BadInput) as fault:
        checked(command)
    assert words in str(fault.value) and len(str(fault.value)) < 400


def test_a_command_within_them_is_as_it_was() -> None:
    for command in (m.Start(run=1, spec=SPEC), m.Stop(run=3), m.Hello(token="t"), walk([(0.0, 1.0)]),
                    sketch(map=labels(32, 32)), sketch(points=[(0.0, 1.0)]),
                    look(Mix(crossover=3), Placement(right=-0.5), Variation(wide=2.0), Completion(top_k=5)),
                    m.AnalyseDivergence(id=4, text="u"),
                    m.SetControl(run=1, id=2, name="a", value=[1.0])):
        assert checked(command) == command


def test_a_look_names_each_view_once_and_only_those_there_are() -> None:
    look = checked(m.SnapshotRequest(run=1, views=["points", "none", "points", *["landscape"] * 2000, "\0"]))
    assert isinstance(look, m.SnapshotRequest) and look.views == ["points", "landscape"]


@pytest.fixture
def thread() -> Iterator[tuple[TrainingThread, queue.SimpleQueue[m.Event]]]:
    events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
    found = TrainingThread(events.put)
    found.start()
    yield found, events
    found.end()
    found.join(20)


def until(events: queue.SimpleQueue[m.Event], *kinds: type[m.Event]) -> m.Event:
    while True:
        event = events.get(timeout=30)
        assert not isinstance(event, m.Failed), event.traceback
        if isinstance(event, kinds):
            return event


def test_a_look_with_one_name_two_thousand_times_holds_nothing_up(
    thread: tuple[TrainingThread, queue.SimpleQueue[m.Event]],
) -> None:
    engine, events = thread
    engine.post(m.Start(run=1, spec=SPEC, playing=False))
    until(events, m.Started)
    seconds = []
    for many in (1, 1, 2000):  # the first look also loads what it needs
        engine.post(m.Step(run=1, player="cycle"))
        engine.post(m.SnapshotRequest(run=1, views=["landscape", "points"] * many, size=64))
        snapshot = until(events, m.Snapshot)
        assert isinstance(snapshot, m.Snapshot) and list(snapshot.views) == ["landscape", "points"]
        seconds.append(snapshot.seconds)
    assert seconds[2] < 20 * seconds[1] + 0.5


@pytest.mark.parametrize("kind", ["nul", "long", "folder", "device", "pipe", "there", "loop", "below a file"])
def test_a_record_that_cannot_be_is_refused_in_a_sentence(
    thread: tuple[TrainingThread, queue.SimpleQueue[m.Event]], kind: str, tmp_path: Path,
) -> None:
    engine, events = thread
    (tmp_path / "file.ganrun").write_bytes(b"x")
    (tmp_path / "loop.ganrun").symlink_to("loop.ganrun")
    os.mkfifo(tmp_path / "pipe.ganrun")
    path, words = {
        "nul": (f"{tmp_path}/a\0b.ganrun", "holds a character that no file name may hold"),
        "long": (f"{tmp_path}/{'x' * 300}.ganrun", "its name is longer than the system takes"),
        "folder": (str(tmp_path), "is a folder and no file"),
        "device": ("/dev/null", "is a device and no file"),
        "pipe": (f"{tmp_path}/pipe.ganrun", "is a pipe and no file"),
        "there": (f"{tmp_path}/file.ganrun", "exists already"),
        "loop": (f"{tmp_path}/loop.ganrun", "is a link that leads back to itself"),
        "below a file": (f"{tmp_path}/file.ganrun/x.ganrun", "is a file and no folder"),
    }[kind]
    engine.post(m.Start(run=1, spec=SPEC, record=path, playing=False))
    refused = until(events, m.Refused, m.Started)
    assert isinstance(refused, m.Refused) and words in refused.reason
    if kind not in ("folder", "there"):
        engine.post(m.Start(run=1, spec=SPEC, file=path, playing=False))
        refused = until(events, m.Refused, m.Started)
        assert isinstance(refused, m.Refused) and words in refused.reason


def test_there_is_an_end_to_how_many_runs_are_open(
    thread: tuple[TrainingThread, queue.SimpleQueue[m.Event]], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training_thread, "MOST_RUNS", 2)
    engine, events = thread
    for run in (1, 2):
        engine.post(m.Start(run=run, spec=SPEC, playing=False))
        until(events, m.Started)
    engine.post(m.Start(run=3, spec=SPEC, playing=False))
    refused = until(events, m.Refused)
    assert isinstance(refused, m.Refused) and refused.reason == "2 runs are open, as many as can be: end one first"
    engine.post(m.Start(run=3, spec=SPEC, playing=False, replaces=[1]))
    assert until(events, m.Started)
