"""A small picture of a run shows what its panels show, and of a view that does not hold together nothing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from ganstudio.core.protocol.views import Array, Boundary, Line, Points, Pyramid, Samples, View
from ganstudio.ui.library.thumbnail import drawn
from ganstudio.ui.theme import DARK, LIGHT, Theme

SIDE = 40


def array(values: object) -> Array:
    return Array.of(np.asarray(values, dtype=np.float32))


def images(*grey: int) -> Array:
    return Array.of(np.repeat(np.asarray(grey, np.uint8), 64).reshape(len(grey), 8, 8, 1))


def line(data: object, generator: object, x: object = (0, 1, 2, 3)) -> Line:
    none: NDArray[np.float32] = np.zeros(4, np.float32)
    return Line(x=array(x), data=array(data), exact=True, generator=array(generator), score=array(none), kind="logit")


def colour(image: QImage | None, x: float, y: float) -> str:
    """The colour at a share of the width from the left and of the height from the top."""
    assert image is not None and (image.width(), image.height()) == (SIDE, SIDE)
    return image.pixelColor(int(x * SIDE), int(y * SIDE)).name()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_points_have_their_panels_colours(qapp: QApplication, theme: Theme) -> None:
    view = Points(real=array([(0, 0), (1, 1), (np.nan, 5)]), fake=array([(0, 1), (1e30, 0), (np.inf, 0)]))
    image = drawn(view, SIDE, theme)
    low, high = 0.12 / 1.24, 1.12 / 1.24  # a margin of 12 % of the data's width; y points upwards
    assert colour(image, low, high) == colour(image, high, low) == theme.real
    assert colour(image, low, low) == theme.generated
    assert colour(image, high, high) == theme.base


def test_a_line_is_filled_where_the_generator_is(qapp: QApplication) -> None:
    image = drawn(line([0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]), SIDE, DARK)
    assert colour(image, 0.85, 0.5) == DARK.generated and colour(image, 0.1, 0.5) == DARK.base


def test_of_images_that_are_no_squares_the_middle_is_drawn(qapp: QApplication) -> None:
    images = np.zeros((4, 36, 48, 3), np.uint8)
    images[:, :, 6:42] = (200, 40, 90)
    made = drawn(Samples(real=Array.of(images), fake=Array.of(images), averaged=False), 64, DARK)
    assert made is not None and made.width() == made.height() == 64
    assert {made.pixelColor(x, y).red() for x in (0, 20, 40, 63) for y in (0, 31, 63)} == {200}


def test_four_images_stand_beside_each_other(qapp: QApplication) -> None:
    shown = images(10, 60, 110, 160, 210)
    pyramid = Pyramid(fake=[images(1, 2, 3, 4), shown], real=[], level=1, alpha=1.0, levels=2, shown=0, lasts=0,
                      averaged=False)
    for view in (Samples(real=shown, fake=shown, averaged=False), pyramid):
        image = drawn(view, SIDE, DARK)
        found = [colour(image, x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]
        assert found == [QColor(grey, grey, grey).name() for grey in (10, 60, 110, 160)]


@pytest.mark.parametrize("view", [
    Points(real=array(np.zeros((0, 2))), fake=array(np.zeros((0, 2)))),
    Points(real=array(np.zeros((2, 3))), fake=array(np.zeros((2, 2)))),
    Points(real=Array((5, 2), "f4", b"too few"), fake=array(np.zeros((2, 2)))),
    Points(real=Array((1 << 20, 1 << 20), "f4", b""), fake=array(np.zeros((2, 2)))),
    line([0, 0, 0], [0, 0, 0, 0]), line([], [], []), line([0] * 4, [0] * 4, [np.nan] * 4),
    Samples(real=images(1), fake=images(1), averaged=False),
    Samples(real=images(1), fake=Array((4, 0, 8, 3), "u1", b""), averaged=False),
    Samples(real=images(1), fake=Array((4, 1, 1, 2), "u1", bytes(8)), averaged=False),
    Pyramid(fake=[], real=[], level=0, alpha=1.0, levels=1, shown=0, lasts=0, averaged=False),
    Boundary(at=array(np.zeros((2, 2))), resolution=1.0),
])
def test_what_does_not_hold_together_is_not_drawn(qapp: QApplication, view: View) -> None:
    assert drawn(view, SIDE, DARK) is None


def test_points_on_one_spot_and_densities_of_nothing_are_drawn(qapp: QApplication) -> None:
    spot = array([(2, 2), (2, 2)])
    assert colour(drawn(Points(real=spot, fake=spot), SIDE, DARK), 0.5, 0.5) == DARK.generated
    assert drawn(line([0.0] * 4, [np.nan, np.inf, 0.0, 0.0]), SIDE, DARK) is not None
