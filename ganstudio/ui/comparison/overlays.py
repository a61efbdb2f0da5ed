"""The curves of all runs over each other, one colour a run: their losses, and what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.core.design import Least, Pen, Space
from ganstudio.core.measured_rows import OF_A_WASSERSTEIN_CRITIC, info_of
from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.core.system.wording import figure, format_measure
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Cursor, Curve
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_member import Member
from ganstudio.ui.state.curve_store import CurveStore, Series
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.legend import LegendEntry
from ganstudio.ui.widgets.plain_text import PlainLabel

Floats = NDArray[np.float64]
SMOOTHING = 16  # updates in the trailing mean of a loss
FENCE = 0.02  # share of a loss's points at each end that the axis does not follow: the first ones are often wild
MEASURED = {  # overlays of measured numbers: which is drawn at first, the first of these that is there
    "distance": ("w1", "fid"),
    "quality": ("modes", "jsd", "w1_estimate", "sliced_w1", "recall"),
}
OVERLAYS = {"loss": "Losses", "distance": "W1 or FID", "quality": "Modes or another measure"}  # names and titles
OUTLIER = 4.0  # times the spread of the others: a run whose curve lies further off does not set the axis


def run_colours(theme: Theme) -> tuple[str, ...]:
    """A colour for each run."""
    return theme.curves


class RunLegend(QWidget):
    """The names of the runs, each beside a piece of its colour: for all curves below it."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self._members = comparison.members
        self._theme = DARK
        self.setObjectName("comparison.legend")
        self.setAccessibleName("Colours of the runs")
        row = FlowLayout()
        row.setContentsMargins(Space.CLOSE, Space.HAIR, Space.CLOSE, Space.HAIR)
        row.setSpacing(Space.WIDE)
        self.entries = [LegendEntry(member.label) for member in comparison.members]
        for entry in self.entries:
            row.addWidget(entry)
        self.setLayout(row)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette, and the text's size as it is."""
        self._theme = theme
        self.name_runs()

    def name_runs(self) -> None:
        """Writes the names of the runs, as they are called now."""
        for entry, member, colour in zip(self.entries, self._members, run_colours(self._theme), strict=False):
            entry.rename(f"{member.index + 1} {member.label}")
            entry.set_style(colour, self._theme.text)
            entry.setAccessibleName(f"Run {member.index + 1}: {member.label}")


class Overlay(QWidget):
    """A plot with a curve for each run, and the choice of what is drawn."""

    def __init__(self, comparison: Comparison, name: str, help_: str) -> None:
        """Makes an empty plot.

        Args:
            comparison: The runs.
            name: Of its parts.
            help_: What can be chosen.
        """
        super().__init__()
        self._comparison = comparison
        self._theme = DARK
        self._at: int | None = None
        self._picked = ""  # by the user
        self.setObjectName(f"overlay.{name}")
        self.choice = QComboBox()
        self.choice.setObjectName(f"overlay.{name}.show")
        self.choice.setAccessibleName(help_)
        self.choice.setToolTip(f"{help_}. One colour for each run.")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(10)
        self.choice.activated.connect(self._choose)
        self._drawn = PlainLabel()
        self._drawn.setContentsMargins(Space.USUAL, Space.HAIR, Space.USUAL, Space.HAIR)
        self._drawn.hide()
        self.plot = Plot(x_label="steps")
        self._curves = [Curve(self.plot, above=2) for _ in comparison.members]
        self._floor = Curve(self.plot, above=1)
        self._cursor = Cursor(self.plot)
        self.plot.on_hover(self._hover)
        self.plot.widget.setToolTip("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.choice, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._drawn)
        column.addWidget(self.plot.widget, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(*Least.PLOT)

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette, and the text's size as it is."""
        self._theme = theme
        self.plot.apply_theme(theme, self.font())
        for curve, colour in zip(self._curves, run_colours(theme), strict=False):
            curve.set_style(colour, Pen.USUAL)
        self._floor.set_style(theme.quiet, Pen.RING, dashed=True)
        self._cursor.set_style(theme.text)
        self.draw()

    def hide_controls(self) -> None:
        """Says what is drawn in words, in the place of the choice: for films."""
        self.choice.hide()
        self._drawn.show()

    def show_at(self, steps: int | None) -> None:
        """Marks the step that is shown; None: the live runs are."""
        self._at = steps
        self._cursor.show(steps)

    def fit(self) -> None:
        """Shows the whole of it again."""
        self.plot.following = True
        self.draw()

    def offer(self, names: Sequence[tuple[str, str]], preferred: Sequence[str]) -> None:
        """What can be chosen: a title and a name each; one of ``preferred`` is drawn until the user chooses."""
        if [(self.choice.itemText(i), self.choice.itemData(i)) for i in range(self.choice.count())] == list(names):
            return
        with QSignalBlocker(self.choice):
            self.choice.clear()
            for title, name in names:
                self.choice.addItem(title, name)
            wanted = next((each for each in (self._picked, *preferred) if any(each == name for _, name in names)), None)
            self.choice.setCurrentIndex(max(self.choice.findData(wanted), 0))
        self.plot.following = True

    def _choose(self, _: int) -> None:
        self._picked = str(self.choice.currentData())
        self.plot.following = True
        self.draw()

    def draw(self) -> None:
        """Draws what has come."""

    def _draw_curves(self, drawn: Sequence[tuple[Floats, Floats]], floor: float | None = None) -> None:
        """Draws a curve for each run, and the axes that they need."""
        self._drawn.setText(self.choice.currentText())
        end = max((float(x[-1]) for x, _ in drawn if len(x)), default=1.0)
        ranges = []
        for curve, (x, y) in zip(self._curves, drawn, strict=True):
            curve.show(x, y)
            finite = y[np.isfinite(y)]
            if len(finite):
                low, high = np.quantile(finite, (FENCE, 1 - FENCE))
                ranges.append((float(low), float(high)))
        known = floor is not None and math.isfinite(floor)
        self._floor.show(np.array([0.0, max(end, 1.0)]), np.full(2, floor if known else np.nan))
        if not ranges:
            return
        low, high = within(ranges)
        if known and floor is not None:
            low, high = min(low, floor), max(high, floor)
        margin = 0.06 * (high - low) or 0.5
        self.plot.follow_range((0.0, 1.001 * max(end, 1.0)), (low - margin, high + margin))

    def _hover(self, x: float, y: float) -> None:
        found = [f"{member.label}: {text}" for member in self._comparison.members
                 if (text := self.value_text(member, x)) is not None]
        self.plot.widget.setToolTip("\n".join([f"step {max(x, 0):,.0f}", *found]) if found else "")

    def value_text(self, member: Member, x: float) -> str | None:
        """The value of a run at a step, as text; None before the first."""
        return None


def within(ranges: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The range of an axis that shows most curves: one that lies far beyond all others does not set it."""
    tops = sorted(high - low for low, high in ranges)
    usual = tops[(len(tops) - 1) // 2]
    centre = float(np.median([(low + high) / 2 for low, high in ranges]))
    reach = OUTLIER * max(usual, 1e-12)
    near = [(low, high) for low, high in ranges if low >= centre - 3 * reach and high <= centre + 3 * reach]
    chosen = near if len(near) > len(ranges) / 2 else list(ranges)
    return min(low for low, _ in chosen), max(high for _, high in chosen)


class LossOverlay(Overlay):
    """The loss of one player, as the sum of its terms, or one term of it."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__(comparison, "loss", "Which loss is drawn")

    def begin(self, _: Started) -> None:
        """A run has begun: its terms are not those of the last one."""
        self.plot.following = True

    def draw(self) -> None:
        stores = [member.run.store for member in self._comparison.members]
        self.offer(loss_choices(self._comparison.members), ("player:discriminator",))
        chosen = self.choice.currentData() or ""
        pixels = max(self.plot.widget.width() // 2, 100)
        self._draw_curves([loss_curve(store, chosen, pixels) for store in stores])

    def value_text(self, member: Member, x: float) -> str | None:
        chosen = self.choice.currentData() or ""
        values = [series.at(x) for series in loss_series(member.run.store, chosen)]
        known = [value for value in values if value is not None]
        return figure(sum(known), 4) if known else None


def loss_choices(members: Sequence[Member]) -> list[tuple[str, str]]:
    """Title and name of what can be drawn: the loss of each player, and the terms that more than one run has."""
    letters = {player.name: player.letter for member in members if member.run.started
               for player in member.run.started.players}
    players = list(dict.fromkeys(player for member in members for player in member.run.store.player_of.values()))
    terms = [name for member in members for name in member.run.store.series]
    common = [name for name in dict.fromkeys(terms) if terms.count(name) > 1]
    return [*((f"{letters.get(player, player)}: loss", f"player:{player}") for player in players),
            *((name, f"term:{name}") for name in common)]


def loss_series(store: CurveStore, chosen: str) -> list[Series]:
    """The terms that are added up."""
    kind, _, name = chosen.partition(":")
    if kind == "term":
        return [store.series[name]] if name in store.series else []
    return [series for term, series in store.series.items() if store.player_of[term] == name]


def loss_curve(store: CurveStore, chosen: str, pixels: int) -> tuple[Floats, Floats]:
    """The sum of terms over the steps, ``(n,)`` each; terms that come in few of the updates are left out."""
    series = loss_series(store, chosen)
    most = max((each.count for each in series), default=0)
    if not most:
        return np.zeros(0), np.zeros(0)
    drawn = [each.drawn(0, math.inf, pixels, SMOOTHING) for each in series if each.count == most]
    x = drawn[0][0]
    alike = [y for other, y in drawn if len(other) == len(x)]
    return x, np.sum(alike, axis=0)


class MeasureOverlay(Overlay):
    """One number of the generators over the steps, and what a perfect generator scores, dashed."""

    def __init__(self, comparison: Comparison, name: str, preferred: Sequence[str]) -> None:
        """``preferred``: what is drawn at first, the first of these that is measured."""
        super().__init__(comparison, name, "Which number of the generators is drawn")
        self._preferred = preferred
        self._series: list[dict[str, Series]] = [{} for _ in comparison.members]
        self._floors: dict[str, float] = {}
        for member in comparison.members:
            member.run.measured.connect(lambda measured, index=member.index: self._measured(index, measured))
            member.run.began.connect(lambda _, index=member.index: self._begin(index))

    def _begin(self, index: int) -> None:
        self._series[index] = {}
        self._floors = {}
        self.plot.following = True
        self.draw()

    def _measured(self, index: int, measured: MeasuredNow) -> None:
        variant = self._comparison.members[index].run.variant
        for name, value in measured.measures.items():
            if value is None or not math.isfinite(value):
                continue
            if name in OF_A_WASSERSTEIN_CRITIC and (variant is None or not variant.reads_w1):
                continue
            series = self._series[index].setdefault(name, Series())
            if series.count and series.x[-1] == measured.steps:
                series.y[-1] = value
            else:
                series.append(np.array([float(measured.steps)]), np.array([value]))
        self._floors.update({name: floor for name, floor in measured.floors.items() if floor is not None})
        if self.isVisible():
            self.draw()

    def draw(self) -> None:
        catalog = self._comparison.session.catalog
        known = {info.name: info for info in catalog.measures} if catalog is not None else {}
        there = {name for series in self._series for name in series}
        named = [*(name for name in known if name in there), *sorted(there - set(known))]
        self.offer([(info.title, name) for name in named
                    if (info := info_of(known, name)) is not None and not info.detail], self._preferred)
        chosen = self.choice.currentData() or ""
        none = np.zeros(0)
        drawn = [(series[chosen].x.copy(), series[chosen].y.copy()) if chosen in series else (none, none)
                 for series in self._series]
        self._draw_curves(drawn, self._floors.get(chosen))

    def value_text(self, member: Member, x: float) -> str | None:
        chosen = self.choice.currentData() or ""
        series = self._series[member.index].get(chosen)
        value = series.at(x) if series is not None else None
        catalog = self._comparison.session.catalog
        info = info_of({info.name: info for info in catalog.measures}, chosen) if catalog else None
        return format_measure(value, info.format) if value is not None and info is not None else None


def make_overlays(comparison: Comparison, names: Iterable[str] = OVERLAYS) -> dict[str, Overlay]:
    """The overlays of these names, in their order; each begins empty."""
    return {name: LossOverlay(comparison) if name == "loss" else MeasureOverlay(comparison, name, MEASURED[name])
            for name in names}
