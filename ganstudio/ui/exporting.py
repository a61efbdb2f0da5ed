"""Out of the studio: the Export menu, and the commands that it starts beside the window, one after the other."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QMenu,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QWidget,
)

from ganstudio.core.errors import BadInput
from ganstudio.core.messages import Pin, Progress
from ganstudio.core.run_file import RunReader
from ganstudio.core.spec import MAX_SEED
from ganstudio.ui import picturing
from ganstudio.ui.film_dialog import FilmDialog
from ganstudio.ui.hindsight import Hindsight
from ganstudio.ui.keeping import Keeping
from ganstudio.ui.panel import Panel
from ganstudio.ui.session import Session
from ganstudio.ui.theme import THEMES

PATIENCE_S = 10.0  # for the engine to bring the present moment to the disk
LOOK_MS = 100  # between two looks at whether it has
CLOCK_MS = 1000  # between two words on how far it is
GENTLY_MS = 5000  # that a child has to end by itself
SURE_S = 1.0  # of work, before a time that is left is worth telling
MOST_SEED = min(MAX_SEED, 2**31 - 1)  # a spin box counts no further
UNRECORDED = "The run on screen is not recorded, or has not made its first update yet"
NO_IMAGES = "Only runs that make images have a walk to film"

Tell = Callable[..., None]


@dataclass(frozen=True)
class Export:
    """A command that takes something out of a run."""

    what: str  # in a sentence: "film"
    command: str
    target: Path
    words: tuple[str, ...] = ()
    option: str = "--out"  # that names the target

    def line(self, run: str, fresh: Path) -> list[str]:
        """The command's words, with the file that it writes for the time being."""
        return [self.command, run, *self.words, self.option, str(fresh)]


def program() -> list[str]:
    """How a command is started: this Python, or a frozen bundle itself."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "ganstudio"]


class Exports(QObject):
    """Runs exports in child processes, one at a time; what one leaves unfinished is taken away."""

    changed = Signal()
    over = Signal(object, str)  # Export, and why it failed: empty where all is well

    def __init__(self, parent: QObject | None = None, command: Sequence[str] = ()) -> None:
        """``command``: what is started in the place of ``ganstudio``."""
        super().__init__(parent)
        self._program = list(command) or program()
        self._queue: deque[tuple[Export, str]] = deque()
        self._child: QProcess | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._said = ""
        self._rest = b""
        self._cancelled = False
        self._began: tuple[float, int] | None = None  # when the first word on how far it is came, and what it was
        self.now: Export | None = None
        self.done, self.total = 0, 0
        self._started_at = 0.0
        self._then: Callable[[], object] | None = None

    @property
    def waiting(self) -> int:
        """Exports that have not begun."""
        return len(self._queue)

    @property
    def seconds_left(self) -> float | None:
        """As it goes so far; None while that cannot be told."""
        if self._began is None:
            return None
        at, first = self._began
        elapsed, moved = time.monotonic() - at, self.done - first
        return elapsed * (self.total - self.done) / moved if elapsed >= SURE_S and moved > 0 else None

    @property
    def ending(self) -> bool:
        """Whether the one under way was cancelled, and is ending."""
        return self._cancelled and self.now is not None

    @property
    def seconds(self) -> float:
        """Since the export under way began."""
        return time.monotonic() - self._started_at

    def add(self, export: Export, run: str) -> None:
        """Queues an export of a run file."""
        self._queue.append((export, run))
        if self.now is None:
            self._next()
        else:
            self.changed.emit()

    def cancel(self) -> None:
        """Ends the export under way; nothing of it is left. The next one begins."""
        if self._child is not None and not self._cancelled:
            self._cancelled = True
            self._child.terminate()
            QTimer.singleShot(GENTLY_MS, self._child, self._child.kill)
            self.changed.emit()

    def leave(self, then: Callable[[], object]) -> None:
        """Cancels all there is, and does something once the last child has ended."""
        self._queue.clear()
        if self.now is None:
            then()
            return
        self._then = then
        self.cancel()

    def _next(self) -> None:
        """Begins the first that waits. It writes into a folder of its own beside the target."""
        self.now, self.done, self.total, self._began, self._said = None, 0, 0, None, ""
        self._rest, self._cancelled = b"", False
        then, self._then = self._then, None
        if then is not None:
            self.changed.emit()
            then()
            return
        if not self._queue:
            self.changed.emit()
            return
        export, run = self._queue.popleft()
        self.now, self._started_at = export, time.monotonic()
        try:
            self._folder = tempfile.TemporaryDirectory(dir=export.target.parent, prefix=".", suffix=".part")
        except OSError as fault:
            self._end(f"{export.target} cannot be written: {fault.strerror or fault}")
            return
        child = self._child = QProcess(self)
        surroundings = QProcessEnvironment.systemEnvironment()
        surroundings.insert("GANSTUDIO_PROGRESS", "1")
        surroundings.insert("QT_QPA_PLATFORM", "offscreen")
        child.setProcessEnvironment(surroundings)
        child.setStandardOutputFile(QProcess.nullDevice())
        child.setStandardInputFile(QProcess.nullDevice())
        child.readyReadStandardError.connect(self._listen)
        child.finished.connect(self._finished)
        child.errorOccurred.connect(self._not_started)
        words = [*self._program, *export.line(run, Path(self._folder.name) / export.target.name)]
        child.start(words[0], words[1:])
        self.changed.emit()

    def _listen(self) -> None:
        """Reads how far the child is, and keeps the last of whatever else it says."""
        if self._child is None:
            return
        *lines, self._rest = (self._rest + self._child.readAllStandardError().data()).split(b"\n")
        for line in (raw.decode(errors="replace").strip() for raw in lines):
            match line.split():
                case ["progress", done, total] if done.isdecimal() and total.isdecimal():
                    self.done, self.total = int(done), int(total)
                    if self._began is None:
                        self._began = (time.monotonic(), self.done)
                case [_, *_]:
                    self._said = line
        self.changed.emit()

    def _not_started(self, fault: QProcess.ProcessError) -> None:
        if fault == QProcess.ProcessError.FailedToStart and self._child is not None:
            self._end(f"{self._program[0]} cannot be started: {self._child.errorString()}")

    def _finished(self, status: int, how: QProcess.ExitStatus) -> None:
        self._listen()
        export = self.now
        if export is None or self._folder is None:
            return
        if how == QProcess.ExitStatus.NormalExit and status == 0:
            try:
                _put_in_place(Path(self._folder.name), export.target.parent)
            except OSError as fault:
                self._end(f"{export.target} cannot be written: {fault.strerror or fault}")
                return
            self._cancelled = False  # it was done before it heard
            self._end("")
            return
        self._end(self._said.removeprefix("ganstudio: ") or f"it ended with status {status} and without a word")

    def _end(self, fault: str) -> None:
        export, self.now = self.now, None
        child, self._child = self._child, None
        folder, self._folder = self._folder, None
        if child is not None:
            child.deleteLater()
        if folder is not None:
            with contextlib.suppress(OSError):
                folder.cleanup()
        if not self._cancelled:
            self.over.emit(export, fault)
        self._next()


def _put_in_place(fresh: Path, folder: Path) -> None:
    """Moves what a command has written to where it was wanted; an empty folder there gives way."""
    for made in sorted(fresh.iterdir()):
        target = folder / made.name
        if made.is_dir() and target.is_dir():
            target.rmdir()
        made.replace(target)


class ExportBar(QProgressBar):
    """How far the export under way is, with ``cancel`` beside it."""

    def __init__(self, exports: Exports) -> None:
        super().__init__()
        self._exports = exports
        self.setObjectName("export")
        self.setAccessibleName("How far the export is")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("export.cancel")
        self.cancel.setAccessibleName("Cancel the export")
        self.cancel.setToolTip("Ends the export; nothing half-written is left, and those that wait go on")
        self.cancel.clicked.connect(exports.cancel)
        exports.changed.connect(self._show)
        self._clock = QTimer(self, interval=CLOCK_MS)
        self._clock.timeout.connect(self._show)
        self._show()

    def _show(self) -> None:
        export = self._exports.now
        self.setVisible(export is not None)
        self.cancel.setVisible(export is not None)
        if export is None:
            self._clock.stop()
            return
        if not self._clock.isActive():
            self._clock.start()
        done, total, left = self._exports.done, self._exports.total, self._exports.seconds_left
        self.setRange(0, max(total, 1))  # a bar without an end would show no words
        self.setValue(done)
        words = f"{export.what} %p%" if total else f"{export.what}, {in_words(self._exports.seconds)}"
        if left is not None:
            words += f", {in_words(left)} left"
        if self._exports.waiting:
            words += f" (+{self._exports.waiting})"
        self.setFormat(f"{export.what}: ending" if self._exports.ending else words)
        self.cancel.setEnabled(not self._exports.ending)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(f"{export.what} 100%, 59 min left (+9)"))
        more = f". {self._exports.waiting} more will follow" if self._exports.waiting else ""
        count = f": {done:,} of {total:,}" if total else ""
        self.setToolTip(f"Writing the {export.what} {export.target.name}{count}{more}")


def in_words(seconds: float) -> str:
    """A time that is left, no finer than it is known."""
    return f"{max(round(seconds), 1)} s" if seconds < 90 else f"{round(seconds / 60)} min"


class Present(QObject):
    """Brings the present moment of the run on screen into its file, before somebody reads that."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    def settle(self, then: Callable[[str, bool], None]) -> None:
        """Calls ``then`` with the run's file, and whether it holds the moment; at once where it does already."""
        started, progress, source = self._session.started, self._session.progress, self._session.source
        if started is None or progress is None or source != started.record:
            then(source, True)
            return
        wanted, until = progress.position.updates, time.monotonic() + PATIENCE_S
        self._session._send(Pin(run=started.run, for_good=False))

        def look() -> None:
            there = _reach(source) >= wanted
            if there or time.monotonic() >= until:
                watch.stop()
                watch.deleteLater()
                then(source, there)

        watch = QTimer(self, interval=LOOK_MS)
        watch.timeout.connect(look)
        watch.start()


def _reach(file: str) -> int:
    """Updates done at the last moment that a run file holds; -1 where it cannot be read."""
    try:
        reader = RunReader(Path(file))
        try:
            return max((position.updates for _, position in reader.moments()), default=-1)
        finally:
            reader.close()
    except BadInput:
        return -1


class SampleDialog(QDialog):
    """Asks how many samples, and of which latents."""

    def __init__(self, keeping: Keeping, parent: QWidget, then: Callable[[tuple[str, ...]], None]) -> None:
        """``then`` takes the words of ``ganstudio sample``."""
        super().__init__(parent)
        self.setObjectName("samples")
        self.setWindowTitle("Samples")
        self._keeping, self._then = keeping, then
        self.number = self._spin("number", "How many samples", 1, 1_000_000, keeping.number("samples/number", 64))
        self.seed = self._spin("seed", "Seed of the latents: the same seed draws the same samples", 0, MOST_SEED,
                               keeping.number("samples/seed", 0))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        for which, name, text, tip in (
            (QDialogButtonBox.StandardButton.Ok, "ok", "Next: the file…", "Choose where they go, and as what"),
            (QDialogButtonBox.StandardButton.Cancel, "cancel", "Cancel", "Back, without samples (Esc)"),
        ):
            button = buttons.button(which)
            button.setText(text)
            button.setObjectName(f"samples.{name}")
            button.setAccessibleName(text)
            button.setToolTip(tip)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow("&Number", self.number)
        form.addRow("&Seed", self.seed)
        form.addRow(buttons)
        self.finished.connect(self.deleteLater)

    def _spin(self, name: str, tip: str, low: int, high: int, now: float) -> QSpinBox:
        box = QSpinBox()
        box.setRange(low, high)
        box.setGroupSeparatorShown(name == "number")
        box.setValue(max(low, min(round(now), high)))
        box.setObjectName(f"samples.{name}")
        box.setAccessibleName(tip)
        box.setToolTip(f"{tip} ({low:,} to {high:,})")
        return box

    # Qt ------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        self._keeping.keep("samples/number", self.number.value())
        self._keeping.keep("samples/seed", self.seed.value())
        super().accept()
        self._then(("--n", str(self.number.value()), "--seed", str(self.seed.value())))


class Exporting(QObject):
    """The Export menu of a window."""

    def __init__(
        self, session: Session, hindsight: Hindsight, panels: dict[str, Panel], keeping: Keeping, window: QWidget,
        tell: Tell,
    ) -> None:
        """``tell`` takes a sentence and the buttons beside it, each a label and what it does."""
        super().__init__(window)
        self._session = session
        self._hindsight = hindsight
        self._panels = panels
        self._keeping = keeping
        self._window = window
        self._tell = tell
        self._rate = 0.0  # steps a second of the run on screen, when it went on last
        self.exports = Exports(self)
        self.exports.over.connect(self._over)
        self.bar = ExportBar(self.exports)
        self._present = Present(session, self)
        self._settling = 0  # exports that wait for the present moment to be on the disk
        self._leaving = False
        self._question: QMessageBox | None = None
        self.menu = QMenu("Ex&port", window)
        self.menu.setObjectName("menu.export")
        self.menu.setToolTipsVisible(True)
        self._of_a_run = [
            self._add("film", "&Film…", "A film of the panels over the run: MP4, WebM, GIF or pictures (Ctrl+M)",
                      self._film, "Ctrl+M"),
            self._add("walk", "Film of a &walk through the latents…", "What the generator makes of every place on a "
                      "way through its latent space", self._walk),
        ]
        self.menu.addSeparator()
        self.pictures = self.menu.addMenu("&Picture of a panel")
        self.pictures.setObjectName("menu.export.pictures")
        self.pictures.setToolTipsVisible(True)
        self._add("window", "Picture of the wi&ndow…", "The whole window as it is now: PNG", self._window_picture)
        self.menu.addSeparator()
        self._of_a_run += [
            self._add("curves", "&Curves…", "Every term of every update, as a table: CSV", self._curves),
            self._add("samples", "&Samples…", "Fresh samples of the generator: PNG, CSV or NPZ", self._samples),
            self._add("generator", "&Generator…", "The generator's weights for other programs: safetensors or ONNX",
                      self._generator),
            self._add("report", "&Report…", "Settings, curves, samples and measures on one page that opens offline: "
                      "HTML", self._report),
            self._add("tensorboard", "&TensorBoard log…", "Terms and samples in a folder that TensorBoard reads",
                      self._tensorboard),
        ]
        self.menu.aboutToShow.connect(self.refresh)
        self.pictures.aboutToShow.connect(self._list_panels)
        session.progressed.connect(self._progressed)
        session.run_started.connect(self._begin)
        session.engine_lost.connect(lambda _: self.refresh())
        self.refresh()

    def _add(self, name: str, text: str, tip: str, act: Callable[[], None], key: str = "") -> QAction:
        action = self.menu.addAction(text)
        action.setObjectName(f"export.{name}")
        action.setToolTip(tip)
        action.setProperty("tip", tip)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda _=False: act())
        return action

    def refresh(self) -> None:
        """Switches what the run on screen does not allow, and says why."""
        source, kind = self._session.source, self._session.kind
        for action in self._of_a_run:
            no_walk = action.objectName() == "export.walk" and kind != "image"
            why = UNRECORDED if not source else NO_IMAGES if no_walk else ""
            action.setEnabled(not why)
            action.setToolTip(why or str(action.property("tip")))

    def _begin(self, _: object) -> None:
        self._rate = 0.0
        self.refresh()

    def _progressed(self, progress: Progress) -> None:
        self._rate = progress.steps_per_second or self._rate
        if not self._of_a_run[0].isEnabled():  # the run file comes with the first update
            self.refresh()

    # Pictures ------------------------------------------------------------------------------------------------

    def _list_panels(self) -> None:
        """The panels that can be seen now, by their titles."""
        self.pictures.clear()
        for name, panel in self._panels.items():
            if not panel.visibleRegion().isEmpty():
                action = self.pictures.addAction(f"{panel.title}…")
                action.setObjectName(f"export.picture.{name}")
                action.setToolTip(f"{panel.title} as it is now: PNG, SVG or PDF")
                action.triggered.connect(lambda _=False, panel=panel: self._picture(panel))

    def _picture(self, panel: Panel) -> None:
        path = self._ask(f"Picture of {panel.title}", f"{self._stem} {panel.name}", picturing.ENDINGS)
        if path is not None:
            title = f"{panel.title}: {self._window.windowTitle()}"
            self._drawn(path, lambda: picturing.save(panel, path, title, panel.theme.base))

    def _window_picture(self) -> None:
        path = self._ask("Picture of the window", self._stem, {".png": "PNG picture"})
        if path is not None:
            theme = THEMES[self._theme]
            self._drawn(path, lambda: picturing.save(self._window, path, self._window.windowTitle(), theme.window))

    def _drawn(self, path: Path, draw: Callable[[], None]) -> None:
        try:
            draw()
        except BadInput as fault:
            self._tell(f"Not exported: picture. {str(fault)[:1].upper()}{str(fault)[1:]}.")
        else:
            self._told("picture", path)

    # Commands ------------------------------------------------------------------------------------------------

    def _film(self) -> None:
        self._show_film_dialog(walk=False)

    def _walk(self) -> None:
        self._show_film_dialog(walk=True)

    def _show_film_dialog(self, *, walk: bool) -> None:
        self._hindsight.refresh()
        dialog = FilmDialog(
            self._session, {name: type(panel) for name, panel in self._panels.items()}, self._keeping, self._window,
            moments=self._hindsight.moments, end=self._hindsight.end, rate=self._rate,
            target=self._folder / self._stem, palette=THEMES[self._theme], walk=walk)
        dialog.chosen.connect(
            lambda target, words: self._start(Export("film", "video", Path(target), tuple(words))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _curves(self) -> None:
        self._ask_and_start("Curves", "curves", "export", {".csv": "Table"})

    def _generator(self) -> None:
        self._ask_and_start("Generator", "generator", "export",
                            {".safetensors": "Weights, with a description in JSON", ".onnx": "ONNX"})

    def _report(self) -> None:
        self._ask_and_start("Report", "report", "export", {".html": "Page"})

    def _samples(self) -> None:
        picture, table = {".png": "Picture"}, {".csv": "Table"} if self._session.kind != "image" else {}
        SampleDialog(self._keeping, self._window, lambda words: self._ask_and_start(
            "Samples", "samples", "sample", {**picture, **table, ".npz": "Archive for NumPy"}, words)).open()

    def _tensorboard(self) -> None:
        """A folder of its own, in the one that is chosen."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, "TensorBoard log: a folder is made in the one chosen here", str(self._folder))
        if chosen:
            self._keeping.keep("export/folder", chosen)
            target = Path(chosen) / f"{self._stem} tensorboard"
            if target.exists():
                self._tell(f"The TensorBoard log was not made: there is a folder {target.name} in {chosen} already.")
            else:
                self._start(Export("TensorBoard log", "export", target, option="--tensorboard"))

    def _ask_and_start(
        self, title: str, what: str, command: str, endings: dict[str, str], words: tuple[str, ...] = ()
    ) -> None:
        target = self._ask(title, f"{self._stem} {what}", endings)
        if target is not None:
            self._start(Export(what, command, target, words))

    def _start(self, export: Export) -> None:
        """Has the run's file hold the present moment, then starts the command on it."""
        self._settling += 1

        def go(source: str, there: bool) -> None:
            if self._leaving:
                return
            self._settling -= 1
            if not there:
                self._tell(f"Exported from what the run's file holds: {export.what}. The present moment did not "
                           f"come to the disk within {PATIENCE_S:.0f} s.")
            if source:
                self.exports.add(export, source)

        self._present.settle(go)

    # What is asked -------------------------------------------------------------------------------------------

    @property
    def _stem(self) -> str:
        """What a file of the run on screen is called where nobody says otherwise."""
        spec = self._session.spec
        return f"{spec.variant} {spec.data} step {self._hindsight.end}"

    @property
    def _folder(self) -> Path:
        """Where the last file went, or the user's home."""
        last = Path(self._keeping.text("export/folder", str(Path.home())))
        return last if last.is_dir() else Path.home()

    @property
    def _theme(self) -> str:
        name = self._keeping.text("look/theme", "dark")
        return name if name in THEMES else "dark"

    def _ask(self, title: str, stem: str, endings: dict[str, str]) -> Path | None:
        """Asks for a file with one of the endings; the first one stands in for a missing one."""
        filters = {f"{words} (*{ending})": ending for ending, words in endings.items()}
        first = next(iter(endings))
        text, chosen = QFileDialog.getSaveFileName(
            self._window, title, str(self._folder / f"{stem}{first}"), ";;".join(filters))
        if not text:
            return None
        path = Path(text)
        if path.suffix.lower() not in endings or (chosen in filters and path.name == f"{stem}{first}"):
            ending = filters.get(chosen, first)  # another kind was chosen, and the name left as it was offered
            bare = path.with_suffix("") if path.suffix.lower() in endings else path
            path = bare.with_name(bare.name + ending)
            if str(path) != text and path.exists() and not self._sure(path):
                return None
        self._keeping.keep("export/folder", str(path.parent))
        return path

    def _sure(self, path: Path) -> bool:
        answer = QMessageBox.question(self._window, "Export", f"{path.name} is there already. Replace it?")
        return answer == QMessageBox.StandardButton.Yes

    # What comes of it ----------------------------------------------------------------------------------------

    def _over(self, export: Export, fault: str) -> None:
        if fault:
            self._tell(f"Not exported: {export.what}. {fault[:1].upper()}{fault[1:].rstrip('.')}. The run is unharmed.")
        else:
            self._told(export.what, export.target)

    def _told(self, what: str, path: Path) -> None:
        self._tell(f"Exported: {what}, in {path.name}.", ("Open", lambda: self._open(path)),
                   ("Show in folder", lambda: self._open(path.parent)))

    def _open(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._tell(f"Nothing here opens it: it is {path}.")

    # Leaving -------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether an export is under way or waits."""
        return self.exports.now is not None or self._settling > 0

    def ask_to_leave(self, then: Callable[[], object]) -> None:
        """Asks whether the window is to be closed in the middle of an export; if so, ``then`` follows its end."""
        if self._question is not None:
            self._question.raise_()
            return
        export = self.exports.now
        what = "Not done yet: " + (f"{export.what}, {export.target.name}" if export is not None else "an export")
        more = f", and {self.exports.waiting} more wait" if self.exports.waiting else ""
        box = self._question = QMessageBox(
            QMessageBox.Icon.Question, "GAN Studio", f"{what}{more}.", parent=self._window)
        box.setObjectName("export.leaving")
        box.setInformativeText("Closing the window cancels it; nothing half-written is left. The run itself is kept.")
        leave = box.addButton("Cancel it and close", QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton("Go on", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)

        def answered(_: int) -> None:
            self._question = None
            box.deleteLater()
            if box.clickedButton() is leave:
                self.leave(then)

        def done() -> None:
            if not self.busy and self._question is box:
                box.setInformativeText("It has been done since.")

        self.exports.changed.connect(done)
        box.finished.connect(answered)
        box.open()

    def leave(self, then: Callable[[], object]) -> None:
        """Cancels what is under way, then does something."""
        self._settling, self._leaving = 0, True
        # After the event at hand: a window in the middle of closing does not hear that it is to be closed.
        self.exports.leave(lambda: QTimer.singleShot(0, self, then))
