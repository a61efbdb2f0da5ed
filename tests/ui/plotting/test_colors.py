"""Colour tables and resampled grids, as numbers; and images that keep their pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from scipy import ndimage

from ganstudio.ui.plotting.colors import colour_table, image_of, packed, stretched
from ganstudio.ui.theme import THEMES


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


def test_an_image_keeps_its_pixels() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    image = image_of(rgb[::-1])
    rgb[:] = 0
    assert (image.width(), image.height()) == (7, 5)
    again = image_of(np.full((3, 5, 3), 9, dtype=np.uint8))
    assert (again.pixelColor(4, 2).red(), again.pixelColor(0, 0).blue()) == (9, 9)
    assert image.pixelColor(0, 0).getRgb() != (0, 0, 0, 255)


def test_packed_colours_are_those_of_qt() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (3, 5, 3)).astype(np.uint8)
    assert packed(rgb).tolist() == [[QColor(*pixel).rgb() for pixel in row] for row in rgb.tolist()]
    image = image_of(rgb)
    assert image.format() == QImage.Format.Format_RGB32
    seen = [[(c.red(), c.green(), c.blue()) for c in (image.pixelColor(x, y) for x in range(5))] for y in range(3)]
    assert seen == [[tuple(pixel) for pixel in row] for row in rgb.tolist()]
