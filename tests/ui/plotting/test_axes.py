"""Which part of the plane a plot shows, and that it reports when it was painted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ganstudio.ui.plotting.axes import Plot, _grouped
from ganstudio.ui.plotting.items import Curve
from ganstudio.ui.theme import DARK, LIGHT


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot()
    qtbot.addWidget(made.widget)
    made.widget.resize(300, 200)
    made.widget.show()
    return made


def test_an_axis_follows_until_a_hand_moves_it(plot: Plot) -> None:
    plot.show_range((0, 10), (-1, 1))
    assert plot.x_range() == (0, 10)
    plot.show_range((0, float("nan")), (-1, 1))
    assert plot.x_range() == (0, 10)
    plot.following = False
    plot.show_range((0, 20), (-1, 1))
    assert plot.x_range() == (0, 10)


def test_painting_is_told(plot: Plot, qtbot: QtBot) -> None:
    painted: list[bool] = []
    plot.on_painted(lambda: painted.append(True))
    Curve(plot).show(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    qtbot.waitUntil(lambda: bool(painted))


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


def test_numbers_on_an_axis_are_the_plots_own_after_another_palette(qtbot: QtBot) -> None:
    """A density of .6 stood beside 600 once the palette was changed while the label could be seen."""
    plot = Plot(y_label="density")
    qtbot.addWidget(plot.widget)
    plot.widget.resize(300, 200)
    plot.widget.show()
    font = plot.widget.font()
    plot.show_range((0, 1), (0, 0.6))
    for theme in (DARK, LIGHT, DARK):
        plot.apply_theme(theme, font)
        plot.show_range((0, 1), (0, 0.5))
        axis = plot._view.axes["left"]
        assert axis.autoSIPrefixScale == 1.0
        assert axis.tickStrings([0.5], axis.autoSIPrefixScale * axis.scale, 0.1) == ["0.5"]


@pytest.mark.parametrize(("values", "spacing", "written"), [
    ((0.0, 500.0, 1000.0, 1500.0), 500.0, ["0", "500", "1,000", "1,500"]), ((-0.5, 0.0), 0.5, ["−0.5", "0"]),
    ((1999.5, 2000.0), 0.5, ["1,999.5", "2,000.0"]), ((20000.0, 150000.0), 10000.0, ["20,000", "150,000"]),
    ((2e7,), 1e7, ["2e7"]),
])
def test_numbers_on_an_axis_are_written_as_in_sentences(
    qtbot: QtBot, values: tuple[float, ...], spacing: float, written: list[str],
) -> None:
    plot = Plot()
    qtbot.addWidget(plot.widget)
    assert plot._view.axes["bottom"].tickStrings(values, 1.0, spacing) == written


def test_a_plot_has_two_axes_and_the_third_when_it_is_asked_for(qtbot: QtBot) -> None:
    plot = Plot()
    qtbot.addWidget(plot.widget)

    def seen() -> set[str]:
        return {side for side, axis in plot._view.axes.items() if axis.isVisible()}

    assert seen() == {"left", "bottom"}
    plot.right_axis("D(x)")
    assert seen() == {"left", "bottom", "right"}


@pytest.mark.parametrize(("text", "written"), [
    ("0.0025", "0.0025"), ("-0.0004", "−0.0004"), ("1234.5678", "1,234.5678"), ("-20000", "−20,000"), ("0.5", "0.5"),
    ("100", "100"), ("1e+03", "1,000"), ("0.00001", "0.00001"),
])
def test_only_what_is_before_the_point_is_grouped(text: str, written: str) -> None:
    assert _grouped(text) == written
