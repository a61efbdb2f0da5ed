"""Matrix: its columns, what is framed, and the choices of what is asked."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.matrix import ALL, MatrixPanel
from ganstudio.ui.widgets.picture_strip import PictureStrip
from ganstudio.views.matrix import Asked, Matrix

SPEC = Spec(variant="dcgan", data="digits")


def images(first: int, n: int) -> Array:
    """Images of one shade each, one lighter than the other."""
    shades = (first + np.arange(n)).astype(np.uint8)
    return Array.of(np.broadcast_to(shades[:, None, None, None], (n, 8, 8, 3)).copy())


ATTRIBUTES = Matrix(
    source=images(10, 2), rows=2, by=["attributes"], heads=[images(0, 0)], made=[images(100, 8)],
    columns=[[Asked("black hair", "hair", [0]), Asked("red hair", "hair"), Asked("no glasses", "glasses", [1]),
              Asked("glasses", "glasses", [0])]])
STYLES = Matrix(
    source=images(10, 2), rows=2, by=["latents", "references"], heads=[images(0, 0), images(10, 2)],
    made=[images(100, 2), images(200, 4)],
    columns=[[Asked("latent 1", "")], [Asked("as 1", "", [0]), Asked("as 2", "", [1])]])


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def strip(shown: Shown) -> PictureStrip:
    found = shown.panel.findChild(PictureStrip)
    assert isinstance(found, PictureStrip)
    return found


def choose(shown: Shown, name: str, text: str) -> None:
    box = shown.panel.findChild(QComboBox, f"matrix.{name}")
    assert isinstance(box, QComboBox)
    box.setCurrentText(text)
    assert box.currentText() == text
    box.activated.emit(box.currentIndex())


def test_each_column_has_its_own_images_row_by_row_and_own_values_are_framed(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, MatrixPanel, SPEC)
    shown.show(stage, ("matrix", ATTRIBUTES))
    columns = strip(shown).columns
    assert [column.title for column in columns] == ["source", "black hair", "red hair", "no glasses", "glasses"]
    assert [int(shade) for shade in columns[3].images[:, 0, 0, 0]] == [102, 106]
    assert [sorted(column.own) for column in columns] == [[], [0], [], [1], [0]]
    choose(shown, "attribute", "glasses")
    assert [column.title for column in strip(shown).columns] == ["source", "no glasses", "glasses"]
    choose(shown, "attribute", ALL)
    assert len(strip(shown).columns) == 5
    strip(shown).pointed.emit(0, 1)
    assert shown.panel.statusTip() == "Source 1: black hair. It has that already: nothing should change."


def test_styles_come_from_latents_or_from_references_with_their_images_above(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, MatrixPanel, SPEC)
    shown.show(stage, ("matrix", STYLES))
    assert [column.title for column in strip(shown).columns] == ["source", "latent 1"]
    before = strip(shown).place(0, 0).top()
    choose(shown, "way", "references")
    columns = strip(shown).columns
    assert [column.title for column in columns] == ["source", "as 1", "as 2"]
    assert columns[0].head is None and columns[2].head is not None and int(columns[2].head[0, 0, 0]) == 11
    assert strip(shown).place(0, 0).top() != before  # room for the images above
    assert not shown.panel.grab().isNull()


def test_titles_too_wide_for_their_columns_are_turned_and_none_is_cut(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, MatrixPanel, SPEC)
    shown.show(stage, ("matrix", ATTRIBUTES))
    found = strip(shown)
    metrics = found.fontMetrics()
    for width, turned in ((900, False), (230, True)):
        found.resize(width, 300)
        titles = found._titles()
        assert [not lines for lines in titles] == [turned] * 5
        longest = max(metrics.horizontalAdvance(line) for lines in titles for line in lines) if not turned else 0
        assert longest <= found._step()
        assert found._title_height() >= (metrics.horizontalAdvance("no glasses") if turned else metrics.height())
        assert found.rect().contains(found.place(found.layout_of()[1] - 1, 4))


def test_of_many_columns_one_attribute_is_shown_at_first(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, MatrixPanel, SPEC)
    many = [Asked(f"hair {at}", "hair") for at in range(7)] + [Asked(word, "glasses") for word in ("no", "yes")]
    shown.show(stage, ("matrix", Matrix(source=images(10, 2), rows=2, by=["attributes"], heads=[images(0, 0)],
                                        made=[images(100, 18)], columns=[many])))
    assert [column.title for column in strip(shown).columns] == ["source", *(f"hair {at}" for at in range(7))]
    choose(shown, "attribute", ALL)
    assert len(strip(shown).columns) == 10
