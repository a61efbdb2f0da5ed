"""Translation: which columns there are, in both directions, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest
from panel_kit import Shown
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Array
from ganstudio.ui.panels.translation import TranslationPanel
from ganstudio.ui.widgets.picture_strip import PictureStrip, plain
from ganstudio.views.translation import Translation


def flat(shade: int, n: int = 2) -> Array:
    return Array.of(np.full((n, 16, 16, 3), shade, np.uint8))


def view(*, other: bool = False, made_word: str = "made") -> Translation:
    source, made, back = (flat(40), flat(50), flat(60)) if other else (None, None, None)
    return Translation(source=flat(10), made=flat(20), truth=flat(40), pair=flat(0, 0), back=flat(30),
                       best=flat(0, 0), unseen=True,
                       made_word=made_word, other_source=source, other=made, other_back=back)


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def shades(shown: Shown) -> dict[str, int]:
    strip = shown.panel.findChild(PictureStrip)
    assert isinstance(strip, PictureStrip)
    return {plain(column.title): int(column.images[0, 0, 0, 0]) for column in strip.columns}


def test_both_directions_are_shown_with_their_own_truth_and_way_back(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    shown.show(stage, ("translation", view(other=True)))
    box = shown.panel.findChild(QComboBox, "translation.direction")
    assert isinstance(box, QComboBox) and box.isVisibleTo(shown.panel)
    assert shades(shown) == {"source": 10, "made": 20, "truth": 40, "difference": 20, "way back": 30}
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert shades(shown) == {"source": 40, "made": 50, "truth": 10, "difference": 40, "way back": 60}


def test_a_game_of_one_direction_has_no_switch_and_says_what_was_asked(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, TranslationPanel, Spec(variant="dcgan", data="digits"))
    shown.show(stage, ("translation", view(made_word="next hair")))
    box = shown.panel.findChild(QComboBox, "translation.direction")
    assert isinstance(box, QComboBox) and not box.isVisibleTo(shown.panel)
    assert list(shades(shown))[1] == "next hair"
