"""Each panel with snapshots made by hand: what it says, what it shows, and that odd data does not break it."""

from __future__ import annotations

import re
import time

import msgspec
import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGraphicsView,
    QLabel,
    QPlainTextEdit,
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
from ganstudio.core.messages import Diverged, Failed, Refused, Scalars, SetControl, Start
from ganstudio.core.panels import panels as listed
from ganstudio.core.spec import Spec
from ganstudio.core.views import Divergence, ModeCount, View
from ganstudio.training.resolve import probes
from ganstudio.ui.controls.fields import Field
from ganstudio.ui.layouts import LAYOUTS
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.controls import ControlsPanel
from ganstudio.ui.panels.curves import CurvesPanel
from ganstudio.ui.panels.landscape import LandscapePanel
from ganstudio.ui.panels.line import LinePanel
from ganstudio.ui.panels.log import LogPanel
from ganstudio.ui.panels.measures import MeasuresPanel
from ganstudio.ui.panels.points import PointsPanel
from ganstudio.ui.panels.wasserstein import WassersteinPanel
from ganstudio.ui.theme import DARK, THEMES

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
        self.panel = kind(stage.session)
        stage.kept.append(self.panel)
        qtbot.addWidget(self.panel)
        self.panel.dress(DARK)
        self.panel.resize(480, 420)
        self.panel.show()
        stage.session.run_started.connect(self.panel.begin)
        stage.session.snapshot_came.connect(self.panel.show_snapshot)
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
    panel = PANELS[name](stage.session)
    stage.kept.append(panel)
    qtbot.addWidget(panel)
    panel.dress(THEMES[theme])
    panel.grab()
    shown = Shown(qtbot, stage, PANELS[name], spec)
    shown.show(stage)
    shown.panel.dress(THEMES[theme])
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
    assert distance(greens[nearest_high], high) < 40


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
])
def test_a_line_is_hidden_by_its_box(qtbot: QtBot, stage: Stage, box: str, colour: str) -> None:
    shown = Shown(qtbot, stage, LinePanel, LINE)
    shown.show(stage, line_view(DENSITY, np.roll(DENSITY, 30), np.linspace(-3, 3, 120), kind="logit"))
    before = shown.pixels(colour)
    shown.box(box).click()
    assert shown.pixels(colour) < 0.4 * before  # the legend's sample of it stays
    assert before > 100


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
    assert "gp_weight to 25 at step 250" in shown.words


def test_thousands_of_changes_do_not_slow_the_window(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, CurvesPanel)
    log = LogPanel(stage.session)
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
    log = LogPanel(stage.session)
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
    catalog, spec = real_catalog(), stage.session.spec
    for owner, infos, values in (
        ("variant", catalog.variant(variant).controls, spec.controls),
        ("network", catalog.network("mlp").controls, spec.network_controls),
        ("data", catalog.data_set(data).controls, spec.data_controls),
    ):
        for info in infos:
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
