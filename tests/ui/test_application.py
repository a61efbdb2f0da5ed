"""The studio on a real engine process, driven by its own widgets: one engine for a journey of many scenes."""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QPushButton, QSlider, QWidget
from studio_kit import end

from ganstudio.core.control import Value
from ganstudio.core.protocol.messages import Applied, Snapshot, Started
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.protocol.views import Line, Points
from ganstudio.core.runs.library import runs
from ganstudio.training.verification import verified
from ganstudio.ui.application import Studio, open_studio
from ganstudio.ui.main.window import Window
from ganstudio.ui.state.engine_client import EngineProcess

PATIENCE_S = 40.0  # only ever waited out by a scene that fails
SPEC = Spec(variant="wgan-gp", data="ring", preset="toy")
Scene = Callable[["Stand"], Coroutine[Any, Any, None]]
SCENES: dict[str, Scene] = {}


def scene(act: Scene) -> Scene:
    """A part of the journey; the name of the function is the name of its test."""
    SCENES[act.__name__] = act
    return act


class Stand:
    """Where a scene stands: the studio, and ways to wait for what it does."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.session, self.run, self.commands = studio.session, studio.run, studio.commands
        self.window = studio.window
        self.last: Snapshot | None = None
        self.run.snapshot_came.connect(self._came)

    def _came(self, snapshot: Snapshot) -> None:
        self.last = snapshot

    async def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f"waited in vain until {what}"
            await asyncio.sleep(0.004)

    @property
    def position(self) -> Position:
        assert self.run.progress is not None
        return self.run.progress.position

    @property
    def playing(self) -> bool:
        return self.run.progress is not None and self.run.progress.playing

    @property
    def engine(self) -> int:
        """The engine's process."""
        pid = self.session.process_id
        assert pid is not None
        return pid

    def has_done(self, updates: int) -> bool:
        return self.position.updates == updates

    def is_set(self, name: str, value: Value) -> bool:
        return self.run.settings[name] == value

    async def begin(self, spec: Spec = SPEC) -> Started:
        """Starts a run and waits until it moves."""
        self.commands.next_run.start(spec)
        return await self.stood()

    async def stood(self) -> Started:
        """Waits until the run that was asked for last stands and moves."""
        await self.until(lambda: self.run.number == self.session.last_number, "the run stands")
        await self.until(lambda: self.run.progress and self.position.steps > 2, "the run moves")
        assert self.run.started is not None
        return self.run.started

    async def pictures(self, count: int) -> None:
        """Waits for so many more pictures, painted by every visible panel."""
        target = self.window.scheduler.pictures + count
        await self.until(lambda: self.window.scheduler.pictures >= target, f"{count} pictures are painted")

    async def hold(self) -> None:
        if self.playing:
            self.window.transport.play.trigger()
        await self.until(lambda: not self.playing, "the run is paused")

    def log(self) -> str:
        text = self.window.findChild(QPlainTextEdit, "log.text")
        assert isinstance(text, QPlainTextEdit)
        return text.toPlainText()

    def action(self, name: str) -> QAction:
        found = self.window.findChild(QAction, name)
        assert isinstance(found, QAction)
        return found

    def slider(self, name: str) -> QSlider:
        found = self.window.findChild(QSlider, name)
        assert isinstance(found, QSlider)
        return found

    def notice(self) -> str:
        return self.window.notice.text if self.window.notice.isVisible() else ""

    def press(self, index: int) -> None:
        """Presses a button of the notice."""
        buttons = [button for button in self.window.notice.findChildren(QPushButton) if button.isVisible()]
        next(button for button in buttons if button.objectName() == f"notice.{index}").click()


# The journey -------------------------------------------------------------------------------------------------------


@scene
async def the_first_run_plays_and_its_points_move(stand: Stand) -> None:
    await stand.stood()
    await stand.until(lambda: stand.last is not None, "a picture comes")
    first = stand.last
    assert first is not None
    before = stand.window.panels["points"].grab().toImage()
    await stand.pictures(5)
    await stand.until(lambda: stand.last is not None and stand.last.position.steps > first.position.steps + 5,
                      "a later picture comes")
    assert stand.last is not None
    early, late = first.views["points"], stand.last.views["points"]
    assert isinstance(early, Points)
    assert isinstance(late, Points)
    assert early.real == late.real
    assert float(np.abs(early.fake.numpy() - late.fake.numpy()).max()) > 0.01
    assert stand.window.panels["points"].grab().toImage() != before
    assert stand.window.scheduler.shown_steps > 0


@scene
async def measures_come_with_their_floors(stand: Stand) -> None:
    await stand.until(lambda: stand.run.last_measured is not None, "measures come")
    measured = stand.run.last_measured
    assert measured is not None
    assert {"modes", "w1", "high_quality"} <= set(measured.measures) & set(measured.floors)


@scene
async def every_update_is_on_the_curves(stand: Stand) -> None:
    await stand.hold()
    await stand.until(lambda: sum(
        series.count for name, series in stand.run.store.series.items()
        if name in ("penalty", "generator")) == stand.position.updates, "no update is missing")
    steps = stand.run.store.series["generator"]
    assert steps.count == stand.position.of("generator")
    assert (np.diff(steps.x) > 0).all()
    stand.window.transport.play.trigger()
    await stand.until(lambda: stand.playing, "it plays on")


@scene
async def single_moves_leave_the_cycle_where_they_stop(stand: Stand) -> None:
    """Pause, D by one, G by one, finish the step, play on: each is one update, and the cycle goes on from there."""
    await stand.begin(Spec(variant="wgan-gp", data="ring", controls={"critic_steps": 3}))
    k = 3
    await stand.hold()
    held = stand.position
    stand.window.transport.step.trigger()
    await stand.until(lambda: stand.position.steps == held.steps + 1 and stand.position.place == 0, "a step is done")
    whole = stand.position
    for count in (1, 2):
        QTest.keyClick(stand.window, Qt.Key.Key_D)
        await stand.until(functools.partial(stand.has_done, whole.updates + count), "D has moved")
        assert stand.position == Position(
            steps=whole.steps, place=count,
            by_player={"discriminator": whole.of("discriminator") + count, "generator": whole.of("generator")},
        )
    await stand.until(lambda: "update 2" in stand.window.transport.readout.text(), "the read-out shows the place")
    assert not stand.playing
    stand.window.transport.step.trigger()
    await stand.until(lambda: stand.position.steps == whole.steps + 1, "the step is finished")
    assert stand.position == Position(
        steps=whole.steps + 1, place=0,
            by_player={"discriminator": whole.of("discriminator") + k, "generator": whole.of("generator") + 1},
    )
    stand.window.transport.player_steps[0].trigger()
    await stand.until(lambda: stand.position.place == 1, "D has moved")
    stand.window.transport.play.trigger()
    await stand.until(lambda: stand.position.steps > whole.steps + 4, "it plays on")
    await stand.hold()
    done = stand.position
    assert done.of("discriminator") - whole.of("discriminator") == k * (done.steps - whole.steps) + done.place
    assert done.of("generator") - whole.of("generator") == done.steps - whole.steps
    stand.window.transport.play.trigger()
    await stand.until(lambda: stand.playing, "it plays on")


@scene
async def a_slider_takes_effect_in_the_run_that_plays(stand: Stand) -> None:
    started = await stand.begin()
    applied: list[Applied] = []
    stand.run.control_applied.connect(applied.append)
    slider = stand.slider("control.gp_weight")
    for tick in range(0, 1000, 50):
        slider.setValue(tick)
    slider.setValue(1000)
    await stand.until(lambda: applied and applied[-1].value == 100.0, "the last value is applied")
    stand.run.control_applied.disconnect(applied.append)
    assert stand.run.started == started
    assert stand.run.settings["gp_weight"] == 100.0
    assert stand.run.changes == applied
    assert len(applied) < 10
    assert f"step {applied[-1].position.steps:,}" in stand.log()
    assert re.search(r"λ → 100\b", stand.log())
    box = stand.window.findChild(QLineEdit, "box.gp_weight")
    assert isinstance(box, QLineEdit)
    assert box.text() == "100"
    await stand.pictures(2)


@scene
async def what_the_engine_refuses_is_told_and_changes_nothing(stand: Stand) -> None:
    started = await stand.begin()
    stand.commands.sender.set_control("gp_weight", 1e9)
    await stand.until(stand.notice, "the refusal is told")
    assert "gp_weight" in stand.notice()
    assert stand.run.settings["gp_weight"] == started.settings["gp_weight"]
    assert stand.slider("control.gp_weight").value() < 1000
    before = stand.position.steps
    await stand.until(lambda: stand.position.steps > before, "the run goes on")


@scene
async def an_unknown_name_is_told_with_a_guess_and_the_run_goes_on(stand: Stand) -> None:
    started = await stand.begin()
    stand.commands.next_run.choose_data("rign")
    await stand.until(stand.notice, "the refusal is told")
    assert "did you mean 'ring'" in stand.notice()
    assert stand.run.started == started
    before = stand.position.steps
    await stand.until(lambda: stand.position.steps > before, "the run goes on")


@scene
async def every_stop_of_tab_has_a_name(stand: Stand) -> None:
    await stand.begin()
    stand.window.activateWindow()
    await stand.until(stand.window.isActiveWindow, "keys go to the window")
    first = stand.window.pickers.variants
    first.setFocus()
    stops: list[QWidget] = []
    while not stops or (stops[-1] is not first and len(stops) < 500):
        assert stand.window.focusNextChild()
        stop = QApplication.focusWidget()
        assert stop is not None
        stops.append(stop)
    assert stops[-1] is first, "Tab does not come round"
    assert len(stops) > 30
    for stop in stops:
        interface = QAccessible.queryAccessibleInterface(stop)
        assert stop.accessibleName() or interface.text(QAccessible.Text.Name), f"{stop} in {stop.parent()}"
    stand.window.setFocus()


@scene
async def another_variant_begins_cleanly(stand: Stand) -> None:
    old = await stand.begin()
    await stand.until(lambda: "penalty" in stand.run.store.series, "terms of the old run come")
    stand.action("variant.ns-gan").trigger()
    new = await stand.stood()
    assert (new.run, new.spec.variant, new.spec.data) == (old.run + 1, "ns-gan", "ring")
    await stand.pictures(3)
    assert stand.run.store.series
    assert "penalty" not in stand.run.store.series
    assert min(series.x[0] for series in stand.run.store.series.values()) <= 1
    assert not stand.window.findChildren(QSlider, "control.gp_weight")
    assert "ns-gan on ring" in stand.log()
    assert stand.notice() == ""


@scene
async def a_preset_begins_with_its_settings(stand: Stand) -> None:
    await stand.begin()
    presets = stand.window.findChild(QComboBox, "control.preset")
    assert isinstance(presets, QComboBox)
    paper = presets.findData("paper")
    presets.setCurrentIndex(paper)
    presets.activated.emit(paper)
    started = await stand.stood()
    assert started.spec.preset == "paper"


@scene
async def data_on_the_line_has_the_layout_of_the_line_and_back(stand: Stand) -> None:
    await stand.begin()
    stand.action("data.mixture").trigger()
    assert (await stand.stood()).kind == "line"
    await stand.pictures(3)
    assert stand.last is not None
    assert isinstance(stand.last.views["line"], Line)
    assert "points" not in stand.last.views
    shown = {name for name, dock in stand.window.docks.items() if not dock.isHidden()}
    assert "line" in shown
    assert not {"points", "landscape"} & shown
    stand.action("data.ring").trigger()
    assert (await stand.stood()).kind == "plane"
    await stand.pictures(3)
    shown = {name for name, dock in stand.window.docks.items() if not dock.isHidden()}
    assert {"points", "landscape"} <= shown
    assert "line" not in shown


@scene
async def slow_motion_slows_and_the_end_of_the_slider_frees(stand: Stand) -> None:
    await stand.begin()
    speed = stand.slider("transport.speed")
    speed.setValue(0)
    await stand.until(lambda: stand.run.progress and stand.run.progress.steps_per_second < 2, "it is slow")
    slow = stand.position.updates
    speed.setValue(speed.maximum())
    await stand.until(lambda: stand.position.updates > slow + 50, "it is fast")


@scene
async def a_run_that_diverges_is_told_and_comes_back_with_the_good_settings(stand: Stand) -> None:
    started = await stand.begin()
    changes: dict[str, Value] = {"gp_weight": 100.0, "optimiser_d": "sgd", "learning_rate_d": 1.0}
    for name, value in changes.items():
        stand.commands.sender.set_control(name, value)
        await stand.until(functools.partial(stand.is_set, name, value), "it is applied")
    await stand.until(stand.notice, "the divergence is told")
    diverged = stand.run.last_diverged
    assert diverged is not None
    assert f"“{diverged.what.term}” became {diverged.what.value} at step {diverged.what.at:,.0f}" in stand.notice()
    assert diverged.what.term in ("critic", "penalty", "generator")
    await stand.until(lambda: not stand.playing, "the run is paused")
    assert stand.run.store.series[diverged.what.term].count > 0
    stand.press(0)
    restarted = await stand.stood()
    assert restarted.run == started.run + 1
    assert restarted.settings["learning_rate_d"] == started.settings["learning_rate_d"]
    assert stand.notice() == ""
    assert stand.playing


@scene
async def a_run_that_diverges_from_the_start_comes_back_with_the_presets_settings(stand: Stand) -> None:
    controls: dict[str, Value] = {"learning_rate_d": 1.0, "gp_weight": 100.0, "optimiser_d": "sgd"}
    stand.commands.next_run.start(Spec(variant="wgan-gp", data="ring", controls=controls))
    await stand.until(lambda: stand.run.last_diverged is not None, "it diverges")
    await stand.until(stand.notice, "the divergence is told")
    stand.press(0)
    restarted = await stand.stood()
    assert restarted.settings["learning_rate_d"] != 1.0
    assert stand.notice() == ""


class Burden:
    """What engine and window hold of the machine."""

    def __init__(self, engine: psutil.Process) -> None:
        self.processes = {"engine": engine, "window": psutil.Process()}
        self.before = {name: (p.num_threads(), p.num_fds(), p.memory_info().rss) for name, p in self.processes.items()}
        self.children = len(psutil.Process().children(recursive=True))

    def complaints(self) -> list[str]:
        """What is heavier than it was."""
        gc.collect()
        found = [] if len(psutil.Process().children(recursive=True)) <= self.children else ["more processes"]
        for name, process in self.processes.items():
            threads, files, memory = self.before[name]
            if process.num_threads() > threads:
                found.append(f"{name}: {process.num_threads()} threads after {threads}")
            if process.num_fds() > files:
                found.append(f"{name}: {process.num_fds()} open files after {files}")
            growth = (process.memory_info().rss - memory) / 1e6
            if growth > 30:
                found.append(f"{name}: {growth:.0f} MB more")
        return found


@scene
async def a_thousand_changes_and_ten_thousand_moves_leave_nothing_behind(stand: Stand) -> None:
    catalog = stand.session.catalog
    kind = catalog.data_set("ring").kind if catalog else None
    names = [variant.name for variant in catalog.variants if kind in variant.kinds] if catalog else []
    assert len(names) >= 9
    for name in names:  # what is loaded or kept once is no leak
        await stand.begin(Spec(variant=name, data="ring"))
        await stand.pictures(2)
    await stand.begin()
    await stand.until(lambda: stand.run.last_measured is not None, "measures come")
    burden = Burden(psutil.Process(stand.engine))
    began = stand.session.last_number
    for index in range(500):  # all at once, faster than any run can be built
        stand.commands.next_run.choose_variant(names[index % len(names)])
        for move in range(10):
            stand.commands.sender.set_control("learning_rate_g", 1e-6 * (1 + move))
    for index in range(500):  # and with time for some of them to stand
        stand.commands.next_run.choose_variant(names[index % len(names)])
        for move in range(9):
            stand.commands.sender.set_control("learning_rate_g", 1e-6 * (1 + move))
        await asyncio.sleep(0)
    await stand.stood()
    assert stand.session.last_number == began + 1000
    assert stand.run.spec.variant == names[499 % len(names)]
    for move in range(501):
        stand.commands.sender.set_control("learning_rate_g", 1e-6 * (1 + move))
    await stand.until(lambda: stand.run.settings["learning_rate_g"] == 1e-6 * 501, "the last move is applied")
    await stand.begin()
    await stand.pictures(5)
    await stand.until(lambda: stand.run.last_measured is not None, "measures come")
    await stand.until(lambda: not burden.complaints(), f"it is as light as before: {burden.complaints()}")


@scene
async def every_run_is_recorded_and_any_step_can_be_gone_back_to(stand: Stand) -> None:
    stand.commands.next_run.folder = Path(os.environ["GANSTUDIO_HOME"]) / "runs"
    try:
        started = await stand.begin(Spec(variant="wgan-gp", data="ring", seed=3))
        assert Path(started.record).parent == stand.commands.next_run.folder
        stand.commands.sender.set_control("gp_weight", 7.0)
        await stand.until(lambda: stand.is_set("gp_weight", 7.0), "it is applied")
        await stand.until(lambda: stand.position.steps > 40, "it has gone on")
        stand.commands.next_run.go_back(20)
        await stand.until(lambda: stand.run.number == stand.session.last_number, "the branch stands")
        branch = stand.run.started
        assert branch is not None and branch.position.steps == 20 and not branch.playing
        assert branch.record != started.record
        assert not Path(branch.record).exists()  # it has not moved yet
        await stand.until(lambda: stand.run.progress is not None, "where it stands is told")
        stand.window.transport.play.trigger()
        await stand.until(lambda: stand.position.steps > 25, "the branch moves")
        await stand.begin()
        stand.commands.next_run.folder = None
        await stand.begin()
        await stand.until(lambda: len(runs(Path(branch.record).parent)) == 3, "all three are there")
        await stand.until(lambda: not list(Path(branch.record).parent.glob("*-wal")), "each is one plain file")
        kept = {str(one.path): one for one in runs(Path(branch.record).parent)}
        mother, child = kept[started.record], kept[branch.record]
        assert mother.steps > 40 and child.steps > 25
        assert child.parent is not None and child.parent.file == Path(started.record).name
        assert child.parent.position.steps == 20
        verdict = verified(Path(branch.record))
        assert verdict.identical and verdict.steps >= child.steps
    finally:
        stand.commands.next_run.folder = None


@scene
async def a_moment_that_has_passed_is_looked_at_gone_on_from_and_compared(stand: Stand) -> None:
    stand.commands.next_run.folder = Path(os.environ["GANSTUDIO_HOME"]) / "looked back at"
    history, timeline, points = stand.window.history, stand.window.timeline, stand.window.panels["points"]

    def is_shown(steps: int) -> bool:
        return history.at == steps

    def has_gone_past(steps: int) -> bool:
        return stand.position.steps > steps

    try:
        mother = await stand.begin(Spec(variant="wgan-gp", data="ring", seed=4))
        await stand.until(lambda: stand.position.steps > 60, "it has gone on")
        timeline.pin.trigger()
        await stand.until(lambda: history.pins, "the pin is in the file")
        await stand.until(lambda: len(history.moments) > 4 and history.moments[-1] > 20, "pictures are in the file")
        moments = history.moments
        assert moments[0] < 10 and history.pins[0] >= 60  # its file is made once the first terms are known
        early, later = moments[0], next(steps for steps in moments if steps > 20)
        shown: dict[int, QImage] = {}
        for steps in (later, early, later):
            timeline.track.setFocus()
            history.to(steps)
            await stand.until(functools.partial(is_shown, steps), "the moment is shown")
            await stand.until(lambda: timeline.go_on.isEnabled(), "it can be gone on from there")
            await stand.until(functools.partial(has_gone_past, stand.position.steps), "the run goes on all the while")
            image = points.grab().toImage()
            assert shown.setdefault(steps, image) == image  # the same picture again, whatever is trained meanwhile
        assert shown[early] != shown[later]
        assert f"step {later:,} of " in timeline.track.accessibleDescription()
        QTest.keyClick(timeline.track, Qt.Key.Key_Escape)
        await stand.until(lambda: history.at is None, "the live run is shown")
        await stand.pictures(2)
        QTest.keyClick(timeline.track, Qt.Key.Key_Left)
        await stand.until(lambda: history.at is not None, "the last moment is shown")
        history.to(later)
        await stand.until(lambda: history.at == later, "the moment is shown")
        end = stand.position.steps
        timeline.go_on.trigger()
        branch = await stand.stood()
        assert (branch.position.steps, branch.playing, stand.run.file) == (later, True, mother.record)
        assert history.at is None and history.left_at == later
        assert [at for at in history.moments if at <= later] == [at for at in moments if at <= later]
        await stand.until(lambda: stand.position.steps > later + 10, "the branch moves")
        beyond = stand.run.beyond.series["generator"]  # how its parent went on, behind its curves
        assert beyond.x[0] > later and beyond.x[beyond.count - 1] >= end
        await stand.until(lambda: history.moments[-1] > later, "its own pictures are in its own file")
        history.to(early)
        await stand.until(lambda: history.at == early, "what it came from is shown")
        assert points.grab().toImage() == shown[early]
        await stand.begin()
        assert history.at is None and not any(steps > 5000 for steps in history.moments)
        await stand.until(lambda: not list(Path(branch.record).parent.glob(Path(branch.record).name + "-wal")),
                          "the branch is one plain file")
        assert verified(Path(branch.record)).identical
    finally:
        stand.commands.next_run.folder = None
    await stand.begin()
    assert not timeline.track.isEnabled() and stand.window.history.moments == []


@scene
async def a_change_is_taken_back_and_made_again(stand: Stand) -> None:
    before = (await stand.begin(Spec(variant="wgan-gp", data="ring", seed=6))).settings["gp_weight"]
    undo_stack = stand.window.undo_stack
    undo_stack.undo()  # nothing to be undone
    for value in (5.0, 6.0, 7.0):  # one drag
        stand.commands.sender.set_control("gp_weight", value)
        await stand.until(functools.partial(stand.is_set, "gp_weight", value), "it is applied")
    stand.commands.sender.set_control("critic_steps", 4)
    await stand.until(lambda: stand.is_set("critic_steps", 4), "it is applied")
    undo, redo = stand.window.undo_actions.undo, stand.window.undo_actions.redo
    assert undo.text() == "&Undo D steps k → 4\tCtrl+Z" and not redo.isEnabled()
    undo.trigger()
    await stand.until(lambda: not stand.is_set("critic_steps", 4), "it is taken back")
    assert stand.is_set("gp_weight", 7.0)
    undo.trigger()
    await stand.until(lambda: stand.is_set("gp_weight", before), "the whole drag is taken back")
    assert not undo.isEnabled()
    redo.trigger()
    await stand.until(lambda: stand.is_set("gp_weight", 7.0), "it is made again")
    redo.trigger()
    await stand.until(lambda: stand.is_set("critic_steps", 4), "and the other")
    assert not redo.isEnabled()
    command = stand.commands.next_run.command
    assert command.startswith("ganstudio train --variant wgan-gp --data ring ") and "gp_weight=7.0" in command
    await stand.begin()
    assert not undo.isEnabled()


@scene
async def an_engine_that_is_killed_is_told_and_replaced(stand: Stand) -> None:
    await stand.begin(Spec(variant="wgan-gp", data="moons", seed=9))
    stand.commands.sender.set_control("gp_weight", 33.0)
    await stand.until(lambda: stand.run.settings["gp_weight"] == 33.0, "it is applied")
    old = stand.engine
    os.kill(old, signal.SIGKILL)
    await stand.until(stand.notice, "the loss is told")
    assert "signal 9" in stand.notice()
    assert stand.window.isVisible()
    assert not stand.window.transport.play.isEnabled()
    assert stand.run.store.series
    stand.press(0)
    await stand.until(lambda: stand.run.started is not None, "the fresh engine runs it")
    started = await stand.stood()
    assert stand.engine != old
    assert (started.spec.data, started.spec.seed, started.settings["gp_weight"]) == ("moons", 9, 33.0)
    assert stand.notice() == ""
    await stand.pictures(3)


@scene
async def a_recorded_run_whose_engine_is_killed_is_gone_on_with(stand: Stand) -> None:
    stand.commands.next_run.folder = Path(os.environ["GANSTUDIO_HOME"]) / "killed"
    try:
        first = await stand.begin(Spec(variant="wgan-gp", data="ring", seed=10))
        stand.commands.sender.set_control("gp_weight", 7.0)
        await stand.until(lambda: stand.run.settings["gp_weight"] == 7.0, "it is applied")
        there = stand.position.steps
        await stand.until(lambda: stand.window.history.moments[-1:] > [there], "a later picture is on the disk")
        os.kill(stand.engine, signal.SIGKILL)
        await stand.until(stand.notice, "the loss is told")
        label = next(b.text() for b in stand.window.notice.findChildren(QPushButton) if b.objectName() == "notice.0")
        offered = int(label.removeprefix("Go on from step ").replace(",", ""))
        assert there <= offered <= stand.position.steps  # from the last checkpoint, made at the change or later
        assert stand.run.source == first.record
        stand.press(0)
        await stand.until(lambda: stand.run.started is not None, "the fresh engine has rebuilt it")
        branch = stand.run.started
        assert branch is not None
        assert (branch.position.steps, branch.settings["gp_weight"], branch.spec.seed) == (offered, 7.0, 10)
        await stand.until(lambda: stand.run.progress and stand.position.steps > offered + 5, "it trains on")
        assert stand.notice() == ""
        await stand.until(lambda: Path(branch.record).exists(), "the branch is recorded")
        assert branch.record != first.record
    finally:
        stand.commands.next_run.folder = None
    await stand.begin()
    assert verified(Path(branch.record)).identical


# The tests ---------------------------------------------------------------------------------------------------------


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture(scope="module")
def studio_home(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings of nobody's; and what opening a studio changes in the process is put back."""
    handlers = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}
    font, palette = qapp.font(), qapp.palette()
    qapp.setQuitOnLastWindowClosed(False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_HOME", str(tmp_path_factory.mktemp("studio")))
        yield
    for which, handler in handlers.items():
        signal.signal(which, handler)
    for window in qapp.topLevelWidgets():
        if isinstance(window, Window):
            end(window)
    qapp.setStyleSheet("")
    qapp.setFont(font)
    qapp.setPalette(palette)


class Journey:
    """What became of each scene, and of the engine when all was over."""

    def __init__(self) -> None:
        self.played: list[str] = []
        self.faults: dict[str, BaseException] = {}
        self.engine = -1
        self.closing_s = -1.0
        self.status = -1
        self.windows: list[Window] = []

    async def play(self, studio: Studio) -> int:
        self.windows.append(studio.window)
        stand = Stand(studio)
        for name, act in SCENES.items():
            try:
                self.played.append(name)
                await act(stand)
            except Exception as fault:  # noqa: BLE001  # raised by the scene's own test
                self.faults[name] = fault
                if not await self._begins_again(stand):
                    break
        self.engine = studio.session.process_id or -1
        self.closing_s = time.monotonic()
        studio.window.close()
        return 5

    async def _begins_again(self, stand: Stand) -> bool:
        """Whether there is another run, so that what a scene left behind is not blamed on the next one."""
        if stand.session.engine is None:
            return False
        try:
            await stand.begin()
        except AssertionError:
            return False
        return True


@pytest.fixture(scope="module")
def journey(studio_home: None) -> Journey:
    made = Journey()
    made.status = open_studio(EngineProcess, None, SPEC, script=made.play)
    made.closing_s = time.monotonic() - made.closing_s
    return made


@pytest.mark.timeout(900)  # the first waits for the whole journey, a minute or two on a quiet machine
@pytest.mark.parametrize("name", SCENES)
def test_scene(journey: Journey, name: str) -> None:
    assert name in journey.played, "the engine was lost in a scene before this one"
    if name in journey.faults:
        raise journey.faults[name]


def test_closing_while_it_trains_ends_the_engine(journey: Journey) -> None:
    assert journey.status == 5
    assert gone(journey.engine)
    assert journey.closing_s < 3.0


def test_a_hand_that_closes_the_window_ends_the_studio(studio_home: None) -> None:
    """No script: the studio lives until its window is closed, here at the first picture."""
    engines: list[EngineProcess] = []
    windows: list[Window] = []
    closed: list[float] = []

    def make() -> EngineProcess:
        engines.append(EngineProcess())
        return engines[-1]

    def close(_: Snapshot) -> None:
        closed.append(time.monotonic())
        windows[0].close()

    def prepare(window: Window) -> None:
        windows.append(window)
        window.run.snapshot_came.connect(close)

    assert open_studio(make, None, SPEC, prepare=prepare) == 0
    assert time.monotonic() - closed[0] < 3.0
    assert len(engines) == 1
    assert gone(engines[0].pid)


ALONE = """
import asyncio, json, sys, threading
import psutil
from ganstudio.commands.studio import link_maker
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.application import open_studio

told = {}

def libraries(process):
    return [mapped.path for mapped in process.memory_maps()] if hasattr(process, "memory_maps") else None

async def script(studio):
    while studio.window.scheduler.pictures < 3:
        await asyncio.sleep(0.01)
    told["engine"] = studio.session.process_id
    told["of_engine"] = libraries(psutil.Process(told["engine"]))
    told["of_window"] = libraries(psutil.Process())
    told["torch"] = [name for name in sys.modules if name.split(".")[0] == "torch"]
    studio.window.close()
    await asyncio.wait_for(studio.closed.wait(), 3)
    return 0

status = open_studio(link_maker("process"), None, Spec(), script=script)
told["threads"] = threading.active_count()
print(json.dumps(told))
sys.exit(status)
"""


def test_a_studio_that_plays_has_torch_and_qt_in_processes_apart_and_leaves_nothing(tmp_path: Path) -> None:
    """In a process of its own, for this one has loaded both; no warning is given either."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE], capture_output=True, text=True, timeout=110, check=False,
        env={**os.environ, "GANSTUDIO_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["torch"] == []
    assert told["threads"] == 1
    assert gone(told["engine"])
    if told["of_engine"] is not None:  # psutil reads what a process has mapped on Linux and Windows
        assert not [path for path in told["of_engine"] if "PySide6" in path]
        assert [path for path in told["of_engine"] if "libtorch" in path or "torch_cpu" in path]
        assert not [path for path in told["of_window"] if "torch" in path]
        assert [path for path in told["of_window"] if "PySide6" in path]
