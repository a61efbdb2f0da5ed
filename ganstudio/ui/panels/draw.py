"""Draw your own: a distribution painted by hand, used as training data at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton

from ganstudio.core.design import Space, Theme
from ganstudio.core.drawing import Brush, Doubles, Drawing, Drawings, Floats, Kind, checked_name, sample, table, write
from ganstudio.core.protocol.messages import Started
from ganstudio.core.system.errors import BadInput
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.draw_text import GUIDE, density_text, sentence, words
from ganstudio.ui.panels.parts.draw_tools import MODES, DrawTools, named
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.widgets.canvas_desk import CanvasDesk
from ganstudio.ui.widgets.drawing_canvas import Canvas
from ganstudio.ui.widgets.save_dialog import ask_where

AT_ONCE_MS = 500  # after the last stroke


@dataclasses.dataclass(frozen=True)
class Used:
    """What the engine was given last."""

    file: str
    density: Floats
    points: int


class DrawPanel(Panel):
    """One drawing for the plane and one for the line; each keeps its strokes while the other is on screen."""

    name = "draw"
    title = "Draw your own"
    kinds = ("line", "plane", "image")
    help = "Paint a distribution with the mouse or a finger. Points drawn from it become the training data at once."
    reading, healthy, sick = GUIDE
    place = {"line": Place("upper", order=1), "plane": Place("upper", order=2), "image": Place("lower", order=1)}
    interactive = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._drawings = Drawings()
        self._papers: dict[Kind, Drawing] = {kind: Drawing(kind) for _, kind in MODES}
        self._names: dict[Kind, tuple[str, Floats]] = {}  # under which name which density is kept
        self._kind: Kind = "plane"
        self._followed = ""  # the kind of the run begun last
        self._points: Doubles = np.zeros((0, 2))
        self._used: Used | None = None
        self._replacing = ""  # the name that a second press of Keep would take from another drawing
        self._deleted = ""
        self._canvas = named(Canvas(), "canvas", "Canvas", "Draw with the left button or a finger, erase with the "
                             "right button. Keys: arrows move the brush, Enter paints, Backspace erases.")
        self._soon = QTimer(self, singleShot=True, interval=AT_ONCE_MS)
        self._soon.timeout.connect(self.use)
        self._canvas.began.connect(self._soon.stop)
        self._canvas.ended.connect(self._changed)
        self._canvas.pointed.connect(self._point)
        self._desk_tools = DrawTools()
        self._connect(self._desk_tools)
        self._desk = CanvasDesk(self._canvas, self._desk_tools)
        self.set_body(self._desk)
        for key, act in ((QKeySequence.StandardKey.Undo, self.undo), (QKeySequence.StandardKey.Redo, self.redo)):
            shortcut = QShortcut(key, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        self._show_paper()

    def _connect(self, tools: DrawTools) -> None:
        tools.mode.activated.connect(lambda index: self.show_kind(MODES[index][1]))
        for button in (tools.brush, tools.eraser):
            button.clicked.connect(self._take_brush)
        for slider in (tools.radius, tools.strength):
            slider.valueChanged.connect(self._take_brush)
        tools.count.valueChanged.connect(self._changed)
        tools.at_once.toggled.connect(self._changed)
        tools.kept.activated.connect(lambda index: self.load(tools.kept.itemText(index)))
        tools.title.returnPressed.connect(self.keep)
        acts: tuple[tuple[QPushButton, Callable[[], object]], ...] = (
            (tools.undo, self.undo), (tools.redo, self.redo), (tools.clear, self.clear), (tools.use, self.use),
            (tools.delete, self._delete_or_not), (tools.keep, self.keep), (tools.export, self.export),
        )
        for push, act in acts:
            push.clicked.connect(lambda _=False, act=act: act())

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
        """Draws new points after the drawing has changed, and uses them soon if the user wants that."""
        self._replacing = ""
        self._show_paper()
        if self._desk_tools.at_once.isChecked() and not self.paper.empty and not self._is_used():
            self._soon.start()
        else:
            self._soon.stop()

    def _take_brush(self, *_: object) -> None:
        radius, strength = self._desk_tools.radius.value() / 20, self._desk_tools.strength.value() / 20
        self._canvas.brush = Brush(radius=radius, strength=strength, erase=self._desk_tools.eraser.isChecked())
        self._desk_tools.radius_label.setText(f"Radius {radius:.2f}")
        self._desk_tools.strength_label.setText(f"Strength {strength:.2f}")
        self._canvas.update()

    def _show_paper(self) -> None:
        paper = self.paper
        none: Doubles = np.zeros((0, 2 if self._kind == "plane" else 1))
        self._points = none if paper.empty else sample(self._kind, paper.density, self._desk_tools.count.value())
        self._canvas.show_drawing(paper, self._points)
        with QSignalBlocker(self._desk_tools.mode):
            self._desk_tools.mode.setCurrentIndex([kind for _, kind in MODES].index(self._kind))
        # The line follows the height of the pointer.
        for widget in (self._desk_tools.strength, self._desk_tools.strength_label):
            widget.setEnabled(self._kind == "plane")
        self._desk_tools.undo.setEnabled(paper.can_undo)
        self._desk_tools.redo.setEnabled(paper.can_redo)
        for button in (self._desk_tools.clear, self._desk_tools.export, self._desk_tools.use, self._desk_tools.keep):
            button.setEnabled(not paper.empty)
        self._take_brush()
        self._show_kept()
        self._tell_state()

    def _point(self, x: float, y: float) -> None:
        found = density_text(self._kind, self.paper.density, x, y)
        if found and not self.paper.empty:
            self.show_hover_value(found)

    # Using ---------------------------------------------------------------------------------------------------

    def use(self) -> None:
        """Starts the run again on points drawn from the drawing."""
        self._soon.stop()
        name = self._kept_name()
        try:
            points = sample(self._kind, self.paper.density, self._desk_tools.count.value())
            path = self._drawings.use(name, points) if name else self._drawings.use_unkept(self._kind, points)
        except BadInput as fault:
            self.set_headline(sentence(fault))
            return
        self._used = Used(str(path), self.paper.density, self._desk_tools.count.value())
        self.commands.next_run.choose_data("points", {"file": str(path)}, self._kind)

    def _is_used(self) -> bool:
        """Whether the current drawing is the one that the engine was given last."""
        used = self._used
        return (used is not None and self.commands.next_run.wanted.data == "points"
                and self.commands.next_run.wanted.data_controls.get("file") == used.file
                and used.points == self._desk_tools.count.value() and np.array_equal(used.density, self.paper.density))

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
        self.set_headline(words(self._kind, self._points, in_use=self._is_running()))

    # Keeping -------------------------------------------------------------------------------------------------

    def _kept_name(self) -> str:
        """The name under which the drawing on screen is kept just as it is; empty if it is not kept."""
        name, density = self._names.get(self._kind, ("", self.paper.density))
        return name if np.array_equal(density, self.paper.density) and name in self._drawings.names() else ""

    def _show_kept(self) -> None:
        names, name = self._drawings.names(), self._kept_name()
        with QSignalBlocker(self._desk_tools.kept):
            if names != [self._desk_tools.kept.itemText(index) for index in range(self._desk_tools.kept.count())]:
                self._desk_tools.kept.clear()
                self._desk_tools.kept.addItems(names)
            self._desk_tools.kept.setCurrentIndex(names.index(name) if name in names else -1)
        self._desk_tools.delete.setText("Put back" if self._deleted else "Delete")
        self._desk_tools.delete.setEnabled(bool(self._deleted) or self._desk_tools.kept.currentIndex() >= 0)

    def keep(self) -> None:
        """Keeps the drawing under the name in the field, in place of another only when asked twice."""
        try:
            name = checked_name(self._desk_tools.title.text())
            own = self._names.get(self._kind, ("",))[0]
            if name in self._drawings.names() and name not in (own, self._replacing):
                self._replacing = name
                self.set_headline(f"A drawing called “{name}” is kept already. Press Keep again to replace it.")
                return
            if self.paper.empty:
                raise BadInput("the drawing is empty: paint something before keeping it")
            self._drawings.keep(name, self.paper.density, self._points)
        except BadInput as fault:
            self.set_headline(sentence(fault))
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
            self._desk_tools.kept.setCurrentText(name)  # so that it can be deleted
            self._desk_tools.delete.setEnabled(self._desk_tools.kept.currentIndex() >= 0)
            self.set_headline(sentence(fault))
            return
        self.show_kind(kind)
        self.paper.replace(density)
        self._names[kind] = name, density
        self._desk_tools.title.setText(name)
        self._deleted = ""
        self._show_paper()
        if not self.paper.empty:
            self.use()

    def _delete_or_not(self) -> None:
        """Deletes the kept drawing on screen, or puts the one back that was deleted last."""
        name, back = self._deleted or self._desk_tools.kept.currentText(), bool(self._deleted)
        try:
            if back:
                self._drawings.put_back(name)
            elif self.commands.next_run.base.data_controls.get("file") == str(self._drawings.folder / f"{name}.csv"):
                raise BadInput(f"the drawing '{name}' is the data of the run: choose other data, then delete it")
            else:
                self._drawings.delete(name)
        except BadInput as fault:
            self.set_headline(sentence(fault))
            return
        self._deleted = "" if back else name
        self._show_kept()
        self.set_headline(f"“{name}” is kept again." if back else f"“{name}” was deleted. “Put back” keeps it again.")

    def export(self) -> None:
        """Writes the points to a file that the user names."""
        name = self._kept_name() or "drawing"
        path = ask_where(self, "Export the points", Path(f"{name}.csv"), {".csv": "Points"})
        if path is None:
            return
        try:
            write(path, table(self._points).encode("ascii"))
        except BadInput as fault:
            self.set_headline(sentence(fault))
            return
        self.set_headline(f"{len(self._points):,} points were exported to {path}.")

    # Qt ------------------------------------------------------------------------------------------------------

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        self._canvas.apply_theme(theme)
        for button in self._desk_tools.findChildren(QPushButton):  # Fusion would make each 80 pixels wide at least
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + Space.APART)
        self._desk.arrange()

    def on_first_shown(self) -> None:
        self._show_kept()
