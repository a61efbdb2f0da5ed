"""A comparison with a real engine: runs that go on at one step, that are looked back at, and whose files are whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from comparison_kit import PANELS
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from studio_kit import real_catalog

from ganstudio.core.protocol.messages import Command, Event, Welcome
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.runs.reader import RunReader
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training.checkpoint import rebuild
from ganstudio.training.trainer import Trainer
from ganstudio.ui.comparison.window import ComparisonWindow
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.state.session import Session
from ganstudio.ui.theme import DARK

SPECS = [Spec(variant=name, data="ring", seed=4, device="cpu", threads=1, controls={"batch_size": 8},
              network_controls={"width": 8, "depth": 1}) for name in ("gan", "wgan")]
STEPS = 60
PATIENCE_MS = 60_000


class Engine:
    """A training thread whose events are handed over when ``deliver`` is called."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.thread = TrainingThread(self.events.append)
        self.thread.start()
        self.session = Session(link=self)  # type: ignore[arg-type]
        self.session.take(Welcome(catalog=real_catalog(), device="CPU", devices=["auto"], torch="2"))

    def send(self, command: Command) -> None:
        self.thread.post(command)

    def deliver(self) -> None:
        events, self.events[:] = list(self.events), []
        for event in events:
            self.session.take(event)

    def end(self) -> None:
        self.thread.end()
        self.thread.join(30)


def shown(engine: Engine, folder: Path, runs: list[tuple[Spec, str]], *, playing: bool = True) -> ComparisonWindow:
    comparison = Comparison(engine.session, folder, len(runs))
    view = ComparisonWindow(comparison, PANELS, Preferences())
    view.apply_theme(DARK)
    view.show()
    comparison.start(runs, playing=playing)
    return view


def wait(engine: Engine, there: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_MS / 1000
    while not there():
        assert time.monotonic() < end
        engine.deliver()
        QTest.qWait(5)


def test_runs_are_trained_looked_back_at_and_kept(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    engine = Engine()
    try:
        view = shown(engine, tmp_path, [(spec, "") for spec in SPECS], playing=False)
        comparison = view.comparison
        wait(engine, lambda: all(member.run.started is not None for member in comparison.members))
        comparison.play(True, until=STEPS)
        wait(engine, lambda: all(member.steps == STEPS and not member.playing for member in comparison.members))
        wait(engine, lambda: all(count > 0 for count in view.scheduler.plots))

        view.history.to(0)
        for member in comparison.members:
            member.history.refresh()
        wait(engine, lambda: len(view.history.moments) > 1)
        middle = view.history.moments[len(view.history.moments) // 2]
        view.timeline.track.setValue(middle)
        wait(engine, lambda: all(member.history.at is not None for member in comparison.members))
        assert view.history.at == middle
        content = view.controls._area.widget()
        assert content is not None
        wait(engine, lambda: not content.isEnabled())
        assert view.timeline._label.text() == f"viewing step {middle:,} of {STEPS}"
        view.timeline.live.trigger()
        wait(engine, lambda: view.history.at is None)
        wait(engine, content.isEnabled)

        files = [Path(member.run.source) for member in comparison.members]
        comparison.play(True)
        wait(engine, lambda: all(member.steps > STEPS + 5 for member in comparison.members))
        view.close()
    finally:
        engine.end()
    for spec, file in zip(SPECS, files, strict=True):
        assert not file.with_name(f"{file.name}-wal").exists()
        reader = RunReader(file)
        try:
            assert reader.spec().variant == spec.variant
        finally:
            reader.close()
        found = rebuild(file, STEPS).trainer
        alone = Trainer(spec)
        while alone.game.steps < STEPS:
            alone.step()
        assert found.game.weights_hash() == alone.game.weights_hash()

    engine = Engine()
    try:
        view = shown(engine, tmp_path, [(Spec(), str(file)) for file in files], playing=False)
        wait(engine, lambda: all(
            bool(member.run.store.series) and member.run.started is not None for member in view.comparison.members))
        assert not view.comparison.playing
        ends = {member.steps for member in view.comparison.members}
        assert min(ends) > STEPS
        view.comparison.play(True)
        wait(engine, lambda: min(member.steps for member in view.comparison.members) > max(ends) + 2)
        view.close()
    finally:
        engine.end()
