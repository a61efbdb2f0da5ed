"""The phase plane of a Dirac-GAN: its field, the trajectories of one game or of all, and the two players."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont

from ganstudio.core.design import Dot, Least, Pen
from ganstudio.core.dirac_gan import DIRAC_GANS, WGAN, DiracGAN
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Arrows, Curve, Scatter
from ganstudio.ui.theme import Theme

Floats = NDArray[np.float64]

REACH = 2.2  # of the picture, either side of the equilibrium
FAR = 1e3  # no trajectory is drawn further out: Qt's painter fails on large coordinates
ARROW_PX = 26  # between two arrows, at least


class Portrait:
    """The plane of θ and ψ."""

    def __init__(self) -> None:
        self.plot = Plot(square=True, x_label="θ (generator)", y_label="ψ (slope of D)")
        self.plot.widget.setObjectName("phase.plot")
        self.plot.widget.setAccessibleName("Phase plane")
        self.plot.widget.setAccessibleDescription("Drag, or press the arrow keys, to move the start")
        self.plot.widget.setMinimumSize(*Least.PLOT)  # more would be cut in a low dock
        self.arrows = Arrows(self.plot, above=0)
        self._bounds = Curve(self.plot, above=1)
        self._rest = {name: Curve(self.plot, above=2, winding=True) for name in DIRAC_GANS}
        self._trail = {name: Curve(self.plot, above=3, winding=True) for name in DIRAC_GANS}
        self._goal = Scatter(self.plot, above=4)
        self._origin = Scatter(self.plot, above=5)
        self._now = {name: Scatter(self.plot, above=6) for name in DIRAC_GANS}
        self._goal.show(np.zeros((1, 2)))

    def apply_theme(self, theme: Theme, font: QFont) -> None:
        """Takes a palette and a font."""
        self.plot.apply_theme(theme, font)
        self.arrows.set_style(theme.quiet, Pen.FINE)
        self._bounds.set_style(theme.warning, Pen.LIGHT, dashed=True)
        self._goal.set_style(theme.truth, Dot.CROSS, filled=False, symbol="+", width=Pen.LIGHT)
        for colour, name in zip(theme.curves, DIRAC_GANS, strict=True):
            self._rest[name].set_style(half_as_strong(colour, theme.base), Pen.FINE)
            self._trail[name].set_style(colour, Pen.USUAL)
            self._now[name].set_style(colour, Dot.MARK, filled=True)

    def mark_start(self, theme: Theme, *, filled: bool) -> None:
        """The start is filled while the arrow keys move it."""
        self._origin.set_style(theme.accent if filled else theme.text, Dot.CROSS, filled=filled,
                               alpha=170 if filled else 255, width=Pen.USUAL)

    def show_neighbourhood(self) -> None:
        """Shows the neighbourhood of the equilibrium."""
        self.plot.show_range((-REACH, REACH), (-REACH, REACH))

    def show_start(self, start: tuple[float, float]) -> None:
        """Where the trajectories begin."""
        self._origin.show(np.array([start]))

    def list_games(self, names: Sequence[str]) -> None:
        """Shows these games' trajectories only."""
        for name in DIRAC_GANS:
            for item in (self._rest[name], self._trail[name], self._now[name]):
                item.visible(name in names)

    def show_paths(self, drawn: Mapping[str, Floats], step: int) -> None:
        """Trajectories ``(steps + 1, 2)``, strong as far as they have run."""
        for name, path in drawn.items():
            trail, rest = path[: step + 1], path[step:]
            self._trail[name].show(trail[:, 0], trail[:, 1])
            self._rest[name].show(rest[:, 0], rest[:, 1])
            self._now[name].show(trail[-1:])

    def show_field(self, game: DiracGAN) -> None:
        """The field of a game, on the part of the plane that is shown."""
        x, y = self.plot.x_range(), self.plot.y_range()
        bound = game.clip if isinstance(game, WGAN) else math.nan
        edge = np.array([x[0], x[1], math.nan, x[0], x[1]])
        self._bounds.show(edge, np.array([bound, bound, math.nan, -bound, -bound]))
        # On a lattice that stays where it is while the view is moved.
        cell = (x[1] - x[0]) / min(max(self.plot.widget.width() // ARROW_PX, 8), 36)
        lattice = [cell * np.arange(math.ceil(low / cell), math.floor(high / cell) + 1) for low, high in (x, y)]
        theta, psi = (axis.ravel() for axis in np.meshgrid(*lattice))
        inside = game.bounded(psi) == psi
        at = np.stack([theta, psi], axis=1)[inside]
        with np.errstate(all="ignore"):
            v = np.stack(game.field(at[:, 0], at[:, 1]), axis=1)
            length = np.linalg.norm(v, axis=1)
            # The root lets the weak field near the equilibrium be seen too.
            drawn = v * (0.85 * cell / np.sqrt(np.maximum(length, 1e-12) * max(length.max(initial=0), 1e-12)))[:, None]
        self.arrows.show(at - drawn / 2, drawn)


class PlayersPlot:
    """The two players now: D's line over the axis, G's point on it, and how G is pulled."""

    def __init__(self) -> None:
        self.plot = Plot(x_label="x", y_label="D(x)")
        self.plot.mouse(False)
        self.plot.widget.setObjectName("phase.players")
        self.plot.widget.setAccessibleName("The two players now")
        self.plot.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._zero = Curve(self.plot, above=0)
        self._line = Curve(self.plot, above=1)
        self._real = Scatter(self.plot, above=2)
        self._fake = Scatter(self.plot, above=3)
        self._pull = Arrows(self.plot, above=4)
        self._real.show(np.zeros((1, 2)))

    def apply_theme(self, theme: Theme, font: QFont) -> None:
        """Takes a palette and a font."""
        self.plot.apply_theme(theme, font)
        self._zero.set_style(theme.line, Pen.FINE)
        self._zero.show(np.array([-REACH, REACH]), np.zeros(2))
        self._line.set_style(theme.discriminator, Pen.USUAL)
        self._real.set_style(theme.real, Dot.BODY, filled=False, width=Pen.USUAL)
        self._fake.set_style(theme.generated, Dot.BODY, filled=True)
        self._pull.set_style(theme.generated, Pen.USUAL)
        self.plot.show_range((-REACH, REACH), (-REACH, REACH))

    def show(self, theta: float, psi: float, game: DiracGAN) -> None:
        """The players at a point of the plane."""
        x = np.array([-REACH, REACH])
        self._line.show(x, psi * x)
        where = min(max(theta, -REACH), REACH)
        self._fake.show(np.array([[where, 0.0]]))
        pull = game.field(theta, psi)[0] if math.hypot(theta, psi) < FAR else 0.0
        self._pull.show(np.array([[where, 0.0]]), np.array([[min(max(pull, -1.0), 1.0), 0.0]]))


def half_as_strong(colour: str, ground: str) -> str:
    """A colour half as strong, without transparency, which would show where pieces of a line meet."""
    halves = [(int(colour[i : i + 2], 16) + int(ground[i : i + 2], 16)) // 2 for i in (1, 3, 5)]
    return "#" + "".join(f"{half:02x}" for half in halves)


def drawable(path: Floats) -> Floats:
    """A trajectory without what lies too far out to be drawn."""
    far = ~(np.abs(path) < FAR).all(axis=1)
    drawn = path.copy()
    drawn[far] = np.nan
    return drawn
