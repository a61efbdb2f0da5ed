"""The row that wraps above a picture, and the samples of lines in it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QCheckBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ganstudio.ui.theme import DARK
from ganstudio.ui.widgets.flow_layout import FlowLayout
from ganstudio.ui.widgets.legend import LegendEntry, add_swatch, line_swatch


class Block(QWidget):
    """A widget that wants 100 by 20 pixels, or as told."""

    def __init__(self, width: int = 100, height: int = 20) -> None:
        super().__init__()
        self._size = QSize(width, height)

    def sizeHint(self) -> QSize:
        return self._size

    def minimumSizeHint(self) -> QSize:
        return self._size


class Shelf:
    """Blocks in a row of a panel as wide as told."""

    def __init__(self, qtbot: QtBot, *blocks: tuple[QWidget, int] | None) -> None:
        self.panel = QWidget()
        qtbot.addWidget(self.panel)
        self.row = FlowLayout()
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(10)
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.row)
        column.addStretch(1)
        self.blocks: list[QWidget] = []
        for block in blocks:
            if block is None:
                self.row.addStretch(1)
            else:
                self.row.addWidget(*block)
                self.blocks.append(block[0])

    def at(self, width: int) -> list[tuple[int, int, int]]:
        """Left, top and width of each block."""
        self.panel.resize(width, 300)
        self.panel.show()
        QApplication.processEvents()
        return [(block.x(), block.y(), block.width()) for block in self.blocks]


def test_a_row_wraps_where_it_is_narrow(qtbot: QtBot) -> None:
    shelf = Shelf(qtbot, (Block(), 0), (Block(), 0), (Block(), 0))
    assert shelf.at(320) == [(0, 0, 100), (110, 0, 100), (220, 0, 100)]
    assert shelf.row.heightForWidth(320) == 20
    assert shelf.at(319) == [(0, 0, 100), (110, 0, 100), (0, 25, 100)]
    assert shelf.row.heightForWidth(319) == 45
    assert shelf.at(100) == [(0, 0, 100), (0, 25, 100), (0, 50, 100)]
    assert shelf.panel.minimumSizeHint().width() == 100, "as wide as its widest part, not as all of them"


def test_what_is_left_over_goes_to_what_stretches(qtbot: QtBot) -> None:
    right = Shelf(qtbot, (Block(), 0), None, (Block(), 0))
    assert right.at(400) == [(0, 0, 100), (300, 0, 100)]
    assert right.at(150) == [(0, 0, 100), (0, 25, 100)]
    filled = Shelf(qtbot, (Block(), 0), (Block(), 1))
    assert filled.at(400) == [(0, 0, 100), (110, 0, 290)]
    shared = Shelf(qtbot, (Block(), 1), (Block(), 3))
    assert shared.at(410) == [(0, 0, 150), (160, 0, 250)]


def test_a_row_leaves_out_what_is_hidden(qtbot: QtBot) -> None:
    shelf = Shelf(qtbot, (Block(), 0), (Block(), 0), (Block(), 0))
    shelf.at(320)
    shelf.blocks[1].hide()
    assert [shelf.at(210)[index] for index in (0, 2)] == [(0, 0, 100), (110, 0, 100)]
    assert shelf.row.heightForWidth(210) == 20


def test_what_is_lower_stands_in_the_middle_of_its_line(qtbot: QtBot) -> None:
    shelf = Shelf(qtbot, (Block(100, 40), 0), (Block(100, 20), 0))
    assert [top for _, top, _ in shelf.at(300)] == [0, 10]


def test_a_row_without_anything_takes_no_height(qtbot: QtBot) -> None:
    shelf = Shelf(qtbot)
    assert shelf.row.heightForWidth(300) == 0
    assert shelf.row.itemAt(0) is None
    assert shelf.row.takeAt(0) is None


def test_what_is_wider_than_the_row_is_cut_to_it(qtbot: QtBot) -> None:
    shelf = Shelf(qtbot, (Block(500), 0))
    assert shelf.at(600) == [(0, 0, 500)]
    shelf.row.setGeometry(QRect(0, 0, 200, 20))
    assert shelf.blocks[0].width() == 200


def opaque(picture: QPixmap) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which pixels are painted."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    raw = np.frombuffer(bytes(image.constBits()), dtype=np.uint8).reshape(image.height(), image.width(), 4)
    painted: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = raw[:, :, 3] > 128
    return painted


@pytest.mark.parametrize("points", [7.5, 10.0, 25.0])
def test_a_sample_is_as_high_as_the_text_and_dashes_can_be_counted(qapp: QApplication, points: float) -> None:
    font = qapp.font()
    font.setPointSizeF(points)
    metrics = QFontMetrics(font)
    whole, dashed = (line_swatch(DARK.real, metrics, dashed=on) for on in (False, True))
    assert whole.deviceIndependentSize().height() == metrics.height()
    for picture, pieces in ((whole, 1), (dashed, 3)):
        painted = opaque(picture)
        line = painted.any(axis=0).astype(int)
        assert line[0] == 1
        assert int((np.diff(line, prepend=0) == 1).sum()) == pieces
        rows = np.flatnonzero(painted.any(axis=1))
        assert rows.mean() == pytest.approx(painted.shape[0] / 2, abs=1.5)


def test_a_box_carries_the_line_that_it_shows(qtbot: QtBot) -> None:
    box = QCheckBox("real")
    qtbot.addWidget(box)
    add_swatch(box, DARK.generated)
    assert box.iconSize().height() == box.fontMetrics().height()
    shown = box.icon().pixmap(box.iconSize()).toImage()
    assert shown.pixelColor(shown.width() // 2, shown.height() // 2).name() == QColor(DARK.generated).name()


def test_a_name_beside_its_line_is_not_cut_off(qtbot: QtBot) -> None:
    sample = LegendEntry("noise floor")
    qtbot.addWidget(sample)
    sample.set_style(DARK.real, DARK.text)
    assert sample.accessibleName() == "noise floor"
    sample.resize(sample.sizeHint() + QSize(40, 0))
    sample.show()
    image = sample.grab().toImage()
    ratio = image.width() / sample.width()
    background = image.pixelColor(image.width() - 1, 0)
    beyond = range(round(sample.sizeHint().width() * ratio), image.width())
    assert all(image.pixelColor(x, y) == background for x in beyond for y in range(image.height()))
    inside = range(round((sample.sizeHint().width() - 12) * ratio), round(sample.sizeHint().width() * ratio))
    assert any(image.pixelColor(x, y) != background for x in inside for y in range(image.height()))
