"""The film dialog: what is filmed, how it looks, how long it takes, and where it goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ganstudio.ui.docks.layouts import LAYOUTS
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.preferences import Keeping
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.flow_layout import Row

FORMATS = {".mp4": "MP4 (H.264)", ".webm": "WebM (VP9)", ".gif": "GIF", ".png": "numbered PNG pictures"}
SIZES = {"1280x720": "1280 × 720 (720p)", "1920x1080": "1920 × 1080 (1080p)", "720x720": "720 × 720 (square)"}
OWN = "own"
PACES = {"steps": "every step as long", "log": "slower at the beginning"}
PALETTES = {"dark": "dark", "light": "light"}
BY_HAND = ("controls", "draw", "workshop", "phase", "log", "interpolation")  # a hand's, not the run's: not filmed
SPARSE = 3  # film frames for each recorded moment: with more the film jerks
GIF_FPS = 50  # a GIF counts in hundredths of a second, and players slow down what is faster
LONGEST_S = 3600


class _Form(QScrollArea):
    """Lines of fields as wide as there is room; it scrolls where text is large and the screen small.

    Qt's own ``widgetResizable`` asks for the height that the lines have at their narrowest, wrapped.
    """

    def __init__(self, grid: QGridLayout, colour: str) -> None:
        super().__init__()
        self._grid = grid
        grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._inner = QWidget()
        self._inner.setLayout(grid)
        self._inner.setObjectName("film-lines")
        self.setWidget(self._inner)
        self.setObjectName("film-form")
        self.setStyleSheet(f"#film-form, #film-lines {{ background: {colour}; }}")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def fit(self) -> None:
        """Takes the height that the lines have now."""
        self._grid.invalidate()
        width = self.viewport().width()
        self._inner.resize(width, self._grid.heightForWidth(width))

    # Qt ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class FilmDialog(QDialog):
    """Asks for a film of the run on screen, or of a walk through its latents."""

    chosen = Signal(str, object)  # the file, and the words of `ganstudio video` beside it and the run: list[str]

    def __init__(
        self, run: RunModel, panels: dict[str, type[Panel]], keeping: Keeping, parent: QWidget | None = None, *,
        moments: list[int], end: int, rate: float, target: Path, palette: Theme, walk: bool = False,
    ) -> None:
        """Makes the dialog.

        Args:
            run: What is filmed.
            panels: All there are, by name.
            keeping: Where the last choices are.
            parent: The window.
            moments: Steps of which something was recorded, ascending.
            end: The run's last step.
            rate: Steps a second when the run went on last; 0 where that is not known.
            target: The file that is offered, without its ending.
            palette: Of the window.
            walk: Of a walk through the latents, at one moment.
        """
        super().__init__(parent)
        self.setObjectName("film")
        self.setWindowTitle("Film of a walk through the latents" if walk else "Film")
        self._keeping = keeping
        self._kind = run.kind
        self._moments, self._end, self._rate, self._walk = moments, end, rate, walk
        self._warning = palette.warning
        self._errors: dict[str, QLabel] = {}
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._make_fields(run, panels, target, palette)
        self.summary = QLabel()
        self.summary.setObjectName("film.summary")
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        for which, name, text, tip in (
            (QDialogButtonBox.StandardButton.Ok, "ok", "Make the film",
             "The film is made beside the window, which stays usable"),
            (QDialogButtonBox.StandardButton.Cancel, "cancel", "Cancel", "Back, without a film (Esc)"),
        ):
            button = self.buttons.button(which)
            button.setText(text)
            button.setObjectName(f"film.{name}")
            button.setAccessibleName(text)
            button.setToolTip(tip)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out(palette.window)
        self._check()

    # Fields --------------------------------------------------------------------------------------------------

    def _make_fields(
        self, run: RunModel, panels: dict[str, type[Panel]], target: Path, palette: Theme
    ) -> None:
        keep = self._keeping
        self.format = self._choice("format", FORMATS, keep.text("film/format", ".mp4"), "What kind of film it is")
        self.file = QLineEdit(f"{target}{self.format.currentData()}")
        self.file.setCursorPosition(0)
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._browse)
        self._name(self.file, "file", "File", "Where the film goes: a folder and a name with the format's ending")
        self._name(browse, "browse", "Browse", "Choose the folder and the name")
        browse.setAutoDefault(False)
        self._row("file", "&File", self.file, browse, stretch=self.file)
        self._row("format", "F&ormat", self.format)
        self.panels = self._panel_boxes(run, panels)
        if not self._walk:
            self._row("panels", "Panels", *self.panels.values())
        self.size_box = self._choice("size", {**SIZES, OWN: "another size"}, keep.text("film/size", "1280x720"),
                                     "Of the picture, in pixels")
        self.width_box = self._spin("width", 320, 8192, round(keep.number("film/width", 1280)), "Width in pixels")
        self.height_box = self._spin("height", 240, 8192, round(keep.number("film/height", 720)), "Height in pixels")
        self._by = QLabel("×")
        self._row("size", "Si&ze", self.size_box, self.width_box, self._by, self.height_box)
        self.fps = self._spin("fps", 1, 120, round(keep.number("film/fps", 30)), "Frames a second")
        self.fps.setSuffix(" frames a second")
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(0.1, LONGEST_S)
        self.seconds.setDecimals(1)
        self.seconds.setValue(keep.number("film/seconds", 10))
        self.seconds.setSuffix(" s")
        self.seconds.valueChanged.connect(self._check)
        self._name(self.seconds, "seconds", "Seconds", "How long the film is, up to an hour")
        self._row("pace", "&Length", self.seconds, QLabel("at"), self.fps)
        self.first = self._spin("first", 0, self._end, 0, "The first step that is shown")
        self.last = self._spin("last", 0, self._end, self._end, "The last step that is shown" if not self._walk else
                               "The generator as it stood after so many steps")
        if self._walk:
            self._row("steps", "Of s&tep", self.last)
        else:
            self._row("steps", "From s&tep", self.first, QLabel("to"), self.last)
        self.pace = self._choice("pace", PACES, keep.text("film/pace", "steps"), "Slower at the beginning: as long on "
                                 "steps 10 to 100 as on 100 to 1,000. That is where most happens")
        if not self._walk:
            self._row("pace-of", "P&ace", self.pace)
        self.palette_box = self._choice("palette", PALETTES, keep.text("film/palette", palette.name),
                                        "Light reads better on paper and in bright rooms")
        self._row("palette", "Pale&tte", self.palette_box)
        self.smooth = QCheckBox("S&mooth")
        self.smooth.setChecked(keep.text("film/smooth", "no") == "yes" and not self._walk)
        self.smooth.toggled.connect(self._check)
        self._name(self.smooth, "smooth", "Smooth", "Repeats the run from its log instead of showing what was "
                   "recorded while it trained; the pictures are the same, there are more of them")
        self.cost = QLabel()
        self.cost.setObjectName("film.cost")
        self.cost.setProperty("quiet", True)
        self.cost.setWordWrap(True)
        if not self._walk:
            self._row("smooth", "", self.smooth)
            self._grid.addWidget(self.cost, self._grid.rowCount(), 1)
        self.file.textChanged.connect(self._check)
        self.format.currentIndexChanged.connect(self._other_format)

    def _panel_boxes(self, run: RunModel, panels: dict[str, type[Panel]]) -> dict[str, QCheckBox]:
        """A box for each panel that can be filmed; ticked as last time, or those of the window's two rows."""
        rows = LAYOUTS[run.kind]
        usual = [stack[0] for stack in (*rows.upper, *rows.lower)]
        if run.last_measured is None:
            usual = [name for name in usual if name != "wasserstein"]  # it would stand empty
        possible = [name for name in rows.names if name in panels and name not in BY_HAND
                    and run.kind in panels[name].kinds]
        last = [name for name in self._keeping.text(f"film/panels/{run.kind}", "").split(" ") if name in possible]
        boxes = {}
        for name in possible:
            box = boxes[name] = QCheckBox(panels[name].title)
            box.setChecked(name in (last or usual))
            box.toggled.connect(self._check)
            self._name(box, f"panel.{name}", f"Film {panels[name].title}", panels[name].help)
        return boxes

    def _choice(self, name: str, entries: dict[str, str], now: str, tip: str) -> QComboBox:
        box = QComboBox()
        for value, words in entries.items():
            box.addItem(words, value)
        box.setCurrentIndex(max(box.findData(now), 0))
        box.currentIndexChanged.connect(self._check)
        self._name(box, name, name.capitalize(), tip)
        return box

    def _spin(self, name: str, low: int, high: int, now: int, tip: str) -> QSpinBox:
        box = QSpinBox()
        box.setRange(low, high)
        box.setGroupSeparatorShown(True)
        box.setValue(now)
        box.setSingleStep(max((high - low) // 100, 1) if name in ("first", "last") else 1)
        box.valueChanged.connect(self._check)
        self._name(box, name, tip, f"{tip}: {low:,} to {high:,}")
        return box

    def _name(self, widget: QWidget, name: str, says: str, tip: str) -> None:
        widget.setObjectName(f"film.{name}")
        widget.setAccessibleName(says)
        widget.setToolTip(tip)

    def _row(self, name: str, label: str, *widgets: QWidget, stretch: QWidget | None = None) -> None:
        """A line of the form: its name, its fields, and below them room for what is wrong."""
        at = self._grid.rowCount()
        if label:
            words = QLabel(label)
            words.setBuddy(widgets[0])
            self._grid.addWidget(words, at, 0, Qt.AlignmentFlag.AlignTop)
            words.setMinimumHeight(widgets[0].sizeHint().height())
        line = QWidget()
        row = Row()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget, int(widget is stretch))
        line.setLayout(row)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        line.setSizePolicy(policy)
        self._grid.addWidget(line, at, 1)
        error = self._errors[name] = QLabel()
        error.setObjectName(f"film.{name}.wrong")
        error.setWordWrap(True)
        error.setTextFormat(Qt.TextFormat.PlainText)
        error.hide()
        self._grid.addWidget(error, at + 1, 1)

    def _lay_out(self, window: str) -> None:
        """The form, what will come of it, and the buttons; ``window`` is the colour behind them."""
        self._form = _Form(self._grid, window)
        layout = QVBoxLayout(self)
        layout.addWidget(self._form, 1)
        layout.addWidget(self.summary)
        layout.addWidget(self.buttons)
        line = self.fontMetrics().lineSpacing()
        self.summary.setMinimumHeight(3 * line)  # it does not jump while somebody types
        width = 84 * self.fontMetrics().horizontalAdvance("0")
        margins = layout.contentsMargins()
        height = (self._grid.heightForWidth(width - margins.left() - margins.right()) + 5 * line
                  + self.buttons.sizeHint().height() + 2 * layout.spacing() + margins.top() + margins.bottom())
        self.resize(QSize(width, height).boundedTo(self.screen().availableSize() * 0.9))

    # What is chosen ------------------------------------------------------------------------------------------

    @property
    def ending(self) -> str:
        """Of the film's file."""
        return str(self.format.currentData())

    @property
    def picture(self) -> tuple[int, int]:
        """Width and height, pixels."""
        size = str(self.size_box.currentData())
        if size == OWN:
            return self.width_box.value(), self.height_box.value()
        width, _, height = size.partition("x")
        return int(width), int(height)

    @property
    def frames(self) -> int:
        """How many there will be."""
        return max(round(self.fps.value() * self.seconds.value()), 1)

    @property
    def words(self) -> list[str]:
        """Of ``ganstudio video``, without the run and the file."""
        width, height = self.picture
        words = ["--fps", str(self.fps.value()), "--seconds", f"{self.seconds.value():g}", "--size",
                 f"{width}x{height}", "--theme", str(self.palette_box.currentData())]
        if self.last.value() < self._end:
            words += ["--to", str(self.last.value())]
        if self._walk:
            return [*words, "--interpolate"]
        if self.first.value() > 0:
            words += ["--from", str(self.first.value())]
        words += ["--pace", str(self.pace.currentData())]
        words += ["--layout", ",".join(name for name, box in self.panels.items() if box.isChecked())]
        return [*words, "--smooth"] if self.smooth.isChecked() else words

    def _faults(self) -> dict[str, str]:
        """What is wrong, by the line of the form that it stands in."""
        found: dict[str, str] = {}
        width, height = self.picture
        if fault := self._file_fault():
            found["file"] = fault
        if not self._walk and not any(box.isChecked() for box in self.panels.values()):
            found["panels"] = "Choose at least one panel."
        if self.ending in (".mp4", ".webm") and (width % 2 or height % 2):
            found["size"] = f"{width} × {height} is odd: MP4 and WebM take even numbers of pixels."
        if self.ending == ".gif" and self.fps.value() > GIF_FPS:
            found["pace"] = f"A GIF shows at most {GIF_FPS} frames a second."
        if not self._walk and self.first.value() > self.last.value():
            found["steps"] = f"The film would end at step {self.last.value():,}, before it begins."
        return found

    def _file_fault(self) -> str:
        text = self.file.text().strip()
        path = Path(text)
        if not text or not path.name or "\0" in text:
            return "Name a file."
        if not path.is_absolute():
            return "Name the folder too, or choose it with Browse."
        try:
            if path.suffix.lower() != self.ending:
                return f"The name has to end in {self.ending}, or choose another format."
            if not path.parent.is_dir():
                return f"There is no folder {path.parent}."
            if path.is_dir():
                return "There is a folder of that name."
            if self.ending == ".png" and path.with_name(f"{path.stem}-00001.png").exists():
                return f"There are pictures named {path.stem}-… already: choose another name."
        except OSError as fault:
            return f"That cannot be a file: {fault.strerror or fault}."
        return ""

    def _check(self) -> None:
        """Says what is wrong beside it, and what will come."""
        if not hasattr(self, "buttons"):
            return  # it is still being built
        for widget in (self.width_box, self._by, self.height_box):
            widget.setVisible(self.size_box.currentData() == OWN)
        faults = self._faults()
        for name, label in self._errors.items():
            label.setText(faults.get(name, ""))
            label.setStyleSheet(f"color: {self._warning}; font-weight: 600;")
            label.setVisible(name in faults)
        if not faults and self.ending != ".png" and Path(self.file.text().strip()).exists():
            self._errors["file"].setText("A file of that name is there, and will be replaced.")
            self._errors["file"].setStyleSheet("")
            self._errors["file"].show()
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not faults)
        self.summary.setText(self._summary() if not faults else "Something above has to be put right first.")
        self.cost.setText(self._cost())
        self._form.fit()

    def _summary(self) -> str:
        """What will come, and what it costs."""
        frames, length = self.frames, f"{self.seconds.value():g} s"
        count = f"{frames:,} frame{'s' * (frames > 1)}, {length}"
        if self._walk:
            return f"{count}, of the generator as it stood after {self.last.value():,} steps."
        first, last = self.first.value(), self.last.value()
        if self.smooth.isChecked():
            shown = min(frames, last - first + 1)
            return f"{count}, of {shown:,} moment{'s' * (shown != 1)} between steps {first:,} and {last:,}."
        shown = int(np.count_nonzero([first <= steps <= last for steps in self._moments]))
        count += f", of {shown:,} recorded moment{'s' * (shown != 1)} between steps {first:,} and {last:,}."
        if shown == 0:
            return f"{count} The film will stand still: smooth makes every frame anew."
        if min(frames, last - first + 1) > SPARSE * shown:
            return f"{count} Each stands for {frames / shown:.0f} frames: smooth makes every frame anew."
        return count

    def _cost(self) -> str:
        """What smooth does, and how long that takes: a run is repeated at its own rate."""
        steps = max(self.last.value() - self.first.value(), 1)
        time = f"about {_time(steps / self._rate)}" if self._rate > 0 else "as long as it trained"
        return (f"Every frame a moment of its own, in place of what was recorded. This repeats the run: {time}, "
                "and longer while training goes on.")

    # What a hand does ----------------------------------------------------------------------------------------

    def _other_format(self) -> None:
        """The file's ending follows the format."""
        text = self.file.text()
        path = Path(text)
        if path.suffix.lower() in FORMATS:
            self.file.setText(text[: len(text) - len(path.suffix)] + self.ending)
        self._check()

    def _browse(self) -> None:
        """A file by the system's own dialog; its ending, where it is one of ours, is the format."""
        text, _ = QFileDialog.getSaveFileName(
            self, self.windowTitle(), self.file.text(), ";;".join(f"{w} (*{e})" for e, w in FORMATS.items()),
            f"{self.format.currentText()} (*{self.ending})", QFileDialog.Option.DontConfirmOverwrite)
        if not text:
            return
        ending = Path(text).suffix.lower()
        if ending not in FORMATS:
            text += self.ending
        self.file.setText(text)
        if ending in FORMATS:
            self.format.setCurrentIndex(self.format.findData(ending))

    def _remember(self) -> None:
        keep = self._keeping.keep
        keep("film/format", self.ending)
        keep("film/size", str(self.size_box.currentData()))
        keep("film/width", self.width_box.value())
        keep("film/height", self.height_box.value())
        keep("film/fps", self.fps.value())
        keep("film/seconds", self.seconds.value())
        keep("film/palette", str(self.palette_box.currentData()))
        if not self._walk:
            keep("film/pace", str(self.pace.currentData()))
            keep("film/smooth", "yes" if self.smooth.isChecked() else "no")
            keep(f"film/panels/{self._kind}", " ".join(n for n, box in self.panels.items() if box.isChecked()))

    # Qt ------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        self._check()
        if self._faults():
            return
        self._remember()
        self.chosen.emit(self.file.text().strip(), self.words)
        super().accept()


def _time(seconds: float) -> str:
    """A length of time, no finer than it is known."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
