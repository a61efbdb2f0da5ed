"""Translation: sources, what G makes of them, the withheld truth, the difference, and the way back."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QComboBox

from ganstudio.core.images import Bytes, images_of
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import NO_IMAGES
from ganstudio.ui.widgets.picture_strip import SOFT_HYPHEN, Column, PictureStrip, plain
from ganstudio.views.translation import Translation

DIRECTIONS = ("A to B", "B to A")


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
    views = ("translation",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Translation | None = None
        self._difference = self.add_toggle("difference", "F")
        self._best = self.add_toggle("least L1", "B")
        self._best.setToolTip("Shows the picture of the least L1 that any G could make: each pixel's median (Alt+B)")
        self._best.setChecked(False)
        self._direction = QComboBox()
        self._direction.setObjectName("translation.direction")
        self._direction.setAccessibleName("Direction")
        self._direction.setToolTip("Which translation is shown: from sources (A) to images of the data (B), or back")
        self._direction.addItems(DIRECTIONS)
        self._direction.activated.connect(lambda _: self._show())
        self._direction.hide()
        self._tools.addWidget(self._direction)
        self._strip = PictureStrip()
        self._strip.setObjectName("translation.strip")
        self._strip.setAccessibleName("Sources and their translations")
        self._strip.painted.connect(self.painted.emit)
        self._strip.pointed.connect(self._tell)
        for box in (self._difference, self._best):
            box.toggled.connect(lambda _: self._show())
        self.set_body(self._strip)

    def begin(self, started: Started) -> None:
        self._view = None
        self._strip.show_columns([])
        self.set_headline("Waiting for the first images…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("translation")
        self._strip.update()
        if not isinstance(view, Translation):
            return
        self._view = view
        self._show()

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        self._direction.setVisible(view.other is not None)
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
        self._strip.show_columns(columns)
        self.set_headline(words(made, truth, pairs=len(pair) > 0))

    def _tell(self, row: int, column: int) -> None:
        shown = self._strip.columns
        self.show_hover_value(f"{plain(shown[column].title)} of source {row + 1}" if 0 <= column < len(shown) else "")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._strip.apply_theme(theme)


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
