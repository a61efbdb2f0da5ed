"""Styles: two faces mixed layer by layer, noise redrawn, and w moved along its principal directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.core.protocol.asks import Mix
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts import styles_pictures as pictures
from ganstudio.ui.panels.parts import styles_text as say
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import NO_IMAGES
from ganstudio.ui.widgets.mix_grid import MixGrid
from ganstudio.ui.widgets.named_slider import NamedSlider
from ganstudio.ui.widgets.picture_strip import PictureStrip
from ganstudio.views.styles import Styles

Page = Literal["mixing", "noise", "directions"]
PAGES: tuple[Page, ...] = ("mixing", "noise", "directions")
PSI_STEP, MOST_PSI = 0.05, 1.5
DIRECTIONS = 5
MOST_SDS = 4.0
REDRAWN = 16  # draws further on: none of those on screen is shown again


class StylesPanel(Panel):
    """Three pages; the sliders of each follow the user at once, also if the run is paused."""

    name = "styles"
    title = "Styles"
    kinds = ("image",)
    needs = frozenset({"styles"})
    help = ("Faces that take their coarse layers from one style and their fine ones from another, the same face with "
            "its noise redrawn, and faces moved along the directions of W.")
    reading = say.READING
    healthy = ("Rows keep what the coarse layers make, columns what the fine ones do. Noise changes small things "
               "only, and an axis of W changes every face in the same way.")
    sick = ("Whatever the crossover, only one of the two sources is followed: some layers do nothing. Noise that moves "
            "pixels as far as another face does is used as texture by a G that cannot draw edges yet.")
    formula = r"w' = \bar{w} + \psi (w - \bar{w}), \quad w_i = w_A \; (i < k), \; w_B \; (i \geq k)"
    papers = ("Karras et al. 2019, StyleGAN, arXiv:1812.04948, sections 3.1 and 3.2; Karras et al. 2020, "
              "arXiv:1912.04958; Härkönen et al. 2020, GANSpace, arXiv:2004.02546 (directions)")
    place = {"image": Place("upper", column=1, order=2)}
    views = ("styles", "styles-hand")
    pictures = True

    asks = Signal()  # something else than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Styles | None = None  # that is shown
        self._plain: Styles | None = None  # the live grid that nobody asked for
        self._past = False
        self._draw = 0
        self._layers: list[str] = []
        self._noise: list[QCheckBox] = []  # a box for each layer with noise
        self._page = self._list("page", "Page", "Mixing of two styles, redrawn noise, or directions of W")
        self._page.addItems(PAGES)
        self._page.activated.connect(lambda _: self._turn())
        self._psi = self._slider("psi", "ψ", "Truncation ψ", "Truncation: draws every w towards the mean w_avg. Only "
                                 "what is shown follows; nothing is trained with it.",
                                 lambda step: f"{step * PSI_STEP:.2f}", "0.00")
        self._crossover = self._slider("crossover", "crossover", "Crossover", "The layer from which on images follow "
                                       "the column's style (B); coarser ones follow the row's (A)",
                                       lambda step: say.crossover_name(self._layers, step) if self._layers else "",
                                       "B from second 16 px")
        self._redraw = self.add_button("redraw", "Redraw", "Draws other noise")
        self._noise_of = QWidget()  # with the first box: they are not parted where the line ends
        self._first_noise = QHBoxLayout(self._noise_of)
        self._first_noise.setContentsMargins(0, 0, 0, 0)
        self._first_noise.addWidget(QLabel("noise of"))
        self._tools.addWidget(self._noise_of)
        self._redraw.clicked.connect(lambda _=False: self._draw_again())
        self._layer = self._list("layer", "Layer", "The layer whose w is moved")
        self._layer.activated.connect(lambda _: self._ask())
        self._reset = self.add_button("reset", "Reset", "Moves w back to where it was")
        self._reset.clicked.connect(lambda _=False: self._move_back())
        self._grid = MixGrid("A", "B", "mean")
        self._grid.setAccessibleName("Mixed styles: a row for each A, a column for each B")
        self._grid.pointed.connect(self._tell)
        self._redrawn, self._moved = PictureStrip(), PictureStrip()
        self._redrawn.setAccessibleName("Faces without noise, with several draws of it, and where these differ")
        self._moved.setAccessibleName("Faces before and after w is moved, and the difference")
        self._axes = [self._slider(f"axis{at + 1}", f"axis {at + 1}", f"Principal direction {at + 1} of W",
                                   "Moves w along this axis, in standard deviations of w; the share is that of the "
                                   "variance of w along it", say.sds, "+0.00", tool=False) for at in range(DIRECTIONS)]
        self._stack = QStackedWidget()
        for page in (self._grid, self._redrawn, self._beside_axes()):
            self._stack.addWidget(page)
        for shown in (self._grid, self._redrawn, self._moved):
            shown.painted.connect(self.painted.emit)
        self.set_body(self._stack)
        self._start()

    # Widgets -------------------------------------------------------------------------------------------------

    def _list(self, name: str, what: str, tip: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"styles.{name}")
        box.setAccessibleName(what)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._tools.addWidget(box)
        return box

    def _slider(self, name: str, text: str, what: str, tip: str, words: Callable[[int], str], widest: str, *,
                tool: bool = True) -> NamedSlider:
        slider = NamedSlider(f"styles.{name}", text, what, tip, words, widest, lines=6 if tool else 4)
        slider.moved.connect(lambda _: self._ask())
        if tool:
            self._tools.addWidget(slider)
        return slider

    def _beside_axes(self) -> QWidget:
        page = QWidget()
        row, column = QHBoxLayout(page), QVBoxLayout()
        row.setContentsMargins(Space.USUAL, 0, 0, 0)
        column.addStretch(1)
        for axis in self._axes:
            column.addWidget(axis)
        column.addStretch(1)
        row.addLayout(column)
        row.addWidget(self._moved, 1)
        return page

    def _start(self) -> None:
        """Puts every slider where nothing is asked."""
        self._psi.set(0, round(MOST_PSI / PSI_STEP), round(1 / PSI_STEP))
        self._crossover.set(0, 0, 0)
        most = round(MOST_SDS / say.SD_STEP)
        for axis in self._axes:
            axis.set(-most, most, 0)
        self._draw = 0
        self._show_page()

    def _show_page(self) -> None:
        page = self._shown_page
        self._stack.setCurrentIndex(PAGES.index(page))
        self._crossover.setVisible(page == "mixing")
        for widget in (self._redraw, self._noise_of, *self._noise):
            widget.setVisible(page == "noise" and bool(self._noise))
        for widget in (self._layer, self._reset):
            widget.setVisible(page == "directions")
        for index in range(self._tools.count()):
            item = self._tools.itemAt(index)
            if item is not None and (tool := item.widget()) is not None:
                tool.setEnabled(not self._past)

    @property
    def _shown_page(self) -> Page:
        return "mixing" if self._past else PAGES[max(self._page.currentIndex(), 0)]

    # What is asked -------------------------------------------------------------------------------------------

    def ask(self) -> Mix | None:
        """What the sliders ask for; None: the plain grid, which is computed anyway."""
        page = PAGES[max(self._page.currentIndex(), 0)]
        asked = Mix(
            show=page, crossover=self._crossover.value if self._crossover.slider.maximum() else -1,
            psi=round(self._psi.value * PSI_STEP, 2), noise=self._draw,
            silent=[at for at, box in enumerate(self._noise) if not box.isChecked()],
            layer=max(self._layer.currentIndex() - 1, -1), moved=self._steps() if page == "directions" else [])
        plain = self._plain_crossover in (asked.crossover, -1)
        same = Mix(crossover=asked.crossover, layer=asked.layer)
        return None if asked == same and plain else asked

    _plain_crossover = -1  # of the grid that is not asked for

    def _ask(self) -> None:
        if self.ask() is None and self._plain is not None:  # it is not computed again while the run is paused
            self._take(self._plain)
        self.asks.emit()

    def _steps(self) -> list[float]:
        return [axis.value * say.SD_STEP for axis in self._axes]

    def _turn(self) -> None:
        self._show_page()
        self.set_headline("Waiting for the images…")
        self._ask()

    def _draw_again(self) -> None:
        self._draw += REDRAWN
        self._ask()

    def _move_back(self) -> None:
        for axis in self._axes:
            axis.set(axis.slider.minimum(), axis.slider.maximum(), 0)
        self._ask()

    # What is shown -------------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        self._view, self._plain, self._layers, self._plain_crossover = None, None, [], -1
        for box in self._noise:
            (self._first_noise if box is self._noise[0] else self._tools).removeWidget(box)
            box.deleteLater()
        self._noise = []
        self._clear()
        self._start()
        self.set_headline("Waiting for the first images…")

    def _clear(self) -> None:
        self._grid.show_images(NO_IMAGES, 1)
        self._redrawn.show_columns([])
        self._moved.show_columns([])

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        past = steps is not None
        if past != self._past:
            self._past = past
            self._show_page()
        if past:  # what was recorded by then follows
            self._clear()
            self.set_headline(retold("Nothing of this was recorded: that is done only while this panel is visible. Go "
                                     "back to live (Ctrl+E), or continue from here."))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        for shown in (self._grid, self._redrawn, self._moved):
            shown.update()
        plain, asked = snapshot.views.get("styles"), snapshot.views.get("styles-hand")
        if isinstance(plain, Styles) and plain.mixing is not None:
            self._know(plain)
            if not self._past:
                self._plain = plain
            if self._past or self.ask() is None:
                self._take(plain)
        wanted = self.ask()
        if not self._past and wanted is not None and isinstance(asked, Styles) and asked.mix.show == wanted.show:
            self._take(asked)

    def _know(self, view: Styles) -> None:
        """The layers, once they are known."""
        if self._layers == view.layers and len(self._noise) == len(view.noisy):
            return
        self._layers, self._plain_crossover = view.layers, view.mix.crossover
        self._crossover.set(0, len(view.layers), view.mix.crossover)
        named = [say.crossover_name(view.layers, step) for step in range(len(view.layers) + 1)]
        self._crossover.fit_text(max(named, key=self.fontMetrics().horizontalAdvance))
        with QSignalBlocker(self._layer):
            self._layer.clear()
            self._layer.addItems(["all layers", *map(say.short, view.layers)])
        self._noise = [self._noise_box(view.noisy, at) for at in range(len(view.noisy))]
        for at, box in enumerate(self._noise):
            (self._tools if at else self._first_noise).addWidget(box)
        self._show_page()

    def _noise_box(self, noisy: list[int], at: int) -> QCheckBox:
        name = say.noise_name(noisy, at)
        box = QCheckBox(name)
        box.setObjectName(f"styles.noise{at}")
        box.setChecked(True)
        box.setToolTip(f"Noise of the {name} layer on or off, here and on the other pages")
        box.setAccessibleName(f"Noise of the {name} layer")
        box.toggled.connect(lambda _: self._ask())
        return box

    def _take(self, view: Styles) -> None:
        self._view = view
        if (mixing := view.mixing) is not None:
            self._grid.show_images(*pictures.mixing_grid(mixing))
            words = say.of_mixing(view.mix, view.layers)
        elif (noise := view.noise) is not None:
            self._redrawn.show_columns(pictures.noise_columns(noise, self.theme))
            words = say.of_noise(noise, view.noisy, view.mix.silent)
        elif (moved := view.directions) is not None:
            self._moved.show_columns(pictures.moved_columns(moved, self.theme))
            for at, (axis, share) in enumerate(zip(self._axes, moved.variances.numpy(), strict=False)):
                axis.label.setText(f"axis {at + 1}, {share:.0%}")
            words = say.of_directions(view.mix, moved, view.layers)
        else:
            return
        self.set_headline(f"As recorded: {words}" if self._past else words)

    def _tell(self, row: int, column: int) -> None:
        if row < 0:
            self.show_hover_value("")
            return
        words = f"coarse layers of A{row}, fine layers of B{column}" if row and column else (
            f"source A{row}" if row else f"source B{column}" if column else "the picture of w_avg: all faces at ψ = 0")
        self.show_hover_value(words)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for shown in (self._grid, self._redrawn, self._moved):
            shown.apply_theme(theme)
        for slider in (self._psi, self._crossover, *self._axes):
            slider.fit_text()
        if self._view is not None:
            self._take(self._view)
