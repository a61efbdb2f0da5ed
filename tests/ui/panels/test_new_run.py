"""When another run begins, nothing of the last one is left in any panel: its words would be of what is not there."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pytest
from panel_kit import PANELS, Shown
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QGraphicsView
from pytestqt.qtbot import QtBot
from studio_kit import Stage, measured, progress, scalars

from ganstudio.core.protocol.messages import SnapshotRequest
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import View
from ganstudio.engine.live_views import LiveViews
from ganstudio.training.trainer import Trainer
from ganstudio.ui.panels.theory import TheoryPanel

RUNS = {
    "plane": (Spec(variant="wgan-gp", data="ring"), Spec(variant="ns-gan", data="grid")),
    "line": (Spec(variant="ns-gan", data="mixture"), Spec(variant="wgan", data="mixture")),
}
KEPT = {"draw", "workshop", "phase", "earth-mover"}  # what the user has made outlasts a run
WITHOUT_PLOT = {"controls", "log", "measures", "theory", "algorithm", "overview"}
CASES = [(kind, name) for kind in RUNS for name, panel in PANELS.items()
         if panel.fits(kind, {"latent", "scores"}) and name not in KEPT | WITHOUT_PLOT
         and (kind, name) != ("line", "wasserstein")]
COLOURED = 24  # of 255, between the strongest and the weakest part of a colour


@functools.cache
def views(kind: str) -> Mapping[str, View]:
    """Every view of a run of that kind, as an engine computes it."""
    spec = RUNS[kind][0]
    trainer = Trainer(Spec(variant=spec.variant, data=spec.data, device="cpu", threads=1, seed=1,
                           network_controls={"width": 8, "depth": 1}))
    for _ in range(3):
        trainer.step()
    names = sorted({view for panel in PANELS.values() if kind in panel.kinds for view in panel.views})
    return LiveViews(trainer).snapshot(1, SnapshotRequest(run=1, views=names, size=16), names, playing=False).views


def coloured(shown: Shown) -> int:
    """Pixels of the panel's plots that are neither background nor axes nor words, which are all grey."""
    QApplication.processEvents()
    found = 0
    for plot in shown.panel.findChildren(QGraphicsView):
        image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        raw = np.frombuffer(bytes(image.constBits()), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
        pixels = raw[:, : 3 * image.width()].reshape(-1, 3).astype(np.int16)
        found += int((pixels.max(axis=1) - pixels.min(axis=1) > COLOURED).sum())
    return found


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_nothing_of_the_last_run_is_left(qtbot: QtBot, qapp: object, kind: str, name: str) -> None:
    first, second = RUNS[kind]
    stage = Stage()
    shown = Shown(qtbot, stage, PANELS[name], first)
    stage.link.say(scalars(shown.run, "discriminator", np.arange(1.0, 40.0), critic=np.arange(39.0)))
    stage.link.say(progress(shown.run, 40))
    for step in (10, 20, 30, 40):
        stage.link.say(measured(shown.run, step, {"w1": 0.5, "w1_estimate": 0.01 * step, "modes": 3.0}, {"w1": 0.1}))
    shown.show(stage, *views(kind).items(), steps=3)
    assert coloured(shown) > 20
    stage.begin(second)
    assert coloured(shown) == 0


def test_theory_behind_a_tab_keeps_no_other_variants_formulas(qtbot: QtBot, qapp: object) -> None:
    """It is painted once before it can be built: under load that was to be seen for a second."""
    stage = Stage()
    shown = Shown(qtbot, stage, TheoryPanel, Spec(variant="gan"))
    assert isinstance(shown.panel, TheoryPanel)
    assert shown.panel._area.isVisible()
    shown.panel.hide()
    stage.begin(Spec(variant="wgan"))
    assert shown.panel._area.isHidden() and "two players" not in shown.words
    stage.begin(Spec(variant="gan"))  # what is there is this variant's again
    assert not shown.panel._area.isHidden()
    stage.begin(Spec(variant="wgan"))
    shown.panel.show()
    qtbot.waitUntil(lambda: shown.panel._title.text().startswith("WGAN"))  # type: ignore[attr-defined]
    assert shown.panel._area.isVisible()
