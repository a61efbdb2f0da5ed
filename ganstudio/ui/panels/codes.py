"""Codes: images in the codes of a codebook and back, the codebook, and halves of images that the prior completes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSpinBox, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.core.images import coloured, images_of
from ganstudio.core.protocol.asks import Completion as Asked
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.code_pictures import code_maps, given_part, words
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.codebook import CodebookView
from ganstudio.ui.widgets.picture_strip import SOFT_HYPHEN, Column, PictureStrip
from ganstudio.views.codes import Codes
from ganstudio.views.completion import Completion

HOTTEST = 20  # tenths of a temperature
LETTERS = 6  # room for a value beside its slider


class CodesPanel(Panel):
    """A row for each image. The codebook below: a dead code, which no image uses, is grey."""

    name = "codes"
    title = "Codes"
    kinds = ("image",)
    needs = frozenset({"codes"})
    help = ("Images written in codes and drawn again, the codebook as G draws it, and images whose first codes are "
            "kept while the prior draws the others.")
    reading = ("Each square of the map is one code, in its colour. Decoded is the reconstruction: what G draws of the "
               "map. Below, each code as G draws it, with how often it is used. Given is what the prior is shown; it "
               "draws the rest in raster order.")
    healthy = ("The reconstruction is the image, and nearly all codes are used. What is completed continues the given "
               "part as the data would.")
    sick = ("Grey codes are dead: no vector is nearest to them. A blurred reconstruction needs more codes or steps. "
            "Without a prior what is completed is a jumble: each code is drawn on its own.")
    formula = r"s_{ij} = \mathrm{argmin}_k \|E(x)_{ij} - z_k\|"
    papers = "Esser et al. 2021, VQGAN, arXiv:2012.09841; van den Oord et al. 2017, VQ-VAE, arXiv:1711.00937"
    place = {"image": Place("upper", column=1, order=9)}
    views = ("codes", "completed")
    pictures = True

    asks = Signal()  # another completion than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Codes | None = None
        self._completion: Completion | None = None
        self._live = True
        self._draws = 0  # how many times another draw was asked for
        self._kept = QSpinBox()
        self._kept.setObjectName("codes.kept")
        self._kept.setAccessibleName("Share of the codes that is given")
        self._kept.setToolTip("How much of each image is given, from its top; the prior draws the rest")
        self._kept.setRange(0, 100)
        self._kept.setSingleStep(5)
        self._kept.setValue(50)
        self._kept.setPrefix("given ")
        self._kept.setSuffix(" %")
        self._tools.addWidget(self._kept)
        self._temperature, self._heat = self._slider(
            "temperature", "Temperature", "Below 1 the prior draws probable codes more often than it should, above 1 "
            "less often; at 0 always the most probable one", HOTTEST, 10)
        self._among, self._ranks = self._slider(
            "top-k", "Top k", "Among how many codes is drawn, the most probable ones; at the left end among all", 0, 0)
        self._again = self.add_button("again", "Draw again", "Draws other codes after the same given ones")
        self._strip = PictureStrip()
        self._strip.setObjectName("codes.strip")
        self._strip.setAccessibleName("Images, their codes, and what is drawn of them")
        self._strip.pointed.connect(self._tell)
        self._strip.painted.connect(self.painted.emit)
        self._book = CodebookView()
        self._book.setObjectName("codes.book")
        self._book.setAccessibleName("Codebook: what each code is drawn as")
        self._book.pointed.connect(self._tell_code)
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(Space.TIGHT)
        lines.addWidget(self._strip, 5)
        lines.addWidget(self._book, 2)
        self.set_body(body)
        self._kept.valueChanged.connect(lambda _: self.asks.emit())
        self._temperature.valueChanged.connect(lambda _: self._move())
        self._among.valueChanged.connect(lambda _: self._move())
        self._again.clicked.connect(lambda _=False: self._draw_again())
        self._say_values()

    def _slider(self, name: str, what: str, tip: str, most: int, value: int) -> tuple[QSlider, QLabel]:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName(f"codes.{name}")
        slider.setAccessibleName(what)
        slider.setToolTip(tip)
        slider.setRange(0, most)
        slider.setValue(value)
        title, shown = QLabel(what.lower()), QLabel()
        title.setBuddy(slider)
        together = QWidget()  # they are not parted where the line ends
        line = QHBoxLayout(together)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(Space.USUAL)
        for widget in (title, slider, shown):
            line.addWidget(widget)
        self._tools.addWidget(together)
        return slider, shown

    # What is asked -------------------------------------------------------------------------------------------

    def ask(self) -> Asked:
        """Which completion is shown; see ``AsksOfView``."""
        return Asked(kept=self._kept.value() / 100, temperature=self._temperature.value() / 10,
                               top_k=self._among.value(), draw=self._draws)

    def _move(self) -> None:
        self._say_values()
        self.asks.emit()

    def _draw_again(self) -> None:
        self._draws += 1
        self.asks.emit()

    def _say_values(self) -> None:
        for label, text in ((self._heat, f"{self._temperature.value() / 10:.1f}"),
                            (self._ranks, str(self._among.value() or "all"))):
            label.setText(text)
            label.setMinimumWidth(self.fontMetrics().averageCharWidth() * LETTERS)

    # What is shown -------------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        self._view = self._completion = None
        self._strip.show_columns([])
        self.set_headline("Waiting for the first images…")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._live = steps is None
        for widget in (self._kept, self._temperature, self._among, self._again):
            widget.setEnabled(self._live)
        self._completion = None
        if self._view is not None:
            self._show()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view, completion = snapshot.views.get("codes"), snapshot.views.get("completed")
        self._strip.update()
        self._book.update()
        if isinstance(view, Codes):
            self._view = view
            self._among.setMaximum(view.book.shape[0] - 1)
        if isinstance(completion, Completion):
            self._completion = completion
        self._show()

    def _show(self) -> None:
        view, completion = self._view, self._completion
        if view is None:
            return
        image, back = coloured(images_of(view.image)), coloured(images_of(view.back))
        codes, count = view.codes.numpy(), view.book.shape[0]
        columns = [Column("image", image, "real"), Column("codes", code_maps(codes, count)),
                   Column(f"de{SOFT_HYPHEN}coded", back, "generated")]
        if completion is not None and completion.made.shape == view.back.shape:
            given = given_part(back, codes.shape[1], completion.kept)
            made = coloured(images_of(completion.made))
            columns += [Column("given", given), Column(f"com{SOFT_HYPHEN}pleted", made, "generated")]
        self._strip.show_columns(columns)
        self._book.show_book(images_of(view.book), view.uses.numpy(), f"codebook, uses in {view.counted} images")
        past = "" if self._live else retold(" Go back to live (Ctrl+E) to complete images.")
        self.set_headline(words(view, completion) + past)

    def _tell(self, row: int, column: int) -> None:
        shown = self._strip.columns
        title = shown[column].title.replace(SOFT_HYPHEN, "") if 0 <= column < len(shown) else ""
        self.show_hover_value(f"{title} of image {row + 1}" if title else "")

    def _tell_code(self, code: int) -> None:
        if self._view is None or code < 0:
            self.show_hover_value("")
            return
        uses = self._view.uses.numpy()[code]
        dead = " (dead)" if uses == 0 else ""
        self.show_hover_value(f"code {code}: used {uses:.0f} times in {self._view.counted} images{dead}")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._strip.apply_theme(theme)
        self._book.apply_theme(theme)
