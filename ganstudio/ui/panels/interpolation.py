"""Interpolation: what G makes of the latents on a path between two to four anchors; the user or a clock moves along."""

from __future__ import annotations

import time
from typing import Literal, TypeVar, cast

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QPushButton, QSlider, QWidget

from ganstudio.core.design import UNLIMITED, Space
from ganstudio.core.images import images_of
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import Interpolation, Walk
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.interpolation_text import usual_norms, where, words
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.latent_anchors import FEWEST, LETTERS, MOST
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.image_grid import NO_IMAGES, ImageGrid
from ganstudio.ui.widgets.latent_path_pad import LatentPathPad, Path, PathPoint, places

Blend = Literal["lerp", "slerp"]
PACE_S = 0.7  # the whole path is asked for at most this often: the point alone costs a tenth of it
TICK_MS = 33
ROUND_S = (20.0, 2.0)  # how long a round along the path takes, at the slowest and at the fastest
SPEEDS = 10
START: PathPoint = (0.5, 0.5)
PATHS: tuple[tuple[str, str], ...] = (
    ("line", "From A through B and C to D, and back"), ("square", "A and B above C and D: both directions on one "
                                                                  "square"),
    ("circle", "From A around and back to A. With two anchors the path also goes through −A and −B."),
)
BLENDS: tuple[tuple[str, str], ...] = (
    ("slerp", "Turns from anchor to anchor, so that the norm of the latent stays"),
    ("lerp", "Goes straight. Halfway between two Gaussian latents of many dimensions the norm is 0.7 of theirs."),
)
SPACES: tuple[tuple[str, str], ...] = (
    ("z", "Through the latents that G is given"),
    ("w", "Straight through the styles that G's mapping makes of the anchors"),
)

W = TypeVar("W", bound=QWidget)


class InterpolationPanel(Panel):
    """The way in small images, with its anchors lettered, and the one at the point large beside it."""

    name = "interpolation"
    title = "Interpolation"
    kinds = ("image",)
    help = "Images along a path between two to four latents. Drag the point; click images in Samples to choose anchors."
    reading = ("The path goes through the lettered anchors, and the large image is what G makes at the point. The "
               "norm says whether a latent is as long as those that G was trained with.")
    healthy = "The images change gradually along the path, and each of them looks like a sample in its own right."
    sick = ("A sudden jump between two neighbours marks a gap in what G has learnt. If the image hardly changes along "
            "the whole path, G ignores its latent: mode collapse.")
    formula = (r"z(t) = \frac{\sin((1 - t) \theta)}{\sin \theta} z_A + \frac{\sin(t \theta)}{\sin \theta} z_B")
    papers = ("Radford et al. 2016, DCGAN, arXiv:1511.06434, section 6.1; White 2016, Sampling Generative Networks, "
             "arXiv:1609.04468 (slerp)")
    place = {"image": Place("upper", column=1)}
    interactive = True
    needs = frozenset({"latent"})
    views = ("interpolation",)
    pictures = True

    asks = Signal()  # other places than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._chose_blend = False  # whether the user has chosen how to blend
        self._shown: Walk | None = None  # the way on the pad, without places
        self._shown_at = Position()  # in the run
        self._due = False  # whether to ask for it again: the run has moved on, and it was shown long enough
        self._norms: list[float] = []  # of the latents on the pad
        self._phase, self._ticked = 0.0, 0.0
        self._path = self._choice("path", "Path", [name for name, _ in PATHS], "\n".join(
            f"{name}: {what}" for name, what in PATHS))
        self._blend = self._choice("blend", "Blend", [name for name, _ in BLENDS], "\n".join(
            f"{name}: {what}" for name, what in BLENDS))
        self._space = self._choice("space", "Space", ["z", "w"], "\n".join(f"{name}: {what}" for name, what in SPACES))
        self._space.hide()  # only generators of styles have two
        self._count = self._choice("anchors", "Number of anchors", [
            f"A–{LETTERS[count - 1]}" for count in range(FEWEST, MOST + 1)],
            "How many latents the path goes through. Click an image in Samples to choose one.")
        self._other = self._button("other", "New anchors", "Takes other latents of the 64 as anchors")
        self._play = self._button("play", "Play", "Moves the point along the path, again and again (Alt+Y)")
        self._play.setCheckable(True)
        self._play.setShortcut("Alt+Y")
        self._speed = self._named(QSlider(Qt.Orientation.Horizontal), "speed", "Speed",
                                  f"Speed of the point: one round takes {ROUND_S[0]:.0f} to {ROUND_S[1]:.0f} s")
        self._speed.setRange(1, SPEEDS)
        self._speed.setValue(SPEEDS // 2)
        for widget in (self._path, self._blend, self._space, self._count, self._other, self._play, self._speed):
            self._tools.addWidget(widget)
        self._pad = self._named(LatentPathPad(), "way", "The path", "Drag the point, or move it with the arrow keys "
                                                                   "(with Shift: small steps; Page Up and Page Down: "
                                                                   "large steps)")
        self._here = self._named(ImageGrid("at the point", filled=True), "here", "Image at the point",
                                 "What G makes of the latent at the point")
        body = QWidget()
        self._sides = QBoxLayout(QBoxLayout.Direction.TopToBottom, body)
        self._sides.setContentsMargins(Space.USUAL, Space.TIGHT, Space.USUAL, Space.USUAL)
        self._sides.setSpacing(Space.USUAL)
        self._sides.addWidget(self._here, 1)
        self._sides.addWidget(self._pad, 1)
        self.set_body(body)
        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._later = QTimer(self, singleShot=True, interval=round(1000 * PACE_S))
        self._later.timeout.connect(self._renew)
        self._path.activated.connect(lambda _: self._take_way())
        self._blend.activated.connect(self._take_blend)
        self._space.activated.connect(lambda _: self._take_way())
        self._count.activated.connect(lambda index: commands.anchors.resize(index + FEWEST))
        self._other.clicked.connect(lambda _=False: commands.anchors.shuffle())
        self._play.toggled.connect(self._run_clock)
        self._pad.moved.connect(self._drag)
        self._pad.pointed.connect(self._tell_image)
        self._here.painted.connect(self.painted.emit)
        commands.anchors.anchors_changed.connect(self._take_way)
        self._take_way()

    # Widgets -------------------------------------------------------------------------------------------------

    def _named(self, widget: W, name: str, what: str, tip: str) -> W:
        widget.setObjectName(f"interpolation.{name}")
        widget.setAccessibleName(what)
        widget.setToolTip(tip)
        return widget

    def _choice(self, name: str, what: str, entries: list[str], tip: str) -> QComboBox:
        box = self._named(QComboBox(), name, what, tip)
        box.addItems(entries)
        return box

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = self._named(QPushButton(text), name, text, tip)
        button.setAutoDefault(False)
        return button

    # The way -------------------------------------------------------------------------------------------------

    def _way(self, at: list[PathPoint]) -> Walk:
        anchors = self.commands.anchors
        return Walk(anchors=list(anchors.anchors), path=cast(Path, self._path.currentText()),
                    blend=cast(Blend, self._blend.currentText()), at=at, averaged=anchors.averaged,
                    space="w" if self._space.currentIndex() == 1 else "z")

    def walk(self) -> Walk | None:
        """What the engine is asked for: the point, and the whole path if it is another one or the run has moved on."""
        way = self._way([])
        if way == self._shown and not self._due:
            return self._way([self._pad.point])
        return self._way([*places(way.path, len(way.anchors)), self._pad.point])

    def _renew(self) -> None:
        self._due = True
        self.asks.emit()  # the run may be paused by now

    def _take_way(self) -> None:
        """Another path, other anchors, another space, or the other weights of G."""
        self._blend.setEnabled(self._space.currentIndex() == 0)  # in W every path is straight
        way = self._way([])
        with QSignalBlocker(self._count):
            self._count.setCurrentIndex(len(way.anchors) - FEWEST)
        if (way.path, len(way.anchors)) != (self._pad.path, self._pad.anchors):
            self._pad.show_way(way.path, len(way.anchors))
            self._phase = self._phase_of(self._pad.point)
        self._arrange()
        self.asks.emit()

    def _take_blend(self, _: int) -> None:
        self._chose_blend = True
        self._take_way()

    def _drag(self, _x: float, _y: float) -> None:
        self._play.setChecked(False)
        self.asks.emit()

    # Playing -------------------------------------------------------------------------------------------------

    def _run_clock(self, on: bool) -> None:
        self._play.setText("Stop" if on else "Play")
        if on:
            self._phase, self._ticked = self._phase_of(self._pad.point), time.perf_counter()
            self._clock.start()
        else:
            self._clock.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        passed, self._ticked = now - self._ticked, now
        if not self.seen:
            return
        slow, fast = ROUND_S
        lasts = slow * (fast / slow) ** ((self._speed.value() - 1) / (SPEEDS - 1))
        self._phase = (self._phase + passed / lasts) % 1.0
        self._pad.put(*on_round(self._pad.path, self._phase))
        self.asks.emit()

    def _phase_of(self, point: PathPoint) -> float:
        return {"line": point[0] / 2, "circle": point[0], "square": 0.0}[self._pad.path]

    # What is shown -------------------------------------------------------------------------------------------

    def begin(self, started: Started) -> None:
        self._shown, self._due = None, False
        self._later.stop()
        self._pad.show_images(NO_IMAGES)
        self._here.show_images(NO_IMAGES)
        if not self._chose_blend:
            self._blend.setCurrentText("lerp" if self._prior == "uniform" else "slerp")
        styles = "styles" in started.has
        self._space.setVisible(styles)
        if not styles:
            self._space.setCurrentIndex(0)
            self._blend.setEnabled(True)
        self.set_headline("Waiting for the first images…")

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        if steps is not None:  # if that moment has a recorded path, its picture follows with words of its own
            self._play.setChecked(False)
            self.set_headline(retold(
                f"These images are of the live G, not of step {steps:,}. Go back to live (Ctrl+E) to move along the "
                "path."))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("interpolation")
        self._here.update()  # an answer to an older question is painted all the same
        if not isinstance(view, Interpolation) or not view.walk.at:
            return
        way = self._way([])
        asked, got = ((each.anchors, each.path, each.blend, each.space) for each in (way, view.walk))
        if asked != got or view.walk.averaged > way.averaged:
            return
        images, norms = images_of(view.images), view.norms.numpy().tolist()
        if len(images) > 1:
            self._pad.show_images(images[:-1])
            self._norms = norms[:-1]
            self._shown, self._shown_at, self._due = way, snapshot.position, False
            self._later.stop()
        elif snapshot.position != self._shown_at and not self._due and not self._later.isActive():
            self._later.start()
        self._here.show_images(images[-1:])
        self.set_headline(words(view.walk, norms[-1], usual_norms(view.latent_dim, self._prior)))

    @property
    def _prior(self) -> str:
        started = self.run.started
        return str(started.spec.network_controls.get("latent", "gaussian")) if started is not None else "gaussian"

    def _tell_image(self, index: int) -> None:
        known = 0 <= index < len(self._norms)
        way = self._way([places(self._pad.path, self._pad.anchors)[index]]) if known else None
        of = "w" if self._space.currentIndex() == 1 else "the latent"
        text = f"{where(way)}: norm of {of} {figure(self._norms[index])}" if way is not None else ""
        self.show_hover_value(text)

    # Qt ------------------------------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._pad.apply_theme(theme)
        self._here.apply_theme(theme)
        self._speed.setFixedWidth(4 * self.fontMetrics().height())
        for button, widest in ((self._other, "New anchors"), (self._play, "Play")):
            button.setFixedWidth(button.fontMetrics().horizontalAdvance(widest) + Space.APART)
        self._arrange()

    def _arrange(self) -> None:
        """Puts a line below the large image; a square or a circle beside it if the panel is wide."""
        line = self._pad.path == "line"
        room = self.height() - 4 * self.fontMetrics().height()
        beside = not line and self.width() >= room
        direction = QBoxLayout.Direction.RightToLeft if beside else QBoxLayout.Direction.TopToBottom
        if direction != self._sides.direction():
            self._sides.setDirection(direction)
        self._pad.setMaximumHeight(self._pad.height_for(self.width() - 2 * Space.USUAL) if line else UNLIMITED)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()


def on_round(path: Path, phase: float) -> PathPoint:
    """Where the point is at this share of a round: there and back, along the square's edges, or around."""
    if path == "line":
        return 1 - abs(1 - 2 * phase), START[1]
    if path == "circle":
        return phase, START[1]
    edge, share = divmod(4 * (phase % 1.0), 1.0)
    return [(share, 0.0), (1.0, share), (1 - share, 1.0), (0.0, 1 - share)][int(edge)]
