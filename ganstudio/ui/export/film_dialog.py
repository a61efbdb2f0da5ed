"""The film dialog: what is filmed, how it looks, how long it takes, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ganstudio.ui.export.film_plan import FORMATS, FilmPlan
from ganstudio.ui.export.form_area import FormArea
from ganstudio.ui.panel import Panel, layout_of
from ganstudio.ui.state.preferences import Preferences
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.plain_text import PlainLabel

SIZES = {"1280x720": "1280 × 720 (720p)", "1920x1080": "1920 × 1080 (1080p)", "720x720": "720 × 720 (square)"}
OWN = "own"
SPACES = {"z": "Z: latents", "w": "W: styles"}
PACES = {"steps": "same time for every step", "log": "slower at the beginning"}
PALETTES = {"dark": "dark", "light": "light", "contrast": "high contrast"}
LONGEST_S = 3600


@dataclass(frozen=True)
class CellChoice:
    """What a film of a comparison may show."""

    runs: int
    panels: Sequence[tuple[str, str]]  # title and name of those that all cells can show
    chosen: str  # the one on screen
    curves: Mapping[str, str]  # name and title of the plots below
    curves_shown: bool  # whether they are on screen


class FilmDialog(QDialog):
    """Asks for a film of the run on screen, or of a walk through its latents."""

    chosen = Signal(str, object)  # the file, and the words of `ganstudio video` beside it and the run: list[str]

    def __init__(
        self, run: RunModel, panels: dict[str, type[Panel]], preferences: Preferences, parent: QWidget | None = None, *,
        moments: list[int], end: int, rate: float, target: Path, palette: Theme, walk: bool = False,
        cells: CellChoice | None = None,
    ) -> None:
        """Makes the dialog.

        Args:
            run: What is filmed.
            panels: All there are, by name.
            keeping: Where the last choices are.
            parent: The window.
            moments: Steps of which something was recorded, ascending.
            end: The run's last step.
            rate: Steps a second when the run went on last; 0 if that is not known.
            target: The file that is offered, without its ending.
            palette: Of the window.
            walk: Of a walk through the latents, at one moment.
            cells: Of a comparison, what its cells and the curves below them may show; ``run`` is its first run.
        """
        super().__init__(parent)
        self.setObjectName("film")
        self.setWindowTitle("Film of a walk through the latents" if walk else
                            f"Film of {cells.runs} runs side by side" if cells is not None else f"Film of {run.title}")
        self._cells = cells
        self._preferences = preferences
        self._kind = run.kind
        self._moments, self._end, self._rate, self._walk = moments, end, rate, walk
        self._warning = palette.warning
        self._form = FormArea("film", palette.window)
        self._make_fields(run, panels, target, palette, cells)
        self.summary = PlainLabel()
        self.summary.setObjectName("film.summary")
        self.summary.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        for which, name, text, tip in (
            (QDialogButtonBox.StandardButton.Ok, "ok", "Make the film",
             "Makes the film. You can go on using the window meanwhile."),
            (QDialogButtonBox.StandardButton.Cancel, "cancel", "Cancel", "Closes this dialog without a film (Esc)"),
        ):
            button = self.buttons.button(which)
            button.setText(text)
            button.setObjectName(f"film.{name}")
            button.setAccessibleName(text)
            button.setToolTip(tip)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self._check()

    # Fields --------------------------------------------------------------------------------------------------

    def _make_fields(
        self, run: RunModel, panels: dict[str, type[Panel]], target: Path, palette: Theme, cells: CellChoice | None,
    ) -> None:
        keep = self._preferences
        self.format = self._choice("format", FORMATS, keep.text("film/format", ".mp4"), "Kind of file")
        self.file = QLineEdit(f"{target}{self.format.currentData()}")
        self.file.setCursorPosition(0)
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._browse)
        self._name(self.file, "file", "File", "Folder and name of the film, with the ending of its format")
        self._name(browse, "browse", "Browse", "Choose folder and name in a dialog")
        browse.setAutoDefault(False)
        self._form.add_line("file", "&File", self.file, browse, stretch=self.file)
        self._form.add_line("format", "F&ormat", self.format)
        self.cell_panel = QComboBox()
        self.panels = self._panel_boxes(run, panels) if cells is None else self._curve_boxes(cells)
        if cells is not None:
            for title, name in cells.panels:
                self.cell_panel.addItem(title, name)
            self.cell_panel.setCurrentIndex(max(self.cell_panel.findData(cells.chosen), 0))
            self._name(self.cell_panel, "cell-panel", "Panel of all cells", "What every run's cell shows")
            self._form.add_line("cell-panel", "&In all cells", self.cell_panel)
            self._form.add_line("panels", "Curves below", *self.panels.values())
        elif not self._walk:
            self._form.add_line("panels", "Panels", *self.panels.values())
        self.size_box = self._choice("size", {**SIZES, OWN: "another size"}, keep.text("film/size", "1280x720"),
                                     "Size of the picture in pixels")
        self.width_box = self._spin("width", 320, 8192, round(keep.number("film/width", 1280)), "Width in pixels")
        self.height_box = self._spin("height", 240, 8192, round(keep.number("film/height", 720)), "Height in pixels")
        self._by = QLabel("×")
        self._form.add_line("size", "Si&ze", self.size_box, self.width_box, self._by, self.height_box)
        self.fps = self._spin("fps", 1, 120, round(keep.number("film/fps", 30)), "Frames per second")
        self.fps.setSuffix(" frames per second")
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(0.1, LONGEST_S)
        self.seconds.setDecimals(1)
        self.seconds.setValue(keep.number("film/seconds", 10))
        self.seconds.setSuffix(" s")
        self.seconds.valueChanged.connect(self._check)
        self._name(self.seconds, "seconds", "Seconds", "Length of the film, up to an hour")
        self._form.add_line("pace", "&Length", self.seconds, QLabel("at"), self.fps)
        self.space = self._choice("space", SPACES, "z", "Whether the walk leads through the latents, or straight "
                                  "through the styles that G maps them to")
        self.first = self._spin("first", 0, self._end, 0, "First step that is shown")
        self.last = self._spin("last", 0, self._end, self._end, "Last step that is shown" if not self._walk else
                               "The generator after this many steps")
        if self._walk:
            self._form.add_line("steps", "Of s&tep", self.last)
            if run.started is not None and "styles" in run.started.has:
                self._form.add_line("space", "Spa&ce", self.space)
        else:
            self._form.add_line("steps", "From s&tep", self.first, QLabel("to"), self.last)
        self.pace = self._choice("pace", PACES, keep.text("film/pace", "steps"), "Slower at the beginning: steps "
                                 "10 to 100 take as long as steps 100 to 1,000. That is where most happens.")
        if not self._walk:
            self._form.add_line("pace-of", "P&ace", self.pace)
        self.palette_box = self._choice("palette", PALETTES, keep.text("film/palette", palette.name),
                                        "Light is easier to read on paper and in bright rooms")
        self._form.add_line("palette", "Pale&tte", self.palette_box)
        self.smooth = QCheckBox("S&mooth")
        self.smooth.setChecked(keep.text("film/smooth", "no") == "yes" and not self._walk)
        self.smooth.toggled.connect(self._check)
        self._name(self.smooth, "smooth", "Smooth", "Repeats the run from its log instead of showing what was "
                   "recorded while it trained. The pictures are the same, but there are more of them.")
        self.cost = QLabel()
        self.cost.setObjectName("film.cost")
        self.cost.setProperty("quiet", True)
        self.cost.setWordWrap(True)
        if not self._walk:
            self._form.add_line("smooth", "", self.smooth)
            self._form.add_text(self.cost)
        self.file.textChanged.connect(self._check)
        self.format.currentIndexChanged.connect(self._other_format)

    def _panel_boxes(self, run: RunModel, panels: dict[str, type[Panel]]) -> dict[str, QCheckBox]:
        """A box for each panel that can be filmed; ticked as last time, or those of the window's two rows."""
        layout = layout_of(run.kind, panels)
        usual = layout.front("")
        if run.last_measured is None:
            usual = [name for name in usual if not panels[name].measured]  # it would be empty
        possible = [name for name in layout.names if not panels[name].interactive]
        last = [name for name in self._preferences.text(f"film/panels/{run.kind}", "").split(" ") if name in possible]
        boxes = {}
        for name in possible:
            box = boxes[name] = QCheckBox(panels[name].title)
            box.setChecked(name in (last or usual))
            box.toggled.connect(self._check)
            self._name(box, f"panel.{name}", f"Film {panels[name].title}", panels[name].help)
        return boxes

    def _curve_boxes(self, cells: CellChoice) -> dict[str, QCheckBox]:
        """A box for each plot of curves below the cells; ticked as they are on screen."""
        boxes = {}
        for name, title in cells.curves.items():
            box = boxes[name] = QCheckBox(title)
            box.setChecked(cells.curves_shown)
            box.toggled.connect(self._check)
            self._name(box, f"curves.{name}", f"Film {title}", f"{title} of all runs over each other, below the cells")
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

    def _lay_out(self) -> None:
        """Lays out the form, the summary of the film, and the buttons."""
        layout = QVBoxLayout(self)
        layout.addWidget(self._form, 1)
        layout.addWidget(self.summary)
        layout.addWidget(self.buttons)
        line = self.fontMetrics().lineSpacing()
        self.summary.setMinimumHeight(3 * line)  # it does not jump while the user types
        width = 84 * self.fontMetrics().horizontalAdvance("0")
        margins = layout.contentsMargins()
        height = (self._form.height_at(width - margins.left() - margins.right()) + 5 * line
                  + self.buttons.sizeHint().height() + 2 * layout.spacing() + margins.top() + margins.bottom())
        self.resize(QSize(width, height).boundedTo(self.screen().availableSize() * 0.9))

    # What is chosen ------------------------------------------------------------------------------------------

    @property
    def ending(self) -> str:
        """Of the film's file."""
        return str(self.format.currentData())

    @property
    def plan(self) -> FilmPlan:
        """The film as it is chosen now."""
        size = str(self.size_box.currentData())
        width, _, height = size.partition("x")
        own = self.width_box.value(), self.height_box.value()
        return FilmPlan(
            file=self.file.text().strip(), ending=self.ending,
            panels=(*([str(self.cell_panel.currentData())] if self._cells is not None else []),
                    *(name for name, box in self.panels.items() if box.isChecked())),
            size=own if size == OWN else (int(width), int(height)), fps=self.fps.value(), seconds=self.seconds.value(),
            first=self.first.value(), last=self.last.value(), end=self._end, pace=str(self.pace.currentData()),
            palette=str(self.palette_box.currentData()), smooth=self.smooth.isChecked(), walk=self._walk,
            space=str(self.space.currentData()),
        )

    def _check(self) -> None:
        """Writes what is wrong beside each field, and what the film will be."""
        if not hasattr(self, "buttons"):
            return  # it is still being built
        for widget in (self.width_box, self._by, self.height_box):
            widget.setVisible(self.size_box.currentData() == OWN)
        plan = self.plan
        faults = plan.faults()
        for name, label in self._form.errors.items():
            label.setText(faults.get(name, ""))
            label.setStyleSheet(f"color: {self._warning}; font-weight: 600;")
            label.setVisible(name in faults)
        if not faults and plan.replaces:
            self._form.errors["file"].setText("A file of that name exists and will be replaced.")
            self._form.errors["file"].setStyleSheet("")
            self._form.errors["file"].show()
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not faults)
        self.summary.setText(
            plan.summary(self._moments) if not faults else "Correct what is said above first.")
        self.cost.setText(plan.cost(self._rate))
        self._form.fit()

    # What the user does ----------------------------------------------------------------------------------------

    def _other_format(self) -> None:
        """The file's ending follows the format."""
        text = self.file.text()
        path = Path(text)
        if path.suffix.lower() in FORMATS:
            self.file.setText(text[: len(text) - len(path.suffix)] + self.ending)
        self._check()

    def _browse(self) -> None:
        """Asks for a file by the system's own dialog; its ending, if it is one of ours, sets the format."""
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
        keep = self._preferences.keep
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
        if not self._walk and self._cells is None:
            keep(f"film/panels/{self._kind}", " ".join(n for n, box in self.panels.items() if box.isChecked()))

    # Qt ------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        self._check()
        plan = self.plan
        if plan.faults():
            return
        self._remember()
        self.chosen.emit(plan.file, plan.words)
        super().accept()
