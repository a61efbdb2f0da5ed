"""The points panel: modes in words, what is drawn, what the boxes hide."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from panel_kit import INF, NAN, Shown, pointed
from PySide6.QtWidgets import (
    QToolTip,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    RING,
    Stage,
    floats,
    mode_count,
    points_view,
)

from ganstudio.core.protocol.views import ModeCount
from ganstudio.ui.panels.points import PointsPanel
from ganstudio.ui.theme import DARK

EVEN = np.full(8, 0.125)
ONE = np.array([1.0, 0, 0, 0, 0, 0, 0, 0])


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.mark.parametrize(("modes", "said", "not_said"), [
    (mode_count(ONE), ["collapse", "one of 8 modes gets"], ["All"]),
    (mode_count([0.5, 0.5, 0, 0, 0, 0, 0, 0]), ["collapse", "2 of 8 modes get"], ["All"]),
    (mode_count(EVEN, high_quality=0.93), ["All 8 modes", "93%"], ["collapse"]),
    (mode_count([0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0]), ["4 of 8 modes found", "4 get almost no points"], ["collapse"]),
    (mode_count(EVEN, share=[0.1] * 5 + [0] * 3), ["5 of 8 modes found"], ["collapse", "almost"]),
    (None, ["orange covers blue"], ["mode"]),
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
        assert "have not reached the modes yet" in shown.words
        assert "0 of 8 found" in shown.words
    shown.show(stage, points_view(RING, modes=cloud), steps=200)
    assert "Mode collapse: 2 of 8 modes get nearly all points" in shown.words


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
    assert "Mode collapse: one of 8 modes gets nearly all points" in shown.words
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
    assert "50% of the points are outside the picture" in shown.words
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


@pytest.mark.parametrize(("near", "said", "not_said"), [
    (0.1, "The points are far from every mode: half of them by more than 1.5 data units", "one of 8 modes"),
    (0.9, "one of 8 modes gets nearly all points", "far"),
    (None, "one of 8 modes gets nearly all points", "far"),  # a file of before does not say
])
def test_the_nearest_of_modes_that_are_all_far_is_no_place(
    near: float | None, said: str, not_said: str, qtbot: QtBot, stage: Stage,
) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    modes = msgspec.structs.replace(mode_count(ONE, share=np.zeros(8), high_quality=0.0), near=near, distance=1.5)
    shown.show(stage, points_view(RING * 3, modes=modes), steps=2000)
    assert said in shown.words
    assert not_said not in shown.words


def test_modes_are_found_so_far_while_points_come_nearer(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    half = mode_count(EVEN, share=[0.1] * 5 + [0] * 3)
    for step, quality in ((300, 0.5), (350, 0.55), (400, 0.6)):
        shown.show(stage, points_view(RING, modes=msgspec.structs.replace(half, high_quality=quality)), steps=step)
    assert "5 of 8 modes found so far" in shown.words
    for step in (500, 600):
        shown.show(stage, points_view(RING, modes=msgspec.structs.replace(half, high_quality=0.6)), steps=step)
    assert shown.words.startswith("5 of 8 modes found. ")


def test_the_picture_follows_the_data_unless_the_user_has_moved_it(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, PointsPanel)
    assert isinstance(shown.panel, PointsPanel)
    plot = shown.panel._plot
    name, view = points_view(RING)
    for low, high in ((-2.0, 2.0), (-0.5, 4.5), (-4.5, 1.5)):
        shown.show(stage, (name, msgspec.structs.replace(view, low=low, high=high)))
        (left, right), (bottom, top) = plot.x_range(), plot.y_range()
        assert left <= low and bottom <= low and right >= high and top >= high
        assert min(right - left, top - bottom) == pytest.approx(high - low)
    plot.following = False
    before = plot.x_range()
    shown.show(stage, (name, msgspec.structs.replace(view, low=-9.0, high=9.0)))
    assert plot.x_range() == before
    shown.show(stage, (name, view))  # of an older file, which does not say
    assert plot.x_range() == before
