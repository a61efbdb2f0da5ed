"""Manifold: a grid of the latent space as the generator warps it, strong where its samples are dense."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal

from ganstudio.core.design import Dot, Pen
from ganstudio.core.protocol.messages import Snapshot, Started
from ganstudio.core.protocol.views import Manifold, Points
from ganstudio.core.system.wording import figure
from ganstudio.ui.docks.layouts import Place
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.parts.class_chooser import ClassChooser
from ganstudio.ui.panels.parts.latent_grid import Floats, holding, outlines
from ganstudio.ui.panels.parts.manifold_text import words
from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.items import Cells, Curve, Scatter
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel
from ganstudio.ui.theme import Theme

STRENGTHS = 8
DECADES = 3.0  # of density between the faintest and the strongest cell


class ManifoldPanel(Panel):
    """Each cell of the grid holds as much of the latent space as any other, and so as many of the samples."""

    name = "manifold"
    title = "Manifold"
    kinds = ("plane",)
    help = ("The latent space as a grid that G maps to the plane. Each cell gets equally many samples, so small cells "
            "are dense.")
    reading = ("Each cell of the grid is an equal share of the latent space, so each gets equally many samples. A "
               "small, strong cell is a dense place; a large, faint one is nearly empty.")
    healthy = "The grid covers the data: many small cells on each mode, and only a few long ones across the gaps."
    sick = ("The whole grid is drawn together on a few places: G makes nearly the same sample of every latent. Many "
            "long cells between modes are samples where no data are.")
    formula = r"q(\mathrm{cell}) = \frac{1}{n \, \mathrm{area}(G(\mathrm{cell}))}"
    papers = "Kahng et al. 2019, GAN Lab, arXiv:1809.01587 (the grid of the generator)"
    place = {"plane": Place("upper", order=1)}
    needs = frozenset({"latent"})
    views = ("manifold", "points")
    pictures = True

    asks = Signal()  # another class than before

    def __init__(self, run: RunModel, commands: RunCommands) -> None:
        super().__init__(run, commands)
        self._view: Manifold | None = None
        self._real_bytes = b""
        self._built = False

    def _build(self) -> None:
        """Builds the plot when the panel is shown first: the window need not wait for it."""
        self._built = True
        cells, lines, real = self.add_toggle("cells", "E"), self.add_toggle("lines", "L"), self.add_toggle("real", "T")
        chosen = self.commands.shown_class
        self._tools.addWidget(ClassChooser(chosen, self.name, "class", "The class that G is asked for here"))
        chosen.changed.connect(self.asks)
        self._tools.addStretch(1)
        self._plot = Plot(square=True)
        self._real = Scatter(self._plot, above=1)
        self._cells = Cells(self._plot, above=2)
        self._lines = Curve(self._plot, above=3)
        cells.toggled.connect(self._cells.visible)
        lines.toggled.connect(self._lines.visible)
        real.toggled.connect(self._real.visible)
        self._plot.on_painted(self.painted.emit)
        self._plot.on_hover(self._hover)
        self.set_body(self._plot.widget)
        self.apply_theme(self.theme)
        if self.run.started is not None:
            self.begin(self.run.started)

    def apply_theme(self, theme: Theme) -> None:
        super().apply_theme(theme)
        if not self._built:
            return
        self._plot.apply_theme(theme, self.font())
        self._real.set_style(theme.real, Dot.HOLLOW, filled=False, alpha=120)
        self._lines.set_style(theme.generated, Pen.FINE)
        faintest, strongest = (14, 200) if theme.name == "dark" else (22, 215)
        self._cells.set_style(theme.generated, [round(alpha) for alpha in np.linspace(faintest, strongest, STRENGTHS)])

    def begin(self, started: Started) -> None:
        self._view = None
        self._real_bytes = b""
        self.set_headline("Waiting for the first grid…")
        if not self._built:
            return
        self._plot.following = True
        self._plot.use_units(started.user_units)
        self._extent = started.low, started.high
        self._plot.show_range(self._extent, self._extent)
        self._real.show(np.zeros((0, 2)))
        self._redraw()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        if not self._built:
            return
        points, view = snapshot.views.get("points"), snapshot.views.get("manifold")
        if isinstance(points, Points):
            self._follow(points)
        if isinstance(points, Points) and points.real.data != self._real_bytes:  # the same in every picture of a run
            self._real_bytes = points.real.data
            self._real.show(points.real.numpy())
        if isinstance(view, Manifold):
            self._view = view
            self._redraw()
            self.set_headline(words(view))

    _extent = (0.0, 0.0)  # where the data lies

    def _follow(self, points: Points) -> None:
        """Shows where the data lies now: a control may have moved it."""
        if points.low is not None and points.high is not None and (points.low, points.high) != self._extent:
            self._extent = points.low, points.high
            self._plot.show_range(self._extent, self._extent)

    def _redraw(self) -> None:
        if self._view is None:
            self._cells.show(np.zeros((0, 4, 2)), np.zeros(0, dtype=np.int64))
            self._lines.show(np.zeros(0), np.zeros(0))
            return
        at = self._view.at.numpy()
        self._cells.show(outlines(at), strengths(self._view.density.numpy()))
        gap = np.full((1, 2), np.nan)
        rows = [np.concatenate([row, gap]) for row in at]
        columns = [np.concatenate([column, gap]) for column in at.transpose(1, 0, 2)] if len(at) > 1 else []
        grid = np.concatenate([*rows, *columns])
        self._lines.show(grid[:, 0], grid[:, 1])

    def _hover(self, x: float, y: float) -> None:
        if self._view is None:
            return
        units = self.run.units
        where = f"x {units.text(x)}, y {units.text(y, 1)}"
        if self._view.latent_dim == 1:
            middles = self._view.at.numpy()[0]
            nearest = np.linalg.norm((middles[:-1] + middles[1:]) / 2 - (x, y), axis=1)
            density = float(self._view.density.numpy()[0, int(np.nan_to_num(nearest, nan=np.inf).argmin())])
            self.show_hover_value(
                f"{where}: the nearest piece of the curve has {figure(units.slope(density))} of the samples per "
                "data unit")
            return
        inside = holding(outlines(self._view.at.numpy()), x, y)
        if not inside.any():
            self.show_hover_value(f"{where}: outside the grid")
            return
        density = float(self._view.density.numpy().reshape(-1)[inside].sum())
        layers = f" in {int(inside.sum())} overlapping cells" if inside.sum() > 1 else ""
        per_square = units.slope(units.slope(density))
        self.show_hover_value(f"{where}: {figure(per_square)} of the samples per square data unit{layers}")

    def on_first_shown(self) -> None:
        if not self._built:
            self._build()


def strengths(density: Floats) -> NDArray[np.int64]:
    """How strongly each cell is drawn, ``(cells,)``, from 0 to ``STRENGTHS - 1``: by the logarithm of its density."""
    flat = density.reshape(-1).astype(np.float64)
    with np.errstate(all="ignore"):
        logs = np.log10(flat)
    finite = logs[np.isfinite(logs)]
    if not len(finite):
        return np.zeros(len(flat), dtype=np.int64)
    share = np.clip(1 + (logs - np.quantile(finite, 0.9)) / DECADES, 0, 1)  # a cell folded to nothing does not count
    strength: NDArray[np.int64] = np.rint(np.nan_to_num(share) * (STRENGTHS - 1)).astype(np.int64)
    return strength
