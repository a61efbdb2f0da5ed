"""The Export menu. It starts commands beside the window, one after the other."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from ganstudio.core.protocol.messages import Progress
from ganstudio.core.protocol.spec import data_name
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.export import screenshot
from ganstudio.ui.export.film_dialog import FilmDialog
from ganstudio.ui.export.live_checkpoint import PATIENCE_S, LiveCheckpoint
from ganstudio.ui.export.queue import Export, ExportBar, ExportQueue
from ganstudio.ui.export.samples_dialog import SampleDialog
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.history import RunHistory
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.theme import THEMES
from ganstudio.ui.widgets.focus_frame import unframed
from ganstudio.ui.widgets.menu import Menu
from ganstudio.ui.widgets.notice_bar import EXPORT
from ganstudio.ui.widgets.plain_text import plain_tip
from ganstudio.ui.widgets.save_dialog import ask_where

UNRECORDED = "The run on screen is not recorded, or has made no update yet"
NO_IMAGES = "Only runs that make images have latents to walk through"
NO_TENSORBOARD = "TensorBoard is not installed here: pip install tensorboard brings it"
NO_ONNX = "ONNX needs two packages that are not installed here: pip install onnx onnxscript brings them"

Tell = Callable[..., None]


def missing(*packages: str) -> bool:
    """Whether one of these packages is not installed: asked before the user is asked for a file."""
    return any(importlib.util.find_spec(package) is None for package in packages)


class ExportMenu(QObject):
    """The Export menu of a window."""

    def __init__(
        self, commands: RunCommands, history: RunHistory, panels: dict[str, Panel], preferences: Preferences,
        window: QWidget, tell: Tell,
    ) -> None:
        """``tell`` takes a sentence and the buttons beside it, each a label and what it does."""
        super().__init__(window)
        run = self._run = commands.run
        self._next_run = commands.next_run
        self._history = history
        self._panels = panels
        self._preferences = preferences
        self._window = window
        self._tell = tell
        self._rate = 0.0  # steps a second of the run on screen, when it last trained
        self.exports = ExportQueue(self)
        self.exports.over.connect(self._over)
        self.tell_elsewhere: Tell | None = None  # says in another window what came of an export of several runs
        self.bar = ExportBar(self.exports)
        self._live = LiveCheckpoint(commands, self)
        self._settling = 0  # exports that wait for the live moment to be on the disk
        self._leaving = False
        self._question: QMessageBox | None = None
        self.menu = Menu("Ex&port", window)
        self.menu.setObjectName("menu.export")
        self.menu.setToolTipsVisible(True)
        self._of_a_run = [
            self._add("film", "&Film…", "A film of the panels over the run: MP4, WebM, GIF or pictures (Ctrl+M)",
                      self._film, "Ctrl+M"),
            self._add("walk", "Film of a &walk through the latents…", "What the generator makes along a path through "
                                                                      "its latent space", self._walk),
        ]
        self.menu.addSeparator()
        self.pictures = self.menu.add_menu("&Picture of a panel")
        self.pictures.setObjectName("menu.export.pictures")
        self.pictures.setToolTipsVisible(True)
        self._add("window", "Picture of the wi&ndow…", "The whole window as it is now, as PNG", self._window_picture)
        self.menu.addSeparator()
        self._of_a_run += [
            self._add("curves", "&Curves…", "Every term of every update as a table (CSV)", self._curves),
            self._add("samples", "&Samples…", "New samples of the generator (PNG, CSV or NPZ)", self._samples),
            self._add("generator", "&Generator…", "The generator's weights for other programs (safetensors or ONNX)",
                      self._generator),
            self._add("report", "&Report…", "Settings, curves, samples and measures on one page that opens offline "
                                            "(HTML)", self._report),
            self._add("tensorboard", "&TensorBoard log…", "Terms and samples in a folder for TensorBoard",
                      self._tensorboard),
        ]
        self.menu.aboutToShow.connect(self.refresh)
        self.pictures.aboutToShow.connect(self._list_panels)
        run.progressed.connect(self._progressed)
        run.began.connect(self._begin)
        commands.session.engine_lost.connect(lambda _: self.refresh())
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
        source, kind = self._run.source, self._run.kind
        for action in self._of_a_run:
            match action.objectName():
                case "export.walk" if kind != "image":
                    why, also = NO_IMAGES, ""
                case "export.tensorboard" if missing("tensorboard"):
                    why, also = NO_TENSORBOARD, ""
                case "export.generator":
                    conditional, no_onnx = self._is_conditional, missing("onnx", "onnxscript")
                    why = f"A conditional generator is exported as ONNX. {NO_ONNX}" if conditional and no_onnx else ""
                    also = f". {NO_ONNX}" if no_onnx else ""
                case _:
                    why, also = "", ""
            why = why if source else UNRECORDED
            action.setEnabled(not why)
            action.setToolTip(why or f"{action.property('tip')}{also}")

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
                action.setToolTip(f"{panel.title} as it is now (PNG, SVG or PDF)")
                action.triggered.connect(lambda _=False, panel=panel: self._picture(panel))

    def _picture(self, panel: Panel) -> None:
        path = self._ask(f"Picture of {panel.title}", f"{self._stem} {panel.name}", screenshot.ENDINGS)
        if path is not None:
            title = f"{panel.title}: {self._window.windowTitle()}"
            self._drawn(path, lambda: screenshot.save(panel, path, title, panel.theme.base))

    def _window_picture(self) -> None:
        path = self._ask("Picture of the window", self._stem, {".png": "PNG picture"})
        if path is not None:
            theme = THEMES[self._theme]
            with unframed(self._window):
                self._drawn(path, lambda: screenshot.save(self._window, path, self._window.windowTitle(), theme.window))

    def _drawn(self, path: Path, draw: Callable[[], None]) -> None:
        try:
            draw()
        except BadInput as fault:
            self._tell(f"The picture was not exported. {str(fault)[:1].upper()}{str(fault)[1:]}.", fault=EXPORT)
        else:
            self._report_export("picture", path)

    # Commands ------------------------------------------------------------------------------------------------

    def _film(self) -> None:
        self._show_film_dialog(walk=False)

    def _walk(self) -> None:
        self._show_film_dialog(walk=True)

    def _show_film_dialog(self, *, walk: bool) -> None:
        self._history.refresh()
        dialog = FilmDialog(
            self._run, {name: type(panel) for name, panel in self._panels.items()}, self._preferences, self._window,
            moments=self._history.moments, end=self._history.end, rate=self._rate,
            target=self.folder / self._stem, palette=THEMES[self._theme], walk=walk)
        dialog.chosen.connect(
            lambda target, words: self._start(Export("film", "video", Path(target), tuple(words))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _curves(self) -> None:
        self._ask_and_start("Curves", "curves", "export", {".csv": "Table"})

    @property
    def _is_conditional(self) -> bool:
        """Whether the generator takes more than a latent: then it can only be exported as ONNX."""
        started = self._run.started
        return started is not None and bool({"label", "source", "attributes", "place"} & set(started.has))

    def _generator(self) -> None:
        weights = {} if self._is_conditional else {".safetensors": "Weights, with a description in JSON"}
        onnx = {} if missing("onnx", "onnxscript") else {".onnx": "ONNX"}
        self._ask_and_start("Generator", "generator", "export", {**weights, **onnx})

    def _report(self) -> None:
        self._ask_and_start("Report", "report", "export", {".html": "Page"})

    def _samples(self) -> None:
        table = {".csv": "Table"} if self._run.kind != "image" else {}  # first: points are numbers
        SampleDialog(self._preferences, self._window, lambda words: self._ask_and_start(
            "Samples", "samples", "sample", {**table, ".png": "Picture", ".npz": "Archive for NumPy"}, words)).open()

    def _tensorboard(self) -> None:
        """A folder of its own, in the one that is chosen."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, "Choose a folder: the TensorBoard log becomes a new folder in it", str(self.folder))
        if chosen:
            target = Path(chosen) / f"{self._stem} tensorboard"
            if target.exists():
                self._tell(f"The TensorBoard log was not made: the folder {chosen} has a folder {target.name} already.",
                           fault=EXPORT)
            else:
                self._start(Export("TensorBoard log", "export", target, option="--tensorboard"))

    def _ask_and_start(
        self, title: str, what: str, command: str, endings: dict[str, str], words: tuple[str, ...] = ()
    ) -> None:
        target = self._ask(title, f"{self._stem} {what}", endings)
        if target is not None:
            self._start(Export(what, command, target, words))

    def _start(self, export: Export) -> None:
        """Has the run's file contain the live moment, then starts the command on it."""
        self._settling += 1

        def go(source: str, there: bool) -> None:
            if self._leaving:
                return
            self._settling -= 1
            if not there:
                self._tell(f"The newest moment did not reach the disk within {PATIENCE_S:.0f} s. Exported instead: the "
                           f"last moment in the run's file ({export.what}).")
            if source:
                place = self._next_run.data_path(source)
                moved = ("--data-path", place) if place else ()
                self.exports.add(replace(export, words=(*export.words, *moved)), source)

        self._live.settle(go)

    # What is asked -------------------------------------------------------------------------------------------

    @property
    def _stem(self) -> str:
        """What a file of the run on screen is called unless the user says otherwise."""
        spec = self._run.spec
        own = re.sub(r"[^\w .-]", "_", Path(data_name(spec, spec.data)).stem)
        return f"{spec.variant} {own} step {self._history.end}"

    @property
    def folder(self) -> Path:
        """Where the last file went, or the user's home."""
        last = Path(self._preferences.text("export/folder", str(Path.home())))
        return last if last.is_dir() else Path.home()

    @property
    def _theme(self) -> str:
        name = self._preferences.theme
        return name if name in THEMES else "dark"

    def _ask(self, title: str, stem: str, endings: dict[str, str]) -> Path | None:
        """Asks for a file with one of the endings, in the folder that was used last."""
        return ask_where(self._window, title, self.folder / f"{stem}{next(iter(endings))}", endings)

    # What comes of it ----------------------------------------------------------------------------------------

    def _over(self, export: Export, fault: str) -> None:
        if fault:
            runs = "runs are" if export.beside else "run is"
            self._teller(export)(f"Not exported: {export.what}. {fault[:1].upper()}{fault[1:].rstrip('.')}. The {runs} "
                                 "not affected.", fault=EXPORT)
        else:
            self._report_export(export.what, export.target, self._teller(export))

    def _teller(self, export: Export) -> Tell:
        """Where it is said what came of an export: in the window that asked for it, if that is still open."""
        return self.tell_elsewhere if export.beside and self.tell_elsewhere is not None else self._tell

    def _report_export(self, what: str, path: Path, tell: Tell | None = None) -> None:
        self._preferences.keep("export/folder", str(path.parent))  # now that a file could be written there
        (tell or self._tell)(f"Exported: {what}, to {path.name}.", ("Open", lambda: self._open(path)),
                             ("Show in folder", lambda: self._open(path.parent)))

    def _open(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._tell(f"No program here opens it. The file is {path}.", fault=EXPORT)

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
        what = "Not finished: " + (f"{export.what}, {export.target.name}" if export is not None else "an export")
        more = f", and {self.exports.waiting} more after it" if self.exports.waiting else ""
        box = self._question = QMessageBox(
            QMessageBox.Icon.Question, "GAN Studio", plain_tip(f"{what}{more}."), parent=self._window)
        box.setObjectName("export.leaving")
        box.setInformativeText("Closing the window cancels this. Nothing half-written stays. The run itself is kept.")
        leave = box.addButton("Cancel and close", QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton("Keep the window", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)

        def answered(_: int) -> None:
            self._question = None
            box.deleteLater()
            if box.clickedButton() is leave:
                self.leave(then)

        def done() -> None:
            if not self.busy and self._question is box:
                box.setInformativeText("It has been finished since.")

        self.exports.changed.connect(done)
        box.finished.connect(answered)
        box.open()

    def leave(self, then: Callable[[], object]) -> None:
        """Cancels what is under way, then does something."""
        self._settling, self._leaving = 0, True
        # After the event under way: a window in the middle of closing does not hear that it is to be closed.
        self.exports.leave(lambda: QTimer.singleShot(0, self, then))
