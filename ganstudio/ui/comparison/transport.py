"""What drives all runs of a comparison: play and pause, a step, restart, seed, speed and the clock that they share."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QSlider, QToolBar, QWidget

from ganstudio.core.design import Icon, Space, icon_side
from ganstudio.core.protocol.spec import MAX_SEED
from ganstudio.core.system.wording import figure
from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.theme import Theme, icon
from ganstudio.ui.widgets.answer import answer

SLOWEST, FASTEST = 0.2, 50.0  # steps a second that the speed slider bounds the runs to; its end is full speed
SPEED_TICKS = 40
CLOCKS = (("same steps", "step"), ("same time", "time"))
CLOCK_HELP = ("What the runs share equally. Same steps: each does one step, then the next. Same time: each trains as "
              "long as the others, and fast variants do more steps. After a change, those that are behind catch up.")


def speed_at(tick: int) -> float:
    """Steps a second at a position of the speed slider; 0 is full speed."""
    if tick >= SPEED_TICKS:
        return 0.0
    return SLOWEST * math.exp(tick / (SPEED_TICKS - 1) * math.log(FASTEST / SLOWEST))


class ComparisonTransport(QToolBar):
    """Buttons and fields for all runs at once, and the choice of the panel that all cells show."""

    driven = Signal()  # the user lets the runs go on
    panel_chosen = Signal(str)

    def __init__(self, comparison: Comparison) -> None:
        super().__init__("Runs")
        self.setObjectName("comparison.transport")
        self.setMovable(False)
        self._comparison = comparison
        self._icons: dict[str, QIcon] = {}
        self.play = self._action("play", "Play", "Space", "Plays or pauses all runs (Space)", self._toggle)
        self.step = self._action("step", "Step", "S", "Pauses the runs, then each does one step (S)", self._step)
        self.restart = self._action("restart", "Restart", "Ctrl+R", "Starts all runs again from step 0 with the "
                                    "settings as they are now (Ctrl+R)", self._restart)
        self.addWidget(QLabel(" seed "))
        self._seed = QLineEdit("0")
        self._name(self._seed, "comparison.seed", "Seed", "All random numbers of the runs follow from the seed. A "
                                                          "change restarts all runs.")
        self._seed.editingFinished.connect(self._change_seed)
        self.addWidget(self._seed)
        self.addWidget(QLabel(" speed "))
        self._speed = QSlider(Qt.Orientation.Horizontal)
        self._speed.setRange(0, SPEED_TICKS)
        self._speed.setValue(SPEED_TICKS)
        self._name(self._speed, "comparison.speed", "Speed",
                   "How fast the runs play: from slow motion to full speed (right end)")
        self._speed.valueChanged.connect(self._change_speed)
        self.addWidget(self._speed)
        self._speed_text = QLabel(" full")
        self._speed_text.setProperty("quiet", True)
        self.addWidget(self._speed_text)
        self.look = QToolBar("Clock and panel")  # on a line of its own if the window is narrow
        self.look.setObjectName("comparison.look")
        self.look.setMovable(False)
        self.clock = QComboBox()
        self._name(self.clock, "comparison.clock", "Clock", CLOCK_HELP)
        for title, name in CLOCKS:
            self.clock.addItem(title, name)
        self.clock.activated.connect(lambda index: comparison.set_clock("time" if index else "step"))
        self.look.addWidget(QLabel(" clock "))
        self.look.addWidget(self.clock)
        self.look.addWidget(QLabel(" show "))
        self.panels = QComboBox()
        self._name(self.panels, "comparison.panel", "Panel", "What all cells show")
        self.panels.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.panels.activated.connect(lambda _: self.panel_chosen.emit(str(self.panels.currentData())))
        self.look.addWidget(self.panels)
        comparison.moved.connect(self.show_playing)
        comparison.changed.connect(self.show_playing)
        comparison.began.connect(self._begin)
        self.show_playing()

    def _action(self, icon: str, text: str, key: str, tip: str, act: object) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"comparison.{icon}")
        action.setShortcut(QKeySequence(key))
        action.setToolTip(tip)
        action.triggered.connect(lambda _=False: act() if callable(act) else None)
        self.addAction(action)
        button = self.widgetForAction(action)
        button.setObjectName(action.objectName())
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setProperty("toolButtonStyle", Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return action

    @staticmethod
    def _name(widget: QWidget, name: str, title: str, tip: str) -> None:
        widget.setObjectName(name)
        widget.setAccessibleName(title)
        widget.setToolTip(tip)

    def apply_theme(self, theme: Theme) -> None:
        """Draws the icons in the colour of the text, in its size."""
        self._icons = {name: icon(name, theme.text) for name in ("play", "pause", "restart")}
        self.restart.setIcon(self._icons["restart"])
        self._fit()
        self.show_playing()

    def _fit(self) -> None:
        """Sizes that follow the text."""
        metrics = self.fontMetrics()
        side = icon_side(Icon.BUTTON, metrics.height())
        self.setIconSize(QSize(side, side))
        self._speed.setFixedWidth(6 * metrics.height())
        self._speed_text.setFixedWidth(metrics.horizontalAdvance(" 0.25 steps/s "))
        self._seed.setFixedWidth(metrics.horizontalAdvance("0000000000") + Space.WIDE)
        button = self.widgetForAction(self.play)
        button.ensurePolished()
        widest = max(map(metrics.horizontalAdvance, ("Play", "Pause")))
        button.setMinimumWidth(0)
        button.setMinimumWidth(button.sizeHint().width() + widest - metrics.horizontalAdvance(self.play.text()))

    def offer_panels(self, names: list[tuple[str, str]], chosen: str) -> None:
        """Titles and names of the panels that can be shown."""
        self.panels.clear()
        for title, name in names:
            self.panels.addItem(title, name)
        self.panels.setCurrentIndex(max(self.panels.findData(chosen), 0))

    def show_playing(self) -> None:
        """Shows whether the runs go on, and whether they can."""
        playing, why = self._comparison.playing, self._comparison.why_held
        text = "Pause" if playing else "Play"
        if self.play.text() != text:
            self.play.setText(text)
        self.play.setIcon(self._icons.get("pause" if playing else "play", QIcon()))
        for action in (self.play, self.step):
            action.setEnabled(not why)
            action.setProperty("tip", action.property("tip") or action.toolTip())
            action.setToolTip(why or action.property("tip"))

    def _begin(self) -> None:
        first = self._comparison.first
        if first is not None:
            self._seed.setText(str(first.run.spec.seed))
        self.show_playing()

    def _toggle(self) -> None:
        if not self._comparison.playing:
            self.driven.emit()
        self._comparison.play(not self._comparison.playing)

    def _step(self) -> None:
        self.driven.emit()
        self._comparison.step()

    def _restart(self) -> None:
        self.driven.emit()
        self._comparison.restart()

    def _change_speed(self, tick: int) -> None:
        speed = speed_at(tick)
        self._speed_text.setText(" full" if speed == 0 else f" {figure(speed, 2)} steps/s")
        self._comparison.set_speed(speed)

    def _change_seed(self) -> None:
        text, first = self._seed.text().strip(), self._comparison.first
        seed = first.run.spec.seed if first is not None else 0
        if text.isdecimal() and 0 <= int(text) <= MAX_SEED:
            if int(text) != seed:
                self.driven.emit()
                self._comparison.restart(int(text))
        else:
            self._seed.setText(str(seed))
            answer(self._seed, f"“{text}” is not a seed: a seed is a whole number from 0 to {MAX_SEED:,}; {seed} stays")

    # Qt --------------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "panels"):
            self._fit()
