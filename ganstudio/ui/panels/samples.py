"""Samples: images of the same latents in every picture, beside real ones; a click makes one an anchor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageWriter, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QSlider, QWidget

from ganstudio.core.design import Least, Space
from ganstudio.core.images import Bytes, grid, images_of
from ganstudio.core.protocol.messages import Applied, Snapshot, Started
from ganstudio.core.protocol.views import Samples
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import USUAL, Panel, abilities_of
from ganstudio.ui.panels.parts.samples_text import ALIKE, Doubles, variety, words
from ganstudio.ui.state.latent_anchors import FEWEST
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import NO_IMAGES, ImageGrid
from ganstudio.ui.widgets.save_dialog import ask_where

MOST = 8  # images along a side of the square of them
READABLE = 36  # logical pixels: images are at least this wide until the user chooses how many are shown
EARLY_STEPS = 300  # before this step, images that are all alike are no collapse
BEGUN_STEPS = 100  # before this step, images that differ are those of a generator that has not begun to learn
SIDE = 16  # of the images as they are compared, pixels
WRITTEN_GAP = 2  # px, between the images of a file
ANCHORS = ("A click or Enter makes an image an anchor of the interpolation, or stops it being one. Arrow keys go from "
           "image to image.")


class SamplesPanel(Panel):
    """Real images in a blue frame with a hollow title, generated ones in an orange frame with a filled one."""

    name = "samples"
    title = "Samples"
    kinds = ("image",)
    help = ("Images that G makes from the same latents or sources each time, beside real ones. Where G has a latent, "
            "click an image to make it an anchor.")
    reading = ("Each place keeps its latent, or its source, from picture to picture, so you see how one image changes. "
               "Compare with the real images beside them: sharpness, and how much they differ from each other.")
    healthy = "The images become sharper with the steps, and differ from each other as much as the real ones do."
    sick = "All images look alike (mode collapse), show a checkerboard, or change completely long after the start."
    formula = r"x_i = G(z_i), \quad z_i \ \mathrm{fixed}"
    papers = "Radford et al. 2016, DCGAN, arXiv:1511.06434"
    place = {"image": Place("upper")}
    views = ("samples-average",)
    pictures = True

    asks = Signal()  # another view than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._chosen_side = 0  # by the user; 0: none yet
        self._view: Samples | None = None
        self._latents: list[int] = []  # the latent of each image shown
        self._steps = 0
        self._has: frozenset[str] = USUAL  # what the run has, of `core.leaves.ABILITIES`
        self._real_apart: tuple[bytes, Doubles] = b"", np.zeros((0, 0))  # of which images
        self._had_varied = False  # whether this run's images have differed before
        self._show_real = self.add_toggle("real", "X")
        self._average = self.add_toggle("average of G", "A")
        self._zoom = QSlider(Qt.Orientation.Horizontal)
        self._zoom.setRange(1, MOST)
        self._zoom.setPageStep(1)
        self._zoom.setObjectName("samples.zoom")
        self._zoom.setAccessibleName("Images shown")
        self._zoom.setToolTip("Number of images, 64 down to 1. Fewer are larger (Ctrl and the mouse wheel).")
        self._label = QLabel()
        self._label.setProperty("quiet", True)
        self._label.setBuddy(self._zoom)
        self._save = QPushButton("Save…")
        self._save.setAutoDefault(False)
        self._save.setObjectName("samples.save")
        self._save.setAccessibleName("Save the generated images")
        self._save.setToolTip("Saves the generated images that are shown as one PNG, pixel by pixel")
        self._save.clicked.connect(lambda _=False: self.save())
        for widget in (self._label, self._zoom, self._save):
            self._tools.addWidget(widget)
        self._real = ImageGrid("real", filled=False)
        self._fake = ImageGrid("generated", filled=True, choosable=True)
        for pictures, what, tip in (
            (self._real, "real", "Images of the data set, always the same ones"),
            (self._fake, "generated", ANCHORS),
        ):
            pictures.setObjectName(f"samples.{what}-images")
            pictures.setAccessibleName(f"{what} images".capitalize())
            pictures.setToolTip(tip)
            pictures.whole_rows = True
            pictures.zoomed.connect(lambda notches: self.show_side(self.side - notches))
        body = QWidget()
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, body)
        self._sides.setContentsMargins(Space.USUAL, Space.TIGHT, Space.USUAL, Space.USUAL)
        self._sides.setSpacing(Space.USUAL)
        self._sides.addWidget(self._real, 1)
        self._sides.addWidget(self._fake, 1)
        self.set_body(body)
        self._show_real.toggled.connect(self._real.setVisible)
        self._show_real.toggled.connect(lambda _: self._show())
        self._average.toggled.connect(lambda _: self._ask())
        self._zoom.valueChanged.connect(lambda value: self.show_side(MOST + 1 - value))  # to the right they grow
        self._fake.chosen.connect(self._choose)
        self._fake.pointed.connect(self._tell_generated)
        self._real.pointed.connect(lambda index: self.show_hover_value(f"real image {index + 1}" if index >= 0 else ""))
        self._fake.painted.connect(self._painted)
        commands.anchors.anchors_changed.connect(self._mark)
        run.control_applied.connect(self._applied)
        self._mark()
        self._show()

    # What is asked for ---------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        self._view, self._had_varied = None, False
        self._has = abilities_of(started, self.run.variant)
        self._fake.allow_choice("latent" in self._has)
        self._fake.setToolTip(ANCHORS if "latent" in self._has else "What G makes of the same sources each time")
        self._offer_average(started.settings.get("ema_decay", 0))
        self._real.show_images(NO_IMAGES)
        self._fake.show_images(NO_IMAGES)
        self._show()
        self.set_headline("Waiting for the first images…")

    def _applied(self, applied: Applied) -> None:
        if applied.name == "ema_decay":
            self._offer_average(applied.value)

    def _offer_average(self, decay: object) -> None:
        """Switches the box off, and says why, if the run keeps no average."""
        kept = isinstance(decay, int | float) and decay > 0
        self._average.setEnabled(kept)
        self._average.setToolTip(
            "Shows images of the running average of G's weights, which are steadier, or of G after its last update "
            "(Alt+A)"
            if kept else "This run keeps no running average of G's weights: its control “average of G” (ema_decay) is "
                         "0")
        self._ask()

    def _ask(self) -> None:
        averaged = self._average.isChecked() and self._average.isEnabled()
        views = ("samples-average",) if averaged else ("samples",)
        self.commands.anchors.use_average(averaged)
        if views != self.views:
            self.views = views  # type: ignore[misc]  # what this panel asks for is a matter of its switch
            self.asks.emit()

    # What is shown -------------------------------------------------------------------------------------------

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = next((snapshot.views[name] for name in self.views if name in snapshot.views), None)
        self._fake.update()  # another view came: it is painted all the same
        if not isinstance(view, Samples):
            return
        self._view, self._steps = view, snapshot.position.steps
        self._show()
        if view.real.data != self._real_apart[0]:  # the same in every picture
            self._real_apart = view.real.data, distances(images_of(view.real))
        apart, usual = distances(images_of(view.fake)), self._real_apart[1]
        self._had_varied |= self._steps >= BEGUN_STEPS and variety(apart, usual) >= ALIKE
        alone = "one image" in self._has  # the real ones are all this one
        self.set_headline(words(apart, usual, early=self._steps < EARLY_STEPS and not self._had_varied,
                                translates="source" in self._has, one_image=alone))

    def _painted(self) -> None:
        self._count()
        self.painted.emit()

    def _count(self) -> None:
        count = len(self._fake.images) or self.side**2
        self._label.setText("1 image" if count == 1 else f"{count} images")

    @property
    def side(self) -> int:
        """How many images are shown along a side of the square."""
        if self._chosen_side:
            return self._chosen_side
        area = self._fake.size() if self._fake.isVisible() else QSize(*Least.GRID)
        return min(max(min(area.width(), area.height() - self.fontMetrics().height()) // READABLE, 1), MOST)

    def show_side(self, side: int) -> None:
        """Shows this number of images along a side; fewer are larger."""
        self._chosen_side = min(max(side, 1), MOST)
        self._show()

    def _show(self) -> None:
        side = self.side
        with QSignalBlocker(self._zoom):
            self._zoom.setValue(MOST + 1 - side)
        self._count()
        self._save.setEnabled(self._view is not None)
        if self._view is None:
            return
        real, fake = images_of(self._view.real), images_of(self._view.fake)
        alone = "one image" in self._has  # the real ones are all this one
        title = "generated, average of G" if self._view.averaged else "generated"
        classes = self._view.classes
        all_classes = len(self.run.started.classes) if self.run.started else 0
        part = f"{len(classes)} of {all_classes} classes" if all_classes > len(classes) else "by class"
        for grid_, what in ((self._fake, title), (self._real, "the real image" if alone else "real")):
            grid_.entitle(f"{what}, {part}" if classes else what)
            grid_.name_rows(classes)
        if classes:  # fewer columns are larger images; the rows are all there
            chosen = [row * self._view.columns + column for row in range(len(classes))
                      for column in range(min(side, self._view.columns))]
            self._latents = chosen
            self._fake.show_images(fake[chosen], min(side, self._view.columns))
            self._real.show_images(real[chosen], min(side, self._view.columns))
        else:
            self._latents = list(range(min(side**2, len(fake))))
            self._fake.show_images(fake[: side**2])
            self._real.show_images(real[:1] if alone else real[: side**2])
        self._mark()

    def _mark(self) -> None:
        letters = self.commands.anchors.letters if "latent" in self._has else {}
        self._fake.mark({place: letters[index] for place, index in enumerate(self._latents) if index in letters})

    def _choose(self, index: int) -> None:
        if not self.commands.anchors.toggle(self._latents[index]):
            self.show_hover_value(f"An interpolation needs at least {FEWEST} anchors: choose another image first.")

    def _tell_generated(self, index: int) -> None:
        if not 0 <= index < len(self._latents) or self._view is None:
            self.show_hover_value("")
            return
        latent, columns = self._latents[index], self._view.columns
        letter = self.commands.anchors.letters.get(latent)
        anchor = f", anchor {letter}: click to remove it" if letter else ": click to make it an anchor"
        if "latent" not in self._has:
            self.show_hover_value(f"{'source' if 'source' in self._has else 'image'} {latent + 1}")
        elif columns:
            self.show_hover_value(
                f"class {self._view.classes[latent // columns]}, latent {latent % columns + 1}{anchor}")
        else:
            self.show_hover_value(f"latent {latent + 1}{anchor}")

    # Saving --------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Writes the generated images into a file that the user names."""
        if self._view is None:
            return
        shown = self._fake.images
        offered = Path(f"samples-{self._steps}.png")
        if (path := ask_where(self, "Save the generated images", offered, {".png": "Pictures"})) is None:
            return
        sheet = grid(shown, self._fake.cells().columns, WRITTEN_GAP)
        height, width = sheet.shape[:2]
        writer = QImageWriter(str(path), b"png")
        if writer.write(QImage(sheet.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)):
            self.set_headline(f"{len(shown)} generated images of step {self._steps:,} were saved to {path}.")
        else:
            self.set_headline(f"{path} could not be written: {writer.errorString()}. Choose another name or folder.")

    # Qt ------------------------------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._real.apply_theme(theme)
        self._fake.apply_theme(theme)
        self._zoom.setFixedWidth(5 * self.fontMetrics().height())
        self._label.setFixedWidth(self._label.fontMetrics().horizontalAdvance("64 images") + Space.TIGHT)
        self._save.setFixedWidth(self._save.fontMetrics().horizontalAdvance(self._save.text()) + Space.APART)
        self._arrange()

    def _arrange(self) -> None:
        """Puts both grids beside each other if the panel is wide, else below each other."""
        room = self.height() - 4 * self.fontMetrics().height()
        direction = QBoxLayout.Direction.LeftToRight if self.width() >= room else QBoxLayout.Direction.TopToBottom
        if direction != self._sides.direction():
            self._sides.setDirection(direction)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        if not self._chosen_side:
            self._show()


def distances(images: Bytes) -> Doubles:
    """How far each image ``(n, h, w, c)`` is from each other one, ``(n, n - 1)``.

    Root mean square over some 16 x 16 of their pixels, in levels of 255: enough to tell twins, and ten times as fast.
    """
    n, tall, wide = images.shape[:3]
    if n < 2:
        return np.zeros((n, 0))
    every = max(tall // SIDE, 1), max(wide // SIDE, 1)
    flat = images[:, every[0] // 2 :: every[0], every[1] // 2 :: every[1]].reshape(n, -1).astype(np.float64)
    # Not by matrix product: its threads wait for a core while training has them all, a blink each time.
    product = np.einsum("id,jd->ij", flat, flat, optimize=False)
    square = product.diagonal()
    squared = np.maximum(square[:, None] + square - 2 * product, 0) / flat.shape[1]
    others: Doubles = np.sqrt(squared[~np.eye(n, dtype=bool)]).reshape(n, n - 1)
    return others
