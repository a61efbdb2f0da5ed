"""Exports beside the window: one after the other, cancelled without a trace, of the live moment, and told."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot
from studio_kit import Stage, end, progress, started

from ganstudio.core.protocol import messages as m
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.core.runs.reader import RunReader
from ganstudio.core.runs.writer import RunWriter
from ganstudio.engine.training_thread import TrainingThread
from ganstudio.training.checkpoint import checkpoint_of
from ganstudio.training.trainer import Trainer
from ganstudio.ui.export import menu
from ganstudio.ui.export import queue as exports
from ganstudio.ui.export.menu import UNRECORDED, ExportMenu
from ganstudio.ui.export.queue import Export, ExportBar, ExportQueue, in_words, program
from ganstudio.ui.export.samples_dialog import SampleDialog
from ganstudio.ui.main.window import Window
from ganstudio.ui.state.preferences import Preferences

SMALL = Spec(variant="gan", data="ring", seed=4, device="cpu", threads=1, controls={"batch_size": 8},
             network_controls={"width": 8, "depth": 1})

# A command in small: its target stands last; the word before it says how it goes.
CHILD = """
import os, pathlib, signal, sys, time
target, how = pathlib.Path(sys.argv[-1]), sys.argv[3]  # --out where no word says how
assert os.environ["GANSTUDIO_PROGRESS"] and os.environ["QT_QPA_PLATFORM"] == "offscreen"
target.write_text("half")
if how == "hang":
    sys.stderr.write("progress 1 4\\n"); sys.stderr.flush()
    time.sleep(60)
if how == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stderr.write("progress 1 4\\n"); sys.stderr.flush()
    time.sleep(60)
if how == "fail":
    sys.stderr.write("progress 1 4\\nganstudio: the disk is full\\n")
    sys.exit(2)
if how == "mute":
    sys.exit(3)
target.with_suffix(".json").write_text("beside")
target.write_text(sys.argv[2])
sys.stderr.write("prog"); sys.stderr.flush(); sys.stderr.write("ress 4 4\\n")
"""


class Yard:
    """Exports whose command is ``CHILD``."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.folder = qtbot, folder
        self.exports = ExportQueue(None, [sys.executable, "-c", CHILD])
        self.over: list[tuple[str, str]] = []
        self.exports.over.connect(lambda export, fault: self.over.append((export.what, fault)))

    def add(self, what: str, how: str = "well", name: str = "x.txt") -> None:
        self.exports.add(Export(what, "video", self.folder / name, (how,)), "a.ganrun")

    def until(self, there: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(there, timeout=20_000)

    def idle(self) -> bool:
        return self.exports.now is None

    @property
    def left(self) -> list[str]:
        """What lies in the folder."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def yard(qtbot: QtBot, tmp_path: Path) -> Iterator[Yard]:
    yard = Yard(qtbot, tmp_path)
    yield yard
    yard.exports.leave(lambda: None)
    yard.until(yard.idle)


def test_what_a_command_writes_takes_its_place_when_all_is_well(yard: Yard) -> None:
    (yard.folder / "x.txt").write_text("before")
    yard.add("film")
    assert (yard.folder / "x.txt").read_text() == "before"
    yard.until(yard.idle)
    assert yard.over == [("film", "")]
    assert yard.left == ["x.json", "x.txt"]
    assert (yard.folder / "x.txt").read_text() == "a.ganrun"  # the run's file was handed on


def test_several_go_one_after_the_other(yard: Yard) -> None:
    for what in ("one", "two", "three"):
        yard.add(what, name=f"{what}.txt")
    assert (yard.exports.now is not None and yard.exports.now.what, yard.exports.waiting) == ("one", 2)
    yard.until(yard.idle)
    assert yard.over == [("one", ""), ("two", ""), ("three", "")]


def test_the_bar_tells_how_far_it_is_and_cancel_leaves_nothing(yard: Yard) -> None:
    bar = ExportBar(yard.exports)
    yard.qtbot.addWidget(bar)
    yard.qtbot.addWidget(bar.cancel)
    assert bar.isHidden()
    (yard.folder / "x.txt").write_text("before")
    yard.add("film", "hang")
    yard.add("curves", name="y.txt")
    yard.until(lambda: yard.exports.total == 4)
    assert not bar.isHidden()
    assert (bar.value(), bar.maximum()) == (1, 4)
    assert bar.text() == "film 25% (+1)"
    assert "1 of 4" in bar.toolTip()
    bar.cancel.click()
    assert (bar.text(), bar.cancel.isEnabled()) == ("film: stopping", False)
    yard.until(yard.idle)
    assert yard.over == [("curves", "")]  # of what was cancelled nobody is told; the next one was made
    assert yard.left == ["x.txt", "y.json", "y.txt"]
    assert (yard.folder / "x.txt").read_text() == "before"
    assert bar.isHidden()


def test_a_child_that_does_not_hear_is_killed(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "GENTLY_MS", 50)
    yard.add("film", "deaf")
    yard.until(lambda: yard.exports.total == 4)
    yard.exports.cancel()
    yard.until(yard.idle)
    assert yard.left == []


def test_a_fault_is_told_in_the_commands_own_sentence(yard: Yard) -> None:
    yard.add("film", "fail")
    yard.add("report", "mute")
    yard.until(yard.idle)
    assert yard.over == [("film", "the disk is full"), ("report", "it ended with status 3 and gave no reason")]
    assert yard.left == []


def test_a_folder_that_is_not_there_and_a_program_that_is_not_are_faults(yard: Yard) -> None:
    yard.add("film", name="nowhere/x.txt")
    assert yard.over[0][0] == "film"
    assert "cannot be written" in yard.over[0][1]
    yard.exports._program = [str(yard.folder / "no-such-program")]
    yard.add("film")
    yard.until(yard.idle)
    assert "cannot be started" in yard.over[1][1]
    assert yard.left == []


def test_leaving_ends_the_child_first(yard: Yard) -> None:
    left: list[bool] = []
    yard.add("film", "hang")
    yard.add("curves")
    yard.until(lambda: yard.exports.total == 4)
    yard.exports.leave(lambda: left.append(yard.idle()))
    assert left == []
    yard.until(lambda: bool(left))
    assert left == [True]
    assert yard.left == []
    assert yard.over == []
    yard.exports.leave(lambda: left.append(True))  # nothing runs: at once
    assert left == [True, True]


def test_the_command_is_this_pythons_or_the_bundle_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert program() == [sys.executable, "-m", "ganstudio"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert program() == [sys.executable]


def test_times_are_told_no_finer_than_known() -> None:
    assert [in_words(seconds) for seconds in (0.2, 59.6, 89, 100, 3600)] == ["1 s", "60 s", "89 s", "2 min", "60 min"]


# The engine keeps the moment ------------------------------------------------------------------------------------


def test_the_engine_says_when_a_moment_is_on_the_disk_and_pins_only_for_good(tmp_path: Path) -> None:
    events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
    thread = TrainingThread(events.put)
    thread.start()
    path = tmp_path / "a.ganrun"

    def kept() -> m.CheckpointSaved:
        while True:
            event = events.get(timeout=30)
            assert not isinstance(event, m.Refused | m.Failed), event
            if isinstance(event, m.CheckpointSaved):
                return event

    try:
        thread.post(m.Start(run=1, spec=SMALL, playing=False, record=str(path)))
        for _ in range(3):
            thread.post(m.Step(run=1, player="cycle"))
        thread.post(m.Pin(run=1, for_good=False))
        told = kept()
        assert (told.run, told.position.steps, told.file) == (1, 3, str(path))
        reader = RunReader(path)
        assert [position.steps for _, position in reader.moments()][-1] == 3
        assert reader.pins() == []
        reader.close()
        thread.post(m.Pin(run=1))
        assert kept().position.steps == 3
        reader = RunReader(path)
        assert reader.pins() == [3]
        reader.close()
    finally:
        thread.end()
        thread.join()


def test_a_moment_of_a_run_that_is_not_recorded_is_refused() -> None:
    events: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
    thread = TrainingThread(events.put)
    thread.start()
    try:
        thread.post(m.Start(run=1, spec=SMALL, playing=False))
        thread.post(m.Pin(run=1, for_good=False))
        while not isinstance(event := events.get(timeout=30), m.Refused):
            assert not isinstance(event, m.Failed)
        assert "not recorded" in event.reason
    finally:
        thread.end()
        thread.join()


# The menu -------------------------------------------------------------------------------------------------------


class Shop:
    """A window whose exports are made by ``CHILD``, over a run whose file stands at step 0."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.out = qtbot, folder / "out"
        self.out.mkdir()
        self.file = folder / "a.ganrun"
        self.stage = Stage()
        self.preferences = Preferences()
        self.preferences.keep("export/folder", str(self.out))
        self.window = Window(self.stage.commands, self.preferences)
        self.window.show()
        self.export.exports._program = [sys.executable, "-c", CHILD]

    @property
    def export(self) -> ExportMenu:
        return self.window.export_menu

    def record(self, updates: int = 0) -> None:
        """A run file whose last moment is after so many updates of each player."""
        trainer = Trainer(SMALL)
        writer = RunWriter(self.file, trainer.spec)
        for _ in range(updates):
            trainer.step()
        writer.add_checkpoint(checkpoint_of(trainer))
        writer.close()

    def begin(self, spec: Spec | None = None, record: str = "") -> int:
        self.stage.next_run.start(spec or Spec())
        asked = self.stage.link.told(m.Start)[-1]
        event = started(asked.run, asked.spec)
        self.stage.link.say(msgspec.structs.replace(event, record=record))
        return asked.run

    def at(self, run: int, updates: int) -> None:
        """The run has come so far."""
        event = progress(run, updates)
        position = Position(steps=updates, by_player={"discriminator": updates, "generator": updates})
        self.stage.link.say(msgspec.structs.replace(event, position=position))

    def enabled(self) -> dict[str, bool]:
        return {action.objectName().removeprefix("export."): action.isEnabled()
                for action in self.export.menu.actions() if action.objectName()}

    def press(self, name: str) -> None:
        action = next(a for a in self.export.menu.actions() if a.objectName() == f"export.{name}")
        assert action.isEnabled()
        action.trigger()

    def until(self, there: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(there, timeout=20_000)

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.out.iterdir())


@pytest.fixture
def shop(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    shop = Shop(qtbot, tmp_path)
    yield shop
    shop.export.leave(lambda: None)
    shop.until(lambda: not shop.export.busy)
    end(shop.window)


def picks(monkeypatch: pytest.MonkeyPatch, path: Path, chosen: str = "") -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), chosen))


def recorded(shop: Shop, *has: str) -> None:
    """A run of which there is a file, with what it has."""
    record = shop.out.parent / "mine.ganrun"
    record.touch()
    shop.begin(record=str(record))
    event = shop.stage.run.started
    assert event is not None
    shop.stage.run.started = msgspec.structs.replace(event, has=list(has))
    shop.export.refresh()


def action_of(shop: Shop, name: str) -> QAction:
    return next(action for action in shop.export.menu.actions() if action.objectName() == f"export.{name}")


def test_what_is_not_installed_is_said_before_a_place_is_asked_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorded(shop)
    assert action_of(shop, "tensorboard").isEnabled() and "ONNX needs" not in action_of(shop, "generator").toolTip()
    monkeypatch.setattr(menu, "missing", lambda *packages: True)
    shop.export.refresh()
    assert not action_of(shop, "tensorboard").isEnabled()
    assert "pip install tensorboard" in action_of(shop, "tensorboard").toolTip()
    assert action_of(shop, "generator").isEnabled() and "pip install onnx" in action_of(shop, "generator").toolTip()
    offered: list[str] = []

    def ask(*asked: str) -> tuple[str, str]:
        offered.append(asked[3])
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    shop.press("generator")
    assert "safetensors" in offered[0] and "onnx" not in offered[0]


def test_a_conditional_generator_can_only_be_exported_as_onnx(
        shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[list[str]] = []
    monkeypatch.setattr(shop.export, "_ask_and_start", lambda *words: offered.append(list(words[-1])))
    gone = {"onnx", "onnxscript"}
    monkeypatch.setattr(menu, "missing", lambda *names: bool(gone.intersection(names)))
    recorded(shop, "label", "latent")
    generator = action_of(shop, "generator")
    assert not generator.isEnabled() and "pip install onnx" in generator.toolTip()
    assert action_of(shop, "report").isEnabled()
    gone.clear()
    shop.export.refresh()
    assert generator.isEnabled()
    generator.trigger()
    recorded(shop, "latent")
    generator.trigger()
    assert offered == [[".onnx"], [".safetensors", ".onnx"]]


def test_whether_a_package_is_there_is_asked_of_python() -> None:
    assert not menu.missing("msgspec") and menu.missing("msgspec", "no_such_package_at_all")


def test_what_is_not_recorded_cannot_be_taken_out_but_pictured(shop: Shop) -> None:
    shop.begin()
    off = {name for name, on in shop.enabled().items() if not on}
    assert off == {"film", "walk", "curves", "samples", "generator", "report", "tensorboard"}
    film = next(a for a in shop.export.menu.actions() if a.objectName() == "export.film")
    assert film.toolTip() == UNRECORDED
    run = shop.begin(record=str(shop.file))
    assert not shop.enabled()["film"]  # its file comes with the first update
    shop.record()
    shop.at(run, 0)
    assert {name for name, on in shop.enabled().items() if not on} == {"walk"}
    assert "Ctrl+M" in film.toolTip()
    shop.begin(Spec(variant="dcgan", data="digits"), record=str(shop.file))
    assert shop.enabled()["walk"]


def test_an_export_waits_until_the_file_contains_the_live_moment(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.record()
    run = shop.begin(record=str(shop.file))
    shop.at(run, 1)
    picks(monkeypatch, shop.out / "c.csv")
    shop.press("curves")
    assert shop.stage.link.told(m.Pin) == [m.Pin(run=run, for_good=False)]
    shop.qtbot.wait(100)
    assert shop.export.exports.now is None
    assert shop.export.busy
    shop.stage.link.say(m.CheckpointSaved(run=run, position=Position(steps=1), file=str(shop.file)))
    shop.until(lambda: not shop.export.busy)
    assert shop.left == ["c.csv", "c.json"]
    assert (shop.out / "c.csv").read_text() == str(shop.file)
    assert shop.window.notice.text == "Exported: curves, to c.csv."


@pytest.mark.parametrize(("spec", "ending"), [
    (Spec(), ".csv"), (Spec(variant="dcgan", data="digits"), ".png"),
    (Spec(data="points", data_controls={"file": "/x/my heart?.csv"}), ".csv"),
])
def test_samples_are_offered_as_what_they_are(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, spec: Spec, ending: str
) -> None:
    """Points are numbers: a table. The name is that of the user's file."""
    offered: list[str] = []

    def ask(_: object, __: str, path: str, *___: object) -> tuple[str, str]:
        offered.append(path)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    shop.record()
    shop.begin(spec, record=str(shop.file))
    shop.export._samples()
    dialog = shop.window.findChildren(SampleDialog)[-1]
    dialog.accept()
    assert Path(offered[0]).suffix == ending
    if spec.data == "points":
        assert Path(offered[0]).name.startswith("wgan-gp my heart_ step ")


def test_after_a_while_it_goes_on_with_what_there_is_and_says_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(menu, "PATIENCE_S", 0.2)
    shop.record()
    shop.at(shop.begin(record=str(shop.file)), 5)
    told: list[str] = []
    monkeypatch.setattr(shop.export, "_tell", lambda text, *_: told.append(text))
    picks(monkeypatch, shop.out / "c.csv")
    shop.press("curves")
    shop.until(lambda: not shop.export.busy)
    assert "did not reach the disk" in told[0]
    assert len(told) == 2


def test_a_stored_run_is_read_as_it_is(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.record()
    shop.stage.next_run.start(Spec(), file=str(shop.file), playing=False)
    shop.at(shop.stage.stand(), 0)
    picks(monkeypatch, shop.out / "c.csv")
    shop.press("curves")
    assert shop.stage.link.told(m.Pin) == []
    assert shop.export.exports.now is not None


def test_the_notice_shows_the_folder(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    picks(monkeypatch, shop.out / "window.png")
    for index, wanted in enumerate((shop.out / "window.png", shop.out)):
        shop.press("window")
        assert shop.left == ["window.png"]
        button = shop.window.notice.findChild(QPushButton, f"notice.{index}")
        assert isinstance(button, QPushButton)
        button.click()
        assert Path(opened[-1]) == wanted


def test_panels_that_can_be_seen_can_be_pictured(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.begin()
    shop.qtbot.waitExposed(shop.window)
    shop.export.pictures.aboutToShow.emit()
    names = {action.objectName().removeprefix("export.picture.") for action in shop.export.pictures.actions()}
    assert {"points", "landscape", "curves", "controls"} <= names
    assert "samples" not in names
    assert "manifold" not in names  # it lies behind a tab
    picks(monkeypatch, shop.out / "p", "SVG drawing (*.svg)")
    next(a for a in shop.export.pictures.actions() if a.objectName() == "export.picture.points").trigger()
    assert shop.left == ["p.svg"]  # the ending of the kind that was chosen


def test_a_hand_that_closes_in_the_middle_is_asked_and_a_script_is_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = shop.export
    export.exports.add(Export("film", "video", shop.out / "f.mp4", ("hang",)), str(shop.file))
    shop.until(lambda: export.exports.total == 4)
    shop.window.quit()
    box = export._question
    assert box is not None
    assert box.text() == "Not finished: film, f.mp4."
    next(button for button in box.buttons() if button.text() == "Keep the window").click()
    assert export._question is None
    assert shop.window.isVisible()
    assert export.busy
    closed: list[bool] = []
    shop.window.closing.connect(lambda: closed.append(export.busy))
    shop.window.close()
    assert closed == []
    shop.until(lambda: bool(closed))
    assert closed == [False]  # the child had ended first
    assert shop.left == []


def test_what_still_waits_for_its_moment_begins_no_more_once_the_window_is_closed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.record()
    run = shop.begin(record=str(shop.file))
    shop.at(run, 5)
    picks(monkeypatch, shop.out / "c.csv")
    shop.press("curves")
    assert shop.export.busy
    shop.window.close()
    shop.until(lambda: not shop.window.isVisible())
    shop.stage.link.say(m.CheckpointSaved(run=run, position=Position(steps=5), file=str(shop.file)))
    shop.qtbot.wait(100)
    assert shop.export.exports.now is None
    assert shop.left == []


def test_the_answer_close_ends_the_child_and_then_the_window(shop: Shop) -> None:
    export = shop.export
    export.exports.add(Export("film", "video", shop.out / "f.mp4", ("hang",)), str(shop.file))
    shop.until(lambda: export.exports.total == 4)
    shop.window.quit()
    assert export._question is not None
    next(button for button in export._question.buttons() if "close" in button.text()).click()
    shop.until(lambda: not shop.window.isVisible())
    assert not export.busy
    assert shop.left == []


def test_the_folder_of_a_failure_is_not_offered_again(shop: Shop) -> None:
    elsewhere = shop.out.parent / "elsewhere"
    elsewhere.mkdir()
    shop.export._over(Export("curves", "export", elsewhere / "a.csv"), "the disk is full")
    assert shop.export.folder == shop.out
    shop.export._over(Export("curves", "export", elsewhere / "a.csv"), "")
    assert shop.export.folder == elsewhere
