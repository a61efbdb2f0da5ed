"""Draw your own: a distribution painted by hand, used as training data at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.drawing import Brush, Doubles, Drawing, Drawings, Floats, Kind, checked_name, sample, table, write
from ganstudio.core.protocol.messages import Started
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.wording import counted
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.drawing_canvas import Canvas

AT_ONCE_MS = 500  # after the last stroke
POINTS = (500, 4000, 20000)  # least, at first, most
MODES: tuple[tuple[str, Kind], ...] = (("Plane: paint", "plane"), ("Line: draw a curve", "line"))
EMPTY: dict[Kind, str] = {
    "plane": "Paint where points should lie. They become the training data, centred and scaled to a spread of 1.",
    "line": "Draw how likely each x is. Points drawn from the curve become the training data, centred and scaled to a "
            "spread of 1.",
}

W = TypeVar("W", bound=QWidget)


@dataclasses.dataclass(frozen=True)
class Used:
    """What was handed to the engine last."""

    file: str
    density: Floats
    points: int


class DrawPanel(Panel):
    """One drawing for the plane and one for the line; each keeps its strokes while the other is on screen."""

    name = "draw"
    title = "Draw your own"
    kinds = ("line", "plane", "image")
    help = "Paint a distribution with mouse or finger: points drawn from it become the training data at once."

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._drawings = Drawings()
        self._papers: dict[Kind, Drawing] = {kind: Drawing(kind) for _, kind in MODES}
        self._names: dict[Kind, tuple[str, Floats]] = {}  # under which name which density is kept
        self._kind: Kind = "plane"
        self._followed = ""  # the kind of the run begun last
        self._points: Doubles = np.zeros((0, 2))
        self._used: Used | None = None
        self._replacing = ""  # the name that a second press of Keep takes from another drawing
        self._deleted = ""
        self._canvas = self._named(Canvas(), "canvas", "Canvas",
                                   "Draw with the left button or a finger, take away with the right one. "
                                   "Keys: arrows move the brush, Enter paints, Backspace takes away")
        self._soon = QTimer(self, singleShot=True, interval=AT_ONCE_MS)
        self._soon.timeout.connect(self.use)
        self._canvas.began.connect(self._soon.stop)
        self._canvas.ended.connect(self._changed)
        self._canvas.pointed.connect(self._point)
        self._tools_widget = self._tools_of_drawing()
        self._desk = _Desk(self._canvas, self._tools_widget)
        self.set_body(self._desk)
        for key, act in ((QKeySequence.StandardKey.Undo, self.undo), (QKeySequence.StandardKey.Redo, self.redo)):
            shortcut = QShortcut(key, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        self._show_paper()

    # Widgets -------------------------------------------------------------------------------------------------

    def _tools_of_drawing(self) -> QWidget:
        tools = QWidget()
        self._column = QVBoxLayout(tools)
        self._column.setContentsMargins(4, 2, 6, 6)
        self._column.setSpacing(5)
        self._mode = self._named(QComboBox(), "mode", "What to draw",
                                 "A density on the plane, or the curve of a density on the line; each is remembered")
        for title, kind in MODES:
            self._mode.addItem(title, kind)
        self._mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._mode.setMinimumContentsLength(10)
        self._mode.activated.connect(lambda index: self.show_kind(MODES[index][1]))
        self._row(self._mode)
        self._brush, self._eraser = (
            self._named(QToolButton(), name, name.capitalize(), tip) for name, tip in (
                ("brush", "Draw"), ("eraser", "Take away; the right mouse button always does"),
            )
        )
        group = QButtonGroup(self)
        for button in (self._brush, self._eraser):
            button.setText(button.accessibleName())
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(self._take_brush)
            group.addButton(button)
        self._brush.setChecked(True)
        self._row(self._brush, self._eraser)
        self._radius, self._radius_label = self._slider("radius", 1, 20, 5, "Radius of brush and eraser, data units")
        self._strength, self._strength_label = self._slider(
            "strength", 1, 20, 10, "Density that one stroke adds along its middle; strokes add up")
        self._undo = self._button("undo", "Undo", "Take the last stroke back (Ctrl+Z)", self.undo)
        self._redo = self._button("redo", "Redo", "Make it again (Ctrl+Shift+Z)", self.redo)
        self._clear = self._button("clear", "Clear", "Wipe everything; Undo brings it back", self.clear)
        self._row(self._undo, self._redo, self._clear)
        self._count = self._named(QSpinBox(), "points", "Number of points",
                                  f"How many points are drawn from the drawing, {POINTS[0]} to {POINTS[2]}; "
                                  "always the same ones for the same drawing")
        self._count.setRange(POINTS[0], POINTS[2])
        self._count.setSingleStep(500)
        self._count.setKeyboardTracking(False)
        self._count.setValue(POINTS[1])
        self._count.valueChanged.connect(self._changed)
        self._row(QLabel("Points"), self._count)
        self._at_once = self._named(QCheckBox("at once"), "at-once", "Use at once",
                                    "Half a second after each stroke the run starts again on the drawing")
        self._at_once.setChecked(True)
        self._at_once.toggled.connect(self._changed)
        self._row(self._button("use", "Use as data", "Starts the run again on points drawn from this", self.use),
                  self._at_once)
        self._kept = self._named(QComboBox(), "kept", "Kept drawings", "Choosing one loads it and uses it as data")
        self._kept.setPlaceholderText("Kept drawings")
        self._kept.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._kept.setMinimumContentsLength(6)
        self._kept.activated.connect(lambda index: self.load(self._kept.itemText(index)))
        self._delete = self._button("delete", "Delete", "Deletes the kept drawing that is chosen", self._delete_or_not)
        self._row(self._kept, self._delete)
        self._title = self._named(QLineEdit(), "name", "Name to keep the drawing under",
                                  "Name of the drawing: letters, digits, blanks, _ and -")
        self._title.setPlaceholderText("name")
        self._title.returnPressed.connect(self.keep)
        self._row(self._title, self._button("keep", "Keep", "Keeps the drawing under this name", self.keep))
        self._export = self._button("export", "Export as CSV…", "Writes the points to any file", self.export)
        self._row(self._export)
        self._column.addStretch(1)
        return tools

    def _named(self, widget: W, name: str, what: str, tip: str) -> W:
        widget.setObjectName(f"draw.{name}")
        widget.setAccessibleName(what)
        widget.setToolTip(tip)
        return widget

    def _button(self, name: str, text: str, tip: str, act: Callable[[], object]) -> QPushButton:
        button = self._named(QPushButton(text), name, text.rstrip("…"), tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: act())
        return button

    def _slider(self, name: str, low: int, high: int, at: int, tip: str) -> tuple[QSlider, QLabel]:
        """A slider in steps of 0.05, with its value above it."""
        slider = self._named(QSlider(Qt.Orientation.Horizontal), name, name.capitalize(), tip)
        slider.setRange(low, high)
        slider.setPageStep(2)
        slider.setValue(at)
        slider.valueChanged.connect(self._take_brush)
        label = QLabel()
        label.setBuddy(slider)
        self._row(label, slider)
        return slider, label

    def _row(self, *widgets: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in widgets:
            row.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
        self._column.addLayout(row)

    # Drawing -------------------------------------------------------------------------------------------------

    @property
    def paper(self) -> Drawing:
        """The drawing on screen."""
        return self._papers[self._kind]

    def show_kind(self, kind: Kind) -> None:
        """Shows the drawing of the plane, or of the line."""
        self._soon.stop()
        self.paper.end()
        self._kind = kind
        self._show_paper()

    def undo(self) -> None:
        """Takes the last change back."""
        self.paper.undo()
        self._changed()

    def redo(self) -> None:
        """Makes it again."""
        self.paper.redo()
        self._changed()

    def clear(self) -> None:
        """Wipes everything."""
        self.paper.clear()
        self._changed()

    def _changed(self, *_: object) -> None:
        """After a stroke or a change of it: other points, used soon if that is wanted."""
        self._replacing = ""
        self._show_paper()
        if self._at_once.isChecked() and not self.paper.empty and not self._is_used():
            self._soon.start()
        else:
            self._soon.stop()

    def _take_brush(self, *_: object) -> None:
        radius, strength = self._radius.value() / 20, self._strength.value() / 20
        self._canvas.brush = Brush(radius=radius, strength=strength, erase=self._eraser.isChecked())
        self._radius_label.setText(f"Radius {radius:.2f}")
        self._strength_label.setText(f"Strength {strength:.2f}")
        self._canvas.update()

    def _show_paper(self) -> None:
        paper = self.paper
        none: Doubles = np.zeros((0, 2 if self._kind == "plane" else 1))
        self._points = none if paper.empty else sample(self._kind, paper.density, self._count.value())
        self._canvas.show_drawing(paper, self._points)
        with QSignalBlocker(self._mode):
            self._mode.setCurrentIndex([kind for _, kind in MODES].index(self._kind))
        for widget in (self._strength, self._strength_label):  # the line goes by the pointer's height
            widget.setEnabled(self._kind == "plane")
        self._undo.setEnabled(paper.can_undo)
        self._redo.setEnabled(paper.can_redo)
        for button in (self._clear, self._export, self._find("use"), self._find("keep")):
            button.setEnabled(not paper.empty)
        self._take_brush()
        self._show_kept()
        self._tell_state()

    def _find(self, name: str) -> QAbstractButton:
        found: QAbstractButton = self.findChild(QAbstractButton, f"draw.{name}")  # type: ignore[assignment]
        return found

    def _point(self, x: float, y: float) -> None:
        paper, reach = self.paper, 2.0 if self._kind == "plane" else 3.0
        size = len(paper.density)
        column, row = (int((value + reach) / (2 * reach) * size) for value in (x, y))
        if not 0 <= column < size or paper.empty:
            return
        if self._kind == "line":
            self.show_hover_value(f"x {x:.2f}: density {paper.density[column]:.2f}")
        elif 0 <= row < size:
            share = paper.density[row, column] / paper.density.max()
            self.show_hover_value(f"x {x:.2f}, y {y:.2f}: {share:.0%} of the densest place")

    # Using ---------------------------------------------------------------------------------------------------

    def use(self) -> None:
        """Starts the run again on points drawn from the drawing."""
        self._soon.stop()
        name = self._kept_name()
        try:
            points = sample(self._kind, self.paper.density, self._count.value())
            path = self._drawings.use(name, points) if name else self._drawings.use_unkept(self._kind, points)
        except BadInput as fault:
            self.set_headline(_sentence(fault))
            return
        self._used = Used(str(path), self.paper.density, self._count.value())
        self.commands.next_run.choose_data("points", {"file": str(path)})

    def _is_used(self) -> bool:
        """Whether the drawing as it is was handed to the engine last."""
        used = self._used
        return (used is not None and self.commands.next_run.wanted.data == "points"
                and self.commands.next_run.wanted.data_controls.get("file") == used.file
                and used.points == self._count.value() and np.array_equal(used.density, self.paper.density))

    def _is_running(self) -> bool:
        spec = self.run.started.spec if self.run.started else None
        return (self._is_used() and spec is not None and spec.data == "points" and self._used is not None
                and spec.data_controls.get("file") == self._used.file)

    def begin(self, started: Started) -> None:
        ours = self._used is not None and started.spec.data_controls.get("file") == self._used.file
        busy = self.paper.drawing or self._soon.isActive()
        if started.kind != self._followed and not ours and not busy:
            self.show_kind("line" if started.kind == "line" else "plane")
        self._followed = started.kind
        self._tell_state()

    def _tell_state(self) -> None:
        if self.paper.empty:
            self.set_headline(EMPTY[self._kind])
            return
        look = "circles: a sample of them" if self._kind == "plane" else "steps"
        points = f"{counted(len(self._points), 'point')} ({look})"
        if not self._is_running():
            drawn = "is drawn" if len(self._points) == 1 else "are drawn"
            self.set_headline(f"{points} {drawn} from this. As data they are centred and scaled to a spread of 1.")
            return
        spread = float(np.sqrt(np.mean((self._points - self._points.mean(axis=0)) ** 2)))
        self.set_headline(f"In use: {points}, centred and scaled to a spread of 1. One unit in the other panels is "
                          f"{spread:.2f} here.")

    # Keeping -------------------------------------------------------------------------------------------------

    def _kept_name(self) -> str:
        """The name under which the drawing on screen is kept just as it is; empty where it is not."""
        name, density = self._names.get(self._kind, ("", self.paper.density))
        same = np.array_equal(density, self.paper.density) and name in self._drawings.names()
        return name if same else ""

    def _show_kept(self) -> None:
        names, name = self._drawings.names(), self._kept_name()
        with QSignalBlocker(self._kept):
            if names != [self._kept.itemText(index) for index in range(self._kept.count())]:
                self._kept.clear()
                self._kept.addItems(names)
            self._kept.setCurrentIndex(names.index(name) if name in names else -1)
        self._delete.setText("Put back" if self._deleted else "Delete")
        self._delete.setEnabled(bool(self._deleted) or self._kept.currentIndex() >= 0)

    def keep(self) -> None:
        """Keeps the drawing under the name in the field, in place of another only when asked twice."""
        try:
            name = checked_name(self._title.text())
            own = self._names.get(self._kind, ("",))[0]
            if name in self._drawings.names() and name not in (own, self._replacing):
                self._replacing = name
                self.set_headline(f"A drawing called “{name}” is kept already. Press Keep once more to replace it.")
                return
            if self.paper.empty:
                raise BadInput("the drawing is empty: paint something before keeping it")
            self._drawings.keep(name, self.paper.density, self._points)
        except BadInput as fault:
            self.set_headline(_sentence(fault))
            return
        self._names = {kind: known for kind, known in self._names.items() if known[0] != name}
        self._names[self._kind] = name, self.paper.density
        self._deleted = self._replacing = ""
        self._show_kept()
        self.set_headline(f"Kept as “{name}”.")

    def load(self, name: str) -> None:
        """Shows a kept drawing and uses it; undo goes back to what was there before."""
        try:
            kind, density = self._drawings.load(name)
        except BadInput as fault:
            self._deleted = ""
            self._show_kept()
            self._kept.setCurrentText(name)  # so that it can be deleted
            self._delete.setEnabled(self._kept.currentIndex() >= 0)
            self.set_headline(_sentence(fault))
            return
        self.show_kind(kind)
        self.paper.replace(density)
        self._names[kind] = name, density
        self._title.setText(name)
        self._deleted = ""
        self._show_paper()
        if not self.paper.empty:
            self.use()

    def _delete_or_not(self) -> None:
        """Deletes the kept drawing on screen, or puts the one back that was deleted last."""
        name, back = self._deleted or self._kept.currentText(), bool(self._deleted)
        try:
            if back:
                self._drawings.put_back(name)
            elif self.commands.next_run.base.data_controls.get("file") == str(self._drawings.folder / f"{name}.csv"):
                raise BadInput(f"the drawing '{name}' is the data of the run: choose other data, then delete it")
            else:
                self._drawings.delete(name)
        except BadInput as fault:
            self.set_headline(_sentence(fault))
            return
        self._deleted = "" if back else name
        self._show_kept()
        self.set_headline(f"“{name}” is kept again." if back else f"“{name}” was deleted. “Put back” keeps it again.")

    def export(self) -> None:
        """Writes the points to a file that the user names."""
        name = self._kept_name() or "drawing"
        file, _ = QFileDialog.getSaveFileName(self, "Export the points", f"{name}.csv", "Points (*.csv)")
        if not file:
            return
        path = Path(file) if Path(file).suffix else Path(f"{file}.csv")
        try:
            write(path, table(self._points).encode("ascii"))
        except BadInput as fault:
            self.set_headline(_sentence(fault))
            return
        self.set_headline(f"{len(self._points):,} points were exported to {path}.")

    # Qt ------------------------------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._canvas.dress(theme)
        for button in self._tools_widget.findChildren(QPushButton):  # Fusion would make each 80 pixels wide at least
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 14)
        self._desk.arrange()

    def on_first_shown(self) -> None:
        self._show_kept()


class _Desk(QWidget):
    """The canvas with its tools beside it, or below it where the desk is tall; the canvas has half of it at least."""

    def __init__(self, canvas: Canvas, tools: QWidget) -> None:
        super().__init__()
        self._canvas, self._tools = canvas, tools
        self._area = QScrollArea()
        self._area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(tools)
        canvas.setParent(self)
        self._area.setParent(self)
        self.setMinimumSize(2 * canvas.minimumWidth(), canvas.minimumHeight())

    def arrange(self) -> None:
        """Shares the room anew."""
        width, height, needed = self.width(), self.height(), self._tools.minimumSizeHint()
        if height > 1.4 * width:
            share = min(needed.height(), height // 2)
            self._canvas.setGeometry(0, 0, width, height - share)
            self._area.setGeometry(0, height - share, width, share)
        else:
            bar = self._area.verticalScrollBar().sizeHint().width() if needed.height() > height else 0
            share = min(needed.width() + bar, width // 2)
            self._canvas.setGeometry(0, 0, width - share, height)
            self._area.setGeometry(width - share, 0, share, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()


def _sentence(fault: BadInput) -> str:
    text = str(fault)
    return text[:1].upper() + text[1:] + "."
