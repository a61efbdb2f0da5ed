"""The tools beside the drawing: what to draw, the brush, what becomes of it, and the drawings that are kept."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.design import Space
from ganstudio.core.drawing import Kind
from ganstudio.ui.widgets.flow_layout import FlowLayout

POINTS = (500, 4000, 20000)  # least, at first, most
MODES: tuple[tuple[str, Kind], ...] = (("Plane: paint", "plane"), ("Line: draw a curve", "line"))

W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str, what: str, tip: str) -> W:
    """Gives a widget of this panel its names."""
    widget.setObjectName(f"draw.{name}")
    widget.setAccessibleName(what)
    widget.setToolTip(tip)
    return widget


class DrawTools(QWidget):
    """The widgets alone: the panel connects them."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.TIGHT, Space.HAIR, Space.CLOSE, Space.CLOSE)
        self._column.setSpacing(Space.TIGHT)
        self.mode = named(QComboBox(), "mode", "What to draw",
                          "A density on the plane, or the curve of a density on the line. Each is remembered.")
        for title, kind in MODES:
            self.mode.addItem(title, kind)
        self.mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._row(self.mode)
        self.brush, self.eraser = (
            named(QToolButton(), name, name.capitalize(), tip) for name, tip in (
                ("brush", "Draw"), ("eraser", "Erase; the right mouse button always erases"),
            )
        )
        group = QButtonGroup(self)
        for button in (self.brush, self.eraser):
            button.setText(button.accessibleName())
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            group.addButton(button)
        self.brush.setChecked(True)
        self._row(self.brush, self.eraser)
        self.radius, self.radius_label = self._slider("radius", 1, 20, 5, "Radius of brush and eraser, in data units")
        self.strength, self.strength_label = self._slider(
            "strength", 1, 20, 10, "Density that one stroke adds along its middle. Strokes add up.")
        self.undo = self._button("undo", "Undo", "Undo the last stroke (Ctrl+Z)")
        self.redo = self._button("redo", "Redo", "Redo the stroke (Ctrl+Shift+Z)")
        self.clear = self._button("clear", "Clear", "Clear the drawing; Undo brings it back")
        self._row(self.undo, self.redo, self.clear)
        self.count = named(QSpinBox(), "points", "Number of points",
                          f"Number of points drawn from the drawing, {POINTS[0]:,} to {POINTS[2]:,}. The same drawing "
                          "always gives the same points.")
        self.count.setRange(POINTS[0], POINTS[2])
        self.count.setSingleStep(500)
        self.count.setKeyboardTracking(False)
        self.count.setValue(POINTS[1])
        self._row(QLabel("Points"), self.count)
        self.at_once = named(QCheckBox("apply while drawing"), "at-once", "Apply while drawing",
                                    "Restarts the run on the drawing half a second after each stroke")
        self.at_once.setChecked(True)
        self.use = self._button("use", "Use as data", "Restarts the run on points drawn from this drawing")
        self._row(self.use, self.at_once)
        self.kept = named(QComboBox(), "kept", "Kept drawings", "Loads the chosen drawing and uses it as data")
        self.kept.setPlaceholderText("Kept drawings")
        self.kept.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kept.setMinimumContentsLength(6)
        self.delete = self._button("delete", "Delete", "Deletes the chosen drawing")
        self._row(self.kept, self.delete)
        self.title = named(QLineEdit(), "name", "Name to keep the drawing under",
                          "Name of the drawing: letters, digits, blanks, _ and -")
        self.title.setPlaceholderText("name")
        self.keep = self._button("keep", "Keep", "Keeps the drawing under this name")
        self._row(self.title, self.keep)
        self.export = self._button("export", "Export as CSV…", "Writes the points to a file of your choice")
        self._row(self.export)
        self._column.addStretch(1)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = named(QPushButton(text), name, text.rstrip("…"), tip)
        button.setAutoDefault(False)
        return button

    def _slider(self, name: str, low: int, high: int, at: int, tip: str) -> tuple[QSlider, QLabel]:
        """A slider in steps of 0.05, with its value above it."""
        slider = named(QSlider(Qt.Orientation.Horizontal), name, name.capitalize(), tip)
        slider.setRange(low, high)
        slider.setPageStep(2)
        slider.setValue(at)
        label = QLabel()
        label.setBuddy(slider)
        self._row(label, slider)
        return slider, label

    def _row(self, *widgets: QWidget) -> None:
        row = FlowLayout()
        row.setSpacing(Space.TIGHT)
        for widget in widgets:
            row.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
        self._column.addLayout(row)
