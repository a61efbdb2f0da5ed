"""Each panel with snapshots made by hand: what it says, what it shows, and that odd data does not break it."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGraphicsView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QTableWidget,
    QTableWidgetItem,
    QToolTip,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    RING,
    Stage,
    applied,
    floats,
    landscape_view,
    line_view,
    measured,
    mode_count,
    points_view,
    progress,
    real_catalog,
    scalars,
    snapshot,
)

from ganstudio.core.control import Value
from ganstudio.core.leaves import leaves
from ganstudio.core.panel_catalog import panels as listed
from ganstudio.core.protocol.messages import Diverged, Failed, Refused, Scalars, SetControl, Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Boundary, Divergence, ModeCount, View
from ganstudio.probes.line import FARTHEST as PROBED_FARTHEST
from ganstudio.training.resolve_spec import probes
from ganstudio.ui.docks.layouts import LAYOUTS
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.controls import ControlsPanel
from ganstudio.ui.panels.curves import SYMLOG_UNIT, CurvesPanel, upright
from ganstudio.ui.panels.landscape import LandscapePanel
from ganstudio.ui.panels.line import FARTHEST, LinePanel
from ganstudio.ui.panels.log import LogPanel
from ganstudio.ui.panels.measures import MeasuresPanel
from ganstudio.ui.panels.points import PointsPanel
from ganstudio.ui.panels.wasserstein import WassersteinPanel
from ganstudio.ui.plotting.items import Curve, round_numbers, scaled
from ganstudio.ui.theme import DARK, THEMES, apply
from ganstudio.ui.widgets.control_fields import Field

PANELS = leaves("ganstudio.ui.panels", Panel)
NAN, INF = float("nan"), float("inf")
LINE = Spec(variant="ns-gan", data="mixture")


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def rgb(colour: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    made = QColor(colour)
    return np.array([made.red(), made.green(), made.blue()], dtype=np.float64)


class Shown:
    """A panel on screen, with a run of the stage's begun."""

    def __init__(self, qtbot: QtBot, stage: Stage, kind: type[Panel], spec: Spec | None = None) -> None:
        self.panel = kind(stage.run, stage.commands)
        stage.kept.append(self.panel)
        qtbot.addWidget(self.panel)
        self.panel.apply_theme(DARK)
        self.panel.resize(480, 420)
        self.panel.show()
        stage.run.began.connect(self.panel.begin)
        stage.run.snapshot_came.connect(self.panel.show_snapshot)
        self.run = stage.begin(spec)

    def show(self, stage: Stage, *views: tuple[str, View], steps: int = 1) -> None:
        """A picture comes from the engine."""
        stage.link.say(snapshot(self.run, *views, steps=steps))

    @property
    def words(self) -> str:
        """What the panel says."""
        headline = next(label for label in self.panel.findChildren(QLabel) if label.property("headline"))
        return headline.text()

    @property
    def plot(self) -> QGraphicsView:
        found = self.panel.findChild(QGraphicsView)
        assert isinstance(found, QGraphicsView)
        return found

    def pixels(self, colour: str) -> int:
        """How much of that colour is in the plot; what is drawn with a third of it and more counts."""
        image = self.plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        raw = np.frombuffer(bytes(image.constBits()), dtype=np.uint8)
        rows = raw.reshape(image.height(), image.bytesPerLine())[:, : 3 * image.width()]
        drawn = rows.reshape(-1, 3) - rgb(DARK.base)
        whole = rgb(colour) - rgb(DARK.base)
        share = drawn @ whole / (whole @ whole)
        other = np.linalg.norm(drawn - share[:, None] * whole, axis=1)
        return int(((share > 0.35) & (other < 0.2 * share * np.linalg.norm(whole))).sum())

    def box(self, name: str) -> QCheckBox:
        found = self.panel.findChild(QCheckBox, name)
        assert isinstance(found, QCheckBox)
        return found


# Every panel -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_says_what_it_is(qtbot: QtBot, stage: Stage, name: str) -> None:
    shown = Shown(qtbot, stage, PANELS[name], LINE if "plane" not in PANELS[name].kinds else None)
    info = next(info for info in listed() if info.name == name)
    kind = PANELS[name]
    assert (info.title, tuple(info.kinds), info.help) == (kind.title, kind.kinds, kind.help)
    assert shown.panel.objectName() == f"panel.{name}"
    assert shown.panel.accessibleName()
    assert set(kind.views) <= set(probes())
    assert any(name in layout.names for layout in LAYOUTS.values())


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("theme", THEMES)
def test_a_panel_takes_both_palettes_before_and_after_a_run(
    qtbot: QtBot, stage: Stage, name: str, theme: str
) -> None:
    spec = LINE if "plane" not in PANELS[name].kinds else None
    panel = PANELS[name](stage.run, stage.commands)
    stage.kept.append(panel)
    qtbot.addWidget(panel)
    panel.apply_theme(THEMES[theme])
    panel.grab()
    shown = Shown(qtbot, stage, PANELS[name], spec)
    shown.show(stage)
    shown.panel.apply_theme(THEMES[theme])
    shown.panel.grab()
    stage.begin(LINE if spec is None else Spec())
    shown.panel.grab()


@pytest.mark.parametrize("name", [name for name, kind in PANELS.items() if kind.pictures and kind.views])
def test_before_the_first_picture_a_panel_says_that_it_waits(qtbot: QtBot, stage: Stage, name: str) -> None:
    shown = Shown(qtbot, stage, PANELS[name], LINE if "plane" not in PANELS[name].kinds else None)
    assert "on" in shown.words
    assert shown.words.endswith("…")


@pytest.mark.parametrize("name", PANELS)
def test_the_parts_of_a_panel_that_a_hand_moves_are_named_and_explained(
    qtbot: QtBot, stage: Stage, name: str
) -> None:
    shown = Shown(qtbot, stage, PANELS[name], LINE if "plane" not in PANELS[name].kinds else None)
    for kind in (QSlider, QComboBox, QCheckBox):
        for part in shown.panel.findChildren(kind):
            assert part.objectName(), part
            assert part.accessibleName(), part.objectName()
            assert part.toolTip(), part.objectName()


@pytest.mark.parametrize("kind", [LinePanel, LandscapePanel, PointsPanel, WassersteinPanel])
@pytest.mark.parametrize("scale", [0.75, 2.5])
def test_a_picture_fits_a_small_dock_whatever_the_texts_size(
    qtbot: QtBot, qapp: QApplication, stage: Stage, kind: type[Panel], scale: float
) -> None:
    shown = Shown(qtbot, stage, kind, LINE if "plane" not in kind.kinds else None)
    shown.panel.resize(420, 300)
    before = qapp.font()
    try:
        apply(qapp, DARK, scale)
        shown.panel.apply_theme(DARK)
        qtbot.waitUntil(lambda: shown.panel.width() == 420)
        size = shown.panel.minimumSizeHint()
        assert size.width() <= 420
        assert size.height() <= 300
        for box in shown.panel.findChildren(QCheckBox):
            if box.isVisible():
                assert shown.panel.rect().contains(box.geometry()), box.objectName()
    finally:
        qapp.setFont(before)
        qapp.setStyleSheet("")


# Points ------------------------------------------------------------------------------------------------------------


EVEN = np.full(8, 0.125)
ONE = np.array([1.0, 0, 0, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(("modes", "said", "not_said"), [
    (mode_count(ONE), ["collapse", "one mode of 8"], ["All"]),
    (mode_count([0.5, 0.5, 0, 0, 0, 0, 0, 0]), ["collapse", "2 modes of 8"], ["All"]),
    (mode_count(EVEN, high_quality=0.93), ["All 8 modes", "93%"], ["collapse"]),
    (mode_count([0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0]), ["4 of 8 modes found", "4 hardly"], ["collapse"]),
    (mode_count(EVEN, share=[0.1] * 5 + [0] * 3), ["5 of 8 modes found"], ["collapse", "hardly"]),
    (None, ["where blue is"], ["mode"]),
])
def test_points_are_put_into_words(
    qtbot: QtBot, stage: Stage, modes: ModeCount | None, said: list[str], not_said: list[str]
) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view(RING, modes=modes), steps=200)
    assert all(word in shown.words for word in said), shown.words
    assert not any(word in shown.words for word in not_said), shown.words
    shown.panel.grab()


@pytest.mark.parametrize(("sd", "radius"), [(0.2, 0.6), (0.001, 0.044)])
def test_a_circle_is_three_sd_where_that_can_be_seen(qtbot: QtBot, stage: Stage, sd: float, radius: float) -> None:
    """The ring is 2 wide: a circle smaller than 2.2 % of that would vanish."""
    modes = msgspec.structs.replace(mode_count(ONE), radius=floats(np.full(8, 3 * sd)))
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view(RING, modes=modes))
    assert isinstance(shown.panel, PointsPanel)
    x, _ = shown.panel._found._curve._item.getData()
    assert np.nanmax(x) - RING[0, 0] == pytest.approx(radius, rel=0.01)


def test_a_cloud_that_has_not_reached_its_modes_is_not_called_collapsed(qtbot: QtBot, stage: Stage) -> None:
    """The points of an untrained generator lie near two of eight modes, and on none."""
    cloud = mode_count([0.5, 0.5, 0, 0, 0, 0, 0, 0], share=np.zeros(8), high_quality=0.0)
    shown = Shown(qtbot, stage, PointsPanel)
    for steps in (0, 1, 199):
        shown.show(stage, points_view(RING, modes=cloud), steps=steps)
        assert "ollapse" not in shown.words
        assert "on their way" in shown.words
        assert "0 of 8 modes" in shown.words
    shown.show(stage, points_view(RING, modes=cloud), steps=200)
    assert "Mode collapse: nearly all points near 2 modes of 8" in shown.words


def test_modes_that_were_found_and_lost_are_a_collapse_at_any_step(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view(RING, modes=mode_count([0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0])), steps=50)
    shown.show(stage, points_view(RING, modes=mode_count(ONE)), steps=60)
    assert "Mode collapse" in shown.words
    shown.run = stage.begin()
    shown.show(stage, points_view(RING, modes=mode_count(ONE)), steps=60)
    assert "ollapse" not in shown.words, "another run begins with nothing found"
    shown.show(stage, points_view(RING, modes=mode_count(ONE)), steps=61)
    assert "ollapse" not in shown.words, "as many modes as a collapse leaves are none that were lost"


def test_light_modes_need_few_points(qtbot: QtBot, stage: Stage) -> None:
    """Of 100 real points one lies at each of seven modes, and the generator does likewise: that is no collapse."""
    real = np.concatenate([np.repeat(RING[:1], 93, axis=0), RING[1:]])
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view(real, real=real, modes=mode_count([0.93] + [0.01] * 7)), steps=500)
    assert "All 8 modes found" in shown.words
    shown.show(stage, points_view(real, real=real, modes=mode_count(ONE)), steps=501)
    assert "Mode collapse: nearly all points near one mode of 8" in shown.words
    shown.run = stage.begin()
    shown.show(stage, points_view(RING, real=RING, modes=mode_count([0.93] + [0.01] * 7)), steps=500)
    assert "Mode collapse" in shown.words, "of eight equal modes, one has nearly all"


def test_points_that_are_no_numbers_are_counted_and_the_rest_is_drawn(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view([[NAN, 0], [0, INF], [0.5, 0.5], [-0.5, 0.5]], modes=mode_count(ONE)))
    assert "2 of 4 generated points are not finite" in shown.words
    assert shown.pixels(DARK.generated) > 5
    shown.show(stage, points_view(np.full((4, 2), NAN), modes=mode_count(ONE, high_quality=NAN)))
    assert "4 of 4" in shown.words


def test_points_beyond_the_picture_are_told_of(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view([[1e6, 0], [-3e38, 3e38], [0, 0], [0, 0.1]]))
    assert "50% of points lie beyond" in shown.words
    assert shown.pixels(DARK.generated) > 5


@pytest.mark.parametrize(("box", "colour"), [("points.real", DARK.real), ("points.generated", DARK.generated)])
def test_points_are_hidden_by_their_box(qtbot: QtBot, stage: Stage, box: str, colour: str) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view(RING * 0.5 + 0.1, real=RING))
    assert shown.pixels(colour) > 10
    shown.box(box).click()
    shown.show(stage, points_view(RING * 0.4 + 0.1, real=RING), steps=2)
    assert shown.pixels(colour) == 0
    shown.box(box).click()
    assert shown.pixels(colour) > 10


def test_another_run_shows_other_real_points(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view(RING[:0], real=RING))
    first = shown.pixels(DARK.real)
    shown.run = stage.begin()
    assert shown.pixels(DARK.real) == 0
    shown.show(stage, points_view(RING[:0], real=RING))
    assert shown.pixels(DARK.real) == first


def test_the_pointer_reads_the_plane(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    shown.show(stage, points_view(RING))
    pointed(shown, 0.5, 0.5)
    read = re.findall(r"-?\d+\.\d+", QToolTip.text())
    assert [float(number) for number in read] == pytest.approx([0, 0], abs=0.4)


def pointed(shown: Shown, across: float, down: float) -> None:
    """Moves the pointer over the panel's plot."""
    viewport = shown.plot.viewport()
    for offset in (1, 0):
        QTest.mouseMove(viewport, QPoint(round(across * viewport.width()) + offset, round(down * viewport.height())))


# Landscape ---------------------------------------------------------------------------------------------------------


SLOPE = np.add.outer(np.zeros(40), np.linspace(-1, 1, 40))


@pytest.mark.parametrize(("gradient", "said"), [
    (np.full((8, 2), 1.0), "1.41"),
    (np.full((8, 2), 1e-6), "flat"),
    (np.zeros((8, 2)), "flat"),
    (np.full((8, 2), 100.0), "Cliffs"),
    (np.full((8, 2), 1e30), "Cliffs"),
    (np.full((8, 2), NAN), "not a finite number"),
    (np.full((8, 2), INF), "not a finite number"),
])
def test_the_critic_is_put_into_words(qtbot: QtBot, stage: Stage, gradient: object, said: str) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(SLOPE, gradient))
    assert said in shown.words
    assert "critic" in shown.words
    shown.panel.grab()


@pytest.mark.parametrize("values", [
    np.full((40, 40), NAN), np.full((40, 40), INF), np.where(SLOPE > 0, NAN, SLOPE), np.where(SLOPE > 0.5, INF, SLOPE),
    np.where(SLOPE > 0.5, -INF, SLOPE), np.zeros((40, 40)), SLOPE * 3e38, SLOPE * 1e-38,
], ids=["nan", "inf", "half-nan", "some-inf", "some-minus-inf", "constant", "huge", "tiny"])
def test_a_landscape_of_odd_numbers_is_shown(qtbot: QtBot, stage: Stage, values: object) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(values, np.ones((8, 2))))
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))), steps=2)
    shown.show(stage, landscape_view(values, np.ones((8, 2))), steps=3)
    shown.panel.grab()
    if not np.isfinite(np.asarray(values)).any():
        assert "diverged" in shown.words


def test_high_scores_have_the_colour_of_the_real(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.box("landscape.contours").click()
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))))
    image = shown.panel.grab().toImage()
    plot = shown.plot.viewport()
    middle = plot.mapTo(shown.panel, QPoint(0, plot.height() // 2)).y()
    greens = [image.pixelColor(x, middle) for x in range(60, 340)]
    high, low = QColor(DARK.high), QColor(DARK.low)

    def distance(colour: QColor, other: QColor) -> int:
        return abs(colour.red() - other.red()) + abs(colour.green() - other.green()) + abs(colour.blue() - other.blue())

    nearest_high = min(range(len(greens)), key=lambda i: distance(greens[i], high))
    nearest_low = min(range(len(greens)), key=lambda i: distance(greens[i], low))
    assert nearest_low < nearest_high
    assert distance(greens[nearest_high], high) < 50


def test_arrows_are_hidden_by_their_box(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))))
    assert shown.pixels(DARK.generated) > 20
    shown.box("landscape.arrows").click()
    assert shown.pixels(DARK.generated) == 0


def test_the_pointer_reads_the_score(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(np.full((40, 40), 3.25), np.ones((8, 2)), kind="logit"))
    pointed(shown, 0.5, 0.5)
    assert "= 3.25 logits" in QToolTip.text()


def boundary_view(at: object) -> tuple[str, View]:
    return "boundary", Boundary(at=floats(at), resolution=0.1)


def test_the_best_critics_boundary_is_dashed_over_the_landscape_and_emptied_by_another_run(
    qtbot: QtBot, stage: Stage
) -> None:
    shown = Shown(qtbot, stage, LandscapePanel, Spec(variant="gan"))
    box = shown.box("landscape.optimum")
    grid = landscape_view(np.zeros((40, 40)), np.ones((8, 2)))
    assert not box.isEnabled()
    assert "not known" in box.toolTip()
    shown.show(stage, grid)
    without = shown.pixels(DARK.truth)
    circle = 1.5 * np.stack([np.cos(np.linspace(0, 6.28, 50)), np.sin(np.linspace(0, 6.28, 50))], axis=1)
    shown.show(stage, boundary_view(np.concatenate([circle, [[NAN, NAN]], circle / 2])), grid, steps=2)
    assert box.isEnabled()
    assert "p = q" in box.toolTip()
    assert "dashed is the best boundary" in shown.words
    whole = shown.pixels(DARK.truth)
    assert whole > without + 200
    box.click()
    assert shown.pixels(DARK.truth) < without + 20
    shown.show(stage, grid, steps=3)
    assert "dashed" not in shown.words
    box.click()
    assert shown.pixels(DARK.truth) == whole, "a picture without a boundary keeps the one that was drawn"
    shown.run = stage.begin(Spec(variant="sn-gan"))
    assert shown.pixels(DARK.truth) < without + 20
    assert not box.isEnabled()
    shown.show(stage, boundary_view(np.zeros((0, 2))), grid)
    assert not box.isEnabled()
    assert "dashed" not in shown.words


# Line --------------------------------------------------------------------------------------------------------------


DENSITY = np.exp(-np.linspace(-2, 2, 120) ** 2 / 0.5) / 1.2533


@pytest.mark.parametrize(("generator", "said"), [
    (DENSITY, "covers 100% of blue"), (np.zeros(120), "covers 0% of blue"), (DENSITY * 0.5, "50% of the generated"),
])
def test_densities_are_put_into_words(qtbot: QtBot, stage: Stage, generator: object, said: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, line_view(DENSITY, generator, np.zeros(120), kind="logit"))
    assert said in shown.words


@pytest.mark.parametrize("score", [
    np.full(120, NAN), np.full(120, INF), np.linspace(-3e38, 3e38, 120), np.zeros(120),
    np.where(np.arange(120) > 60, NAN, 1.0), np.where(np.arange(120) > 60, -INF, 1.0),
], ids=["nan", "inf", "huge", "zero", "half-nan", "half-inf"])
@pytest.mark.parametrize("kind", ["logit", "value"])
def test_a_line_of_odd_scores_is_shown(qtbot: QtBot, stage: Stage, score: object, kind: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, line_view(DENSITY, DENSITY, score, kind=kind))
    assert shown.pixels(DARK.generated) > 20


@pytest.mark.parametrize(("box", "colour"), [
    ("line.real", DARK.real), ("line.generated", DARK.generated), ("line.D(x)", DARK.high),
    ("line.optimum", DARK.truth),
])
def test_a_line_is_hidden_by_its_box(qtbot: QtBot, stage: Stage, box: str, colour: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, figure_one())
    before = shown.pixels(colour)
    shown.box(box).click()
    assert shown.pixels(colour) < before - 100  # the text of the axes is nearly of the truth's colour
    shown.box(box).click()
    assert shown.pixels(colour) == before


def figure_one(kind: str = "logit", **changes: object) -> tuple[str, View]:
    """Two humps, a rising D, and all that is known of it."""
    _, view = line_view(DENSITY, np.roll(DENSITY, 30), np.linspace(-3, 3, 120), kind=kind)
    known = {"optimum": floats(np.linspace(3, -3, 120)), "latents": floats(np.linspace(-2, 2, 9)),
             "reached": floats(np.linspace(-1, 1.6, 9)), "loss": 1.25, "best_loss": 1.0625}
    return "line", msgspec.structs.replace(view, **{**known, **changes})


def drawn(curve: Curve) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """What a curve of a panel was given."""
    x, y = curve._item.getData()
    empty = np.zeros(0)
    return (empty if x is None else np.asarray(x)), (empty if y is None else np.asarray(y))


def line_of(shown: Shown) -> LinePanel:
    assert isinstance(shown.panel, LinePanel)
    return shown.panel


def test_the_optimum_is_dashed_and_has_gaps_where_nothing_is_known(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    optimum = np.where(np.arange(120) < 40, NAN, 0.0)
    shown.show(stage, figure_one(optimum=floats(optimum)))
    _, y = drawn(line_of(shown)._optimum)
    assert np.isnan(y[:40]).all()
    top = line_of(shown)._top
    np.testing.assert_allclose(y[40:], 0.45 * top, rtol=1e-5)  # a logit of 0 is a chance of one half
    assert line_of(shown)._optimum._item.opts["pen"].style() == Qt.PenStyle.DashLine
    assert shown.box("line.optimum").isEnabled()
    shown.show(stage, figure_one(optimum=None, best_loss=None), steps=2)
    assert not len(drawn(line_of(shown)._optimum)[0])
    assert not shown.box("line.optimum").isEnabled()
    assert "not known" in shown.box("line.optimum").toolTip()
    assert "best D" not in shown.words


def test_an_infinite_optimum_runs_along_the_edges_and_does_not_flatten_the_critic(qtbot: QtBot, stage: Stage) -> None:
    """D* of the total variation is +∞ or −∞ almost everywhere; the scores themselves lie within ±3."""
    assert FARTHEST == PROBED_FARTHEST
    shown = Shown(qtbot, stage, LinePanel, Spec(variant="f-gan", data="mixture"))
    shown.show(stage, figure_one("value", optimum=floats(np.where(np.arange(120) < 60, FARTHEST, -FARTHEST))))
    line = line_of(shown)
    _, best = drawn(line._optimum)
    assert best[:60] == pytest.approx(0.98 * line._top, rel=1e-5)
    assert best[60:] == pytest.approx(0)
    _, score = drawn(line._score)
    assert score.max() - score.min() > 0.85 * line._top
    for x, told in ((-1.0, "optimum +∞"), (1.0, "optimum −∞")):
        line._hover(x, 0.1)
        assert told in line.statusTip()


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_a_critic_and_its_optimum_share_an_axis_of_their_own(qtbot: QtBot, stage: Stage, scale: float) -> None:
    """The scores run from -3 to 3, drawn from 0 to nine tenths of the picture but for their outermost 2 %."""
    shown = Shown(qtbot, stage, LinePanel, Spec(variant="wgan-gp", data="mixture"))
    ramp = scale * np.linspace(-3, 3, 120)
    shown.show(stage, figure_one("value", score=floats(ramp), optimum=floats(ramp / 2)))
    line = line_of(shown)
    assert line._scores is not None
    low, high = line._scores
    if scale > 1e-6:
        assert (low, high) == pytest.approx((np.quantile([*ramp, *ramp / 2], 0.02), -low), rel=1e-4)
    ticks = line._plot._item.getAxis("right")._tickLevels[0]
    for height, text in ticks:
        value = low + height / (0.9 * line._top) * (high - low)
        assert float(text) == pytest.approx(value, rel=1e-3, abs=1e-3 * scale)
    assert 2 <= len(ticks) <= 5


@pytest.mark.parametrize("most", [3, 5, 9])
@pytest.mark.parametrize("low", [-7.3, 0.0, 0.2])
@pytest.mark.parametrize("width", [1e-6, 0.37, 1.0, 4.5, 45.0, 2e30])
def test_the_ticks_of_a_critic_are_few_round_and_inside(low: float, width: float, most: int) -> None:
    ticks = round_numbers(low, low + width, most)
    assert (2 if most >= 5 else 1) <= len(ticks) <= most
    assert all(low <= tick <= low + width or np.isclose(tick, low) for tick in ticks)
    for step in np.diff(ticks):
        digits = float(step) / 10 ** np.floor(np.log10(step) + 1e-9)
        assert min(abs(digits - round_) for round_ in (1, 2, 5)) < 0.01
    assert round_numbers(1.0, 1.0) == round_numbers(NAN, 1.0) == round_numbers(0.0, INF) == []


@pytest.mark.parametrize(("variant", "said"), [
    ("gan", "D's loss is 1.250; the best D against this G has 1.062"),
    ("wgan-gp", "The critic's gap is -1.25; the exact W1 is -1.06"),
    ("wgan", "gap is -1.25, which is not in W1's units; the exact W1 is -1.06"),
])
def test_the_loss_stands_beside_the_best(qtbot: QtBot, stage: Stage, variant: str, said: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, Spec(variant=variant, data="mixture"))
    shown.show(stage, figure_one())
    assert said in shown.words
    shown.show(stage, figure_one(loss=None), steps=2)
    assert "best" not in shown.words and "exact W1" not in shown.words


def test_threads_lead_from_the_latent_to_where_it_is_sent(qtbot: QtBot, stage: Stage) -> None:
    """z from -2 to 2 is spread over 90 % of what is shown, 4 wide but for half a cell at each end."""
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, figure_one(latents=floats([-2, 0, 1, 2]), reached=floats([-1.5, 0.5, 9, -7])))
    x, y = drawn(line_of(shown)._threads)
    assert y.tolist() == [0, 1] * 4
    assert x[0::2] == pytest.approx([-1.8, 0, 0.9, 1.8], abs=1e-5)
    assert x[1::2] == pytest.approx([-1.5, 0.5, 2, -2], abs=0.03), "what lies outside is led to the edge"
    assert len(line_of(shown)._beyond.points) == 2
    assert len(line_of(shown)._ends.points) == 2
    ticks = line_of(shown)._latent._item.getAxis("bottom")._tickLevels[0]
    assert [text for _, text in ticks] == ["-2", "-1.5", "-1", "-0.5", "0", "0.5", "1", "1.5", "2"]
    assert [at for at, _ in ticks] == pytest.approx(np.linspace(-1.8, 1.8, 9), abs=1e-5)
    track = line_of(shown)._latent.widget
    assert track.isVisible()
    shown.box("line.z to G(z)").click()
    assert not track.isVisible()
    shown.box("line.z to G(z)").click()
    assert track.isVisible()
    shown.panel.resize(480, 12 * shown.panel.fontMetrics().height())
    qtbot.waitUntil(lambda: not track.isVisible())


def test_the_pointer_reads_the_densities_and_the_latent(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    pointed(shown, 0.5, 0.5)
    shown.show(stage, figure_one(score=floats(np.zeros(120)), optimum=floats(np.full(120, np.log(3)))))
    pointed(shown, 0.4, 0.5)
    assert "D(x) 0.5 (logit 0), optimum 0.75" in QToolTip.text()
    x, data = (float(number) for number in re.findall(r"-?[\d.]+", QToolTip.text())[:2])
    assert data == pytest.approx(np.exp(-(x**2) / 0.5) / 1.2533, rel=0.02)
    line_of(shown)._hover_latent(-1.7, 0.0)
    assert "z = -2.000 to x = -1.000" in QToolTip.text()
    line_of(shown)._hover_latent(1.55, 1.0)
    assert "z = 2.000 to x = 1.600" in QToolTip.text()


def test_another_run_begins_with_an_empty_line(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, figure_one())
    stage.begin(LINE)
    assert [shown.pixels(colour) for colour in (DARK.real, DARK.generated, DARK.high)] == [0, 0, 0]
    pointed(shown, 0.4, 0.5)
    assert "D(x)" not in shown.panel.statusTip() or "data" in shown.panel.statusTip()


# Curves ------------------------------------------------------------------------------------------------------------


def chosen(panel: Panel, name: str, text: str) -> None:
    box = panel.findChild(QComboBox, name)
    assert isinstance(box, QComboBox)
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def terms_of(run: int, count: int = 3000) -> tuple[Scalars, Scalars]:
    """One that is wild at first and crosses 0, one that is no number for a while, and one that is always negative."""
    at = np.arange(count, dtype=np.float64) / 6
    critic = np.linspace(-5, 5, count)
    critic[:5] = -300
    penalty = np.linspace(8, 10, count)
    penalty[count // 2 : count // 2 + 200] = NAN
    return (scalars(run, "discriminator", at, critic=critic, penalty=penalty),
            scalars(run, "generator", at[5::6], generator=-critic[5::6].clip(1) - 5))


@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
@pytest.mark.parametrize("smoothing", [0, 8, 30])
def test_curves_show_negative_values_and_gaps_on_any_axis(
    qtbot: QtBot, stage: Stage, scale: str, smoothing: int
) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    for event in terms_of(shown.run):
        stage.link.say(event)
    slider = shown.panel.findChild(QSlider, "curves.smoothing")
    assert isinstance(slider, QSlider)
    slider.setValue(smoothing)
    chosen(shown.panel, "curves.scale", scale)
    shown.show(stage)
    for colour in DARK.curves[: 2 if scale == "log" else 3]:
        assert shown.pixels(colour) > 20, colour


@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
@pytest.mark.parametrize("value", [NAN, INF, -INF, 0.0, -1.0, 1e38])
def test_a_term_of_one_odd_value_only_is_shown(qtbot: QtBot, stage: Stage, scale: str, value: float) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    chosen(shown.panel, "curves.scale", scale)
    stage.link.say(scalars(shown.run, "discriminator", np.arange(50.0), loss=np.full(50, value)))
    shown.show(stage)
    shown.panel.grab()


def test_the_pointer_reads_every_term(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    stage.link.say(scalars(shown.run, "discriminator", np.arange(100.0), critic=np.full(100, 0.5),
                           penalty=np.full(100, 0.25)))
    shown.show(stage)
    pointed(shown, 0.6, 0.5)
    assert "critic 0.5" in QToolTip.text()
    assert "penalty 0.25" in QToolTip.text()


def test_a_change_is_a_tick_on_the_curves(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    for event in terms_of(shown.run):
        stage.link.say(event)
    shown.show(stage)
    before = shown.pixels(DARK.warning)
    stage.link.say(applied(shown.run, 1, "gp_weight", 25.0, steps=250))
    shown.show(stage, steps=2)
    assert shown.pixels(DARK.warning) > before + 50
    assert "gradient penalty λ to 25 at step 250" in shown.words


def test_thousands_of_changes_do_not_slow_the_window(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    log = LogPanel(stage.run, stage.commands)
    qtbot.addWidget(log)
    controls = Shown(qtbot, stage, ControlsPanel)
    shown.run = controls.run
    for event in terms_of(shown.run):
        stage.link.say(event)
    began = time.process_time()
    for index in range(5000):
        stage.link.say(applied(shown.run, index, "gp_weight", index / 100, steps=index))
    each_ms = (time.process_time() - began) / 5000 * 1e3
    assert each_ms < 2
    began = time.process_time()
    for index in range(10):
        shown.show(stage, steps=index + 2)
        shown.panel.grab()
    assert (time.process_time() - began) / 10 * 1e3 < 60


@pytest.mark.parametrize("scale", ["linear", "symlog"])
def test_what_explodes_at_the_end_does_not_flatten_what_was_before(qtbot: QtBot, stage: Stage, scale: str) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    chosen(shown.panel, "curves.scale", scale)
    at = np.arange(1.0, 201.0)
    loss = np.sin(at / 9)
    loss[-6:] = -(10.0 ** np.arange(3, 33, 5))
    stage.link.say(scalars(shown.run, "discriminator", at, loss=loss, penalty=np.full(200, 0.25)))
    shown.show(stage)
    panel = shown.panel
    assert isinstance(panel, CurvesPanel)
    low, high = panel._plot.y_range()
    inner = scaled(np.array([-1.0, 1.0]), "linear" if scale == "linear" else "symlog", SYMLOG_UNIT)
    assert inner[1] - inner[0] > (0.7 if scale == "linear" else 0.05) * (high - low)  # symlog shows the rest
    assert "“loss” has left the picture: its last value is -1e+28" in shown.words
    panel.show_past(50, None)  # then nothing had
    assert "left the picture" not in shown.words


def test_the_axis_follows_the_run_and_not_the_one_that_it_left() -> None:
    own = np.sin(np.arange(100) / 9)
    assert upright([own], [np.full(9, 1e30)]) == upright([own], [])
    low, high = upright([own], [np.array([1.5, 1.5])]) or (0.0, 0.0)
    assert (low, high) == pytest.approx((-1, 1.5), abs=0.01)
    assert upright([np.full(5, NAN)], []) is None
    assert upright([np.full(5, 2.0)], []) == (2, 2)


def test_the_axis_holds_an_overshoot_of_the_first_steps() -> None:
    """The generator's term of WGAN-GP on the ring rises to 10 and stays about 1."""
    own = np.concatenate([np.linspace(0, 10, 20), np.linspace(10, 1, 20), 1 + 0.2 * np.sin(np.arange(160))])
    low, high = upright([own], []) or (0.0, 0.0)
    assert high > 9.5 and low < 0.7


def test_looking_back_no_change_is_named_that_is_still_to_come(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    for steps, value in ((10, 5.0), (60, 1.0)):
        stage.link.say(applied(shown.run, steps, "gp_weight", value, steps=steps))
    panel = shown.panel
    panel.show_past(30, None)
    assert "gradient penalty λ to 5 at step 10" in shown.words
    panel.show_past(3, None)
    assert "λ" not in shown.words
    panel.show_past(None, None)
    assert "gradient penalty λ to 1 at step 60" in shown.words


def test_scores_that_are_not_finite_leave_no_landscape_behind(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LandscapePanel)
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))))
    greens = shown.pixels(DARK.high)
    assert greens > 20
    assert shown.pixels(DARK.generated) > 100
    shown.show(stage, landscape_view(np.full((40, 40), NAN), np.full((8, 2), NAN)), steps=2)
    assert shown.pixels(DARK.high) == 0
    assert shown.pixels(DARK.generated) < 100  # only the sample beside a switch
    shown.show(stage, landscape_view(SLOPE, np.ones((8, 2))), steps=3)
    assert shown.pixels(DARK.high) == greens


def test_another_run_begins_with_empty_curves(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    for event in terms_of(shown.run):
        stage.link.say(event)
    shown.show(stage)
    assert shown.pixels(DARK.curves[0]) > 20
    shown.run = stage.begin(Spec(variant="gan"))
    shown.show(stage)
    assert shown.pixels(DARK.curves[0]) == 0
    stage.link.say(scalars(shown.run, "discriminator", np.arange(100.0), real=np.linspace(0, 1, 100)))
    shown.show(stage)
    assert shown.pixels(DARK.curves[0]) > 20


# Wasserstein -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("variant", "settings", "said"), [
    ("gan", {}, "does not estimate it"),
    ("wgan", {}, "not in W1's units"),
    ("wgan-gp", {}, "only at its optimum does it read W1"),
    ("wgan-gp", {"generator_steps": 0}, "G is held"),
])
def test_a_reading_is_put_in_its_place(
    qtbot: QtBot, stage: Stage, variant: str, settings: dict[str, Value], said: str
) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel, Spec(variant=variant, controls=settings))
    assert said in shown.words
    stage.link.say(progress(shown.run, 100))
    for steps in (10, 50, 100):
        stage.link.say(measured(shown.run, steps, {"w1": 1.0 / steps, "w1_estimate": 0.5 / steps}, {"w1": 0.05}))
    shown.show(stage)
    assert shown.pixels(DARK.truth) > 20
    pointed(shown, 0.9, 0.5)
    assert "exact W1" in QToolTip.text()


def read(stage: Stage, shown: Shown, readings: Sequence[float], *, exact: float = 1.0, floor: float = 0.0,
         gap: float = 1.2) -> None:
    """Measurements of a critic come, one after the other."""
    for index, reading in enumerate(readings):
        stage.link.say(measured(shown.run, index, {"w1": exact, "w1_estimate": reading, "critic_gap": gap},
                                {"w1": floor}))


def holding(shown: Shown) -> QPushButton:
    button = shown.panel.findChild(QPushButton, "wasserstein.hold")
    assert isinstance(button, QPushButton)
    return button


def last_is(stage: Stage, value: Value) -> bool:
    """Whether that was the last value that the engine was told."""
    return stage.link.told(SetControl)[-1].value == value


@pytest.mark.parametrize("steps", [1, 4])
def test_one_click_holds_the_generator_and_another_lets_it_go_on_as_before(
    qtbot: QtBot, stage: Stage, steps: int
) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel, Spec(variant="wgan-gp", controls={"generator_steps": steps}))
    button = holding(shown)
    assert not button.isChecked()
    for told in (0, steps):
        button.click()
        qtbot.waitUntil(functools.partial(last_is, stage, told))
        sent = stage.link.told(SetControl)[-1]
        assert sent.name == "generator_steps"
        stage.link.say(applied(shown.run, sent.id, sent.name, sent.value))
        assert button.isChecked() == (told == 0)
        assert ("G is held" in shown.words) == (told == 0)


def test_two_quick_clicks_hold_nothing(qtbot: QtBot, stage: Stage) -> None:
    """The second comes before the engine has confirmed the first."""
    shown = Shown(qtbot, stage, WassersteinPanel)
    holding(shown).click()
    holding(shown).click()
    qtbot.waitUntil(lambda: stage.link.told(SetControl)[-1].value == 1)


def test_a_generator_held_by_its_slider_is_let_go_to_what_it_had(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    for id_, value in ((1, 3), (2, 0)):
        stage.link.say(applied(shown.run, id_, "generator_steps", value))
    assert holding(shown).isChecked()
    holding(shown).click()
    qtbot.waitUntil(lambda: bool(stage.link.told(SetControl)))
    assert stage.link.told(SetControl)[-1].value == 3


def test_a_hold_that_is_refused_is_shown_as_it_stands(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    holding(shown).click()
    stage.link.say(Refused(run=shown.run, reason="no", id=stage.link.told(SetControl)[-1].id))
    assert not holding(shown).isChecked()


@pytest.mark.parametrize(("readings", "floor", "said"), [
    ([1.0] * 3, 0.0, "until its readings stop moving"),
    (np.linspace(0.2, 1.0, 12), 0.0, "until its readings stop moving"),
    ([0.2, 0.6, 0.9, *[1.0] * 9], 0.0, "has settled: its gap over its slope reads W1, not the bare gap of 1.2"),
    ([0.2] * 12, 0.0, "has settled, but reads 80% below the exact W1"),
    ([1.5] * 12, 0.0, "has settled, but reads 50% above the exact W1"),
    ([0.8] * 12, 0.3, "has settled: its gap over its slope reads W1"),
])
def test_a_held_critic_is_judged_by_its_readings(
    qtbot: QtBot, stage: Stage, readings: Sequence[float], floor: float, said: str
) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel, Spec(variant="wgan-gp", controls={"generator_steps": 0}))
    read(stage, shown, readings, floor=floor)
    assert said in shown.words


def test_only_what_was_read_since_the_hold_counts(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    read(stage, shown, [1.0] * 12)
    stage.link.say(applied(shown.run, 1, "generator_steps", 0))
    assert "on its way" in shown.words
    read(stage, shown, [1.0] * 6)
    assert "has settled" in shown.words


@pytest.mark.parametrize(("reading", "floor", "said"), [
    (0.5, 0.0, "its reading is 50% below the exact W1"),
    (1.3, 0.0, "its reading is 30% above the exact W1"),
    (-0.2, 0.0, "below 0, where no distance can be"),
    (1.05, 0.0, "keeps up with G"),
    (0.5, 0.6, "keeps up with G"),
    (0.5, 0.8, "as near as the noise floor lets one tell"),
])
def test_while_g_moves_the_lag_is_told(qtbot: QtBot, stage: Stage, reading: float, floor: float, said: str) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    assert "While G moves the critic lags" in shown.words
    read(stage, shown, [reading], floor=floor)
    assert said in shown.words
    assert "Hold G" in shown.words


def test_the_gap_is_hidden_by_its_box_and_marked_where_it_is_beyond(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    stage.link.say(progress(shown.run, 10))
    read(stage, shown, [1.0] * 10, gap=0.5)
    assert shown.pixels(DARK.high) > 100
    shown.box("wasserstein.gap").click()
    assert shown.pixels(DARK.high) == 0
    shown.box("wasserstein.gap").click()
    shown.run = stage.begin()
    assert shown.pixels(DARK.high) == 0
    stage.link.say(progress(shown.run, 10))
    read(stage, shown, [1.0] * 10, gap=40.0)
    assert 10 < shown.pixels(DARK.high) < 200


@pytest.mark.parametrize("variant", ["gan", "hinge-gan"])
def test_where_no_critic_reads_w1_there_is_nothing_to_hold(qtbot: QtBot, stage: Stage, variant: str) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    read(stage, shown, [1.0] * 10, gap=0.5)
    assert holding(shown).isVisible() and shown.box("wasserstein.gap").isVisible()
    shown.run = stage.begin(Spec(variant=variant))
    assert not holding(shown).isVisible() and not shown.box("wasserstein.gap").isVisible()
    stage.link.say(progress(shown.run, 10))
    read(stage, shown, [1.0] * 10, gap=0.5)
    assert shown.pixels(DARK.high) == shown.pixels(DARK.generated) == 0
    assert shown.pixels(DARK.truth) > 50


@pytest.mark.parametrize("value", [None, NAN, INF, -1e30, 0.0])
def test_measures_that_are_no_numbers_do_not_break_the_axis(qtbot: QtBot, stage: Stage, value: float | None) -> None:
    shown = Shown(qtbot, stage, WassersteinPanel)
    stage.link.say(progress(shown.run, 100))
    for steps, reading in ((1, value), (2, 0.5), (3, value)):
        stage.link.say(measured(shown.run, steps, {"w1": reading, "w1_estimate": reading}, {"w1": None}))
    shown.show(stage)
    shown.panel.grab()


# Measures ----------------------------------------------------------------------------------------------------------


def cell(table: QTableWidget, row: int, column: int) -> QTableWidgetItem:
    found = table.item(row, column)
    assert found is not None
    return found


def test_every_number_stands_beside_its_floor(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, MeasuresPanel)
    stage.link.say(measured(shown.run, 1234, {"modes": 7.0, "w1": 0.123456, "reverse_kl": None, "jsd": None},
                            {"modes": 8.0, "w1": 0.05, "reverse_kl": 0.01}))
    table = shown.panel.findChild(QTableWidget)
    assert isinstance(table, QTableWidget)
    infos = {info.name: info for info in real_catalog().measures}
    assert {cell(table, row, 0).text(): (cell(table, row, 1).text(), cell(table, row, 2).text())
            for row in range(table.rowCount())} == {
        infos["modes"].title: (format(7.0, infos["modes"].format), format(8.0, infos["modes"].format)),
        infos["w1"].title: (format(0.123456, infos["w1"].format), format(0.05, infos["w1"].format)),
        infos["reverse_kl"].title: ("–", format(0.01, infos["reverse_kl"].format)),
    }
    assert "500 samples" in shown.words
    assert "1,234" in shown.words
    assert all(cell(table, row, 0).toolTip() for row in range(table.rowCount()))
    stage.begin()
    assert table.rowCount() == 0


def test_measures_that_are_no_numbers_are_shown_as_they_are(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, MeasuresPanel)
    for value in (NAN, INF, 1e30):
        stage.link.say(measured(shown.run, 1, {info.name: value for info in real_catalog().measures},
                                {info.name: value for info in real_catalog().measures}))
    shown.panel.grab()


# Log ---------------------------------------------------------------------------------------------------------------


def test_the_log_tells_what_happened_and_when(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LogPanel)
    run = shown.run
    stage.link.say(applied(run, 1, "gp_weight", 25.0, steps=40, place=3))
    stage.link.say(Refused(run=run, reason="no such thing", id=2))
    stage.link.say(Diverged(run=run, what=Divergence(term="penalty", at=77.5, value="nan"), good_settings={}))
    stage.link.say(Failed(run=run, reason="ValueError: x", traceback="Traceback: deep"))
    stage.link.lose("it was ended by signal 9")
    text = shown.panel.findChild(QPlainTextEdit)
    assert isinstance(text, QPlainTextEdit)
    lines = text.toPlainText()
    for told in ("wgan-gp on ring", "step 40 (place 3 of the cycle): gp_weight = 25.0", "refused: no such thing",
                 "'penalty' became nan", "Traceback: deep", "signal 9"):
        assert told in lines


def test_the_log_forgets_what_is_long_ago(qtbot: QtBot, stage: Stage) -> None:
    log = LogPanel(stage.run, stage.commands)
    qtbot.addWidget(log)
    for index in range(5000):
        log.write(f"line {index}")
    text = log.findChild(QPlainTextEdit)
    assert isinstance(text, QPlainTextEdit)
    assert text.blockCount() <= 2000
    assert text.toPlainText().endswith("line 4999")


# Controls ----------------------------------------------------------------------------------------------------------


def controls_of(shown: Shown) -> ControlsPanel:
    assert isinstance(shown.panel, ControlsPanel)
    return shown.panel


def moved(made: Field, value: Value) -> None:
    """What a hand does to a field, whatever its kind."""
    made.show_value(value)
    made.moved.emit(made.info.name, value)


@pytest.mark.parametrize("variant", [variant.name for variant in real_catalog().variants])
@pytest.mark.parametrize("data", [data.name for data in real_catalog().data])
def test_every_control_of_a_run_has_its_widget(qtbot: QtBot, stage: Stage, variant: str, data: str) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant=variant, data=data))
    catalog, spec = real_catalog(), stage.run.spec
    for owner, infos, values in (
        ("variant", catalog.variant(variant).controls, spec.controls),
        ("network", catalog.network("mlp").controls, spec.network_controls),
        ("data", catalog.data_set(data).controls, spec.data_controls),
    ):
        for info in infos:
            if info.kinds and stage.run.kind not in info.kinds:
                continue
            made = controls_of(shown).field_of(info.name, owner)
            assert made.isVisibleTo(shown.panel), info.name
            assert made.value == values[info.name], info.name


def test_a_live_control_goes_to_the_run_and_restarts_nothing(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    moved(controls_of(shown).field_of("gp_weight"), 33.0)
    assert [(command.name, command.value) for command in stage.link.told(SetControl)] == [("gp_weight", 33.0)]
    assert len(stage.link.told(Start)) == 1


@pytest.mark.parametrize(("owner", "name", "value"), [("network", "width", 64), ("data", "radius", 2.0)])
def test_a_control_that_is_not_live_restarts_with_the_settings_as_they_stand(
    qtbot: QtBot, stage: Stage, owner: str, name: str, value: Value
) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    stage.link.say(applied(shown.run, 1, "gp_weight", 33.0))
    moved(controls_of(shown).field_of(name, owner), value)
    asked = stage.link.told(Start)[-1].spec
    assert asked.controls["gp_weight"] == 33.0
    assert {"network": asked.network_controls, "data": asked.data_controls}[owner][name] == value


def test_a_restart_keeps_what_the_engine_has_not_confirmed_yet(qtbot: QtBot, stage: Stage) -> None:
    """λ is dragged, and right after it another width is chosen."""
    shown = Shown(qtbot, stage, ControlsPanel)
    moved(controls_of(shown).field_of("gp_weight"), 33.0)
    moved(controls_of(shown).field_of("gp_weight"), 44.0)
    moved(controls_of(shown).field_of("width", "network"), 64)
    asked = stage.link.told(Start)[-1].spec
    assert asked.controls["gp_weight"] == 44.0
    assert asked.network_controls["width"] == 64


def test_two_restarts_in_a_row_keep_both_changes(qtbot: QtBot, stage: Stage) -> None:
    """The second comes before the first one's run stands."""
    shown = Shown(qtbot, stage, ControlsPanel)
    moved(controls_of(shown).field_of("width", "network"), 64)
    moved(controls_of(shown).field_of("depth", "network"), 2)
    asked = stage.link.told(Start)[-1].spec
    assert (asked.network_controls["width"], asked.network_controls["depth"]) == (64, 2)


def test_a_slider_under_a_hand_is_not_pulled_back(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    made = controls_of(shown).field_of("gp_weight")
    moved(made, 33.0)
    first = stage.link.told(SetControl)[-1]
    moved(made, 34.0)
    stage.link.say(applied(shown.run, first.id, "gp_weight", 33.0))
    assert made.value == 34.0
    qtbot.waitUntil(lambda: stage.link.told(SetControl)[-1].value == 34.0)
    stage.link.say(applied(shown.run, stage.link.told(SetControl)[-1].id, "gp_weight", 34.0))
    assert made.value == 34.0


def test_what_is_refused_is_shown_as_it_stands(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    made = controls_of(shown).field_of("width", "network")
    before = made.value
    moved(made, 4096)
    stage.link.say(Refused(run=stage.link.told(Start)[-1].run, reason="too wide"))
    assert made.value == before
    live = controls_of(shown).field_of("batch_size")
    before = live.value
    moved(live, 7)
    stage.link.say(Refused(run=shown.run, reason="no", id=stage.link.told(SetControl)[-1].id))
    assert live.value == before


def test_a_preset_restarts_with_its_own_settings(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant="wgan", seed=7))
    box = shown.panel.findChild(QComboBox, "control.preset")
    assert isinstance(box, QComboBox)
    presets = real_catalog().variant("wgan").presets
    assert [box.itemData(index) for index in range(box.count())] == [preset.name for preset in presets]
    momentum = box.findData("momentum")
    box.setCurrentIndex(momentum)
    box.activated.emit(momentum)
    asked = stage.link.told(Start)[-1].spec
    assert (asked.preset, asked.seed, asked.controls) == ("momentum", 7, {})
    stage.stand()
    assert box.currentData() == "momentum"
    source = [label.text() for label in shown.panel.findChildren(QLabel)]
    assert next(preset.source for preset in presets if preset.name == "momentum") in source


def test_reset_goes_to_the_presets_value(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel, Spec(variant="wgan-gp", preset="toy"))
    preset = next(p for p in real_catalog().variant("wgan-gp").presets if p.name == "toy")
    for name, value in preset.controls.items():
        assert controls_of(shown).field_of(name).default == value
    for name, value in preset.network.items():
        assert controls_of(shown).field_of(name, "network").default == value


def test_the_fields_grow_and_shrink_with_the_text(qtbot: QtBot, qapp: QApplication, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    stage.link.say(applied(shown.run, 1, "gp_weight", 33.0))
    before = qapp.font()
    widths = []
    try:
        for scale in (1.0, 2.5, 1.0):
            apply(qapp, DARK, scale)
            shown.panel.apply_theme(DARK)
            area = shown.panel.findChild(QScrollArea)
            assert isinstance(area, QScrollArea)
            content = area.widget()
            assert content is not None
            assert area.minimumSizeHint().width() > content.minimumSizeHint().width()
            assert controls_of(shown).field_of("gp_weight").value == 33.0
            widths.append(area.minimumSizeHint().width())
    finally:
        qapp.setFont(before)
        qapp.setStyleSheet("")
    assert widths[1] > 1.8 * widths[0]
    assert widths[2] < 1.1 * widths[0]


def test_the_fields_of_another_variant_replace_the_old(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    old = controls_of(shown).field_of("gp_weight")
    stage.begin(Spec(variant="wgan"))
    qtbot.waitUntil(lambda: not shiboken6.isValid(old))
    with pytest.raises(KeyError):
        controls_of(shown).field_of("gp_weight")
    assert controls_of(shown).field_of("clip").isVisibleTo(shown.panel)


def test_dragging_does_not_rebuild_the_panel(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, ControlsPanel)
    old = controls_of(shown).field_of("gp_weight")
    stage.begin(Spec(variant="wgan-gp", seed=3))
    assert controls_of(shown).field_of("gp_weight") is old
