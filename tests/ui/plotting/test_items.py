"""What is drawn, as numbers: resampling, colours, scales and their ticks; and that odd data can be drawn at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from scipy import ndimage

from ganstudio.ui.plotting.items import (
    Arrows,
    Circles,
    Curve,
    Picture,
    Plot,
    Scale,
    Scatter,
    colour_table,
    image_of,
    packed,
    scale_ticks,
    scaled,
    stretched,
)
from ganstudio.ui.theme import DARK, LIGHT, THEMES

ODD = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 1e30, -1e-30])


# Resampling --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "side"), [(4, 16), (40, 240), (7, 23), (3, 3), (1, 5), (2, 2), (40, 10)])
def test_stretched_is_bilinear_between_cell_centres(n: int, side: int) -> None:
    values = np.random.default_rng(n * side).normal(size=(n, n)).astype(np.float32)
    at = (np.arange(side) + 0.5) * n / side - 0.5
    expected = ndimage.map_coordinates(values, np.meshgrid(at, at, indexing="ij"), order=1, mode="nearest")
    np.testing.assert_allclose(stretched(values, side), expected, atol=1e-5)


def test_stretched_keeps_rows_and_columns_apart() -> None:
    rows = np.array([[0.0, 0.0], [1.0, 1.0]], dtype=np.float32)
    np.testing.assert_allclose(stretched(rows, 4)[:, 0], [0.0, 0.25, 0.75, 1.0])
    np.testing.assert_allclose(stretched(rows, 4)[1], [0.25] * 4)


# Colours -----------------------------------------------------------------------------------------------------------


def test_a_colour_table_goes_from_low_through_middle_to_high() -> None:
    table = colour_table("#000000", "#804020", "#ffffff")
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert list(table[0]) == [0, 0, 0]
    assert list(table[255]) == [255, 255, 255]
    np.testing.assert_allclose(table[127:129].mean(axis=0), [0x80, 0x40, 0x20], atol=1)
    assert (np.diff(table.astype(int), axis=0) >= 0).all()


@pytest.mark.parametrize("theme", list(THEMES))
def test_low_and_high_scores_are_told_apart(theme: str) -> None:
    """Also by brightness alone, against the middle: a projector and a colour-blind eye see it."""
    table = colour_table(THEMES[theme].low, THEMES[theme].middle, THEMES[theme].high).astype(float)
    grey = table @ [0.2126, 0.7152, 0.0722]
    assert abs(grey[0] - grey[128]) > 25
    assert abs(grey[255] - grey[128]) > 25


def _luminance(colour: str) -> float:
    """Relative luminance as in WCAG 2.1."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_words_can_be_read_and_lines_seen(theme: object) -> None:
    """WCAG 2.1: 4.5 to 1 for text, 3 to 1 for what a picture says."""
    t = DARK if theme is DARK else LIGHT
    for ground in (t.window, t.base, t.raised):
        assert _contrast(t.text, ground) >= 7
        assert _contrast(t.quiet, ground) >= 4.5
    for colour in (t.real, t.generated, t.truth, t.warning, t.accent, *t.curves):
        assert _contrast(colour, t.base) >= 3, colour


def test_an_image_keeps_its_pixels() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    image = image_of(rgb[::-1])
    rgb[:] = 0
    assert (image.width(), image.height()) == (7, 5)
    again = image_of(np.full((3, 5, 3), 9, dtype=np.uint8))
    assert (again.pixelColor(4, 2).red(), again.pixelColor(0, 0).blue()) == (9, 9)
    assert image.pixelColor(0, 0).getRgb() != (0, 0, 0, 255)


# Scales ------------------------------------------------------------------------------------------------------------


def test_linear_is_as_it_is() -> None:
    np.testing.assert_array_equal(scaled(ODD, "linear", 0.1), ODD)


def test_log_leaves_out_what_is_not_positive() -> None:
    drawn = scaled(np.array([-1.0, 0.0, 1e-3, 1.0, 100.0, np.nan]), "log", 0.1)
    np.testing.assert_allclose(drawn, [np.nan, np.nan, -3, 0, 2, np.nan])


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=50), st.floats(1e-3, 10))
def test_symlog_keeps_order_and_sign(values: list[float], unit: float) -> None:
    y = np.sort(np.array(values))
    drawn = scaled(y, "symlog", unit)
    assert (np.diff(drawn) >= 0).all()
    np.testing.assert_array_equal(np.sign(drawn[np.abs(y) > 1e-9]), np.sign(y[np.abs(y) > 1e-9]))
    np.testing.assert_allclose(scaled(-y, "symlog", unit), -drawn)


def test_symlog_by_hand() -> None:
    np.testing.assert_allclose(scaled(np.array([0.0, 0.1, 0.9, -9.9]), "symlog", 0.1),
                               [0, np.log10(2), 1, -2])


def test_a_linear_axis_has_its_own_ticks() -> None:
    assert scale_ticks(-1, 1, "linear", 0.1) is None
    assert scale_ticks(float("nan"), 1, "log", 0.1) is None


RANGES = [(-6.0, 4.0), (-1.0, 1.2), (0.3, 0.95), (2.05, 2.9), (-3.0, -0.5), (1.2, 1.9), (-0.2, 0.2), (0.0, 12.0)]


@pytest.mark.parametrize("scale", ["log", "symlog"])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_ticks_stand_where_their_number_is_drawn(low: float, high: float, scale: Scale) -> None:
    ticks = scale_ticks(low, high, scale, 0.1)
    assert ticks is not None
    for at, label in ticks:
        assert scaled(np.array([float(label)]), scale, 0.1)[0] == pytest.approx(at, abs=1e-9)
    assert len({label for _, label in ticks}) == len(ticks)


@pytest.mark.parametrize("scale", ["log", "symlog"])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_an_axis_can_always_be_read(low: float, high: float, scale: Scale) -> None:
    """A curve that has settled within one decade needs numbers beside it too."""
    ticks = scale_ticks(low, high, scale, 0.1)
    assert ticks is not None
    assert 2 <= sum(low <= at <= high for at, _ in ticks) <= 16


# Drawing -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot()
    qtbot.addWidget(made.widget)
    made.widget.resize(300, 200)
    made.widget.show()
    return made


def test_what_is_not_finite_can_be_drawn(plot: Plot) -> None:
    x = np.arange(len(ODD), dtype=np.float64)
    pairs = np.stack([ODD, ODD[::-1]], axis=1)
    curve, scatter, circles, arrows = Curve(plot), Scatter(plot), Circles(plot), Arrows(plot)
    curve.show(x, ODD)
    curve.show(x, np.full(len(x), np.nan))
    scatter.show(pairs)
    scatter.show(np.full((4, 2), np.nan))
    circles.show(pairs[3:6], np.ones(3))
    arrows.show(pairs[3:6], np.array([[np.nan, 1], [np.inf, 1], [1, 1]]))
    plot.widget.grab()


def test_nothing_can_be_drawn(plot: Plot) -> None:
    none = np.zeros((0, 2))
    Curve(plot).show(none[:, 0], none[:, 0])
    Curve(plot, pairs=True).show(none[:, 0], none[:, 0])
    Scatter(plot).show(none)
    Circles(plot).show(none, none[:, 0])
    Arrows(plot).show(none, none)
    plot.widget.grab()


def test_an_axis_follows_until_a_hand_moves_it(plot: Plot) -> None:
    plot.show_range((0, 10), (-1, 1))
    assert plot.x_range() == (0, 10)
    plot.show_range((0, float("nan")), (-1, 1))
    assert plot.x_range() == (0, 10)
    plot.following = False
    plot.show_range((0, 20), (-1, 1))
    assert plot.x_range() == (0, 10)


def test_a_picture_lies_where_it_is_said(plot: Plot) -> None:
    """Row 0 is at the bottom: the landscape's y goes up."""
    rgb = np.zeros((2, 2, 3), dtype=np.uint8)
    rgb[0, 0] = (250, 10, 10)
    plot.show_range((0, 1), (0, 1))
    Picture(plot).show(packed(rgb), (0, 1), (0, 1))
    shot = plot.widget.grab().toImage()
    corner = shot.pixelColor(shot.width() // 4, 3 * shot.height() // 4)
    assert (corner.red(), corner.green()) == (250, 10)
    assert shot.pixelColor(shot.width() // 4, shot.height() // 4).red() == 0


def test_painting_is_told(plot: Plot, qtbot: QtBot) -> None:
    painted: list[bool] = []
    plot.on_painted(lambda: painted.append(True))
    Curve(plot).show(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    qtbot.waitUntil(lambda: bool(painted))


def test_packed_colours_are_those_of_qt() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (3, 5, 3)).astype(np.uint8)
    assert packed(rgb).tolist() == [[QColor(*pixel).rgb() for pixel in row] for row in rgb.tolist()]
    image = image_of(rgb)
    assert image.format() == QImage.Format.Format_RGB32
    seen = [[(c.red(), c.green(), c.blue()) for c in (image.pixelColor(x, y) for x in range(5))] for y in range(3)]
    assert seen == [[tuple(pixel) for pixel in row] for row in rgb.tolist()]


def test_circles_are_drawn_around_their_centres(qtbot: QtBot) -> None:
    plot = Plot()
    qtbot.addWidget(plot.widget)
    circles = Circles(plot)
    circles.show(np.array([[1.0, 2.0], [-3.0, 0.0]]), np.array([0.5, 2.0]))
    x, y = circles._curve._item.getData()
    np.testing.assert_allclose(np.hypot(x[:33] - 1, y[:33] - 2), 0.5)
    np.testing.assert_allclose(np.hypot(x[34:67] + 3, y[34:67]), 2.0)
    assert np.isnan(x[[33, 67]]).all()
    circles.show(np.zeros((0, 2)), np.zeros(0))
    assert not len(circles._curve._item.getData()[0])


def test_axes_that_follow_show_all_and_are_seldom_other_ones(plot: Plot) -> None:
    """A run that grows from 100 to 200 steps, with a term that wanders."""
    ranges = set()
    for end in range(100, 201):
        wanted = (0.0, float(end)), (-1.0, 1.0 + 0.01 * math.sin(end))
        plot.follow_range(*wanted)
        for shown, (low, high) in zip((plot.x_range(), plot.y_range()), wanted, strict=True):
            rim = 0.003 * (high - low)
            assert low - 0.05 * (high - low) <= shown[0] <= low + rim
            assert high - rim <= shown[1] <= high + 0.05 * (high - low)
        ranges.add((plot.x_range(), plot.y_range()))
    assert len(ranges) < 45
    plot.follow_range((0.0, 10.0), (5.0, 6.0))  # another run
    assert plot.x_range()[1] < 11 and plot.y_range() == (5, 6)
