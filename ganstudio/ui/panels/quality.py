"""Quality: the numbers of generated images beside a perfect generator's, over the steps, and what each cannot see."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QComboBox,
    QHeaderView,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.protocol.catalog import NumberInfo
from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.core.protocol.views import BlindSpot
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting.items import Curve, Plot, Scale, Scatter, scale_ticks, scaled
from ganstudio.ui.state.curve_store import Series
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

SCALES: dict[str, Scale] = {  # of the numbers' curves
    "fid": "log", "kid": "symlog", "is": "linear", "precision": "linear", "recall": "linear", "diversity": "linear",
}
BETTER = {  # which way, and what is said of it
    "low": ("↓ lower", "Lower is better"),
    "high": ("↑ higher", "Higher is better"),
    "floor": ("≈ as perfect G", "Best as a perfect generator has it"),
}
SYMLOG_FROM = 0.01  # KID below that is drawn linearly: it may be negative
PAGES = 2  # numbers, over the steps; the blind spots follow
WIDE, TALL = 34, 27  # lines of text: from then on there is room for the numbers and another page
LOW = 11  # lines of text: below that the picture is worth more than the words around it
AT_FLOOR = 1.5  # times its floor: an FID up to there cannot be told from the data's own
POOR = 0.5  # of its floor: a precision or recall below that is poor


class QualityPanel(Panel):
    """Numbers on the left, and what is chosen beside them: their course, or a blind spot."""

    name = "quality"
    title = "Quality"
    kinds = ("image",)
    help = "FID, KID, IS, precision, recall and diversity beside a perfect generator's, and what each is blind to."
    measures = True
    _arranged = False  # whether all parts stand

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._shown = "fid"  # whose course is drawn
        self._series = {name: Series() for name in SCALES}
        self._latest: MeasuredNow | None = None
        self._spots: list[BlindSpot] = []
        self._choice = QComboBox()
        self._choice.setObjectName("quality.show")
        self._choice.setAccessibleName("Show")
        self._choice.setToolTip("The numbers, their course over the steps, or what one of them is blind to")
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
        self._caption.setContentsMargins(8, 2, 8, 2)
        self._spot = QLabel()
        self._course_page, self._spot_page = self._make_course(), self._make_spots()
        self._net = QLabel()
        self._net.setObjectName("quality.net")
        self._net.setAccessibleName("Feature net")
        self._net.setProperty("quiet", True)
        self._net.setWordWrap(True)
        self._net.setContentsMargins(8, 3, 8, 5)
        self._net.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(6)
        column.addLayout(self._sides, 1)
        column.addWidget(self._net)
        self._left = QVBoxLayout()  # one below the other, what stands on the left
        self._left.setSpacing(4)
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

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(len(SCALES), 4)
        table.setObjectName("quality.table")
        table.setAccessibleName("Quality")
        table.setHorizontalHeaderLabels(["", "now", "perfect G", "better"])
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setToolTip("A row chooses the number whose course is drawn; Enter or a double click goes there")
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for row in range(len(SCALES)):
            for column in range(4):
                item = QTableWidgetItem()
                if column in (1, 2):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                table.setItem(row, column, item)
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

    def _make_spots(self) -> QScrollArea:
        self._spot.setTextFormat(Qt.TextFormat.RichText)
        self._spot.setWordWrap(True)
        self._spot.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._spot.setContentsMargins(10, 4, 10, 6)
        self._spot.setObjectName("quality.spot")
        self._spot.setAccessibleName("What it is blind to")
        area = QScrollArea()
        area.setObjectName("quality.spots")
        area.setAccessibleName("What it is blind to")
        area.setToolTip("What a number does not see, with figures from this data set and this feature net")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._spot)
        return area

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._plot.dress(theme, self.font())
        self._curve.dress(theme.generated, 2)
        self._dots.dress(theme.generated, 6, filled=True)
        self._floor.dress(theme.truth, 1.5, dashed=True)
        self._arrange()

    def begin(self, started: Started) -> None:
        self._series = {name: Series() for name in SCALES}
        self._latest = None
        self._spots = []
        self._plot.following = True
        self._list_pages()
        self._write()
        self._draw()
        self.set_headline(
            "Images are being measured… The first time a net is trained on the data that judges them: up to half "
            "a minute.")

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
        """The pages that there are; the one on top stays there where it still exists."""
        before = self._choice.currentText()
        with QSignalBlocker(self._choice):
            self._choice.clear()
            self._choice.addItems(["numbers", self._course])
            self._choice.insertSeparator(PAGES)
            self._choice.addItem("what are they blind to?" if self._spots else "blind spots: not measured yet")
            model = self._choice.model()
            if isinstance(model, QStandardItemModel):
                model.item(PAGES + 1).setEnabled(False)
            self._choice.addItems([spot.title for spot in self._spots])
            self._choice.setCurrentIndex(max(self._choice.findText(before), 0))
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
        roomy = wide and tall and bool(spots)
        alone = not (wide or tall)
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
        self._table.setMaximumHeight(1 << 20 if stands_alone else high)
        self._table.setMinimumHeight(0 if stands_alone else high)
        self._left.setStretch(0, 5 if stands_alone else 0)
        self._left.setStretch(1, 6)
        self._sides.setStretch(0, 5 if wide or course or roomy else 0)
        self._sides.setStretch(1, 6 if self._spot_page.isVisibleTo(self) else 0)
        self._spot.setText("<br>".join(told(spot, self.theme, titled=not self._low) for spot in spots))
        self._label.setVisible(not self._low)
        self._write_net()

    # Writing and drawing -----------------------------------------------------------------------------------------

    def _write(self) -> None:
        latest = self._latest
        for row, name in enumerate(SCALES):
            info = self._number(name)
            value = latest.measures.get(name) if latest is not None else None
            floor = latest.floors.get(name) if latest is not None else None
            better, why = BETTER[info.better]
            for column, text in enumerate((info.title, shown(value, info.format), shown(floor, info.format), better)):
                item = self._table.item(row, column)
                if item is not None:
                    item.setText(text)
                    item.setToolTip(why if column == 3 else info.help)
        self._write_net()

    def _write_net(self) -> None:
        """Whose features the numbers rest on: on one line where the panel is low, the rest in the tooltip."""
        latest = self._latest
        if latest is None:
            self._net.clear()
            return
        name = getattr(latest, "net", "") or "no feature net"
        net = f"seen by: {name}"
        images = f"{latest.samples:,}\u00a0images\u00a0at\u00a0step\u00a0{latest.steps:,}"
        self._net.setToolTip(f"{net}; {images}. The numbers rest on this feature net: those of two nets are not to be "
                             "compared. Diversity alone is of the pixels")
        room = self.width() - 20
        self._net.setText(
            self._net.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room) if self._low
            else f"{net}; {images}")

    @property
    def _low(self) -> bool:
        """Whether there is room for hardly more than the numbers."""
        return self.height() < LOW * self.fontMetrics().height()

    def _draw(self) -> None:
        info, scale = self._number(self._shown), SCALES[self._shown]
        title, how = info.title, info.format
        series = self._series[self._shown]
        floor = self._latest.floors.get(self._shown) if self._latest is not None else None
        x, y = series.x, scaled(series.y, scale, SYMLOG_FROM)
        level = float(scaled(np.array([math.nan if floor is None else floor]), scale, SYMLOG_FROM)[0])
        end = max(float(x[-1]) if len(x) else 0.0, 10.0)
        self._curve.show(x, y)
        self._dots.show(np.stack([x, y], axis=1))
        self._floor.show(np.array([0.0, 1.05 * end]), np.full(2, level))
        mark, theme = "━━", self.theme
        now = f" {series.y[-1]:{how}}" if series.count else ""
        self._caption.setText(
            f"<span style='color:{theme.generated}'>{mark}</span> {title}{now} &nbsp; "
            f"<span style='color:{theme.truth}'>╌╌</span> a perfect generator {shown(floor, how)}")
        seen = np.concatenate([y[np.isfinite(y)], [level] if math.isfinite(level) else []])
        if not len(seen):
            self._plot.show_range((0.0, 1.0), (0.0, 1.0))
            self._plot.ticks("left", [])
            return
        low, high = float(seen.min()), float(seen.max())
        if scale == "linear":
            low = min(low, 0.0)
        margin = 0.08 * max(high - low, 1e-9) or 0.1
        self._plot.show_range((-0.02 * end, 1.05 * end), (low - margin, high + margin))
        self._plot.ticks("left", scale_ticks(*self._plot.y_range(), scale, SYMLOG_FROM))

    def _hover(self, x: float, y: float) -> None:
        info = self._number(self._shown)
        series = self._series[self._shown]
        value = series.at(x)
        if value is not None:
            at = int(series.x[int(np.searchsorted(series.x, x, side="right")) - 1])
            self.show_hover_value(f"step {at:,}: {info.title} {value:{info.format}}")

    # Qt ----------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._arranged:  # it comes after the palette does
            self._arrange()


def shown(value: float | None, how: str) -> str:
    """A number, or a dash where it is undefined."""
    return "–" if value is None else format(value, how).replace("-", "−")


def told(spot: BlindSpot, theme: Theme, *, titled: bool = True) -> str:
    """A blind spot as rich text: its title, its sentence, and the numbers that show it."""
    title = f"<p style='margin:0 0 6px 0'><b>{html.escape(spot.title)}</b></p>" if titled else ""
    rows = "".join(
        f"<tr><td style='padding:3px 14px 3px 0; color:{theme.quiet}'>{html.escape(label)}</td>"
        f"<td align='right' style='padding:3px 0'><b>{shown(value, figures(value))}</b></td></tr>"
        for label, value in spot.values.items())
    return (f"{title}<p style='margin:0 0 8px 0'>{html.escape(spot.sentence)}</p><table cellspacing='0'>{rows}</table>")


def figures(value: float | None) -> str:
    """How a number of any size is written: shares and scores to the hundredth, large ones without a fraction."""
    return ".0f" if value is not None and abs(value) >= 1000 else ".1f" if value is not None and abs(value) >= 100 \
        else ".2f"


def words(measures: Mapping[str, float | None], floors: Mapping[str, float | None]) -> str:
    """What the numbers say together, in one or two plain sentences."""
    fid, floor = measures.get("fid"), floors.get("fid")
    if fid is None:
        if measures.get("diversity") is None:
            return "Nothing can be said of these images: they are not finite numbers, or too few."
        return "Without a feature net there is only the diversity of the pixels."
    times = fid / floor if floor else math.inf
    if times <= AT_FLOOR:
        return f"FID {fid:.3g} is at its floor: this net cannot tell the images from others of the data."
    far = f"FID {fid:.3g} is {times:,.{0 if times >= 10 else 1}f} times its floor" if floor else f"FID is {fid:.3g}"
    precision, recall, diverse = (_share(measures.get(n), floors.get(n)) for n in ("precision", "recall", "diversity"))
    if diverse is not None and diverse < 0.25:
        return f"{far}. The images hardly differ from each other: the generator has collapsed."
    if precision is None or recall is None:
        return f"{far}."
    if precision < 0.1 and recall < 0.1:
        return f"{far}. To this net the images have nothing to do with the data yet."
    if recall < POOR <= precision:
        return f"{far}. Most images look real to this net, but much of the data is missing: low recall."
    if precision < POOR <= recall:
        return f"{far}. The images reach the whole data, but many look like none of it: low precision."
    if precision < POOR:
        return f"{far}. Some images look real to this net, and some of the data is reached."
    return f"{far}. Most images look real to this net, and most of the data is reached."


def _share(value: float | None, floor: float | None) -> float | None:
    """A number over its floor."""
    return value / floor if value is not None and floor else None
