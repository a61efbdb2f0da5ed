"""Patches: D's map of scores over a generated and a real image, and the square that each score sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from ganstudio.core.design import Space
from ganstudio.core.images import images_of
from ganstudio.core.patch_field import PatchField
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting.colors import colour_table
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.color_bar import ColorBar
from ganstudio.ui.widgets.patch_picture import NO_CELL, PatchPicture
from ganstudio.ui.widgets.side_by_side import SideBySide
from ganstudio.views.patches import Patches

Scores = NDArray[np.float32]
SIDES = ("generated", "real")


class PatchesPanel(Panel):
    """The map of scores over both images; the pointer's score shows its square in both."""

    name = "patches"
    title = "Patches"
    kinds = ("image",)
    needs = frozenset({"source", "patches"})
    help = "What D says of each square of an image. Point at a score, or move with the arrow keys, to see its square."
    reading = ("D gives a map of scores, and a loss is the mean over the map: each score sees only the square that is "
               "drawn around it. Of a D with maps of two sizes the finer one is shown. With n layers that halve the "
               "side, n = 0, 1, 2, 3, a score of a PatchGAN sees 1, 16, 34, 70 px a side; n is set under Controls. A "
               "score colours the middle of its square, so a rim of the image has no colour.")
    healthy = "Both maps have like colours: D cannot tell the squares of the two images apart."
    sick = ("The generated map has D's lowest scores all over, the real one its highest: D is far ahead. A single "
            "square of low scores shows which part of an image D finds wrong.")
    formula = r"D(x, y) = \frac{1}{m^2} \sum_{i, j} D_{ij}(x, y)"
    papers = "Isola et al. 2017, Pix2Pix, arXiv:1611.07004, section 3.2.2"
    place = {"image": Place("upper", column=1, order=6)}
    views = ("patches",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Patches | None = None
        self._cell = NO_CELL
        self._colours = self.add_toggle("scores", "C")
        self._chosen = QSpinBox()
        self._chosen.setObjectName("patches.image")
        self._chosen.setAccessibleName("Image")
        self._chosen.setToolTip("Which of the images is shown")
        self._chosen.setPrefix("image ")
        self._chosen.setMinimum(1)
        self._chosen.valueChanged.connect(lambda _: self._show())
        self._tools.addWidget(self._chosen)
        self._pictures = {side: PatchPicture(generated=side == "generated") for side in SIDES}
        self._bar = ColorBar()
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, Space.CLOSE, 0)
        row.setSpacing(Space.HAIR)
        row.addWidget(SideBySide(*self._pictures.values()), 1)
        row.addWidget(self._bar)
        for side, picture in self._pictures.items():
            picture.setObjectName(f"patches.{side}")
            picture.setAccessibleName(f"Scores of the {side} image")
            picture.chosen.connect(self._choose)
            self._colours.toggled.connect(picture.show_colours)
        self._pictures["generated"].painted.connect(self.painted.emit)
        self.set_body(body)

    def begin(self, started: Started) -> None:
        self._view = None
        self._bar.forget()
        nothing = np.zeros((0, 0, 3), np.uint8)
        for picture in self._pictures.values():
            picture.show_map(("", ""), None, np.zeros((0, 0), np.float32), nothing, PatchField(1, 1, 0, 0))
        self._choose(*NO_CELL)
        self.set_headline("Waiting for the first scores…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("patches")
        self._pictures["generated"].update()
        if isinstance(view, Patches):
            self._view = view
            self._show()

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        images = {"generated": images_of(view.made), "real": images_of(view.real)}
        maps = self._maps(view)
        with QSignalBlocker(self._chosen):
            self._chosen.setMaximum(len(images["real"]))
        at = self._chosen.value() - 1
        low, high = ends(np.stack([maps[side][at] for side in SIDES]), around_zero=view.kind == "logit")
        table = colour_table(self.theme.low, self.theme.middle, self.theme.high)
        titles = {side: (side, f"mean {said(float(maps[side][at].mean()), view.kind)}") for side in SIDES}
        for side, picture in self._pictures.items():
            scores = maps[side][at]
            picture.give_room(list(titles.values()))
            picture.show_map(titles[side], images[side][at], scores,
                             coloured_scores(scores, low, high, table), view.field)
        self._bar.show_range(low, high, probability=view.kind == "logit")
        said_of = words(view.field, maps["real"].shape[1], images["real"].shape[1], judge=view.judge or "D")
        self.set_headline(f"{of_several(view.judge, view.domain)}{said_of}")
        self._tell()

    def _maps(self, view: Patches) -> dict[str, Scores]:
        return {"generated": view.on_made.numpy(), "real": view.on_real.numpy()}

    def _choose(self, row: int, column: int) -> None:
        self._cell = (row, column)
        for picture in self._pictures.values():
            picture.show_cell(row, column)
        self._tell()

    def _tell(self) -> None:
        """Says what the chosen score is in both images."""
        view, (row, column) = self._view, self._cell
        if view is None or not 0 <= max(row, column) < view.on_real.shape[1]:
            self.setStatusTip("")
            return
        at = self._chosen.value() - 1
        both = {side: said(float(scores[at, row, column]), view.kind) for side, scores in self._maps(view).items()}
        left, top, right, bottom = view.field.square(row, column)
        self.show_hover_value(
            f"Score in row {row + 1}, column {column + 1}: generated {both['generated']}, real {both['real']}. "
            f"It sees columns {left + 1} to {right} and rows {top + 1} to {bottom}.")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for picture in self._pictures.values():
            picture.apply_theme(theme)
        self._bar.apply_theme(theme, colour_table(theme.low, theme.middle, theme.high))
        self._show()


def ends(scores: Scores, *, around_zero: bool) -> tuple[float, float]:
    """The scores at the two ends of the colours: those of both maps, or as far below as above undecided."""
    finite = scores[np.isfinite(scores)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if around_zero:
        far = max(-low, high, 1e-6)
        return -far, far
    return low, max(high, low + 1e-6 * max(abs(low), 1.0))


def coloured_scores(scores: Scores, low: float, high: float, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Their colours ``(..., 3)``; what is no number has the middle one."""
    share = np.nan_to_num((scores.astype(np.float64) - low) / (high - low), nan=0.5, posinf=1.0, neginf=0.0)
    found: NDArray[np.uint8] = table[np.clip(share * 255, 0, 255).astype(int)]
    return found


def said(score: float, kind: str) -> str:
    """A score in words: of a logit with the chance of being real beside it."""
    if kind != "logit" or not np.isfinite(score):
        return figure(score)
    return f"{figure(score)} ({100 / (1 + np.exp(-np.clip(score, -700, 700))):.0f}% real)"


def of_several(judge: str, domain: str) -> str:
    """Which D it is, of a game with several; empty: it has one."""
    return f"This is {judge}, which judges {domain or 'what sources become'}. " if judge else ""


def words(field: PatchField, cells: int, side: int, judge: str = "D") -> str:
    """What the map is: how many scores, and how much each of them sees."""
    sees = (f"{field.side}\u00a0×\u00a0{field.side}\u00a0px" if field.side < side else
            f"{field.side} px a side: the whole image")
    few = "score sees" if cells == 1 else f"of the {cells}\u00a0×\u00a0{cells} scores sees"
    each = f"{judge}'s one" if cells == 1 else "Each"
    layers = f"{judge} has n\u00a0=\u00a0{field.halvings} halving layer{'s' * (field.halvings != 1)}."
    return f"{each} {few} {sees} of {side}. {layers}"
