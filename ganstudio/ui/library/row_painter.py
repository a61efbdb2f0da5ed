"""Draws the library's cells: two lines of text, and before a run's name a small picture of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ganstudio.core.design import Space
from ganstudio.core.runs import library
from ganstudio.core.runs.library import Kept
from ganstudio.ui.library.columns import COLUMNS, NAME, data_name, origins, shorter
from ganstudio.ui.library.run_rows import Index, RunRows
from ganstudio.ui.library.thumbnail import drawn
from ganstudio.ui.theme import DARK, LIGHT, THEMES, Theme

MARGIN = Space.CLOSE  # left and right of a cell's words
MAX_PICTURES = 600  # kept in memory


class RowPainter(QStyledItemDelegate):
    """Draws a cell: a line, a quieter one below, and before the name a small picture of the run."""

    def __init__(self, model: RunRows, ready: Callable[[], None]) -> None:
        """``ready`` is called when a picture that was missing can be painted."""
        super().__init__()
        self._model = model
        self._ready = ready
        self._pictures: dict[tuple[Path, float, int, str], QImage | None] = {}
        self._missing: list[tuple[Path, float, int, str]] = []

    def forget_missing(self) -> None:
        """Rows that are not there any more need no picture."""
        self._missing.clear()

    def _picture(self, kept: Kept, side: int, theme: Theme) -> QImage | None:
        """The run's picture, if it is ready; else it is made later, so that scrolling never waits."""
        key = (kept.path, kept.changed, side, theme.name)
        if key not in self._pictures and not kept.fault and key not in self._missing:
            self._missing.append(key)
            if len(self._missing) == 1:
                QTimer.singleShot(0, self, self._make_next)
        return self._pictures.get(key)

    def _make_next(self) -> None:
        """Makes one picture. The one asked for last comes first: it is most likely still on screen."""
        if not self._missing:
            return
        key = self._missing.pop()
        path, _, side, name = key
        if len(self._pictures) >= MAX_PICTURES:
            self._pictures.clear()
        view = library.newest_view(path)
        self._pictures[key] = drawn(view, side, THEMES[name]) if view is not None else None
        if self._pictures[key] is not None:
            self._ready()
        if self._missing:
            QTimer.singleShot(0, self, self._make_next)

    def _draw_picture(self, painter: QPainter, area: QRect, kept: Kept, palette: QPalette) -> None:
        theme = DARK if palette.color(QPalette.ColorRole.Base).lightness() < 128 else LIGHT
        device = painter.device()
        picture = self._picture(kept, round(area.width() * (device.devicePixelRatio() if device else 1.0)), theme)
        if picture is not None:
            painter.drawImage(area, picture)
            painter.setPen(palette.color(QPalette.ColorRole.Mid))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(0, 0, -1, -1))
            return
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.setBrush(palette.color(QPalette.ColorRole.Button))
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "?" if kept.fault else data_name(kept)[:1].upper())

    # Qt ------------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        state, palette, area = option.state, option.palette, option.rect
        kept, column = self._model.shown[index.row()], COLUMNS[index.column()]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        running, name = kept.path == self._model.running, index.column() == NAME
        painter.save()
        painter.setClipRect(area)
        QApplication.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter)
        area = area.adjusted(MARGIN, 2, -MARGIN, -3)
        if name:
            if running:
                painter.fillRect(area.left() - MARGIN, area.top(), 3, area.height(),
                                 palette.color(QPalette.ColorRole.Highlight))
            side = area.height() - 2
            self._draw_picture(painter, QRect(area.left(), area.top() + 1, side, side), kept, palette)
            area.setLeft(area.left() + side + MARGIN + 2)
        if chosen:
            bright = quiet = palette.color(QPalette.ColorRole.HighlightedText)
        else:
            bright = palette.color(QPalette.ColorRole.Text)
            quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        first = str(index.data(Qt.ItemDataRole.DisplayRole))
        second = str(index.data(Qt.ItemDataRole.UserRole))
        font = QFont(option.font)
        font.setBold(name and running)
        metrics = QFontMetrics(font)
        line = metrics.lineSpacing()
        top = area.center().y() - line + 1 if second else area.center().y() - line // 2
        side_flag = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
        below = origins(kept)
        if running:
            below = [*(f"on screen, {form}" for form in below if form), "on screen"]
        forms = [shorter(kept.name), below]
        lines = (first, quiet if kept.fault else bright, font.bold()), (second, quiet, False)
        for (text, colour, bold), shortened in zip(lines, forms, strict=True):
            if not text:
                continue
            font.setBold(bold)
            painter.setFont(font)
            painter.setPen(colour)
            room = QFontMetrics(font)
            if name:
                text = next((form for form in shortened if room.horizontalAdvance(form) <= area.width()), shortened[-1])
            # The end of a name that the user gave distinguishes runs as often as its beginning does.
            cut = Qt.TextElideMode.ElideMiddle if name else Qt.TextElideMode.ElideRight
            shown = room.elidedText(text, cut, area.width())
            painter.drawText(QRect(area.left(), top, area.width(), line),
                             side_flag | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
            top += line
        painter.restore()
