"""A cell of the comparison: a run's name and colour, how it is, and the panel that all cells show."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.design import Icon, Least, Space, icon_side
from ganstudio.core.protocol.messages import Snapshot
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.comparison_member import Member
from ganstudio.ui.theme import DARK, Theme
from ganstudio.ui.widgets.elided_label import ElidedLabel
from ganstudio.ui.widgets.fixed_label import FixedLabel
from ganstudio.ui.widgets.menu import Menu
from ganstudio.ui.widgets.plain_text import PlainLabel, plain_tip

STATE_LINES = 2  # that a run's state takes at most


class Cell(QFrame):
    """One run. Its panels are made when they are first shown."""

    painted = Signal()  # the panel that is shown
    opened = Signal(bool)  # the run is wanted alone; whether it is to train on

    def __init__(self, member: Member, kinds: Mapping[str, type[Panel]], actions_tip: str = "") -> None:
        """Makes the cell.

        Args:
            member: The run.
            kinds: The panels that there are, by name.
            actions_tip: Of the button with what can be done to this run alone.
        """
        super().__init__()
        self.member = member
        self._kinds = kinds
        self._theme = DARK
        self._colour = ""
        self.panels: dict[str, Panel] = {}
        self.panel: Panel | None = None  # that is shown
        number = member.index + 1
        self.setObjectName(f"cell.{number}")
        self._swatch = QLabel()
        self._title = ElidedLabel()
        self._title.setObjectName(f"cell.{number}.title")
        bold = self._title.font()
        bold.setBold(True)
        self._title.setFont(bold)
        self._name = FixedLabel(self._title)
        self._where = PlainLabel()
        self._where.setObjectName(f"cell.{number}.where")
        self._where.setProperty("quiet", True)
        self._more = QToolButton()
        self._more.setObjectName(f"cell.{number}.more")
        self._more.setText("⋯")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._more.setStyleSheet("QToolButton::menu-indicator { image: none; }"
                                 f"QToolButton {{ padding: 0 {Space.HAIR}px; }}")
        menu = Menu(parent=self._more)
        self.alone = menu.addAction("Open this run alone", lambda: self.opened.emit(False))
        self.go_on = menu.addAction("Continue this run alone", lambda: self.opened.emit(True))
        self._more.setMenu(menu)
        self._state = ElidedLabel()
        self._state.setObjectName(f"cell.{number}.state")
        self._state_room = FixedLabel(self._state)
        self._stack = QStackedWidget()
        head = QHBoxLayout()
        head.setContentsMargins(Space.USUAL, Space.TIGHT, Space.TIGHT, Space.HAIR)
        head.setSpacing(Space.CLOSE)
        head.addWidget(self._swatch)
        head.addWidget(self._name, 1)
        head.addWidget(self._where)
        head.addWidget(self._more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._state_room)
        column.addWidget(self._stack, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(*Least.CELL)
        self._tip = actions_tip
        self._filmed = False
        self.tell("")

    # What it shows ---------------------------------------------------------------------------------------------

    def show_panel(self, name: str) -> Panel:
        """Shows the panel of that name; KeyError if there is none."""
        panel = self.panels.get(name)
        if panel is None:
            panel = self.panels[name] = self._made(name)
        self.panel = panel
        self._stack.setCurrentWidget(panel)
        return panel

    def _made(self, name: str) -> Panel:
        run, number = self.member.run, self.member.index + 1
        panel = self._kinds[name](run, self.member.commands)
        self._stack.addWidget(panel)
        panel.apply_theme(self._theme)
        panel.setMinimumSize(*Least.PANEL)
        bare(panel)
        # Each cell has a panel of the same kind: names and keys are there once.
        for part in [panel, *panel.findChildren(QWidget)]:
            if part.objectName() and not part.objectName().startswith("qt_"):
                part.setObjectName(f"{part.objectName()}.{number}")
            if isinstance(part, QAbstractButton):
                part.setShortcut(QKeySequence())
        run.began.connect(panel.begin_run)
        panel.painted.connect(lambda: self._painted(panel))
        if run.started is not None:
            panel.begin_run(run.started)
            bare(panel)
            if run.last_measured is not None:
                panel.show_past(self.member.history.at, self.member.history.numbers)
        return panel

    def bare(self) -> None:
        """Hides again what can be clicked in the panels."""
        for panel in self.panels.values():
            bare(panel)

    def hide_controls(self) -> None:
        """Hides what can be clicked beside the panel too, and the line of its own for how the run is: for films."""
        self._filmed = True
        self._more.hide()
        self._fit()

    def show_snapshot(self, snapshot: Snapshot) -> bool:
        """Gives a picture to the panel; returns whether it will be painted from it."""
        panel = self.panel
        if panel is None or not panel.pictures or not panel.isVisible() or panel.visibleRegion().isEmpty():
            return False
        panel.show_snapshot(snapshot)
        return not panel.views or not snapshot.views.keys().isdisjoint(panel.views)

    def show_past(self) -> None:
        """Shows what the run's history shows: a moment that has passed, or the live one, whose picture follows."""
        history = self.member.history
        for panel in self.panels.values():
            panel.show_past(history.at, history.numbers)
        if history.snapshot is not None:
            self.show_snapshot(history.snapshot)

    def _painted(self, panel: Panel) -> None:
        if panel is self.panel:
            self.painted.emit()

    # What it says ----------------------------------------------------------------------------------------------

    def tell(self, where: str) -> None:
        """Says what the run is called and how it is. ``where``: its step, if that is not the step of all."""
        member = self.member
        number = member.index + 1
        self._title.setText(f"{number} {member.label}")
        self._title.setToolTip(plain_tip(f"Run {number}: {member.label}"))
        self.setAccessibleName(f"Run {number}: {member.label}")
        self._where.setText(where)
        self._where.setVisible(bool(where))
        state = member.state
        if state != self._state.text() or not state:
            self._state.setText(state)
            self._state.setToolTip(plain_tip(state))
            self.setAccessibleDescription(state)
        self._more.setAccessibleName(f"Run {number}: more")
        self._more.setToolTip(plain_tip(f"What can be done with run {number} alone. {self._tip}".strip()))
        there = member.run.started is not None and bool(member.run.source)
        for action in (self.alone, self.go_on):
            action.setEnabled(there)
        at = member.history.at
        self.go_on.setText("Continue this run alone" if at is None else f"Continue alone from step {at:,}")
        self._fit()

    def apply_theme(self, theme: Theme, colour: str) -> None:
        """Takes a palette, and the run's colour."""
        self._theme, self._colour = theme, colour
        for panel in self.panels.values():
            panel.apply_theme(theme)
            bare(panel)
        self._state.setStyleSheet(f"color: {theme.warning};")
        self.setStyleSheet(f"QFrame#{self.objectName().replace('.', chr(92) + '.')} "
                           f"{{ background: {theme.base}; border: {Space.BORDER}px solid {theme.line}; }}")
        side = icon_side(Icon.SWATCH, self.fontMetrics().height())
        block = QPixmap(side, side)
        block.fill(QColor(colour))
        self._swatch.setPixmap(block)
        self._fit()

    def _fit(self) -> None:
        """Room for the name, and for the state if there is one, at the present size of text."""
        line = self.fontMetrics().lineSpacing()
        short = self._title.fontMetrics().horizontalAdvance(self._title.text()) <= self._name.width()
        self._name.setFixedHeight((1 if short else 2) * line + Space.HAIR)
        wide = max(self.width() - 2 * Space.USUAL, 1)
        text = "" if self._filmed else self._state.text()
        lines = min(STATE_LINES, -(-self._state.fontMetrics().horizontalAdvance(text) // wide)) if text else 0
        self._state_room.setFixedHeight(lines * line + Space.TIGHT if lines else 0)
        self._state.setContentsMargins(Space.USUAL, 0, Space.USUAL, 0)

    # Qt --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


def bare(panel: Panel) -> None:
    """Hides what can be clicked: one panel of six has no room for it, and each would do it for one run only."""
    panel.hide_controls()
    for button in panel.findChildren(QAbstractButton):
        button.hide()
