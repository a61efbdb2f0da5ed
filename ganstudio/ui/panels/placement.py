"""Drag the picture: G draws it where the user moves it, and a strip shows whether details follow."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSlider, QWidget

from ganstudio.core.design import Space
from ganstudio.core.images import images_of
from ganstudio.core.protocol.asks import Placement
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.placement_text import verdict, whereabouts
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.dragged_picture import DraggedPicture
from ganstudio.ui.widgets.image_grid import NO_IMAGES, ImageGrid
from ganstudio.views.placed import Placed
from ganstudio.views.placement_strip import PlacementStrip

SAME = 1e-6  # sides and degrees: what comes back is rounded no further
TITLE, STRIP_TITLE = "drag it", "one column, moved down"


class PlacementPanel(Panel):
    """The picture large, and below or beside it the strip."""

    name = "placement"
    title = "Drag the picture"
    kinds = ("image",)
    help = "Drag G's picture with the mouse, turn it with the wheel: G draws it where you put it."
    reading = ("The place goes into G's input, before any pixel is drawn. The strip is the middle column of the "
               "picture for 64 small moves downwards: what moves along draws straight slanted lines.")
    healthy = ("The face stays itself and only moves; lines of the strip are straight, and EQ-T is above 40 dB even "
               "before training, for it is built into the layers.")
    sick = ("The face boils while it moves, and the strip has stairs or level stripes: details stick to the pixels. "
            "EQ-T is then below 20 dB.")
    formula = r"\mathrm{EQ\text{-}T} = 10 \log_{10} \frac{4}{E[(T(G(z)) - G(z; T))^2]}"
    papers = "Karras et al. 2021, StyleGAN3, arXiv:2106.12423, section 3"
    place = {"image": Place("upper", column=1, order=7)}
    interactive = True
    needs = frozenset({"placement"})
    views = ("placed", "placement-strip")
    pictures = True

    asks = Signal()  # another place than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._latent, self._latents = 0, 1
        self._side = 0  # of the picture in its own pixels; 0: none has come
        self._words = ""  # of EQ-T
        self._past = False  # whether the window shows a moment that has passed
        label = QLabel("angle")
        self._angle = QSlider(Qt.Orientation.Horizontal)
        self._angle.setObjectName("placement.angle")
        self._angle.setAccessibleName("Angle")
        self._angle.setToolTip("Turns the picture about its middle, counterclockwise; also the wheel over the picture, "
                               "or Page Up and Page Down on it")
        self._angle.setRange(-180, 180)
        label.setBuddy(self._angle)
        self._tools.addWidget(label)
        self._tools.addWidget(self._angle)
        self._back = self.add_button("back", "Put it back", "Puts the picture where G has it (Home on the picture)")
        self._next = self.add_button("next", "Next picture", "Shows the picture of another latent")
        self._picture = DraggedPicture(TITLE)
        self._picture.setObjectName("placement.picture")
        self._picture.setAccessibleName("Picture to drag")
        self._picture.setToolTip("Drag it, or move it with the arrow keys (with Shift: small steps); turn it with the "
                                 "wheel, or Page Up and Page Down")
        self._strip = ImageGrid(STRIP_TITLE, filled=True)
        self._strip.setObjectName("placement.strip")
        self._strip.setAccessibleName("Strip of one column")
        self._strip.setToolTip("The middle column of a picture, moved further down from left to right by a quarter of "
                               "the side in all")
        body = QWidget()
        self._sides = QBoxLayout(QBoxLayout.Direction.TopToBottom, body)
        self._sides.setContentsMargins(Space.USUAL, Space.TIGHT, Space.USUAL, Space.USUAL)
        self._sides.setSpacing(Space.USUAL)
        self._sides.addWidget(self._picture, 3)
        self._sides.addWidget(self._strip, 2)
        self.set_body(body)
        self._picture.placed.connect(self._take_place)
        self._picture.painted.connect(self.painted.emit)
        self._angle.valueChanged.connect(lambda value: self._picture.put(
            self._picture.right, self._picture.down, float(value)))
        self._back.clicked.connect(lambda _=False: self._picture.put(0.0, 0.0, 0.0))
        self._next.clicked.connect(lambda _=False: self._take_latent(self._latent + 1))

    # What is asked -------------------------------------------------------------------------------------------

    def ask(self) -> Placement | None:
        """Where the picture is wanted; see ``AsksOfView``."""
        shown = self._picture
        return Placement(right=shown.right, down=shown.down, angle=shown.angle, latent=self._latent)

    def _take_place(self, right: float, down: float, angle: float) -> None:
        with QSignalBlocker(self._angle):
            self._angle.setValue(round(angle))
        if self._side:  # at once: the picture itself waits for the end of an update
            self._entitle(right, down, angle, late=True)
        self.asks.emit()

    def _entitle(self, right: float, down: float, angle: float, *, late: bool) -> None:
        """Says where the picture is; ``late``: another place was asked for, and its picture is on the way."""
        where = whereabouts(right, down, angle, self._side)
        self._picture.entitle(f"{TITLE}{', ' if where else ''}{where}{' …' if late else ''}")

    def _take_latent(self, latent: int) -> None:
        self._latent = latent % self._latents
        self.asks.emit()

    # What is shown -------------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        self._words, self._latent, self._past, self._side = "", 0, False, 0
        self._picture.show_images(NO_IMAGES)
        self._picture.entitle(TITLE)
        self._strip.show_images(NO_IMAGES)
        self.set_headline("Waiting for the first picture…")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._past = steps is not None
        if steps is not None:  # if that moment has a recorded strip, it follows
            self._words = ""
            self._strip.show_images(NO_IMAGES)
            self.set_headline(retold(
                f"The picture is of the live G, not of step {steps:,}, of which no strip was kept. Go back to live "
                "(Ctrl+E) to drag it."))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        placed, strip = snapshot.views.get("placed"), snapshot.views.get("placement-strip")
        self._picture.update()  # an answer that shows nothing new is painted all the same
        if isinstance(placed, Placed):
            image = images_of(placed.image)
            self._latents = max(placed.latents, 1)
            self._picture.show_images(image)
            self._side = image.shape[2]
            shown = self._picture
            late = abs(placed.right - shown.right) + abs(placed.down - shown.down) + abs(placed.angle - shown.angle)
            self._entitle(placed.right, placed.down, placed.angle, late=late > SAME)
        if isinstance(strip, PlacementStrip):
            self._strip.show_images(images_of(strip.strip))
            self._words = verdict(strip.eq_t, strip.pictures)
        if self._words:
            self.set_headline(self._words + (" The picture is of the live G." if self._past else ""))

    # Qt ------------------------------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._picture.apply_theme(theme)
        self._strip.apply_theme(theme)
        self._angle.setFixedWidth(7 * self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > 1.6 * self.height()
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        for at, share in enumerate((1, 1) if wide else (3, 2)):
            self._sides.setStretch(at, share)
