"""Quality: the numbers of generated images beside a perfect generator's, over the steps, and what each cannot see."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import QBoxLayout, QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.core.design import UNLIMITED, Dot, Pen, Space, Theme
from ganstudio.core.protocol.catalog import NumberInfo
from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.core.protocol.views import BlindSpot
from ganstudio.core.system.wording import format_measure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.quality_text import BETTER, GUIDE, blind_spot_text, caption, net_text, words
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Curve, Scatter
from ganstudio.ui.plotting.scales import Scale, scale_ticks, scaled
from ganstudio.ui.state.curve_store import Series
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.widgets.number_table import NumberTable
from ganstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from ganstudio.ui.widgets.scroll_label import ScrollLabel

SCALES: dict[str, Scale] = {  # of the numbers' curves
    "fid": "log", "kid": "symlog", "is": "linear", "precision": "linear", "recall": "linear", "diversity": "linear",
}
SYMLOG_FROM = 0.01  # KID below that is drawn linearly: it may be negative
PAGES = 2  # numbers, over the steps; the blind spots follow
WIDE, TALL = 34, 27  # lines of text: from then on there is room for the numbers and another page
LOW = 11  # lines of text: below that the picture is worth more than the words around it


class QualityPanel(Panel):
    """Numbers on the left, and what is chosen beside them: their course, or a blind spot."""

    name = "quality"
    title = "Quality"
    kinds = ("image",)
    help = ("FID, KID, IS, precision, recall and diversity, beside those of a perfect generator, and what each cannot "
            "see.")
    reading, healthy, sick, formula, papers = GUIDE
    place = {"image": Place("side", order=1)}
    measures = True
    _arranged = False  # whether all parts are in place

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._shown = "fid"  # whose course is drawn
        self._series = {name: Series() for name in SCALES}
        self._latest: MeasuredNow | None = None
        self._spots: list[BlindSpot] = []
        self._choice = QComboBox()
        self._choice.setObjectName("quality.show")
        self._choice.setAccessibleName("Show")
        self._choice.setToolTip("The numbers, their course over the steps, or the blind spots of one of them")
        self._choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._choice.setMinimumContentsLength(12)
        self._label = QLabel("show")
        self._label.setBuddy(self._choice)
        self._tools.addWidget(self._label)
        self._tools.addWidget(self._choice, 1)
        self._table = self._make_table()
        self._plot = Plot(x_label="steps")
        self._curve = Curve(self._plot, above=2)
        self._floor = Curve(self._plot, above=1)
        self._dots = Scatter(self._plot, above=3)
        self._plot.on_hover(self._hover)
        self._caption = QLabel()
        self._caption.setTextFormat(Qt.TextFormat.RichText)
        self._caption.setContentsMargins(Space.USUAL, Space.HAIR, Space.USUAL, Space.HAIR)
        self._course_page, self._spot_page = self._make_course(), ScrollLabel()
        self._spot = self._spot_page.label
        self._spot.setObjectName("quality.spot")
        self._spot_page.setObjectName("quality.spots")
        for part in (self._spot, self._spot_page):
            part.setAccessibleName("Blind spots")
        self._spot_page.setToolTip("What a number cannot see, with figures from this data set and this feature net")
        self._net = PlainLabel()
        self._net.setObjectName("quality.net")
        self._net.setAccessibleName("Feature net")
        self._net.setProperty("quiet", True)
        self._net.setWordWrap(True)
        self._net.setContentsMargins(Space.USUAL, Space.TIGHT, Space.USUAL, Space.TIGHT)
        self._net.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(Space.CLOSE)
        column.addLayout(self._sides, 1)
        column.addWidget(self._net)
        self._left = QVBoxLayout()  # one below the other, what is on the left
        self._left.setSpacing(Space.TIGHT)
        self._sides.addLayout(self._left, 5)
        self._left.addWidget(self._table)
        self._left.addWidget(self._course_page, 1)
        self._sides.addWidget(self._spot_page, 6)
        self.set_body(holder)
        self._list_pages()
        self._choice.currentIndexChanged.connect(self._arrange)
        run.measured.connect(self._measured)
        self._arranged = True
        self._arrange()

    def _make_table(self) -> NumberTable:
        table = NumberTable(["", "now", "perfect G", "better"], numbers=2, selectable=True)
        table.setRowCount(len(SCALES))
        table.setObjectName("quality.table")
        table.setAccessibleName("Quality")
        table.setWordWrap(False)
        table.setToolTip("Click a row to draw the course of its number. Enter or a double click opens it.")
        table.currentCellChanged.connect(lambda row, *_: self._choose_number(row))
        table.cellActivated.connect(lambda *_: self._choice.setCurrentIndex(1))
        return table

    def _make_course(self) -> QWidget:
        course = QWidget()
        column = QVBoxLayout(course)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._caption)
        column.addWidget(self._plot.widget, 1)
        return course

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._plot.apply_theme(theme, self.font())
        self._curve.set_style(theme.generated, Pen.USUAL)
        self._dots.set_style(theme.generated, Dot.HOLLOW, filled=True)
        self._floor.set_style(theme.truth, Pen.LIGHT, dashed=True)
        self._arrange()

    def begin(self, started: Started) -> None:
        self._series = {name: Series() for name in SCALES}
        self._latest, self._spots = None, []
        self._plot.following = True
        self._list_pages()
        self._write()
        self._draw()
        self.set_headline(
            "Measuring images… The first time, the feature net is trained on the data: up to a minute.")

    def _measured(self, measured: MeasuredNow) -> None:
        if not any(name in measured.measures for name in SCALES):
            return
        self._latest = measured
        for name, series in self._series.items():
            value = measured.measures.get(name)
            if value is not None and math.isfinite(value):
                series.append(np.array([float(measured.steps)]), np.array([value]))
        spots: list[BlindSpot] = getattr(measured, "blind", [])
        if spots and spots != self._spots:
            self._spots = list(spots)
            self._list_pages()
        self._write()
        self._draw()
        self.set_headline(words(measured.measures, measured.floors))

    # Which page ------------------------------------------------------------------------------------------------

    def _list_pages(self) -> None:
        """The pages that there are; the one on top stays there if it still exists."""
        before = self._choice.currentText()
        with QSignalBlocker(self._choice):
            self._choice.clear()
            self._choice.addItems(["numbers", self._course])
            self._choice.insertSeparator(PAGES)
            self._choice.addItem("blind spots" if self._spots else "blind spots: not measured yet")
            model = self._choice.model()
            if isinstance(model, QStandardItemModel):
                model.item(PAGES + 1).setEnabled(False)
            self._choice.addItems([spot.title for spot in self._spots])
            self._choice.setCurrentIndex(max(self._choice.findText(before), 0) if before else 0)  # a line has no text
        self._arrange()

    @property
    def _course(self) -> str:
        return f"{self._number(self._shown).title} over steps"

    def _number(self, name: str) -> NumberInfo:
        """What the catalogue says of a number."""
        known = self.run.catalog.measures if self.run.catalog is not None else []
        plain = NumberInfo(name=name, title=name, help="", better="floor", format=".3g", kinds=[])
        return next((info for info in known if info.name == name), plain)

    def _choose_number(self, row: int) -> None:
        if not 0 <= row < len(SCALES):
            return
        self._shown = list(SCALES)[row]
        self._plot.following = True
        self._choice.setItemText(1, self._course)
        self._draw()

    def _arrange(self) -> None:
        """As much as there is room for: all of it, the numbers and the chosen page, or the chosen page alone."""
        line = self.fontMetrics().height()
        wide, tall = self.width() >= WIDE * line, self.height() >= TALL * line
        chosen = self._choice.currentIndex() - PAGES - 2
        spots = [self._spots[chosen]] if 0 <= chosen < len(self._spots) else self._spots
        roomy, alone = wide and tall and bool(spots), not (wide or tall)
        beside = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._sides.setDirection(beside)
        course = chosen < 0 and (not alone or self._choice.currentIndex() == 1)
        self._table.setVisible(not alone or self._choice.currentIndex() == 0)
        self._course_page.setVisible(roomy or course)
        self._spot_page.setVisible(roomy or chosen >= 0)
        self._left.setDirection(
            QBoxLayout.Direction.LeftToRight if wide and not roomy else QBoxLayout.Direction.TopToBottom)
        stands_alone = alone or (wide and not roomy)
        self._table.verticalHeader().setDefaultSectionSize(round(1.6 * line))
        rows = self._table.verticalHeader().defaultSectionSize() * len(SCALES)
        high = rows + self._table.horizontalHeader().sizeHint().height() + 4
        self._table.setMaximumHeight(UNLIMITED if stands_alone else high)
        self._table.setMinimumHeight(0 if stands_alone else high)
        self._left.setStretch(0, 5 if stands_alone else 0)
        self._left.setStretch(1, 6)
        self._sides.setStretch(0, 5 if wide or course or roomy else 0)
        self._sides.setStretch(1, 6 if self._spot_page.isVisibleTo(self) else 0)
        self._spot.setText("<br>".join(blind_spot_text(spot, self.theme, titled=not self._low) for spot in spots))
        self._label.setVisible(not self._low)
        self._write_net()

    # Writing and drawing -----------------------------------------------------------------------------------------

    def _write(self) -> None:
        latest = self._latest
        for row, name in enumerate(SCALES):
            info = self._number(name)
            found = (latest.measures.get(name), latest.floors.get(name)) if latest is not None else (None, None)
            better, why = BETTER[info.better]
            cells = (info.title, *(format_measure(value, info.format) for value in found), better)
            for column, text in enumerate(cells):
                self._table.write(row, column, text, why if column == 3 else info.help)
        self._write_net()

    def _write_net(self) -> None:
        """Whose features the numbers rest on: on one line if the panel is low, the rest in the tooltip."""
        if self._latest is None:
            self._net.clear()
            return
        short, whole, tip = net_text(self._latest)
        self._net.setToolTip(plain_tip(tip))
        elided = self._net.fontMetrics().elidedText(short, Qt.TextElideMode.ElideRight, self.width() - 20)
        self._net.setText(elided if self._low else whole)

    @property
    def _low(self) -> bool:
        """Whether there is room for hardly more than the numbers."""
        return self.height() < LOW * self.fontMetrics().height()

    def _draw(self) -> None:
        info, scale = self._number(self._shown), SCALES[self._shown]
        series = self._series[self._shown]
        floor = self._latest.floors.get(self._shown) if self._latest is not None else None
        x, y = series.x, scaled(series.y, scale, SYMLOG_FROM)
        level = float(scaled(np.array([math.nan if floor is None else floor]), scale, SYMLOG_FROM)[0])
        end = max(float(x[-1]) if len(x) else 0.0, 10.0)
        self._curve.show(x, y)
        self._dots.show(np.stack([x, y], axis=1))
        self._floor.show(np.array([0.0, 1.05 * end]), np.full(2, level))
        now = series.y[-1] if series.count else None
        self._caption.setText(caption(info, now, floor, self.theme))
        seen = np.concatenate([y[np.isfinite(y)], [level] if math.isfinite(level) else []])
        if not len(seen):
            self._plot.show_range((0.0, 1.0), (0.0, 1.0))
            self._plot.ticks("left", [])
            return
        low, high = float(seen.min()), float(seen.max())
        low = min(low, 0.0) if scale == "linear" else low
        margin = 0.08 * max(high - low, 1e-9) or 0.1
        self._plot.show_range((-0.02 * end, 1.05 * end), (low - margin, high + margin))
        self._plot.ticks("left", scale_ticks(*self._plot.y_range(), scale, SYMLOG_FROM))

    def _hover(self, x: float, y: float) -> None:
        info, series = self._number(self._shown), self._series[self._shown]
        value = series.at(x)
        if value is not None:
            at = int(series.x[int(np.searchsorted(series.x, x, side="right")) - 1])
            self.show_hover_value(f"step {at:,}: {info.title} {format_measure(value, info.format)}")

    # Qt ----------------------------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return QSize(self._table.minimumSizeHint().width(), super().minimumSizeHint().height())  # beside it if wide

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._arranged:  # it comes after the palette does
            self._arrange()
