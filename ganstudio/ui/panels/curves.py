"""Curves: every term of both players over the run, with a tick at each change of a control."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSlider

from ganstudio.core.design import Pen, Space
from ganstudio.core.protocol.messages import Applied, MeasuredNow, Snapshot, Started
from ganstudio.core.system.wording import figure, format_value
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Cursor, Curve
from ganstudio.ui.plotting.scales import Scale, scale_ticks, scaled
from ganstudio.ui.plotting.term_colors import term_colors
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.legend import LegendEntry

SYMLOG_UNIT = 0.1
FENCE = 100  # interquartile ranges beyond the quartiles that the axis follows a term, as long as that is recent
PAST_FENCE = 8  # the same, of what is not recent and rare: after a spike the axis comes back
RECENT, RARE = 0.25, 0.1  # of the run, its end; of a term's points
OTHER_ALPHA = 95  # of 255: the run that was left lies behind the one that goes on
LOW, LOWEST = 20, 14  # lines of text: a panel less high has one line of words, or none


class CurvesPanel(Panel):
    """The terms that each player minimises. Their sum is the player's loss; lower is not always better."""

    name = "curves"
    title = "Loss terms"
    kinds = ("line", "plane", "image")
    help = "Each term of both losses at every update. The players work against each other, so losses need not fall."
    reading = ("Compare each line with its own past, not with the other lines. Yellow ticks mark your changes, a gap "
               "means that a player made no update.")
    healthy = ("After the first steps each term fluctuates around a level. It need not fall: the other player works "
               "against it.")
    sick = ("A term grows without end or swings ever wider. Or D's loss stays near its lowest value: D separates all "
            "samples.")
    formula = r"L_D = \sum_i L_{D,i}, \quad L_G = \sum_j L_{G,j}"
    papers = "Goodfellow 2016, NIPS 2016 Tutorial, arXiv:1701.00160 (why losses do not settle)"
    place = dict.fromkeys(kinds, Place("lower"))
    pictures = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._scale = QComboBox()
        self._scale.addItems(["linear", "log", "symlog"])
        self._scale.setToolTip("Scale of the vertical axis. Symlog is linear within ±0.1 and logarithmic beyond.")
        self._scale.setObjectName("curves.scale")
        self._scale.setAccessibleName("Scale")
        self._scale.activated.connect(self._redraw)
        self._smoothing = QSlider(Qt.Orientation.Horizontal)
        self._smoothing.setRange(0, 24)  # up to 250 updates
        self._smoothing.setValue(8)
        self._smoothing.setObjectName("curves.smoothing")
        self._smoothing.setAccessibleName("Smoothing")
        self._smoothing.setToolTip("Number of updates that each point is the mean of")
        self._smoothing.valueChanged.connect(self._redraw)
        self._smoothed = QLabel()
        self._fit = QPushButton("Fit axes")
        self._fit.setObjectName("curves.fit")
        self._fit.setAccessibleName("Fit axes")
        self._fit.setToolTip("Shows the whole run again after panning or zooming with the mouse")
        self._fit.clicked.connect(self._follow)
        for widget in (self._scale, QLabel("smoothing"), self._smoothing, self._smoothed):
            self._tools.addWidget(widget)
        self._tools.addStretch(1)
        self._tools.addWidget(self._fit)
        self._plot = Plot(x_label="steps")
        self._legend = FlowLayout()
        self._legend.setContentsMargins(Space.USUAL, 0, Space.USUAL, Space.HAIR)
        self._legend.setSpacing(Space.WIDE)
        self._body.addLayout(self._legend)
        self._samples: dict[str, LegendEntry] = {}  # by what they say
        self._curves: dict[str, Curve] = {}
        self._ticks = Curve(self._plot, pairs=True, above=-5)
        self._cursor = Cursor(self._plot)
        self._others: list[Curve] = []  # of the run that this one left, one for each of its own
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        self.set_body(self._plot.widget)
        run.control_applied.connect(self._applied)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._plot.apply_theme(theme, self.font())
        self._smoothing.setMaximumWidth(9 * self.fontMetrics().height())
        self._ticks.set_style(theme.warning, Pen.FINE)
        self._dress()
        self._cursor.set_style(theme.text)
        self._name_curves()
        self._redraw()

    def _fit_words(self) -> None:
        """Shows fewer words if the panel is low: the names of the curves take their place."""
        super()._fit_words()
        line = self.fontMetrics().lineSpacing()
        if self.height() < LOW * line:
            one = line + 10 if self.height() > LOWEST * line else 0
            self._words_room.setFixedHeight(min(self._words_room.maximumHeight(), one))

    def begin(self, started: Started) -> None:
        for curve in self._curves.values():
            curve.show(np.zeros(0), np.zeros(0))
            curve.visible(False)
        self._spare = list(self._curves.values())
        self._curves = {}
        for curve in self._others:
            curve.show(np.zeros(0), np.zeros(0))
        self._name_curves()
        self._plot.following = True
        self._redraw()
        self._cursor.show(None)
        self._at = None
        self._left = ""
        self.set_headline(self._words())

    _spare: list[Curve] = []
    _at: int | None = None  # the step that the window shows, if that is not the live one
    _left = ""  # the sentence about a term whose last value is beyond the picture

    def cursor_at(self, steps: int) -> QLineF | None:
        return self._plot.upright(steps, self)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._redraw()

    def show_past(self, steps: int | None, measured: MeasuredNow | None) -> None:
        self._at = steps
        self._cursor.show(steps)
        self.set_headline(self._words())

    def _follow(self) -> None:
        self._plot.following = True
        self._redraw()

    def _applied(self, applied: Applied) -> None:
        self.set_headline(self._words())

    def _words(self) -> str:
        """What is to be seen; while the past is shown, nothing of what came after it."""
        at, started = self._at, self.run.started
        changes = self.run.changes
        if at is not None:
            changes = [change for change in changes if change.position.steps <= at]
        began = started.position.steps if started is not None else 0
        return self._usual_words(at, began, changes) + (self._left if at is None else "")

    def _usual_words(self, at: int | None, began: int, changes: Sequence[Applied]) -> str:
        if self.run.beyond.series and not (changes and changes[-1].position.steps > began):
            return "Faint: the original run after the branch point."
        if changes:
            last = changes[-1]
            when = "Last change" if at is None else "Last change by then"
            return (f"{when}: {self.run.called(last.name)} → {format_value(last.value)} at step "
                    f"{last.position.steps:,}. Yellow ticks mark your changes.")
        return "Terms of both losses. They need not fall: the players work against each other."

    def _smoothing_updates(self) -> int:
        return max(1, round(10 ** (self._smoothing.value() / 10)))

    def _redraw(self) -> None:
        store = self.run.store
        scale = cast(Scale, self._scale.currentText())
        updates = self._smoothing_updates()
        self._smoothed.setText(f"{updates} updates" if updates > 1 else "off")
        self._adopt(list(store.series))
        beyond = self.run.beyond.series
        end = max((float(s.x[-1]) for s in (*store.series.values(), *beyond.values()) if s.count), default=1.0)
        low_x, high_x = (0.0, max(end, 1.0)) if self._plot.following else self._plot.x_range()
        pixels = max(self._plot.widget.width() // 2, 100)
        own: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        others: list[NDArray[np.float64]] = []
        last: dict[str, float] = {}  # as it is drawn, unscaled
        for name, series in store.series.items():
            x, y = series.drawn(low_x, high_x, pixels, updates)
            own[name] = x, scaled(y, scale, SYMLOG_UNIT)
            last.update([(name, float(value)) for value in y[np.isfinite(own[name][1])][-1:]])
            self._curves[name].show(*own[name])
            if name in beyond:
                x, y = beyond[name].drawn(low_x, high_x, pixels, updates)
                others.append(scaled(y, scale, SYMLOG_UNIT))
                self._other(list(self._curves).index(name)).show(x, others[-1])
        sides = upright(list(own.values()), others)
        self._left = ""
        if sides is not None:
            low, high = sides
            margin = 0.06 * (high - low) or 0.5
            self._plot.follow_range((low_x, high_x * 1.001), (low - margin, high + margin))
            for name, value in last.items():
                drawn = float(scaled(np.array([value]), scale, SYMLOG_UNIT)[0])
                if not low - margin <= drawn <= high + margin and self._plot.following:
                    self._left = f" “{name}” is outside the axes ({figure(value)})."
        self.set_headline(self._words())
        self._plot.ticks("left", scale_ticks(*self._plot.y_range(), scale, SYMLOG_UNIT))
        self._draw_ticks()

    def _draw_ticks(self) -> None:
        at = np.unique([change.position.steps for change in self.run.changes][-2000:]).astype(np.float64)
        bottom, top = self._plot.y_range()
        self._ticks.show(np.repeat(at, 2), np.tile([bottom, top], len(at)))

    def _other(self, index: int) -> Curve:
        """The curve of the same term in the run that this one left."""
        while len(self._others) <= index:
            self._others.append(Curve(self._plot, above=-2))
            self._dress_other(self._others[-1], len(self._others) - 1)
        return self._others[index]

    def _dress_other(self, curve: Curve, index: int) -> None:
        colour = QColor(list(self._colours().values())[index])
        colour.setAlpha(OTHER_ALPHA)
        curve.set_style(colour.name(QColor.NameFormat.HexArgb), Pen.FINE)

    def _colours(self) -> dict[str, str]:
        """The colour of each term that has a curve."""
        return term_colors(self._curves, self.run.store.player_of, self.theme)

    def _dress(self) -> None:
        for curve, colour in zip(self._curves.values(), self._colours().values(), strict=True):
            curve.set_style(colour, Pen.FINE)
        for index, curve in enumerate(self._others[: len(self._curves)]):
            self._dress_other(curve, index)

    def _adopt(self, names: list[str]) -> None:
        """A curve for each term."""
        if list(self._curves) == names:
            return
        for name in names:
            if name not in self._curves:
                curve = self._spare.pop() if self._spare else Curve(self._plot, above=1)
                curve.visible(True)
                self._curves[name] = curve
        self._dress()
        self._name_curves()

    def _name_curves(self) -> None:
        """Writes the player and the name of each term above the lines, which they would hide."""
        players = self.run.store.player_of
        letters = {player.name: player.letter for player in self.run.started.players} if self.run.started else {}
        names = [f"{letters.get(players[name], players[name])}: {name}" for name in self._curves]
        for name, colour in zip(names, self._colours().values(), strict=True):
            if name not in self._samples:
                self._samples[name] = LegendEntry(name)
                self._legend.addWidget(self._samples[name])
            self._samples[name].set_style(colour, self.theme.text)
        for name, sample in self._samples.items():
            sample.setVisible(name in names)

    def _hover(self, x: float, y: float) -> None:
        values = {name: series.at(x) for name, series in self.run.store.series.items()}
        text = ", ".join(f"{name} {figure(value, 4)}" for name, value in values.items() if value is not None)
        self.show_hover_value(f"step {max(x, 0):,.0f}: {text}" if text else "")


def upright(
    own: list[tuple[NDArray[np.float64], NDArray[np.float64]]], others: list[NDArray[np.float64]],
) -> tuple[float, float] | None:
    """The range of the upright axis; None if nothing is to be seen.

    The first values of a run may be a hundred times the rest, and the last ones before it diverges 1e30 times: the
    axis follows the values between. A spike is followed while it is recent, and then no more.

    Args:
        own: Steps and values of each term of the run on screen, as they are drawn.
        others: Values of the run that it left, which may lie beyond the picture.
    """
    kept = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in own]
    kept = [(x, y) for x, y in kept if len(y)]
    if not kept:
        return None
    quartiles = [np.quantile(y, (0.25, 0.75)) for _, y in kept]
    usual = max(float(above - below) for below, above in quartiles)
    room = FENCE * usual if usual > 0 else math.inf
    lowest, highest = min(float(q[0]) for q in quartiles), max(float(q[1]) for q in quartiles)
    recent_from = (1 - RECENT) * max(float(x[-1]) for x, _ in kept)
    inside = []
    for x, y in kept:
        beyond = np.maximum(lowest - y, y - highest)
        far = (x < recent_from) & (beyond > PAST_FENCE / FENCE * room)
        inside.append(y[(beyond <= room) & ~far if far.mean() < RARE else beyond <= room])
    inside += [drawn[(drawn >= lowest - room / 4) & (drawn <= highest + room / 4)] for drawn in others]
    inside = [drawn for drawn in inside if len(drawn)]
    return (min(float(np.quantile(drawn, 0.005)) for drawn in inside),
            max(float(np.quantile(drawn, 0.995)) for drawn in inside))
