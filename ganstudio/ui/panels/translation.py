"""Translation: sources, what G makes of them, the withheld truth, the difference, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QMessageBox

from ganstudio.core.images import Bytes, images_of
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.core.protocol.views import Array, Picture
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.own_picture import choose_picture, square_of
from ganstudio.ui.state.dropped import short
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import NO_IMAGES
from ganstudio.ui.widgets.picture_strip import SOFT_HYPHEN, Column, PictureStrip, plain
from ganstudio.views.own_picture import OwnPicture
from ganstudio.views.translation import Translation

DIRECTIONS = ("A to B", "B to A")
LONGEST = 24  # letters of a domain's word: folders may have any names


class TranslationPanel(Panel):
    """A row for each source. The truth has a dashed frame: no player ever sees it."""

    name = "translation"
    title = "Translation"
    kinds = ("image",)
    needs = frozenset({"source"})
    help = "What G makes of sources that it is not trained on, beside the true images. Point at an image to enlarge it."
    reading = ("Each row is one source. Compare what was made with the truth beside it; the difference is black "
               "where both are alike. The way back is what becomes of the made image when it is turned into a "
               "source again.")
    healthy = "Layout and textures are those of the truth; colours may be others where the source does not say them."
    sick = "Grey, blurred images are what L1 alone gives; sharp ones that ignore the source are what D alone gives."
    formula = r"x \mapsto G(x)"
    papers = "Isola et al. 2017, Pix2Pix, arXiv:1611.07004"
    place = {"image": Place("upper", column=1, order=5)}
    views = ("translation", "own-picture")
    pictures = True

    asks = Signal()  # another picture than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Translation | None = None
        self._file: Path | None = None  # of the user's own picture
        self._picture: Picture | None = None  # made of it, at the size of the game's sources
        self._asked = 0  # pictures so far
        self._own: OwnPicture | None = None  # the answer
        self._own_at = self._steps = 0  # of the answer, and of what is shown: the past knows no picture of the user's
        self._difference = self.add_toggle("difference", "F")
        self._best = self.add_toggle("least L1", "B")
        self._best.setToolTip("Shows the picture of the least L1 that any G could make: each pixel's median (Alt+B)")
        self._best.setChecked(False)
        self._direction = QComboBox()
        self._direction.setObjectName("translation.direction")
        self._direction.setAccessibleName("Direction")
        self._direction.setToolTip("Which translation is shown: from sources (A) to images of the data (B), or back")
        self._direction.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._direction.addItems(DIRECTIONS)
        self._direction.activated.connect(lambda _: self._show())
        self._direction.hide()
        self._tools.addWidget(self._direction)
        self._open = self.add_button(
            "open", "Your picture…", "Shows what G makes of a picture of yours, here and now. It is cut to its middle "
            "square. Nothing of it is trained on or kept in the run.")
        self._remove = self.add_button("remove", "Remove it", "Takes your picture away")
        self._open.clicked.connect(lambda _=False: self._choose())
        self._remove.clicked.connect(lambda _=False: self.take_picture(None))
        self._remove.hide()
        self._strip = PictureStrip()
        self._strip.setObjectName("translation.strip")
        self._strip.setAccessibleName("Sources and their translations")
        self._strip.painted.connect(self.painted.emit)
        self._strip.pointed.connect(self._tell)
        for box in (self._difference, self._best):
            box.toggled.connect(lambda _: self._show())
        self.set_body(self._strip)

    # The user's own picture ----------------------------------------------------------------------------------

    def _choose(self) -> None:
        if (chosen := choose_picture(self)) is not None:
            self.take_picture(chosen)

    def take_picture(self, path: Path | None) -> None:
        """Shows what is made of a picture of the user's; None: of none."""
        self._file, self._own = path, None
        self._remove.setVisible(path is not None)
        self._read_picture()
        self._show()

    def _read_picture(self) -> None:
        """Reads the file at the size of the game's sources, and asks for its translation."""
        self._picture = None
        if self._file is not None and self._view is not None:
            side = images_of(self._view.source).shape[1]
            try:
                pixels = square_of(self._file, side, smooth=not self._view.label_maps)
            except BadInput as fault:
                self._file = None
                self._remove.hide()
                self.asks.emit()
                self._refuse(f"{fault}.")
                return
            self._asked += 1
            self._picture = Picture(number=self._asked, pixels=Array.of(pixels))
        self.asks.emit()

    def _refuse(self, sentence: str) -> None:
        """Says why a picture cannot be shown, and goes on: a snapshot may be the occasion, and others follow it."""
        box = QMessageBox(QMessageBox.Icon.Warning, "Your picture", sentence, QMessageBox.StandardButton.Ok, self)
        box.setTextFormat(Qt.TextFormat.PlainText)  # the name of a file is in it
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def picture(self) -> Picture | None:
        """The picture that is asked for; see ``ShowsPicture``."""
        return self._picture

    # What is shown -------------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        self._view = self._own = self._picture = None  # another run may have sources of another size
        self._strip.show_columns([])
        self.set_headline("Waiting for the first images…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view, own = snapshot.views.get("translation"), snapshot.views.get("own-picture")
        self._strip.update()
        if isinstance(own, OwnPicture):
            asked = self._picture is not None and own.number == self._picture.number
            self._own = own if asked and len(images_of(own.source)) else None
            self._own_at = self._steps = snapshot.position.steps
        if isinstance(view, Translation):
            self._view, self._steps = view, snapshot.position.steps
            if self._file is not None and self._picture is None:
                self._read_picture()
        elif not isinstance(own, OwnPicture):
            return
        self._show()

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        self._direction.setVisible(view.other is not None)
        for at, way in enumerate(directions(view.domains)):
            if way != self._direction.itemText(at):
                self._direction.setItemText(at, way)
        turned = self._direction.currentIndex() == 1
        if turned and view.other is not None and view.other_source is not None:
            source, made, best = images_of(view.other_source), images_of(view.other), NO_IMAGES
            truth = images_of(view.source) if view.unseen else NO_IMAGES
            back = NO_IMAGES if view.other_back is None else images_of(view.other_back)
        else:
            source, made, truth = images_of(view.source), images_of(view.made), images_of(view.truth)
            best, back = images_of(view.best), images_of(view.back)
        pair = NO_IMAGES if turned else images_of(view.pair)
        self._best.setVisible(len(best) > 0)
        self._difference.setVisible(len(truth) > 0)
        columns = [Column(view.source_word, source), Column(view.made_word, made, "generated")]
        if len(truth):
            columns.append(Column("truth", truth, "dashed"))
            if self._difference.isChecked():
                columns.append(Column(f"differ{SOFT_HYPHEN}ence", difference(made, truth)))
        if len(pair):
            columns.append(Column("in the data", pair))
        if len(best) and self._best.isChecked():
            columns.append(Column("least L1", best, "dashed"))
        columns.append(Column("way back", back, "generated"))
        own = self._own if self._steps >= self._own_at else None
        self._strip.show_columns(columns if own is None else with_own(columns, own, turned=turned))
        self.set_headline((words if own is None else words_with_own)(made, truth, pairs=len(pair) > 0))

    def _tell(self, row: int, column: int) -> None:
        shown = self._strip.columns
        shift = len(shown[0].images) - len(images_of(self._view.source)) if shown and self._view is not None else 0
        name = "your picture" if row < shift else f"source {row + 1 - shift}"
        self.show_hover_value(f"{plain(shown[column].title)} of {name}" if 0 <= column < len(shown) else "")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._strip.apply_theme(theme)


def directions(domains: Sequence[str]) -> tuple[str, str]:
    """Both ways between two domains, by their words if they have any."""
    if len(domains) != len(DIRECTIONS):
        return DIRECTIONS
    a, b = (short(word, LONGEST) for word in domains)
    return (f"{a} to {b}", f"{b} to {a}")


def with_own(columns: list[Column], own: OwnPicture, *, turned: bool) -> list[Column]:
    """The same columns with a row above the others for the user's picture; it has no truth, and no pair."""
    made, back = (own.other, own.other_back) if turned else (own.made, own.back)
    given = {0: own.source, 1: made} | ({len(columns) - 1: back} if len(columns[-1].images) else {})
    rows = []
    for at, column in enumerate(columns):
        first = given.get(at)
        if not len(column.images):
            rows.append(column)
            continue
        image = np.zeros_like(column.images[:1]) if first is None else images_of(first)
        rows.append(replace(column, images=np.concatenate([image, column.images]),
                            empty=frozenset({0} if first is None else ())))
    return rows


def difference(made: Bytes, truth: Bytes) -> Bytes:
    """The absolute difference of images, black where they are alike."""
    apart: Bytes = np.abs(made.astype(np.int16) - truth.astype(np.int16)).astype(np.uint8)
    return apart


def words(made: Bytes, truth: Bytes, *, pairs: bool = False) -> str:
    """What is seen, in a sentence or two; ``pairs``: beside it are the images of the data that go with the sources."""
    if pairs:
        return ("Pairs of the training data, and what G makes of their sources. G learns from them: others may come "
                "out worse.")
    if not len(truth):
        return "What G makes of images of the data. Their true translations are not known."
    apart = difference(made, truth).mean() / 127.5
    return f"Mean difference to the truth: {apart:.2f} of 2 (black to white). G was not trained on these {len(made)}."


def words_with_own(made: Bytes, truth: Bytes, *, pairs: bool = False) -> str:
    """The same where the first row is the user's picture: it has to have room on two lines."""
    first = "The first row is your picture; its truth is not known."
    if pairs:
        return f"{first} The others are pairs of the training data."
    if not len(truth):
        return f"{first} Nor is that of the others, images of the data."
    return f"{first} Mean difference of the others: {difference(made, truth).mean() / 127.5:.2f} of 2."
