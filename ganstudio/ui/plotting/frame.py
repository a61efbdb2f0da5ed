"""The widget of a plot: a view box with an axis to the left of it and one below.

pyqtgraph's own ``PlotItem`` has, beside these, a menu of some 150 hidden widgets for what the studio does not offer:
8.7 ms for each plot, and everything that dresses the application walks over them.
"""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsItem, QSizePolicy

PLACES = {"left": (0, 0), "right": (0, 2), "bottom": (1, 1)}  # row and column of each axis
ABOVE_IMAGES = 0.5  # images lie at 0, what is drawn over the axes at 1 and above


class PlotFrame(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph ships no types
    """A view box and its axes by side; a third axis, to the right, can come later."""

    def __init__(self, axes: dict[str, Any]) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.enableMouse(False)  # the box has the mouse
        self.item: Any = pg.GraphicsWidget()
        self.grid = QGraphicsGridLayout()
        self.grid.setSpacing(0)
        self.grid.setRowStretchFactor(0, 100)
        self.grid.setColumnStretchFactor(1, 100)
        self.item.setLayout(self.grid)
        self.box: Any = pg.ViewBox(parent=self.item, enableMenu=False)
        self.grid.addItem(self.box, 0, 1)
        self.axes: dict[str, Any] = {}
        for side, axis in axes.items():
            self.add_axis(side, axis)
        self.setCentralItem(self.item)

    def add_axis(self, side: str, axis: Any) -> None:
        """Puts an axis at a side that has none."""
        axis.linkToView(self.box)
        axis.setZValue(ABOVE_IMAGES)
        axis.setFlag(QGraphicsItem.GraphicsItemFlag.ItemNegativeZStacksBehindParent)
        self.axes[side] = axis
        self.grid.addItem(axis, *PLACES[side])
