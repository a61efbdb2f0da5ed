"""Scales: images that are made at several sizes at once, and whether they show the same thing."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.scales_body import ScalesBody
from ganstudio.ui.panels.parts.scales_levels import Levels
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme


class ScalesPanel(Panel):
    """What is shown follows from what the run has: of a G of levels all of them side by side."""

    name = "scales"
    title = "Scales"
    kinds = ("image",)
    needs = frozenset({"scales"})
    help = "What G makes of one latent at each size, beside its largest image shrunk to that size."
    reading = ("A column for each size: above what G makes at this size, below its largest image, shrunk. The number "
               "is the disagreement: the difference of both over the spread among images. 0 is the same image, 1.41 "
               "two that have nothing to do with each other. The curves are the numbers over the steps.")
    healthy = "The curves fall from the first minutes on, and both rows show the same faces."
    sick = ("The curves stay above 1: the sizes know nothing of each other. With D shown the largest images alone that "
            "is so by design, for no gradient reaches the smaller ones.")
    formula = r"\mathrm{rms}(\mathrm{pool}(o_K) - o_k) \, / \, \mathrm{sd}(\mathrm{pool}(o_K))"
    papers = "Karnewar, Wang 2019, MSG-GAN, arXiv:1903.06048"
    place = {"image": Place("upper", column=1, order=9)}
    views = ("scales",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._levels = Levels()
        self._curves = self.add_toggle("curves", "V")
        self._curves.toggled.connect(self._levels.show_curves)
        self._bodies: dict[str, ScalesBody] = {"scales": self._levels}  # by the view that each shows
        self._stack = QStackedWidget()
        for body in self._bodies.values():
            body.painted.connect(self.painted.emit)
            body.hovered.connect(self.show_hover_value)
            self._stack.addWidget(body)
        self.set_body(self._stack)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        for body in self._bodies.values():
            body.apply_theme(theme)

    def begin(self, started: Started) -> None:
        for body in self._bodies.values():
            body.begin()
        self.set_headline("Waiting for the first images…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        for name, body in self._bodies.items():
            view = snapshot.views.get(name)
            if view is not None and (said := body.take(view, snapshot.position.steps)):
                self._stack.setCurrentWidget(body)
                self.set_headline(said)
