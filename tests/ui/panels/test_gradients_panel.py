"""Gradients on screen: what is said of them, which plots find room, and that odd numbers break nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from panel_kit import INF, NAN, Shown
from PySide6.QtWidgets import QApplication, QComboBox, QGraphicsView
from pytestqt.qtbot import QtBot
from studio_kit import Stage, floats, snapshot

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array, Gradients
from ganstudio.probes.gradients import decades, histogram
from ganstudio.ui.panels.gradients import CHOICES, GradientsPanel, telling
from ganstudio.ui.panels.parts.gradients_text import words
from ganstudio.ui.plotting.scales import histogram_outline
from ganstudio.ui.theme import DARK

RNG = np.random.default_rng(3)
ALL, LAYERS, RECEIVED, WEIGHTS, SINGULAR = range(len(CHOICES))


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def gradients(
    slope: float = 0.0, *, layers: int = 13, received: object = None, bound: float | None = None,
    spectral_bound: float | None = None, at_bound: float | None = None, largest: float = 2.0,
) -> tuple[str, Gradients]:
    """Norms that change by so many decades a layer from the output to the input."""
    of_d = np.power(10.0, slope * np.arange(float(layers)))[::-1]
    edges, shares = histogram(RNG.uniform(-0.1, 0.1, 500), bound)
    return "gradients", Gradients(
        discriminator=Array.of(of_d), generator=Array.of(np.ones(4)), decades_d=decades(of_d), decades_g=0.0,
        received=floats(RNG.uniform(0.5, 2, 100) if received is None else received), edges=Array.of(edges),
        weights=Array.of(shares), bound=bound, at_bound=at_bound, spectral_bound=spectral_bound,
        singular=[floats(np.linspace(largest, 0.1, n)) for n in (2, 16, 1)],
    )


@pytest.mark.parametrize(("view", "said"), [
    (gradients(0.5), "explode through the critic (×3.16 per layer)"),
    (gradients(-1.25), "vanish through the critic (×0.0562 per layer)"),
    (gradients(-0.02), "keep their size through the critic (×0.955"),
    (gradients(0.5, layers=4), "grow through the critic (×3.16"),
    (gradients(-0.5, layers=4), "shrink through the critic (×0.316"),
    (gradients(bound=0.1, at_bound=0.61), "61% of the weights are clipped at ±0.1"),
    (gradients(spectral_bound=3.0, largest=3.25), "stretches distances at most 3.2-fold"),
    (gradients(received=[0.25] * 3), "Half of G's samples receive a gradient above 0.25"),
    (gradients(received=[0.0, 0.0, 1.0], bound=0.1), "At least half of G's samples receive no gradient"),
    (gradients(received=[NAN, 1.0]), "not finite numbers"),
    (gradients(-400.0), "No gradient comes back through the critic"),
])
def test_what_is_to_be_seen_is_said(view: tuple[str, Gradients], said: str) -> None:
    text = words(view[1], "critic")
    assert said in text
    assert len(text) <= 125, "two lines of a small dock"


def test_the_plot_that_tells_most_of_this_game_comes_first() -> None:
    assert telling(None)[:2] == (LAYERS - 1, RECEIVED - 1)
    assert telling(gradients(bound=0.1)[1])[:2] == (LAYERS - 1, WEIGHTS - 1)
    assert telling(gradients(spectral_bound=1.0)[1])[:2] == (LAYERS - 1, SINGULAR - 1)
    for _, view in (gradients(bound=1.0), gradients(spectral_bound=1.0)):
        assert sorted(telling(view)) == [0, 1, 2, 3]


def test_a_histogram_is_drawn_in_steps() -> None:
    x, y = histogram_outline(np.array([0.0, 1.0, 3.0]), np.array([0.25, 0.75]))
    assert x.tolist() == [0, 0, 1, 1, 3, 3]
    assert y.tolist() == [0, 0.25, 0.25, 0.75, 0.75, 0]


class Board:
    """The panel on screen."""

    def __init__(self, qtbot: QtBot, stage: Stage, spec: Spec | None = None) -> None:
        self.shown = Shown(qtbot, stage, GradientsPanel, spec)
        qtbot.waitExposed(self.shown.panel)
        assert isinstance(self.shown.panel, GradientsPanel)
        self.panel = self.shown.panel

    @property
    def plots(self) -> list[int]:
        """Which plots are to be seen."""
        return [index + 1 for index, tile in enumerate(self.panel._tiles) if tile.isVisibleTo(self.panel)]

    @property
    def show(self) -> QComboBox:
        found = self.panel.findChild(QComboBox, "gradients.show")
        assert isinstance(found, QComboBox)
        return found

    def resize(self, width: int, height: int) -> None:
        self.panel.resize(width, height)
        QApplication.processEvents()


@pytest.fixture
def board(qtbot: QtBot, stage: Stage) -> Board:
    return Board(qtbot, stage)


def test_as_many_plots_are_shown_as_can_be_read(board: Board, stage: Stage) -> None:
    line = board.panel.fontMetrics().height()
    board.resize(70 * line, 45 * line)
    assert board.plots == [LAYERS, RECEIVED, WEIGHTS, SINGULAR]
    board.resize(27 * line, 18 * line)
    assert board.plots == [LAYERS, RECEIVED]
    board.shown.show(stage, gradients(bound=0.1))
    assert board.plots == [LAYERS, WEIGHTS]
    board.resize(14 * line, 18 * line)
    assert board.plots == [LAYERS]
    board.resize(14 * line, 60 * line)
    assert len(board.plots) == 4
    board.resize(60 * line, 18 * line)
    assert len(board.plots) == 4


@pytest.mark.parametrize("choice", [LAYERS, RECEIVED, WEIGHTS, SINGULAR])
def test_one_plot_can_be_chosen(board: Board, stage: Stage, choice: int) -> None:
    board.show.setCurrentIndex(choice)
    assert board.plots == [choice]
    board.shown.show(stage, gradients())
    assert board.plots == [choice]
    board.show.setCurrentIndex(ALL)
    assert len(board.plots) > 1


@pytest.mark.parametrize(("choice", "colour"), [
    (LAYERS, DARK.discriminator), (LAYERS, DARK.generated), (RECEIVED, DARK.generated), (WEIGHTS, DARK.discriminator),
    (SINGULAR, DARK.discriminator),
])
def test_each_plot_is_painted_and_says_so(
    qtbot: QtBot, board: Board, stage: Stage, choice: int, colour: str,
) -> None:
    board.show.setCurrentIndex(choice)
    with qtbot.waitSignal(board.panel.painted):
        board.shown.show(stage, gradients(0.3))
    image = board.panel._tiles[choice - 1].plot.widget.grab().toImage()
    found = sum(image.pixelColor(x, y).name() == colour for x in range(image.width()) for y in range(image.height()))
    assert found > 10


@pytest.mark.parametrize(("choice", "view"), [
    (WEIGHTS, gradients(bound=0.1, at_bound=0.61)), (SINGULAR, gradients(spectral_bound=2.0)),
])
def test_a_bound_is_dashed(board: Board, stage: Stage, choice: int, view: tuple[str, Gradients]) -> None:
    def marked() -> int:
        image = board.panel._tiles[choice - 1].plot.widget.grab().toImage()
        return sum(image.pixelColor(x, y).name() == DARK.truth
                   for x in range(image.width()) for y in range(image.height()))

    board.show.setCurrentIndex(choice)
    board.shown.show(stage, gradients())
    assert marked() == 0
    board.shown.show(stage, view)
    assert marked() > 20


def test_the_captions_hold_the_numbers(board: Board, stage: Stage) -> None:
    board.shown.show(stage, gradients(-0.6, bound=0.1, at_bound=0.61, received=[2.0, 2.0, 0.0], largest=1.75))
    layers, received, weights, singular = (tile._caption.text() for tile in board.panel._tiles)
    assert "D ×0.251" in layers and "G ×1 per layer" in layers
    assert "median 2" in received and "33% exactly 0" in received
    assert "61% at ±0.1" in weights
    assert "largest 1.75" in singular


def test_values_under_the_pointer_are_told(board: Board, stage: Stage) -> None:
    hovers = (board.panel._hover_layers, board.panel._hover_received, board.panel._hover_weights,
              board.panel._hover_singular)
    for hover in hovers:
        hover(0.2, 0.1)  # nothing has come yet
    board.shown.show(stage, gradients(1.0, received=[0.5, 5.0]))
    told = []
    for hover, x in zip(hovers, (2.1, 0.0, 0.03, 1.8), strict=True):
        hover(x, 0.0)
        told.append(board.panel.statusTip())
    assert told[0] == "2 layers from the output: gradient norm D 100, G 1"
    assert told[1] == "50% of the samples receive more than 1"
    assert "of D's weights are between" in told[2]
    assert told[3] == "2 layers from the output: singular values 2 to 0.1"
    for hover in hovers:
        for x in (-1e9, 1e9):
            hover(x, 0.0)


@pytest.mark.parametrize("view", [
    gradients(-400.0), gradients(received=[0.0] * 4), gradients(received=[NAN, INF]), gradients(layers=1),
    ("gradients", Gradients(
        discriminator=Array.of(np.full(3, NAN)), generator=Array.of(np.zeros(0)), decades_d=None, decades_g=None,
        received=floats(np.full(4, NAN)), edges=Array.of(np.linspace(-1, 1, 5)), weights=floats(np.zeros(4)),
        bound=None, at_bound=None, singular=[floats([NAN, NAN]), floats([INF])], spectral_bound=1.0,
    )),
], ids=["underflow", "nothing", "not finite", "one layer", "diverged"])
def test_odd_numbers_do_not_break_it(board: Board, stage: Stage, view: tuple[str, Gradients]) -> None:
    board.shown.show(stage, view)
    for choice in range(len(CHOICES)):
        board.show.setCurrentIndex(choice)
        board.panel.grab()
    assert board.shown.words


def test_a_picture_without_gradients_leaves_the_last_one(board: Board, stage: Stage) -> None:
    board.shown.show(stage, gradients(0.5))
    said = board.shown.words
    board.shown.show(stage)
    assert board.shown.words == said


def test_another_run_begins_empty(board: Board, stage: Stage) -> None:
    board.shown.show(stage, gradients(0.5))
    stage.begin()
    assert board.shown.words == "Waiting for the first gradients…"
    assert "+0.50" not in board.panel._tiles[0]._caption.text()


def test_nothing_is_built_before_somebody_looks(qtbot: QtBot, stage: Stage) -> None:
    panel = GradientsPanel(stage.run, stage.commands)
    stage.kept.append(panel)
    qtbot.addWidget(panel)
    panel.apply_theme(DARK)
    stage.run.began.connect(panel.begin)
    run = stage.begin()
    panel.show_snapshot(snapshot(run, gradients()))
    panel.resize(500, 400)
    assert panel.findChild(QGraphicsView) is None
    panel.show()
    assert len(panel.findChildren(QGraphicsView)) == 4


def test_the_axis_of_norms_stands_still_within_a_decade(board: Board, stage: Stage) -> None:
    ranges = set()
    for slope in (0.21, 0.22, 0.23):
        board.shown.show(stage, gradients(slope))
        ranges.add(board.panel._tiles[0].plot.y_range())
    assert len(ranges) == 1
    low, high = ranges.pop()
    assert low < 0 and high > math.log10(10 ** (0.23 * 12))
