"""What lies on a plot: unusual data can be drawn, and things are drawn where they should be."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ganstudio.ui.plotting.axes import Plot
from ganstudio.ui.plotting.colors import packed
from ganstudio.ui.plotting.items import Arrows, Circles, Curve, Picture, Scatter

ODD = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 1e30, -1e-30])


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot()
    qtbot.addWidget(made.widget)
    made.widget.resize(300, 200)
    made.widget.show()
    return made


def test_only_what_is_finite_is_drawn(plot: Plot) -> None:
    x = np.arange(len(ODD), dtype=np.float64)
    pairs = np.stack([ODD, ODD[::-1]], axis=1)
    plot.show_range((-2.0, float(len(x))), (-2.0, 2.0))
    empty = plot.widget.grab().toImage()
    curve, scatter, circles, arrows = Curve(plot), Scatter(plot), Circles(plot), Arrows(plot)
    for item in (curve, circles, arrows):
        item.set_style("#ff8800")
    scatter.set_style("#ff8800", 9, filled=True)
    curve.show(x, np.full(len(x), np.nan))
    scatter.show(np.full((4, 2), np.nan))
    assert plot.widget.grab().toImage() == empty
    curve.show(x, ODD)
    assert plot.widget.grab().toImage() != empty
    scatter.show(pairs)
    circles.show(pairs[3:6], np.ones(3))
    arrows.show(pairs[3:6], np.array([[np.nan, 1], [np.inf, 1], [1, 1]]))
    assert scatter.points.tolist() == [pair for pair in pairs.tolist() if np.isfinite(pair).all()]
    plot.widget.grab()


def test_nothing_can_be_drawn(plot: Plot) -> None:
    none = np.zeros((0, 2))
    empty = plot.widget.grab().toImage()
    Curve(plot).show(none[:, 0], none[:, 0])
    Curve(plot, pairs=True).show(none[:, 0], none[:, 0])
    Scatter(plot).show(none)
    Circles(plot).show(none, none[:, 0])
    Arrows(plot).show(none, none)
    assert plot.widget.grab().toImage() == empty


def test_a_picture_lies_where_it_is_said(plot: Plot) -> None:
    """Row 0 is at the bottom: the landscape's y goes up."""
    rgb = np.zeros((2, 2, 3), dtype=np.uint8)
    rgb[0, 0] = (250, 10, 10)
    plot.show_range((0, 1), (0, 1))
    Picture(plot).show(packed(rgb), (0, 1), (0, 1))
    shot = plot.widget.grab().toImage()
    column = plot.upright(0.25, plot.widget)
    low, high = (column.pointAt(share).toPoint() for share in (0.75, 0.25))
    assert (shot.pixelColor(low).red(), shot.pixelColor(low).green()) == (250, 10)
    assert shot.pixelColor(high).red() == 0


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
