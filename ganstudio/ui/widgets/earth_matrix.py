"""A transport plan as a matrix: a row for each pile, a column for each hole, in each cell what is carried there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.core.design import Least, Pen
from ganstudio.core.earth_mover import Floats, Loads, distances
from ganstudio.core.system.wording import counted, figure
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.earth_drawing import NOWHERE, Earth, Mark

ARROWS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
LARGEST_CELL = 9.0, 4.0  # width and height, lines of text
HIGH = 12.0  # lines of text: from there on two of them say what is marked
CENTRE = Qt.AlignmentFlag.AlignCenter


class EarthMatrix(QWidget):
    """Shows the plans of an ``Earth`` cell by cell and sends what the user does; it changes nothing by itself."""

    pointed = Signal(int, int)  # row and column, by pointer or keys; a whole row or column has -1 for the other
    carried = Signal(int, int)  # by a click or Enter while a plan is made: from a pile to a hole
    cleared = Signal(int, int)  # by Delete: what the user's plan carries from a pile to a hole

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.carrying = False  # whether a click or Enter carries earth
        self._earth: Earth | None = None
        self._away: Floats = np.zeros((0, 0))  # of each pile from each hole, in the user's units
        self._mark: Mark = NOWHERE
        self._cursor: Mark = NOWHERE  # where the keys are
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(*Least.PANEL)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_earth(self, earth: Earth | None) -> None:
        """Shows plans; None: nothing."""
        self._earth = earth
        self._away = np.zeros((0, 0)) if earth is None else earth.units.scale * distances(earth.sources, earth.targets)
        self._cursor = self._cursor if self._is_there(self._cursor) else NOWHERE
        self.highlight(self._mark)

    def highlight(self, mark: Mark) -> None:
        """Marks a cell, a row or a column, and says below what it holds."""
        self._mark = mark if self._is_there(mark) else NOWHERE
        self.setAccessibleDescription(self.text_of(self._mark) or self._legend())
        self.update()

    def apply_theme(self, theme: Theme) -> None:
        """Takes a palette."""
        self.theme = theme
        self.update()

    def text_of(self, mark: Mark) -> str:
        """What a cell, a row or a column holds, in words; empty for none."""
        earth, (row, column) = self._earth, mark
        if earth is None or mark == NOWHERE or not self._is_there(mark):
            return ""
        ends = [self._named(which, index) for which, index in enumerate(mark) if index >= 0]
        if len(ends) == 2:
            away = float(self._away[row, column])
            held = [f"{whose}{counted(int(plan[row, column]), 'load')} × {figure(away)} = "
                    f"{figure(int(plan[row, column]) * away)}" for whose, plan in self._plans() if plan[row, column]]
            if earth.dots:
                held = [f"{'paired' if held else 'not paired'}, {figure(away)} apart"]
            return f"{', '.join(held) or f'no load, {figure(away)} apart'}: {' → '.join(ends)}"
        loads = int(earth.supply[row] if row >= 0 else earth.demand[column])
        costs = [f"{whose}cost {figure(float(cost[row].sum() if row >= 0 else cost[:, column].sum()))}"
                 for whose, plan in self._plans() for cost in (plan * self._away,)]
        return f"{', '.join([counted(loads, 'load'), *costs])}: {ends[0]}"

    def cell(self, row: int, column: int) -> QRectF:
        """Where a cell is, logical pixels; row -1: the title of a column, column -1: that of a row."""
        left, top, width, height = self._grid()
        x, wide = (left + column * width, width) if column >= 0 else (0.0, left)
        y, high = (top + row * height, height) if row >= 0 else (0.0, top)
        return QRectF(x, y, wide, high)

    def _is_there(self, mark: Mark) -> bool:
        rows, columns = self._away.shape
        return bool(mark[0] < rows and mark[1] < columns)

    def _plans(self) -> list[tuple[str, Loads]]:
        """The plans that are shown, each with whose it is."""
        earth = self._earth
        if earth is None:
            return []
        whose = "yours: " if earth.plan is not None else ""
        return [(name, plan) for name, plan in (("", earth.plan), (whose, earth.own)) if plan is not None]

    def _grid(self) -> tuple[float, float, float, float]:
        """The upper left corner of the cells, and the width and height of one."""
        metrics, earth, (rows, columns) = QFontMetricsF(self.font()), self._earth, self._away.shape
        if earth is None:
            return 0.0, 0.0, 1.0, 1.0
        line = metrics.height()
        titles = [text for index in range(rows) for text in self._title(0, index)]
        left = max([metrics.horizontalAdvance(text) for text in titles], default=0.0) + 0.8 * line
        low = self.height() - self._footer().height() - 2.4 * line < rows * line  # then titles have one line
        top = (1.4 if earth.dots else 1.2 if low else 2.4) * line
        width = min((self.width() - left - 0.4 * line) / columns, LARGEST_CELL[0] * line)
        height = min((self.height() - top - self._footer().height()) / rows, LARGEST_CELL[1] * line)
        if earth.dots:
            width = height = min(width, height)
        return left, top, max(width, 1.0), max(height, 1.0)

    def _footer(self) -> QRectF:
        """Where it says what is marked: two lines, or one if there is little room."""
        line = QFontMetricsF(self.font()).height()
        high = 2.6 if self.height() > HIGH * line else 1.6
        return QRectF(0, self.height() - high * line, self.width(), high * line)

    def _title(self, which: int, index: int) -> tuple[str, ...]:
        """The lines of a row's or column's title; none if there are too many."""
        earth = self._earth
        if earth is None or earth.dots:
            return ()
        loads = (earth.supply, earth.demand)[which]
        return f"{('pile', 'hole')[which]} {index + 1}", counted(int(loads[index]), "load")

    def _named(self, which: int, index: int) -> str:
        """A pile or a hole, and where it is."""
        earth = self._earth
        assert earth is not None
        place = (earth.sources, earth.targets)[which][index]
        at = ", ".join(figure(earth.units.place(float(each), axis)) for axis, each in enumerate(place))
        name = (("generated point", "real point") if earth.dots else ("pile", "hole"))[which]
        return f"{name} {index + 1} at {at}" if earth.flat else f"{name} {index + 1} at ({at})"

    def _legend(self) -> str:
        earth = self._earth
        if earth is None or not self._plans():
            return "No plan is shown." if earth is not None else ""
        return ("A filled cell pairs a generated point with a real one." if earth.dots else
                "In each cell: loads, × distance = cost.")

    # What the user does --------------------------------------------------------------------------------------

    def _under(self, at: QPointF) -> Mark:
        """The cell at a point of the widget, or the row or column whose title is there."""
        left, top, width, height = self._grid()
        found = int((at.y() - top) // height), int((at.x() - left) // width)
        return (max(found[0], -1), max(found[1], -1)) if self._is_there(found) else NOWHERE

    def _go(self, mark: Mark) -> None:
        self._cursor = mark
        self.pointed.emit(*mark)

    def _next_route(self, step: int) -> Mark:
        """The cell after the cursor, or before it, in which something is carried, row by row and round the end."""
        count, columns = self._away.size, int(self._away.shape[1])
        at = self._cursor[0] * columns + self._cursor[1] if min(self._cursor) >= 0 else -1 if step > 0 else 0
        for away in range(1, count + 1):
            cell = divmod((at + step * away) % count, columns)
            if any(plan[cell] for _, plan in self._plans()):
                return cell
        return self._cursor

    # Qt ------------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(*self._under(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._under(event.position())
        if event.button() == Qt.MouseButton.LeftButton and min(cell) >= 0:
            self._go(cell)
            if self.carrying:
                self.carried.emit(*cell)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(*(self._cursor if self.hasFocus() else NOWHERE))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._away.size and event.reason() != Qt.FocusReason.MouseFocusReason:
            self._go(self._cursor if self._cursor != NOWHERE else (0, 0))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.pointed.emit(*NOWHERE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, (rows, columns) = Qt.Key(event.key()), self._away.shape
        if not self._away.size:
            super().keyPressEvent(event)
        elif key in ARROWS:
            down, right = ARROWS[key]
            row, column = (max(each, 0) for each in self._cursor)
            self._go((min(max(row + down, 0), rows - 1), min(max(column + right, 0), columns - 1)))
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._go(self._next_route(1 if key == Qt.Key.Key_PageDown else -1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.carrying and min(self._cursor) >= 0:
            self.carried.emit(*self._cursor)
        elif key == Qt.Key.Key_Delete and min(self._cursor) >= 0:
            self.cleared.emit(*self._cursor)
        else:
            super().keyPressEvent(event)

    # Painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.base))
        if self._earth is None:
            return
        self._paint_fills(painter, self._earth)
        self._paint_grid(painter)
        self._paint_titles(painter, self._earth)
        if not self._earth.dots:
            for cell in np.ndindex(self._away.shape):
                self._write_cell(painter, cell[0], cell[1])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if min(self._mark) >= 0:
            painter.setPen(QPen(QColor(self.theme.text), Pen.USUAL))
            painter.drawRect(self.cell(*self._mark))
        self._write_footer(painter)

    def _paint_fills(self, painter: QPainter, earth: Earth) -> None:
        """The row and the column that are marked, and what is carried."""
        rows, columns = self._away.shape
        band = QColor(self.theme.accent)
        band.setAlpha(50)
        row, column = self._mark
        if row >= 0:
            painter.fillRect(self.cell(row, -1).united(self.cell(row, columns - 1)), band)
        if column >= 0:
            painter.fillRect(self.cell(-1, column).united(self.cell(rows - 1, column)), band)
        plans = self._plans()
        most = max((int(plan.max(initial=1)) for _, plan in plans), default=1)
        for (_, plan), colour in zip(plans, self._colours(earth), strict=True):
            for at in np.argwhere(plan > 0).tolist():
                shade = QColor(colour)
                shade.setAlpha(255 if earth.dots else 25 + 45 * int(plan[at[0], at[1]]) // most)
                painter.fillRect(self.cell(at[0], at[1]), shade)

    def _colours(self, earth: Earth) -> list[str]:
        """Of the plans that are shown, as the lines have them."""
        both = ((earth.plan, self.theme.truth), (earth.own, self.theme.accent))
        return [colour for plan, colour in both if plan is not None]

    def _paint_grid(self, painter: QPainter) -> None:
        rows, columns = self._away.shape
        whole = self.cell(0, 0).united(self.cell(rows - 1, columns - 1))
        painter.setPen(QPen(QColor(self.theme.line), Pen.FINE))
        for row in range(rows + 1):
            y = whole.top() + row * whole.height() / rows
            painter.drawLine(QPointF(whole.left(), y), QPointF(whole.right(), y))
        for column in range(columns + 1):
            x = whole.left() + column * whole.width() / columns
            painter.drawLine(QPointF(x, whole.top()), QPointF(x, whole.bottom()))

    def _paint_titles(self, painter: QPainter, earth: Earth) -> None:
        metrics, colours = QFontMetricsF(self.font()), (self.theme.generated, self.theme.real)
        if earth.dots:
            room = QRectF(self.cell(0, 0).left(), 0, self.width(), self.cell(-1, 0).height())
            for text, colour in zip(("generated ↓   ", "real →"), colours, strict=True):
                painter.setPen(QColor(colour))
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
                room.setLeft(room.left() + metrics.horizontalAdvance(text))
            return
        for which, count in enumerate(self._away.shape):
            for index in range(count):
                room = self.cell(index, -1) if which == 0 else self.cell(-1, index)
                name, loads = self._title(which, index)
                painter.setPen(QColor(self.theme.text if self._mark[which] == index else colours[which]))
                _write(painter, room, [_fitting(room, metrics, name, str(index + 1)),
                                       _fitting(room, metrics, loads, loads.split()[0])])
                if earth.selected == (which, index):
                    painter.setPen(QPen(QColor(self.theme.text), Pen.LIGHT, Qt.PenStyle.DotLine))
                    painter.drawRect(room.adjusted(2, 2, -2, -2))

    def _write_cell(self, painter: QPainter, row: int, column: int) -> None:
        """What is carried and below it the cost; of two plans what each carries; of none the distance."""
        room, metrics, away = self.cell(row, column), QFontMetricsF(self.font()), float(self._away[row, column])
        carried = [(whose, int(plan[row, column])) for whose, plan in self._plans() if plan[row, column]]
        if len(carried) == 1:
            whose, loads = carried[0]
            cost = figure(loads * away)
            lines = [_fitting(room, metrics, f"{whose}{loads}", str(loads)),
                     _fitting(room, metrics, f"× {figure(away)} = {cost}", f"= {cost}")]
        else:
            lines = [_fitting(room, metrics, f"{whose}{loads}", str(loads)) for whose, loads in carried]
        painter.setPen(QColor(self.theme.text if carried else self.theme.quiet))
        _write(painter, room, lines or [_fitting(room, metrics, f"× {figure(away)}")], bold=bool(carried))

    def _write_footer(self, painter: QPainter) -> None:
        metrics, text = QFontMetricsF(self.font()), self.text_of(self._mark)
        margin = 0.4 * metrics.height()
        room = self._footer().adjusted(margin, 0.2 * metrics.height(), -margin, 0)
        painter.setPen(QColor(self.theme.text if text else self.theme.quiet))
        text = text or self._legend()
        if room.height() < 2 * metrics.height():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, text)


def _fitting(room: QRectF, metrics: QFontMetricsF, *texts: str) -> str:
    """The first text that has room, two pixels on either side; none if none has."""
    return next((text for text in texts if metrics.horizontalAdvance(text) <= room.width() - 4), "")


def _write(painter: QPainter, room: QRectF, lines: list[str], *, bold: bool = False) -> None:
    """Writes lines into the middle of a room, as many as it has; the first one may be bold."""
    usual, high = painter.font(), QFontMetricsF(painter.font()).height()
    lines = [text for text in lines if text][: int(room.height() / high + 0.15)]
    top = room.center().y() - len(lines) * high / 2
    for at, text in enumerate(lines):
        if bold and at == 0:
            strong = painter.font()
            strong.setBold(True)
            painter.setFont(strong)
        painter.drawText(QRectF(room.left(), top + at * high, room.width(), high), CENTRE, text)
        painter.setFont(usual)
