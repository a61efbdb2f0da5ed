"""Phase portrait: the Dirac-GAN's field, its eigenvalues, and where updates lead from a start that is dragged."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QToolButton

from ganstudio.core.control import Value, validated
from ganstudio.core.design import Space, Theme
from ganstudio.core.dirac_gan import DIRAC_GANS, DiracGAN, trajectory
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.phase_portrait import FAR, PlayersPlot, Portrait, drawable
from ganstudio.ui.panels.parts.phase_side import PhaseSide, Stepping, text_label
from ganstudio.ui.panels.parts.phase_text import GUIDE, number, race, verdict, words
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel

Floats = NDArray[np.float64]

START = (1.4, 0.6)  # theta, psi
TICK_MS = 33
NUDGE, FINE_NUDGE = 0.05, 0.01  # of an arrow key, and with shift


class PhasePanel(Panel):
    """The smallest game there is, alive: six objectives, five update rules, all sliders live."""

    name = "phase"
    title = "Phase portrait"
    kinds = ("line", "plane", "image")
    help = "The Dirac-GAN: one point against one line. Drag the start and see which games converge, and why."
    reading, healthy, sick, formula, papers = GUIDE
    place = {"line": Place("upper", order=3), "plane": Place("upper", column=1, order=2),
             "image": Place("lower", order=2)}
    interactive = True

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._games: dict[str, DiracGAN] = {name: kind() for name, kind in DIRAC_GANS.items()}
        self._stepping = Stepping()
        self._start = START
        self._paths: dict[str, Floats] = {}
        self._drawn: dict[str, Floats] = {}
        self._listed: list[str] = []
        self._step = 0
        self._playing = True
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._advance)
        self._built = False
        self.set_headline("A game between one point and one line.")

    # What there is ---------------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Builds the panel when it is shown first: no layout opens with it, and the window need not wait for it."""
        self._built = True
        self._play = self._button("Pause", "play", "Pause or play the trajectory", self._toggle)
        self._play.setMinimumWidth(self._play.fontMetrics().horizontalAdvance("Pause") + Space.FAR)
        self._button("Start over", "restart", "Play the trajectory again from its start", self._restart)
        self._button("Reset view", "view", "Shows the equilibrium's surroundings and resets the start", self._reset)
        self._all = self.add_toggle("all games", "N")
        self._all.setChecked(False)
        self._all.setToolTip("Play all six games from the same start, each with its own sliders (Alt+N)")
        self._all.toggled.connect(self._recompute)
        self._tools.addStretch(1)
        self._portrait, self._players = Portrait(), PlayersPlot()
        self._portrait.plot.on_drag(self._dragged)
        self._portrait.plot.on_key(self._pressed, self._focused)
        self._portrait.plot.on_hover(self._hover)
        self._portrait.plot.on_range(self._show_field)
        self._players.plot.on_hover(lambda x, _: self.show_hover_value(f"D({x:.2f}) = {figure(self._here()[1] * x)}"))
        self._side = PhaseSide(self._players.plot.widget)
        self._side.chosen.connect(self._choose_game)
        self._side.game_moved.connect(self._game_moved)
        self._side.step_size_moved.connect(self._step_size_moved)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        for part in (self._portrait.plot.widget, self._side):
            self._splitter.addWidget(part)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.splitterMoved.connect(self._note_split)
        self._split = False
        self._key = text_label("key")
        self._key.setTextFormat(Qt.TextFormat.RichText)
        self._key.setContentsMargins(Space.USUAL, 0, Space.USUAL, Space.TIGHT)
        self._body.addWidget(self._key)
        self._key.hide()
        self.set_body(self._splitter)
        self._choose_game()
        self.apply_theme(self.theme)

    def _button(self, text: str, name: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setObjectName(f"phase.{name}")
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.clicked.connect(lambda: act())
        self._tools.addWidget(button)
        return button

    # What the user does ----------------------------------------------------------------------------------------

    def _choose_game(self) -> None:
        self._side.show_fields()
        self._recompute()

    def _game_moved(self, name: str, value: Value) -> None:
        game = self._games[self._chosen]
        self._games[self._chosen] = validated(type(game), {name: value}, game)
        self._recompute()

    def _step_size_moved(self, name: str, value: Value) -> None:
        self._stepping = validated(Stepping, {name: value}, self._stepping)
        self._recompute()

    def _dragged(self, theta: float, psi: float, done: bool) -> None:
        self._begin_at(theta, psi)
        self.show_hover_value(f"start: θ {theta:.2f}, ψ {psi:.2f}")

    def _pressed(self, key: int, fine: bool) -> bool:
        step = FINE_NUDGE if fine else NUDGE
        moves: dict[int, tuple[float, float]] = {
            Qt.Key.Key_Left: (-step, 0.0), Qt.Key.Key_Right: (step, 0.0),
            Qt.Key.Key_Up: (0.0, step), Qt.Key.Key_Down: (0.0, -step),
        }
        if key == Qt.Key.Key_Home:
            self._begin_at(*START)
        elif key in moves:
            self._begin_at(self._start[0] + moves[key][0], self._start[1] + moves[key][1])
        return key == Qt.Key.Key_Home or key in moves

    def _focused(self, on: bool) -> None:
        self._portrait.mark_start(self.theme, filled=on)

    def _begin_at(self, theta: float, psi: float) -> None:
        if math.isfinite(theta) and math.isfinite(psi):
            self._start = (min(max(theta, -FAR), FAR), min(max(psi, -FAR), FAR))
            self._step = 0
            self._recompute()

    def _toggle(self) -> None:
        if self._at_end():
            self._restart()
        else:
            self._playing = not self._playing
            self._show_now()

    def _restart(self) -> None:
        self._step = 0
        self._playing = True
        self._show_now()

    def _reset(self) -> None:
        self._portrait.plot.following = True
        self._portrait.show_neighbourhood()
        self._begin_at(*START)

    # What is shown ---------------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> str:
        return self._side.game_name

    def _steps(self) -> int:
        """About ten turns of the WGAN, but few enough that a slider does not lag."""
        return min(max(round(60 / self._stepping.step_size), 200), 600 if self._all.isChecked() else 1500)

    def _recompute(self) -> None:
        """Recomputes field, eigenvalues and trajectories, if the panel can be seen."""
        if not self.seen:
            return
        names = list(self._games) if self._all.isChecked() else [self._chosen]
        h, rule, steps = self._stepping.step_size, self._side.chosen_rule, self._steps()
        self._paths = {name: trajectory(self._games[name], rule, *self._start, h, steps) for name in names}
        self._step = min(self._step, steps)
        self._drawn = {name: drawable(path) for name, path in self._paths.items()}
        self._portrait.show_start(self._start)
        if names != self._listed:
            self._listed = names
            self._portrait.list_games(names)
            self._show_key()
        self._show_field()
        self._show_now()
        self._say()

    def _show_key(self) -> None:
        """Writes which colour is which game, above the plot, where it hides nothing."""
        self._key.setText(" &nbsp; ".join(
            f'<span style="color:{colour}">━━</span>&nbsp;{game.title.replace(" ", "&nbsp;")}'
            for game, colour in zip(DIRAC_GANS.values(), self.theme.curves, strict=True)
        ))
        self._key.setVisible(len(self._listed) > 1)

    def _show_field(self) -> None:
        if self.seen:
            self._portrait.show_field(self._games[self._chosen])

    def _show_now(self) -> None:
        """The trajectory as far as it has run."""
        self._portrait.show_paths(self._drawn, self._step)
        if self._paths:
            self._show_players()
        self._play.setText("Again" if self._at_end() else "Pause" if self._playing else "Play")
        self._play.setAccessibleName(self._play.text())
        if self._playing and self.seen and not self._at_end():
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()

    def _show_players(self) -> None:
        theta, psi = self._here()
        self._players.show(theta, psi, self._games[self._chosen])
        begun, now = math.hypot(*self._start), math.hypot(theta, psi)
        self._side.where.setText(f"Step {self._step:,} of {self._steps():,}: θ = {number(theta)}, ψ = {number(psi)}\n"
                            f"Distance to (0, 0): {number(now)}, at the start {number(begun)}")

    def _here(self) -> tuple[float, float]:
        path = self._paths.get(self._chosen)
        if path is None:
            return self._start
        return float(path[self._step, 0]), float(path[self._step, 1])

    def _at_end(self) -> bool:
        return self._step >= self._steps()

    def _advance(self) -> None:
        if self.window().isMinimized():
            return
        self._step = min(self._step + max(self._steps() // 600, 1), self._steps())
        self._show_now()

    def _say(self) -> None:
        game, h = self._games[self._chosen], self._stepping.step_size
        self._side.verdict.setText(f"{game.formula}\n\n{verdict(game, self._side.chosen_rule, h)}")
        if self._all.isChecked():
            self.set_headline(
                race({DIRAC_GANS[name].title: path for name, path in self._paths.items()}, self._side.chosen_rule))
        else:
            self.set_headline(words(game, self._side.chosen_rule, h))

    def _hover(self, x: float, y: float) -> None:
        with np.errstate(all="ignore"):
            dtheta, dpsi = self._games[self._chosen].field(x, y)
        self.show_hover_value(
            f"θ {x:.2f}, ψ {y:.2f}: θ′ {figure(dtheta)}, ψ′ {figure(dpsi)} per unit of time. Drag to start here.")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        if not self._built:
            return
        self._portrait.apply_theme(theme, self.font())
        self._players.apply_theme(theme, self.font())
        self._players.plot.widget.setFixedHeight(10 * self.fontMetrics().height())
        self._side.fit()
        self._focused(self._portrait.plot.widget.hasFocus())
        self._show_key()
        self._portrait.show_neighbourhood()
        self._turn()

    def _turn(self) -> None:
        """Puts the sliders beside the plot if there is room, else below it."""
        room = self.width() - self._side.needed
        beside = room > 20 * self.fontMetrics().averageCharWidth() and self.width() > 0.75 * self.height()
        turned = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if turned != self._splitter.orientation():
            self._splitter.setOrientation(turned)
            self._split = False
        if not self._split:
            side = max(self._side.needed, round(0.34 * self.width()))
            whole = self._splitter.height()
            upper = round(0.55 * whole)
            self._splitter.setSizes([self.width() - side, side] if beside else [upper, whole - upper])

    def _note_split(self) -> None:
        self._split = True

    # Qt ----------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._built:
            self._turn()

    def on_first_shown(self) -> None:
        if not self._built:
            self._build()
        self._recompute()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
