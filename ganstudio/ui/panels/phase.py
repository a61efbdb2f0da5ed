"""Phase portrait: the Dirac-GAN's field, its eigenvalues, and where updates lead from a start that is dragged."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio.core.control import Controls, Slider, Value, described, validated
from ganstudio.core.dirac_gan import DIRAC_GANS, RULES, WGAN, DiracGAN, Rule, trajectory
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.phase_text import number, race, verdict, words
from ganstudio.ui.plotting.items import Arrows, Curve, Plot, Scatter
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme
from ganstudio.ui.widgets.control_fields import NumberField

Floats = NDArray[np.float64]

START = (1.4, 0.6)  # theta, psi
REACH = 2.2  # of the picture, either side of the equilibrium
FAR = 1e3  # no further is a trajectory drawn: Qt's painter does not like what is
TICK_MS = 33
NUDGE, FINE_NUDGE = 0.05, 0.01  # of an arrow key, and with shift

ABOUT = (
    "The generator is one point at θ; the data is one point at 0. The discriminator is the line D(x) = ψx, high on "
    "real data: while ψ > 0 it sends the generator to the right. All is learnt at θ = ψ = 0.\n\n"
    "In Mescheder et al. 2018, where these games come from, D is high on fake data: their ψ is our −ψ."
)


class _Stepping(Controls, frozen=True, kw_only=True):
    """How a rule steps."""

    step_size: Annotated[float, Slider(0.01, 1.0, scale="log", symbol="h", label="step size",
                                       help="How far each update goes along the field, in units of time")] = 0.1


class PhasePanel(Panel):
    """The smallest game there is, alive: six objectives, five update rules, all sliders live."""

    name = "phase"
    title = "Phase portrait"
    kinds = ("line", "plane", "image")
    help = "The Dirac-GAN: one point against one line. Drag the start and see which games converge, and why."

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._games: dict[str, DiracGAN] = {name: kind() for name, kind in DIRAC_GANS.items()}
        self._stepping = _Stepping()
        self._start = START
        self._paths: dict[str, Floats] = {}
        self._drawn: dict[str, Floats] = {}
        self._listed: list[str] = []
        self._step = 0
        self._playing = True
        self._fields: dict[str, QWidget] = {}
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._advance)
        self._built = False
        self.set_headline("A game between one point and one line.")

    # What there is ---------------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Everything, at the first look: no layout opens with this panel, and the window is not to wait for it."""
        self._built = True
        self._play = self._button("Pause", "play", "Hold the trajectory, or let it run on", self._toggle)
        self._play.setMinimumWidth(self._play.fontMetrics().horizontalAdvance("Pause") + 22)
        self._button("Start over", "restart", "Play the trajectory again from its start", self._restart)
        self._button("Reset view", "view", "Show the neighbourhood of the equilibrium, and put the start back",
                     self._reset)
        self._all = self.add_toggle("all games", "N")
        self._all.setChecked(False)
        self._all.setToolTip("Play all six games from the same start, each with its own sliders (Alt+N)")
        self._all.toggled.connect(self._recompute)
        self._tools.addStretch(1)
        self._make_plots()
        self._make_side()
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.addWidget(self._plot.widget)
        self._splitter.addWidget(self._area)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.splitterMoved.connect(self._split_by_hand)
        self._split = False
        self._key = self._text("key")
        self._key.setTextFormat(Qt.TextFormat.RichText)
        self._key.setContentsMargins(8, 0, 8, 4)
        self._key.hide()
        self._body.addWidget(self._key)
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

    def _make_plots(self) -> None:
        self._plot = Plot(square=True, x_label="θ (generator)", y_label="ψ (slope of D)")
        self._plot.widget.setObjectName("phase.plot")
        self._plot.widget.setAccessibleName("Phase plane")
        self._plot.widget.setAccessibleDescription("Drag, or press the arrow keys, to move the start")
        self._plot.widget.setMinimumSize(120, 120)
        self._arrows = Arrows(self._plot, above=0)
        self._bounds = Curve(self._plot, above=1)
        self._rest = {name: Curve(self._plot, above=2, winding=True) for name in DIRAC_GANS}
        self._trail = {name: Curve(self._plot, above=3, winding=True) for name in DIRAC_GANS}
        self._goal = Scatter(self._plot, above=4)
        self._origin = Scatter(self._plot, above=5)
        self._now = {name: Scatter(self._plot, above=6) for name in DIRAC_GANS}
        self._goal.show(np.zeros((1, 2)))
        self._plot.on_drag(self._dragged)
        self._plot.on_key(self._pressed, self._focused)
        self._plot.on_hover(self._hover)
        self._plot.on_range(self._show_field)
        self._players = Plot(x_label="x", y_label="D(x)")
        self._players.mouse(False)
        self._players.widget.setObjectName("phase.players")
        self._players.widget.setAccessibleName("The two players now")
        self._players.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._players.widget.setFixedHeight(10 * self.fontMetrics().height())
        self._players.on_hover(lambda x, _: self.show_hover_value(f"D({x:.2f}) = {self._here()[1] * x:.3g}"))
        self._zero = Curve(self._players, above=0)
        self._line = Curve(self._players, above=1)
        self._real = Scatter(self._players, above=2)
        self._fake = Scatter(self._players, above=3)
        self._pull = Arrows(self._players, above=4)
        self._real.show(np.zeros((1, 2)))

    def _make_side(self) -> None:
        self._game = self._choice("game", "Game", "What the two players minimise",
                                  [(name, game.title, game.formula) for name, game in DIRAC_GANS.items()])
        self._rule = self._choice("rule", "Updates", "In which order the players step, and along which field",
                                  [(name, rule.title, rule.help) for name, rule in RULES.items()])
        self._side = content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 0, 10, 8)
        column.setSpacing(3)
        for title, box in (("Game", self._game), ("Updates", self._rule)):
            label = QLabel(title)
            label.setBuddy(box)
            column.addWidget(label)
            column.addWidget(box)
        column.addSpacing(4)
        (info,) = described(_Stepping, "phase")
        column.addWidget(self._field(NumberField(info), self._step_size_moved))
        for name, kind in DIRAC_GANS.items():
            holder = QWidget()
            rows = QVBoxLayout(holder)
            rows.setContentsMargins(0, 0, 0, 0)
            for info in described(kind, "phase"):
                rows.addWidget(self._field(NumberField(info), self._game_moved))
            column.addWidget(holder)
            self._fields[name] = holder
        self._verdict, self._where, about = self._text("verdict"), self._text("where"), self._text("about")
        about.setText(ABOUT)
        about.setProperty("quiet", True)
        for each in (self._verdict, self._players.widget, self._where, about):
            column.addSpacing(4)
            column.addWidget(each)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(content)

    def _choice(self, name: str, title: str, tip: str, entries: list[tuple[str, str, str]]) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"phase.{name}")
        box.setAccessibleName(title)
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(10)
        for index, (key, text, explanation) in enumerate(entries):
            box.addItem(text, key)
            box.setItemData(index, explanation, Qt.ItemDataRole.ToolTipRole)
        box.currentIndexChanged.connect(self._choose_game)
        return box

    def _field(self, made: NumberField, moved: Callable[[str, Value], None]) -> NumberField:
        made.moved.connect(moved)
        for part in made.findChildren(QWidget):
            if part.objectName() and not part.objectName().startswith("qt_"):
                part.setObjectName(f"phase.{part.objectName()}")  # the controls panel has sliders of these names
        return made

    def _text(self, name: str) -> QLabel:
        label = QLabel()
        label.setObjectName(f"phase.{name}")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    # What a hand does ------------------------------------------------------------------------------------------

    def _choose_game(self) -> None:
        for name, holder in self._fields.items():
            holder.setVisible(name == self._chosen and bool(holder.findChildren(NumberField)))
        self._recompute()

    def _game_moved(self, name: str, value: Value) -> None:
        game = self._games[self._chosen]
        self._games[self._chosen] = validated(type(game), {name: value}, game)
        self._recompute()

    def _step_size_moved(self, name: str, value: Value) -> None:
        self._stepping = validated(_Stepping, {name: value}, self._stepping)
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
        """The start is filled while the arrow keys move it."""
        self._origin.dress(self.theme.accent if on else self.theme.text, 13, filled=on, alpha=170 if on else 255,
                           width=2)

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
        self._plot.following = True
        self._plot.show_range((-REACH, REACH), (-REACH, REACH))
        self._begin_at(*START)

    # What is shown ---------------------------------------------------------------------------------------------

    @property
    def _chosen(self) -> str:
        return str(self._game.currentData())

    @property
    def _chosen_rule(self) -> Rule:
        return RULES[str(self._rule.currentData())]

    def _steps(self) -> int:
        """About ten turns of the WGAN, and not so many that a slider lags."""
        return min(max(round(60 / self._stepping.step_size), 200), 600 if self._all.isChecked() else 1500)

    def _recompute(self) -> None:
        """Field, eigenvalues and trajectories anew; nothing while nobody can see them."""
        if not self.seen:
            return
        names = list(self._games) if self._all.isChecked() else [self._chosen]
        h, rule, steps = self._stepping.step_size, self._chosen_rule, self._steps()
        self._paths = {name: trajectory(self._games[name], rule, *self._start, h, steps) for name in names}
        self._step = min(self._step, steps)
        self._drawn = {name: _drawable(path) for name, path in self._paths.items()}
        self._origin.show(np.array([self._start]))
        if names != self._listed:
            self._listed = names
            for name in self._games:
                for item in (self._rest[name], self._trail[name], self._now[name]):
                    item.visible(name in names)
            self._show_key()
        self._show_field()
        self._show_now()
        self._say()

    def _show_key(self) -> None:
        """Which colour is which game; above the plot, where it hides nothing."""
        self._key.setText(" &nbsp; ".join(
            f'<span style="color:{colour}">━━</span>&nbsp;{game.title.replace(" ", "&nbsp;")}'
            for game, colour in zip(DIRAC_GANS.values(), self.theme.curves, strict=True)
        ))
        self._key.setVisible(len(self._listed) > 1)

    def _show_field(self) -> None:
        if not self.seen:
            return
        game = self._games[self._chosen]
        x, y = self._plot.x_range(), self._plot.y_range()
        bound = game.clip if isinstance(game, WGAN) else math.nan
        edge = np.array([x[0], x[1], math.nan, x[0], x[1]])
        self._bounds.show(edge, np.array([bound, bound, math.nan, -bound, -bound]))
        # One arrow every 26 pixels at most, on a lattice that stays where it is while the view is moved.
        cell = (x[1] - x[0]) / min(max(self._plot.widget.width() // 26, 8), 36)
        lattice = [cell * np.arange(math.ceil(low / cell), math.floor(high / cell) + 1) for low, high in (x, y)]
        theta, psi = (axis.ravel() for axis in np.meshgrid(*lattice))
        inside = game.bounded(psi) == psi
        at = np.stack([theta, psi], axis=1)[inside]
        with np.errstate(all="ignore"):
            v = np.stack(game.field(at[:, 0], at[:, 1]), axis=1)
            length = np.linalg.norm(v, axis=1)
            # The root lets the weak field near the equilibrium be seen too.
            drawn = v * (0.85 * cell / np.sqrt(np.maximum(length, 1e-12) * max(length.max(initial=0), 1e-12)))[:, None]
        self._arrows.show(at - drawn / 2, drawn)

    def _show_now(self) -> None:
        """The trajectory as far as it has run."""
        for name, path in self._drawn.items():
            trail, rest = path[: self._step + 1], path[self._step :]
            self._trail[name].show(trail[:, 0], trail[:, 1])
            self._rest[name].show(rest[:, 0], rest[:, 1])
            self._now[name].show(trail[-1:])
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
        x = np.array([-REACH, REACH])
        self._line.show(x, psi * x)
        where = min(max(theta, -REACH), REACH)
        self._fake.show(np.array([[where, 0.0]]))
        pull = self._games[self._chosen].field(theta, psi)[0] if math.hypot(theta, psi) < FAR else 0.0
        self._pull.show(np.array([[where, 0.0]]), np.array([[min(max(pull, -1.0), 1.0), 0.0]]))
        begun, now = math.hypot(*self._start), math.hypot(theta, psi)
        self._where.setText(f"Step {self._step} of {self._steps()}: θ = {number(theta)}, ψ = {number(psi)}\n"
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
        self._verdict.setText(f"{game.formula}\n\n{verdict(game, self._chosen_rule, h)}")
        if self._all.isChecked():
            self.set_headline(
                race({DIRAC_GANS[name].title: path for name, path in self._paths.items()}, self._chosen_rule))
        else:
            self.set_headline(words(game, self._chosen_rule, h))

    def _hover(self, x: float, y: float) -> None:
        with np.errstate(all="ignore"):
            dtheta, dpsi = self._games[self._chosen].field(x, y)
        self.show_hover_value(
            f"θ {x:.2f}, ψ {y:.2f}: θ′ {dtheta:.3g}, ψ′ {dpsi:.3g} per unit of time. Drag to start here.")

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        if not self._built:
            return
        for plot in (self._plot, self._players):
            plot.dress(theme, self.font())
        self._players.widget.setFixedHeight(10 * self.fontMetrics().height())
        widest = max(each.minimumSizeHint().width() for each in self.findChildren(NumberField))
        margins = self._side.contentsMargins() if (column := self._side.layout()) is None else column.contentsMargins()
        self._area.setMinimumWidth(widest + margins.left() + margins.right()
                                   + self._area.verticalScrollBar().sizeHint().width())
        self._arrows.dress(theme.quiet, 1)
        self._bounds.dress(theme.warning, 1.5, dashed=True)
        self._goal.dress(theme.truth, 13, filled=False, symbol="+", width=1.5)
        for colour, name in zip(theme.curves, DIRAC_GANS, strict=True):
            self._rest[name].dress(_between(colour, theme.base), 1)
            self._trail[name].dress(colour, 2)
            self._now[name].dress(colour, 9, filled=True)
        self._focused(self._plot.widget.hasFocus())
        self._show_key()
        self._zero.dress(theme.line, 1)
        self._zero.show(np.array([-REACH, REACH]), np.zeros(2))
        self._line.dress(theme.high, 2)
        self._real.dress(theme.real, 11, filled=False, width=2)
        self._fake.dress(theme.generated, 10, filled=True)
        self._pull.dress(theme.generated, 2)
        self._players.show_range((-REACH, REACH), (-REACH, REACH))
        self._plot.show_range((-REACH, REACH), (-REACH, REACH))
        self._turn()

    def _turn(self) -> None:
        """The sliders stand beside the plot where there is room, else below it."""
        room = self.width() - self._area.minimumWidth()
        beside = room > 20 * self.fontMetrics().averageCharWidth() and self.width() > 0.75 * self.height()
        turned = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if turned != self._splitter.orientation():
            self._splitter.setOrientation(turned)
            self._split = False
        if not self._split:
            side = max(self._area.minimumWidth(), round(0.34 * self.width()))
            whole = self._splitter.height()
            upper = round(0.55 * whole)
            self._splitter.setSizes([self.width() - side, side] if beside else [upper, whole - upper])

    def _split_by_hand(self) -> None:
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


def _between(colour: str, ground: str) -> str:
    """A colour half as strong, without transparency, which would show where pieces of a line meet."""
    halves = [(int(colour[i : i + 2], 16) + int(ground[i : i + 2], 16)) // 2 for i in (1, 3, 5)]
    return "#" + "".join(f"{half:02x}" for half in halves)


def _drawable(path: Floats) -> Floats:
    """A trajectory without what lies too far out to be drawn."""
    far = ~(np.abs(path) < FAR).all(axis=1)
    drawn = path.copy()
    drawn[far] = np.nan
    return drawn
