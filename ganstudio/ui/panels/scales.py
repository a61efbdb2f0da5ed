"""Scales: images that are made at several sizes at once, and whether they show the same thing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from ganstudio.core.protocol.asks import Variation
from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.scales_body import ScalesBody
from ganstudio.ui.panels.parts.scales_levels import Levels
from ganstudio.ui.panels.parts.scales_one_image import OneImageScales
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme


class ScalesPanel(Panel):
    """What is shown follows from what the run has: of a G of levels all of them side by side."""

    name = "scales"
    title = "Scales"
    kinds = ("image",)
    needs = frozenset({"scales"})
    help = ("What is made at each size: of a G of levels beside its largest image shrunk to that size, of one image "
            "beside the image itself.")
    reading = ("A column for each size. Of a G of levels the number is the disagreement: how far what it makes there "
               "is from its largest image, over the spread among images; 0 is the same image, 1.41 another one. Of one "
               "image it is the error of the reconstruction; below are samples whose noise begins at a scale that you "
               "choose.")
    healthy = ("The curves fall from the first minutes on, and both rows show the same. Of one image each scale ends "
               "with a smaller error than it began with, and samples differ less the finer the scale is at which "
               "noise begins.")
    sick = ("The curves stay above 1: the sizes know nothing of each other. With D shown the largest images alone that "
            "is so by design, for no gradient reaches the smaller ones.")
    formula = r"\mathrm{rms}(\mathrm{pool}(o_K) - o_k) \, / \, \mathrm{sd}(\mathrm{pool}(o_K))"
    papers = ("Karnewar, Wang 2019, MSG-GAN, arXiv:1903.06048; Rott Shaham, Dekel, Michaeli 2019, SinGAN, "
              "arXiv:1905.01164")
    place = {"image": Place("upper", column=1, order=9)}
    views = ("scales", "reconstructions", "variations")
    pictures = True

    asks = Signal()  # for other samples of one image than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._levels = Levels()
        self._curves = self.add_toggle("curves", "S")
        self._curves.toggled.connect(self._levels.show_curves)
        self._curves.setToolTip(f"{self._curves.toolTip()}. Curves need a higher panel than images do.")
        self._levels.room_changed.connect(self._curves.setEnabled)
        self._one_image = OneImageScales(commands.grow)
        self._one_image.asks.connect(self.asks)
        self._bodies: dict[str, ScalesBody] = {  # by the views that each shows
            "scales": self._levels, "reconstructions": self._one_image, "variations": self._one_image}
        self._stack = QStackedWidget()
        for body in dict.fromkeys(self._bodies.values()):
            body.painted.connect(self.painted.emit)
            body.hovered.connect(self.show_hover_value)
            self._stack.addWidget(body)
        self.set_body(self._stack)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for body in self._bodies.values():
            body.apply_theme(theme)

    def ask(self) -> Variation | None:
        """Which samples of one image the user wants to see."""
        return self._one_image.variation() if self._stack.currentWidget() is self._one_image else None

    def hide_controls(self) -> None:
        super().hide_controls()
        self._one_image.hide_controls()

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._one_image.look_back(steps is not None)

    def begin(self, started: Started) -> None:
        for body in self._bodies.values():
            body.begin()
        one_image = "one image" in started.has
        self._stack.setCurrentWidget(self._one_image if one_image else self._levels)
        self._curves.setVisible(not one_image)
        self.set_headline("Waiting for the first images…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        for name, body in self._bodies.items():
            view = snapshot.views.get(name)
            if view is not None and (said := body.take(view, snapshot.position.steps)):
                self._stack.setCurrentWidget(body)
                self.set_headline(said)
