"""One widget for each kind of control: built from its description alone, with label, unit, tooltip and reset."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QToolButton,
    QWidget,
)

from ganstudio.core.control import ControlInfo, Value
from ganstudio.core.design import Space
from ganstudio.core.system.wording import format_value
from ganstudio.ui.widgets.answer import answer
from ganstudio.ui.widgets.control_text import explained
from ganstudio.ui.widgets.last_folder import last_folder, remember_folder
from ganstudio.ui.widgets.plain_text import plain_tip

TICKS = 1000  # positions of a slider


class Field(QWidget):
    """A control's widget. ``moved`` is sent when the user chooses a value; ``show_value`` never sends it."""

    moved = Signal(str, object)
    idle = ""  # why it does nothing now

    def __init__(self, info: ControlInfo) -> None:
        super().__init__()
        self.info = info
        self.default: Value = info.default
        self.value: Value = info.default
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, Space.HAIR)
        self._grid.setHorizontalSpacing(Space.TIGHT)
        self._grid.setVerticalSpacing(0)
        symbol = f"  {info.symbol}" if info.symbol not in ("", *info.label.split()) else ""
        self._label = QLabel(f"{info.label}{symbol}" + ("" if info.live else "  ⟲"))
        self._grid.addWidget(self._label, 0, 0)
        self._grid.setColumnStretch(0, 1)
        self._reset = QToolButton()
        self._reset.setText("↺")
        self._reset.setAutoRaise(True)
        self._reset.setStyleSheet(f"padding: 0 {Space.HAIR}px;")
        self._reset.setAccessibleName(f"Reset {info.label}")
        self._reset.setObjectName(f"reset.{info.name}")
        self._reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._reset.clicked.connect(lambda: self._choose(self.default))
        self._grid.addWidget(self._reset, 0, 2)
        self._explain()
        self.fit()

    def fit(self) -> None:
        """Widths that follow the text's size. A label has room to be bold, as it is beside a moved control."""
        bold = QFont(self.font())
        bold.setBold(True)
        self._label.setMinimumWidth(QFontMetrics(bold).horizontalAdvance(self._label.text()) + Space.HAIR)

    def set_default(self, value: Value) -> None:
        """What reset goes back to: the preset's value."""
        self.default = value
        self._explain()
        self._mark()

    def show_idle(self, why: str) -> None:
        """Greys the control while it does nothing, and says why; empty: it acts."""
        self.idle = why
        self.setEnabled(not why)
        self._explain()

    def _explain(self) -> None:
        self._reset.setToolTip(plain_tip(f"Back to {format_value(self.default)}"))
        said = f"No effect now: {self.idle}." if self.idle else ""
        before, now = self.toolTip(), f"{said}<br>{explained(self.info, self.default)}".removeprefix("<br>")
        for widget in (self, *self.findChildren(QWidget)):
            if widget.toolTip() == before:
                widget.setToolTip(now)
        if (moved := self._label.buddy()) is not None:
            moved.setAccessibleDescription(f"{said} {self.info.help}".strip())

    def show_value(self, value: Value) -> None:
        """Shows a value without sending ``moved``."""
        self.value = value
        self.draw(value)
        self._mark()

    def _choose(self, value: Value) -> None:
        self.show_value(value)
        self.moved.emit(self.info.name, value)

    def _mark(self) -> None:
        changed = self.value != self.default
        self._reset.setEnabled(changed)
        font = self._label.font()
        font.setBold(changed)
        self._label.setFont(font)

    def _name(self, widget: QWidget) -> None:
        """What screen readers and tests call the widget that the user moves."""
        widget.setObjectName(f"control.{self.info.name}")
        widget.setAccessibleName(self.info.label)
        widget.setAccessibleDescription(self.info.help)
        widget.setToolTip(self.toolTip())
        self._label.setBuddy(widget)

    def draw(self, value: Value) -> None:
        """Shows a value in the widget."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_label"):
            self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The wheel scrolls the panel: a slider that happens to pass under the pointer is not to be moved.
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class NumberField(Field):
    """A slider, linear or logarithmic, with a box for the exact number; for whole numbers too."""

    def __init__(self, info: ControlInfo) -> None:
        super().__init__(info)
        self._whole = info.kind == "integer"
        self._low, self._high = float(info.low or 0.0), float(info.high or 0.0)
        self._log = info.scale == "log"
        self._detent = self._log and self._low == 0
        self._bottom = (info.detent or 1e-3) if self._detent else self._low
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, self._ticks())
        self._slider.setPageStep(max(self._ticks() // 20, 1))
        self._slider.valueChanged.connect(self._slid)
        self._slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._name(self._slider)
        self._box = QLineEdit()
        self._box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._box.setObjectName(f"box.{info.name}")
        self._box.setAccessibleName(f"{info.label}, exact number")
        self._box.setToolTip(self.toolTip())
        self._box.editingFinished.connect(self._typed)
        for widget in (self._slider, self._box):
            widget.installEventFilter(self)
        self._grid.addWidget(self._box, 0, 1)
        self._grid.addWidget(self._slider, 1, 0, 1, 3)
        self.show_value(info.default)
        self.fit()

    def fit(self) -> None:
        super().fit()
        if hasattr(self, "_box"):
            self._box.setFixedWidth(self.fontMetrics().horizontalAdvance("0.00000000") + Space.USUAL)

    def _ticks(self) -> int:
        few = self._whole and not self._log and self._high - self._low < TICKS
        return int(self._high - self._low) if few else TICKS

    def value_at(self, tick: int) -> float:
        """The number at a position of the slider."""
        share = tick / self._ticks()
        if tick == 0:
            return self._low
        if tick == self._ticks():
            return self._high
        if not self._log:
            number = self._low + share * (self._high - self._low)
        else:
            number = math.exp(math.log(self._bottom) + share * (math.log(self._high) - math.log(self._bottom)))
        number = min(max(float(f"{number:.3g}"), self._low), self._high)
        return float(round(number)) if self._whole else number

    def tick_of(self, number: float) -> int:
        """The position nearest to a number."""
        if not self._log:
            share = (number - self._low) / (self._high - self._low)
        elif number < self._bottom or number <= 0:
            return 0
        else:
            share = (math.log(number) - math.log(self._bottom)) / (math.log(self._high) - math.log(self._bottom))
        return max(1 if self._detent else 0, round(share * self._ticks()))

    def draw(self, value: Value) -> None:
        number = float(cast(float, value))
        with QSignalBlocker(self._slider):
            self._slider.setValue(self.tick_of(number))
        self._shown = str(int(number)) if self._whole else f"{number:.6g}"
        self._box.setText(self._shown)
        self._box.setStatusTip("")

    def _slid(self, tick: int) -> None:
        number = self.value_at(tick)
        self._choose(int(number) if self._whole else number)

    def _typed(self) -> None:
        if self._box.text() == self._shown:  # nothing was typed: keep the digits that are not shown
            return
        typed = self._box.text().strip()
        try:
            number = float(typed.replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.draw(self.value)
            answer(self._box, f"“{typed}” is not a number: {self._shown} stays")
            return
        within = min(max(number, self._low), self._high)
        chosen: Value = round(within) if self._whole else within
        if chosen != self.value:
            self._choose(chosen)
        else:
            self.draw(self.value)
        if within != number:
            allowed = f"{format_value(self._low)} to {format_value(self._high)}"
            answer(self._box, f"{typed} is out of range: {format_value(chosen)} is used (allowed: {allowed})")
        elif self._whole and number != chosen:
            answer(self._box, f"{typed} is not a whole number: {format_value(chosen)} is used")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A box in which nothing was typed has nothing of its own to undo: the key is the window's.
        if watched is self._box and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and (
                event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)) and (
                self._box.text() == self._shown):
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class ChoiceField(Field):
    """A list to choose from."""

    def __init__(self, info: ControlInfo) -> None:
        super().__init__(info)
        self._box = QComboBox()
        self._box.addItems(info.choices)
        self._box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._box.activated.connect(lambda index: self._choose(self.info.choices[index]))
        self._box.installEventFilter(self)
        self._name(self._box)
        self._grid.addWidget(self._box, 0, 1)
        self.show_value(info.default)

    def draw(self, value: Value) -> None:
        self._box.setCurrentText(str(value))


class ToggleField(Field):
    """On or off."""

    def __init__(self, info: ControlInfo) -> None:
        super().__init__(info)
        self._box = QCheckBox()
        self._box.clicked.connect(self._choose)
        self._name(self._box)
        self._grid.addWidget(self._box, 0, 1)
        self.show_value(info.default)

    def draw(self, value: Value) -> None:
        self._box.setChecked(bool(value))


class TextField(Field):
    """A line of text, or numbers separated by commas."""

    def __init__(self, info: ControlInfo) -> None:
        super().__init__(info)
        self._line = QLineEdit()
        self._line.editingFinished.connect(self._typed)
        self._name(self._line)
        self._grid.addWidget(self._line, 1, 0, 1, 3)
        self.show_value(info.default)

    def draw(self, value: Value) -> None:
        self._shown = ",".join(f"{item:.6g}" for item in value) if isinstance(value, list) else str(value)
        self._line.setText(self._shown)

    def _typed(self) -> None:
        if self._line.text() == self._shown:
            return
        text: Value = self._line.text()
        if self.info.kind == "numbers":
            try:
                text = [float(part) for part in self._line.text().split(",") if part.strip()]
            except ValueError:
                typed = self._line.text()
                self.draw(self.value)
                answer(self._line, f"“{typed}” is not a list of numbers such as 1,2.5,3: {self._shown} stays")
                return
        if text != self.value:
            self._choose(text)


class FileField(TextField):
    """A path, with a dialog to find it."""

    def __init__(self, info: ControlInfo) -> None:
        super().__init__(info)
        self._browse = QToolButton()
        self._browse.setText("Choose…")
        self._browse.setToolTip("Choose the file in a dialog")
        self._browse.setAccessibleName(f"Choose {info.label}")
        self._browse.setObjectName(f"browse.{info.name}")
        self._browse.clicked.connect(self._ask)
        self._grid.addWidget(self._browse, 0, 1)

    def _ask(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, f"Choose {self.info.label}", str(last_folder("data")))
        self._take(path)

    def _take(self, path: str) -> None:
        if path:
            remember_folder("data", Path(path).parent)
            self._choose(path)


class FolderField(FileField):
    """The path of a folder."""

    def _ask(self) -> None:
        self._take(QFileDialog.getExistingDirectory(self, f"Choose {self.info.label}", str(last_folder("data"))))


KINDS: dict[str, type[Field]] = {
    "slider": NumberField, "integer": NumberField, "choice": ChoiceField, "toggle": ToggleField, "numbers": TextField,
    "text": TextField, "file": FileField, "folder": FolderField,
}


def field(info: ControlInfo) -> Field:
    """The widget of a control."""
    return KINDS[info.kind](info)
