"""Progressive: a generator that grows, at every size it has reached, and how far its schedule is."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ganstudio.core.design import Space
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.core.protocol.views import Pyramid
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.growth_schedule import Schedule
from ganstudio.ui.panels.parts.progressive_text import fully_grown, side_of, words
from ganstudio.ui.panels.parts.pyramid_rows import Rows
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

FINE = 1000  # positions of the fade bar


class ProgressivePanel(Panel):
    """The levels lie above each other like the steps of a pyramid: generated on the left, real on the right."""

    name = "progressive"
    title = "Progressive"
    kinds = ("image",)
    needs = frozenset({"phases"})
    help = ("A growing generator: its images at every size from 4 px up, real images at the same sizes, and the "
            "schedule.")
    reading = ("One row for each size, generated images on the left and real ones on the right. α is the share of the "
               "newest layers in each image; the bar above shows how far growth is.")
    healthy = "At each size the generated images resemble the real ones before the next size is faded in."
    sick = ("Images of a new size stay worse than those of the row before, or become all alike: the size may have "
            "come too early. More steps for each size, or lower rates, may help.")
    formula = r"x = (1 - \alpha) \, \mathrm{up}(x_{s/2}) + \alpha \, x_s"
    papers = "Karras et al. 2018, Progressive Growing of GANs, arXiv:1710.10196, section 2"
    place = {"image": Place("upper", column=1, order=1)}
    views = ("pyramid",)
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._label = QLabel("fade α")
        self._fade = QProgressBar()
        self._fade.setRange(0, FINE)
        self._fade.setObjectName("progressive.fade")
        self._fade.setAccessibleName("Fade α")
        self._fade.setToolTip("Share of each image that comes from the newest layers. The rest is the previous size, "
                              "enlarged.")
        self._grow = QPushButton("Grow now")
        self._grow.setObjectName("progressive.grow")
        self._grow.setAccessibleName("Grow now")
        self._grow.clicked.connect(commands.grow)
        self._tools.addWidget(self._label)
        self._tools.addWidget(self._fade, 1)
        self._tools.addWidget(self._grow)
        self._schedule = Schedule()
        self._rows = Rows()
        self._rows.on_hover = self.show_hover_value
        self._rows.shown = self.painted.emit
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(Space.USUAL, 0, Space.USUAL, Space.CLOSE)
        column.setSpacing(Space.TIGHT)
        column.addWidget(self._schedule)
        column.addWidget(self._rows, 1)
        self.set_body(holder)
        self._show(None)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._schedule.apply_theme(theme)
        self._rows.apply_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        line = self.fontMetrics().height()
        self._schedule.roomy(self.height() > 28 * line)
        self._schedule.setMaximumHeight(self._schedule.sizeHint().height() if self.height() > 12 * line else 0)

    def begin(self, started: Started) -> None:
        self._show(None)
        self.set_headline("Waiting for the first images…")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("pyramid")
        if isinstance(view, Pyramid):
            self._show(view)
            self.set_headline(words(view))

    def _show(self, view: Pyramid | None) -> None:
        grows = view is not None and view.levels > 0
        for part in (self._label, self._fade, self._grow, self._schedule):
            part.setVisible(grows or view is None)
        self._rows.take(view)
        self._schedule.take(view if grows else None)
        if view is None or not grows:
            self._grow.setEnabled(False)
            self._grow.setToolTip("Fades in the next level at once, as soon as there is one")
            self._fade.setValue(0)
            self._fade.setFormat("")
            return
        self._fade.setValue(round(FINE * view.alpha))
        self._fade.setFormat(f"{view.alpha:.2f}")
        self._grow.setEnabled(not fully_grown(view))
        self._grow.setToolTip(
            "Nothing is left to grow: all levels are fully faded in" if fully_grown(view)
            else f"Ends the fade now: images then come from the {side_of(view)} px layers alone" if view.alpha < 1
            else f"Starts to fade in the {2 * side_of(view)} px layers now, whatever the schedule says")
