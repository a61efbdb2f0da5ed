"""The picture of points in a dialog: where they lie, and how often a value occurs."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from ganstudio.ui.theme import DARK
from ganstudio.ui.widgets.points_picture import PointsPicture


def coloured(picture: PointsPicture) -> list[tuple[int, int]]:
    """Pixels that are mostly of the points' colour."""
    image, wanted = picture.grab().toImage(), QColor(DARK.real)
    return [(x, y) for x in range(image.width()) for y in range(image.height())
            if abs(image.pixelColor(x, y).red() - wanted.red()) < 40
            and abs(image.pixelColor(x, y).blue() - wanted.blue()) < 40]


@pytest.fixture
def picture(qtbot: QtBot) -> PointsPicture:
    made = PointsPicture(DARK)
    qtbot.addWidget(made)
    made.resize(300, 200)
    return made


def test_points_lie_as_on_a_plane(picture: PointsPicture) -> None:
    picture.show_points(np.array([[0.0, 0.0], [10.0, 5.0]]), ["age", "chol"])
    at = coloured(picture)
    left, right = [y for x, y in at if x < 150], [y for x, y in at if x > 150]
    assert left and right and min(left) > max(right), "the larger point lies further right and higher"
    assert picture.accessibleName() == "2 points by age and chol"


def test_a_single_column_is_a_histogram(picture: PointsPicture) -> None:
    picture.show_points(np.array([[1.0]] * 9 + [[2.0]]), ["age"])
    at = coloured(picture)
    heights = [max((y for x, y in at if low <= x < low + 40), default=0) - min(
        (y for x, y in at if low <= x < low + 40), default=0) for low in (25, 260)]
    assert heights[0] > 3 * heights[1] > 0


def test_without_points_there_is_an_empty_frame(picture: PointsPicture) -> None:
    picture.show_points(np.zeros((0, 2)), ["x", "y"])
    assert coloured(picture) == []
