"""Asks which one or two columns of a table are the points, and shows the first rows and a picture of the choice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QAbstractItemView, QSizePolicy, QSplitter, QTableWidget, QTableWidgetItem, QWidget

from ganstudio.core.control import Value
from ganstudio.core.protocol.data_preview import Inspected, TablePreview
from ganstudio.core.system.wording import counted
from ganstudio.ui.main.data_dialog import DataDialog
from ganstudio.ui.state.dropped import short
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.points_picture import PointsPicture

NO_COLUMN = -1
MOST_NAMED = 6  # columns that are left out


class ColumnDialog(DataDialog):
    """``chosen`` is called with the data set's controls and the kind of the data when the training is to begin."""

    def __init__(
        self, found: Inspected, theme: Theme, parent: QWidget, chosen: Callable[[dict[str, Value], str], None],
    ) -> None:
        """Makes the dialog; ``found`` holds the look at the table."""
        assert found.table is not None
        self._table: TablePreview = found.table
        self._file = str(found.data_controls["file"])
        name = short(self._file.replace("\\", "/").rpartition("/")[2])
        super().__init__("columns", f"Columns of {name}", "Train on these points", parent)
        self._chosen, self._theme = chosen, theme
        self._values = self._table.sample.doubles()
        self.headline.setText(f"Which columns of “{name}” are the points?")
        usable = [(self._title(at), at) for at, fits in enumerate(self._table.usable) if fits]
        first = [*self._table.chosen, NO_COLUMN][:2]
        self.across = self.add_choice("x", "&Across", usable, first[0], "The column that goes from left to right")
        self.upward = self.add_choice("y", "&Upward", [*usable, ("none: points on a line", NO_COLUMN)], first[1],
                                      "The column that goes upward; without one they are points on a line")
        self.rows = self._make_rows()
        self.picture = PointsPicture(theme)
        self.picture.setObjectName("columns.picture")
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.rows)
        halves.addWidget(self.picture)
        halves.setStretchFactor(0, 3)
        halves.setStretchFactor(1, 2)
        halves.setSizes([600, 400])
        self.lay_out((halves, 1))
        for box in (self.across, self.upward):
            box.currentIndexChanged.connect(self._show)
        self._say_what_is_left_out()
        self._show()

    def _title(self, at: int) -> str:
        name = self._table.names[at]
        return f"column {name}" if name.isdecimal() else short(name, 32)

    def _make_rows(self) -> QTableWidget:
        """The first rows, as they are written; columns that cannot be chosen are grey."""
        table = QTableWidget(len(self._table.rows), len(self._table.names))
        table.setObjectName("columns.rows")
        table.setAccessibleName("The first rows of the file")
        table.setHorizontalHeaderLabels([short(name, 32) for name in self._table.names])
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        quiet = QBrush(QColor(self._theme.quiet))
        for row, cells in enumerate(self._table.rows):
            for column in range(len(self._table.names)):
                item = QTableWidgetItem(cells[column] if column < len(cells) else "")
                if self._table.usable[column]:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                else:
                    item.setForeground(quiet)
                    item.setToolTip(f"Cannot be chosen: it {self._table.reasons[column]}")
                table.setItem(row, column, item)
        table.resizeColumnsToContents()
        return table

    # The choice ----------------------------------------------------------------------------------------------

    @property
    def places(self) -> list[int]:
        """The columns that are chosen, by their places; the same one twice is one."""
        across, upward = int(self.across.currentData()), int(self.upward.currentData())
        return [across] if upward in (NO_COLUMN, across) else [across, upward]

    @property
    def kind(self) -> str:
        """Of the data that the choice gives."""
        return "plane" if len(self.places) == 2 else "line"

    def _say_what_is_left_out(self) -> None:
        table = self._table
        out = [f"{short(name, 24)} {reason}" for name, fits, reason in
               zip(table.names, table.usable, table.reasons, strict=True) if not fits]
        more = f"; and {len(out) - MOST_NAMED} more" if len(out) > MOST_NAMED else ""
        left_out = [f"Cannot be chosen: {'; '.join(out[:MOST_NAMED])}{more}."] if out else []
        self.show_notes([*table.notes, *left_out])

    def _show(self) -> None:
        """The picture of the choice."""
        places = self.places
        values = self._values[:, places]
        values = values[np.isfinite(values).all(axis=1)]
        flat = len(values) < 2 or float(np.ptp(values, axis=0).max(initial=0)) == 0
        self.allow(not flat)
        rows = "all rows" if self._table.whole else "the first rows"
        same = " All of them are alike: choose another column." if flat else ""
        self.details.setText(f"Shown are {counted(len(values), 'point')}, {rows} of the file, in its units.{same}")
        names = [self._title(at) for at in places]
        self.picture.show_points(np.zeros((0, len(places))) if flat else values, names)

    # Qt ------------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        columns = ",".join(self._table.names[at] for at in self.places)
        self._chosen({"file": self._file, "columns": columns}, self.kind)
        super().accept()
