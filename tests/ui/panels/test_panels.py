"""Each panel with snapshots made by hand: what it says, what it shows, and that odd data does not break it."""

from __future__ import annotations

import msgspec
import pytest
from panel_kit import LINE, PANELS, Shown
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGraphicsView,
    QLabel,
    QSlider,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    layouts,
    snapshot,
)

from ganstudio.core.panel_catalog import panels as listed
from ganstudio.core.protocol.spec import Spec
from ganstudio.training.resolve_spec import probes
from ganstudio.ui.panel import Panel
from ganstudio.ui.panels.landscape import LandscapePanel
from ganstudio.ui.panels.line import LinePanel
from ganstudio.ui.panels.points import PointsPanel
from ganstudio.ui.panels.wasserstein import WassersteinPanel
from ganstudio.ui.theme import DARK, THEMES, apply


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_says_what_it_is(qtbot: QtBot, stage: Stage, name: str) -> None:
    shown = Shown(qtbot, stage, PANELS[name], LINE if "plane" not in PANELS[name].kinds else None)
    info = next(info for info in listed()[0] if info.name == name)
    kind = PANELS[name]
    assert (info.title, tuple(info.kinds), info.help) == (kind.title, kind.kinds, kind.help)
    assert shown.panel.objectName() == f"panel.{name}"
    assert shown.panel.accessibleName()
    assert set(kind.views) <= set(probes())
    assert any(name in layout.names for layout in layouts().values())


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("theme", THEMES)
def test_a_panel_takes_both_palettes_before_and_after_a_run(
    qtbot: QtBot, stage: Stage, name: str, theme: str
) -> None:
    spec = LINE if "plane" not in PANELS[name].kinds else None
    panel = PANELS[name](stage.run, stage.commands)
    stage.kept.append(panel)
    qtbot.addWidget(panel)
    panel.apply_theme(THEMES[theme])
    assert panel.theme is THEMES[theme]
    assert not panel.grab().isNull()
    shown = Shown(qtbot, stage, PANELS[name], spec)
    shown.show(stage)
    shown.panel.apply_theme(THEMES[theme])
    assert shown.panel.theme is THEMES[theme]
    ground = QColor(THEMES[theme].base).name()
    for view in shown.panel.findChildren(QGraphicsView):
        if view.isVisible():
            assert view.backgroundBrush().color().name() == ground, view.objectName()
    stage.begin(LINE if spec is None else Spec())
    assert not shown.panel.grab().isNull()


# The words of the overview are on the players, and the droplet bench is exact without a run: they wait for no picture.
@pytest.mark.parametrize("name", [name for name, kind in PANELS.items()
                                  if kind.pictures and kind.views and name not in ("overview", "droplet")])
def test_before_the_first_picture_a_panel_says_that_it_waits(qtbot: QtBot, stage: Stage, name: str) -> None:
    shown = Shown(qtbot, stage, PANELS[name], LINE if "plane" not in PANELS[name].kinds else None)
    assert shown.words.startswith("Waiting for the first ")
    assert shown.words.endswith("…")


@pytest.mark.parametrize("name", PANELS)
def test_the_parts_of_a_panel_that_a_hand_moves_are_named_and_explained(
    qtbot: QtBot, stage: Stage, name: str
) -> None:
    shown = Shown(qtbot, stage, PANELS[name], LINE if "plane" not in PANELS[name].kinds else None)
    for kind in (QSlider, QComboBox, QCheckBox):
        for part in shown.panel.findChildren(kind):
            assert part.objectName(), part
            assert part.accessibleName(), part.objectName()
            assert part.toolTip(), part.objectName()


@pytest.mark.parametrize("kind", [LinePanel, LandscapePanel, PointsPanel, WassersteinPanel])
@pytest.mark.parametrize("scale", [0.75, 2.5])
def test_a_picture_fits_a_small_dock_whatever_the_texts_size(
    qtbot: QtBot, qapp: QApplication, stage: Stage, kind: type[Panel], scale: float
) -> None:
    shown = Shown(qtbot, stage, kind, LINE if "plane" not in kind.kinds else None)
    shown.panel.resize(420, 300)
    before = qapp.font()
    try:
        apply(qapp, DARK, scale)
        shown.panel.apply_theme(DARK)
        qtbot.waitUntil(lambda: shown.panel.width() == 420)
        size = shown.panel.minimumSizeHint()
        assert size.width() <= 420
        assert size.height() <= 300
        for box in shown.panel.findChildren(QCheckBox):
            if box.isVisible():
                assert shown.panel.rect().contains(box.geometry()), box.objectName()
    finally:
        qapp.setFont(before)
        qapp.setStyleSheet("")


@pytest.mark.parametrize("name", [name for name, kind in PANELS.items() if kind.needs])
def test_a_panel_shown_of_a_run_that_it_has_nothing_for_says_what_is_missing(
    qtbot: QtBot, stage: Stage, name: str,
) -> None:
    spec = LINE if "plane" not in PANELS[name].kinds else Spec()
    panel = Shown(qtbot, stage, PANELS[name], spec).panel
    run = stage.run.started
    assert run is not None
    nothing = panel.findChild(QLabel, f"{name}.nothing")
    assert isinstance(nothing, QLabel) and nothing.isHidden()
    panel.begin_run(msgspec.structs.replace(run, has=["of no use"]))
    assert nothing.isVisible() and nothing.geometry() == panel.rect()
    assert nothing.text().startswith("Nothing to show of this run of ") and nothing.text().endswith(".")
    panel.resize(300, 200)
    panel.show_past(5, None)
    panel.show_snapshot(snapshot(run.run))
    assert nothing.isVisible() and nothing.geometry() == panel.rect() and not panel.isEnabled()
    panel.begin_run(msgspec.structs.replace(run, has=sorted(panel.needs)))
    assert nothing.isHidden() and panel.isEnabled()
