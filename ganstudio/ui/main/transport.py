"""Transport: play and pause, single moves, restart, speed, seed, and how far the run is."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QSlider, QToolBar, QToolButton

from ganstudio.core.design import Icon, Space, icon_side
from ganstudio.core.protocol.messages import Progress, Started
from ganstudio.core.protocol.spec import MAX_SEED, TWO_PLAYERS, PlayerInfo
from ganstudio.core.system.wording import counted, figure
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.theme import DARK, Theme, icon
from ganstudio.ui.widgets.answer import answer

SLOWEST, FASTEST = 0.5, 200.0  # updates a second that the speed slider bounds a run to; its end is full speed
SPEED_TICKS = 40
TICKS = range(SPEED_TICKS + 1)
MORE = "qt_toolbar_ext_button"  # Qt's name for the one that shows what does not fit


def speed_at(tick: int) -> float:
    """Updates a second at a position of the speed slider; 0 is full speed."""
    if tick >= SPEED_TICKS:
        return 0.0
    return SLOWEST * math.exp(tick / (SPEED_TICKS - 1) * math.log(FASTEST / SLOWEST))


PLAY_WORDS = ("Play", "Pause")  # of a run that is held, and of one that goes on
PLAYER_ICONS = ("step-d", "step-g")  # drawn for the two letters of most games


class Transport(QToolBar):
    """The row of buttons that drives the run."""

    driven = Signal()  # the user lets the run go on, by a button or a key
    players_changed = Signal()  # the run has other players: there are other buttons

    def __init__(self, commands: RunCommands) -> None:
        super().__init__("Transport")
        self.setObjectName("transport")
        self.setMovable(False)
        self._commands = commands
        run = self._run = commands.run
        self._playing = False
        self._icons: dict[str, QIcon] = {}
        self._icon_of: dict[QAction, str] = {}
        self.play = self._action("play", "Play", "Space", self._toggle)
        self.player_steps: list[QAction] = []  # one for each player of the run
        self.step = self._action("", "Step", "S", lambda: self._move("cycle"))
        self.restart = self._action("restart", "Restart", "Ctrl+R", self._restart)
        self.play.setToolTip("Play or pause the run (Space)")
        self.step.setToolTip("Pauses the run and finishes one whole step: the updates of each player in turn (S)")
        self.show_players(TWO_PLAYERS)
        self.restart.setToolTip("Starts again from step 0 with the settings as they are now (Ctrl+R)")
        self.pace = QToolBar("Speed and seed")  # on a line of its own if the window is narrow
        self.pace.setObjectName("pace")
        self.pace.setMovable(False)
        self.pace.addWidget(QLabel(" speed"))
        self._speed = QSlider(Qt.Orientation.Horizontal)
        self._speed.setRange(0, SPEED_TICKS)
        self._speed.setValue(SPEED_TICKS)
        self._speed.setObjectName("transport.speed")
        self._speed.setAccessibleName("Speed")
        self._speed.setToolTip("How fast the run plays: from slow motion, which shows single updates, to full speed "
                               "(right end)")
        self._speed.valueChanged.connect(self._change_speed)
        self.pace.addWidget(self._speed)
        self._speed_text = QLabel()
        self._speed_text.setProperty("quiet", True)
        self.pace.addWidget(self._speed_text)
        self.pace.addWidget(QLabel(" seed"))
        self._seed = QLineEdit("0")
        self._seed.setObjectName("transport.seed")
        self._seed.setAccessibleName("Seed")
        self._seed.setToolTip("All random numbers of the run follow from the seed. A change restarts the run.")
        self._seed.editingFinished.connect(self._change_seed)
        self.pace.addWidget(self._seed)
        self.readout = QLabel("Starting the engine…")  # in the status bar, where no narrow window hides it
        self.readout.setObjectName("transport.readout")
        self.readout.setAccessibleName("How far the run is")
        self.readout.setToolTip("Steps done, steps per second, real samples shown to D, and the device")
        self._change_speed(SPEED_TICKS)
        self.apply_theme(DARK)
        self.ready(False)
        run.began.connect(self._begin)
        run.progressed.connect(self._progress)
        commands.session.engine_lost.connect(self._lost)

    def _action(self, icon: str, text: str, key: str, act: object) -> QAction:
        action = QAction(text, self)
        if icon:
            self._icon_of[action] = icon
        action.setObjectName(f"transport.{text.lower().replace(' ', '-')}")
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(act)
        self.addAction(action)
        button = self.widgetForAction(action)
        button.setObjectName(action.objectName())
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus, and so the keys, where they are
        if not icon or icon in ("play", "restart"):
            button.setProperty("toolButtonStyle", Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return action

    def show_players(self, players: Sequence[PlayerInfo]) -> None:
        """Has a button for each player that moves it by one update; those of two players stay the same buttons."""
        if [action.data() for action in self.player_steps] == [player.name for player in players]:
            self._explain(players)
            return
        for action in self.player_steps[len(players):]:
            self._icon_of.pop(action, None)
            self.removeAction(action)
            action.deleteLater()
        del self.player_steps[len(players):]
        for player in players[len(self.player_steps):]:
            action = self._action("", f"{player.letter} step", player.letter, lambda: None)
            action.triggered.disconnect()
            action.triggered.connect(functools.partial(self._move_player, action))
            self.removeAction(action)
            self.insertAction(self.restart, action)
            self.widgetForAction(action).setFocusPolicy(Qt.FocusPolicy.TabFocus)  # it has another button now
            self.player_steps.append(action)
        for action, player in zip(self.player_steps, players, strict=True):
            action.setData(player.name)
            action.setText(f"{player.letter} step")
            action.setShortcut(QKeySequence(player.letter))
            action.setObjectName(f"transport.{player.letter.lower()}-step")
            icon = f"step-{player.letter.lower()}"
            self._icon_of.pop(action, None)
            action.setIcon(self._icons.get(icon, QIcon()))
            if icon in PLAYER_ICONS:
                self._icon_of[action] = icon
            button = self.widgetForAction(action)
            button.setObjectName(action.objectName())
            button.setAccessibleName(action.text())
        self._explain(players)
        self.players_changed.emit()

    def _explain(self, players: Sequence[PlayerInfo]) -> None:
        for action, player in zip(self.player_steps, players, strict=True):
            action.setToolTip(f"Pauses the run and updates the {player.word} once ({player.letter})")

    def _move_player(self, action: QAction) -> None:
        self._move(str(action.data()))

    def apply_theme(self, theme: Theme) -> None:
        """Draws the icons in the colour of the text."""
        self._icons = {
            name: icon(name, theme.text)
            for name in ("play", "pause", *PLAYER_ICONS, "restart")
        }
        for action, name in self._icon_of.items():
            action.setIcon(self._icons[name])
        for bar in (self, self.pace):
            more = bar.findChild(QToolButton, MORE)
            if more is not None:  # Qt draws it in a few pixels, where other buttons have their padding
                more.setStyleSheet(f"padding: 0; border: none; border-radius: 0; background: {theme.accent};")
                more.setToolTip("Buttons that do not fit")
                more.setAccessibleName("More buttons")
                more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._fit()
        self.play.setIcon(self._icons["pause" if self._playing else "play"])

    def _fit(self) -> None:
        """Sizes that follow the text, and hold the widest word: nothing beside them moves when a word changes."""
        metrics = self.fontMetrics()
        side = icon_side(Icon.BUTTON, metrics.height())
        self.setIconSize(QSize(side, side))
        button = self.widgetForAction(self.play)
        button.setMinimumWidth(0)
        widest = max(map(metrics.horizontalAdvance, PLAY_WORDS)) - metrics.horizontalAdvance(self.play.text())
        button.setMinimumWidth(button.sizeHint().width() + widest)
        self._speed.setFixedWidth(round(5.5 * metrics.height()))
        self._speed_text.setFixedWidth(
            max(metrics.horizontalAdvance(_speed_words(tick)) for tick in TICKS) + Space.HAIR)
        self._seed.setFixedWidth(metrics.horizontalAdvance("0000000000") + Space.WIDE)

    def ready(self, on: bool) -> None:
        """Whether there is a run to drive."""
        for action in (self.play, *self.player_steps, self.step, self.restart):
            action.setEnabled(on)

    def _toggle(self) -> None:
        if not self._playing:
            self.driven.emit()
        self._commands.play(not self._playing)

    def _move(self, player: str) -> None:
        self.driven.emit()
        self._commands.step(player)

    def _restart(self) -> None:
        self._commands.next_run.restart()

    def _change_speed(self, tick: int) -> None:
        speed = speed_at(tick)
        self._speed_text.setText(_speed_words(tick))
        self._commands.set_speed(speed)

    def _change_seed(self) -> None:
        text = self._seed.text().strip()
        self._seed.setStatusTip("")
        if text.isdecimal() and 0 <= int(text) <= MAX_SEED:
            if int(text) != self._run.spec.seed:
                self._commands.next_run.restart(seed=int(text))
        else:
            self._seed.setText(str(self._run.spec.seed))
            answer(self._seed, f"“{text}” is not a seed: a seed is a whole number from 0 to {MAX_SEED:,}; "
                               f"{self._run.spec.seed} stays")

    def _begin(self, started: Started) -> None:
        self.show_players(started.players)
        self.ready(True)
        self._seed.setText(str(started.spec.seed))
        self._show_playing(started.playing)
        if self._speed.value() < SPEED_TICKS:
            self._commands.set_speed(speed_at(self._speed.value()))
        self.readout.setText(f"step {started.position.steps:,}")

    def _progress(self, progress: Progress) -> None:
        self._show_playing(progress.playing)
        started = self._run.started
        at = self._run.place_text(progress.position) if not progress.playing else f"step {progress.position.steps:,}"
        rate = _rate(progress.steps_per_second) if progress.playing else "paused"
        self.readout.setText(f"{at}, {rate}   {counted(progress.seen, 'real sample')}"
                             f"   {started.device_title if started else ''}")

    def _lost(self, _: str) -> None:
        self.ready(False)
        self._show_playing(False)
        progress = self._run.progress
        self.readout.setText(f"step {progress.position.steps:,}, no engine" if progress is not None else "no engine")

    def _show_playing(self, playing: bool) -> None:
        if playing != self._playing or not self.play.text():
            self._playing = playing
            self.play.setIcon(self._icons["pause" if playing else "play"])
            self.play.setText(PLAY_WORDS[playing])


def _speed_words(tick: int) -> str:
    """The speed at a position of the slider, in words."""
    speed = speed_at(tick)
    return " full" if speed == 0 else f" {figure(speed)} updates/s"


def _rate(steps_per_second: float) -> str:
    """The speed in words: steps a second, or seconds a step if the network is large."""
    if steps_per_second == 0:
        return "first step"  # nothing is known of the speed before it is done
    if steps_per_second < 1:
        return f"{figure(1 / steps_per_second, 2)} s/step"
    return f"{steps_per_second:,.0f} steps/s" if steps_per_second >= 9.95 else f"{figure(steps_per_second, 2)} steps/s"
