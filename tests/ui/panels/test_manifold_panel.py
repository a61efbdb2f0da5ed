"""The warped grid on screen: what it says of bridges and folds, what it draws, what lies under the pointer."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from panel_kit import NAN, Shown
from PySide6.QtWidgets import QCheckBox, QGraphicsView
from pytestqt.qtbot import QtBot
from studio_kit import RING, Stage, floats, points_view, snapshot

from ganstudio.core.protocol.views import Manifold
from ganstudio.probes.manifold import sizes, stretches
from ganstudio.ui.panels.manifold import STRENGTHS, ManifoldPanel, strengths
from ganstudio.ui.panels.parts.latent_grid import folded, holding, outlines
from ganstudio.ui.panels.parts.manifold_text import words
from ganstudio.ui.theme import DARK, THEMES

Floats = NDArray[np.float64]
N = 11


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def corners() -> Floats:
    """A regular grid over the square from -1 to 1."""
    axis = np.linspace(-1, 1, N)
    return np.stack(np.meshgrid(axis, axis), axis=-1)


def manifold(at: Floats, *, latent_dim: int = 2) -> Manifold:
    z = corners()[:1] if len(at) == 1 else corners()
    density = 1 / at[..., 0].size / np.maximum(sizes(at), 1e-12)
    return Manifold(at=floats(at), density=floats(density), stretch=floats(stretches(z, at)), latent_dim=latent_dim)


def torn() -> Floats:
    """The middle column of ten is pulled out between two halves."""
    at = corners()
    at[..., 0] = 0.1 * at[..., 0] + np.where(at[..., 0] > 0, 0.9, -0.9)
    return at


def test_an_even_grid_is_not_torn() -> None:
    assert "None is stretched" in words(manifold(corners()))
    assert "None is stretched" in words(manifold(1e-3 * corners())), "how large it is says nothing"


def test_bridges_are_told_with_their_share_of_the_samples() -> None:
    assert "10% are bridges" in words(manifold(torn()))


def test_cells_turned_over_are_told() -> None:
    at = corners()
    at[..., 0] = np.abs(at[..., 0] + 0.4)  # three of ten columns lie on others
    assert "30% are folded over others" in words(manifold(at))
    even = corners().astype(np.float32)
    assert folded(even) == folded(even[::-1]) == folded(even[:1]) == 0.0


def test_a_curve_and_a_slice_are_called_so() -> None:
    assert words(manifold(corners()[:1], latent_dim=1)).startswith("Pieces get")
    assert "slice through 8 latent dimensions" in words(manifold(corners(), latent_dim=8))


def test_odd_grids_are_told() -> None:
    at = corners()
    at[0, 0] = NAN
    assert f"1 of {N * N} corners are not finite" in words(manifold(at))
    assert "has collapsed" in words(manifold(np.zeros((N, N, 2))))


def test_dense_cells_are_strong() -> None:
    found = strengths(np.array([[1e-6, 1e-3], [0.1, 1.0]], dtype=np.float32))
    assert found.tolist() == sorted(found.tolist())
    assert (found[0], found[-1]) == (0, STRENGTHS - 1)
    assert (strengths(np.full((3, 3), 0.2, dtype=np.float32)) == STRENGTHS - 1).all()
    assert strengths(np.array([[NAN, 1.0]], dtype=np.float32))[0] == 0
    assert (strengths(np.full((2, 2), NAN, dtype=np.float32)) == 0).all()


def test_which_cells_hold_a_point() -> None:
    cells = outlines(corners().astype(np.float32))
    assert cells.shape == ((N - 1) ** 2, 4, 2)
    inside = holding(cells, 0.1, -0.1)
    assert inside.sum() == 1
    cell = cells[inside][0]
    assert (cell.min(axis=0) < (0.1, -0.1)).all() and (cell.max(axis=0) > (0.1, -0.1)).all()
    assert not holding(cells, 1.5, 0.0).any()
    assert holding(np.concatenate([cells, cells]), 0.1, -0.1).sum() == 2


def test_the_grid_is_painted_where_it_lies(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ManifoldPanel)
    qtbot.waitExposed(shown.panel)
    assert shown.pixels(DARK.generated) == 0
    with qtbot.waitSignal(shown.panel.painted):
        shown.show(stage, ("manifold", manifold(corners())), points_view(RING))
    whole = shown.pixels(DARK.generated)
    assert whole > 2000
    assert "dense" in shown.words
    shown.box("manifold.cells").setChecked(False)
    lines = shown.pixels(DARK.generated)
    assert 0 < lines < whole
    shown.box("manifold.lines").setChecked(False)
    assert shown.pixels(DARK.generated) == 0
    shown.box("manifold.cells").setChecked(True)
    assert shown.pixels(DARK.generated) > lines


def test_real_points_lie_behind_and_can_be_hidden(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ManifoldPanel)
    qtbot.waitExposed(shown.panel)
    far = ("manifold", manifold(0.01 * corners()))
    shown.show(stage, far, points_view(RING))
    assert shown.pixels(DARK.real) > 20
    shown.show(stage, far)
    assert shown.pixels(DARK.real) > 20, "points that do not come stay"
    shown.box("manifold.real").setChecked(False)
    assert shown.pixels(DARK.real) == 0


def test_a_curve_is_painted_as_a_line(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ManifoldPanel)
    qtbot.waitExposed(shown.panel)
    shown.show(stage, ("manifold", manifold(corners()[:1], latent_dim=1)))
    assert 50 < shown.pixels(DARK.generated) < 2000


def test_another_run_begins_empty(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ManifoldPanel)
    qtbot.waitExposed(shown.panel)
    shown.show(stage, ("manifold", manifold(corners())), points_view(RING))
    stage.begin()
    assert shown.words == "Waiting for the first grid…"
    assert shown.pixels(DARK.generated) == 0


def test_what_is_far_or_not_finite_does_not_break_it(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ManifoldPanel)
    qtbot.waitExposed(shown.panel)
    for at, told, drawn in ((1e30 * corners(), "None is stretched", True),
                            (np.full((N, N, 2), NAN), "not finite numbers", False), (torn(), "bridges", True)):
        shown.show(stage, ("manifold", manifold(at)))
        assert told in shown.words
        assert (shown.pixels(DARK.generated) > 0) == drawn
    shown.show(stage, ("manifold", manifold(np.zeros((N, N, 2)))))
    assert "has collapsed" in shown.words
    assert not shown.panel.grab().isNull()


@pytest.mark.parametrize(("at", "x", "told"), [
    (corners(), 0.1, "x 0.100, y 0.100: 0.207 of the samples per square data unit"),
    (corners(), 3.0, "outside the grid"),
    (np.abs(corners()), 0.1, "in 4 overlapping cells"),
])
def test_the_density_under_the_pointer_is_told(qtbot: QtBot, stage: Stage, at: Floats, x: float, told: str) -> None:
    shown = Shown(qtbot, stage, ManifoldPanel)
    panel = shown.panel
    assert isinstance(panel, ManifoldPanel)
    panel._hover(x, 0.1)
    shown.show(stage, ("manifold", manifold(at)))
    panel._hover(x, 0.1)
    assert told in panel.statusTip()


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_built_before_somebody_looks(qtbot: QtBot, stage: Stage, theme: str) -> None:
    panel = ManifoldPanel(stage.run, stage.commands)
    stage.kept.append(panel)
    qtbot.addWidget(panel)
    panel.apply_theme(THEMES[theme])
    stage.run.began.connect(panel.begin)
    run = stage.begin()
    panel.show_snapshot(snapshot(run, ("manifold", manifold(corners()))))
    assert panel.findChild(QGraphicsView) is None
    panel.show()
    assert panel.findChild(QGraphicsView) is not None
    assert {box.objectName() for box in panel.findChildren(QCheckBox)} == {
        "manifold.cells", "manifold.lines", "manifold.real"}
