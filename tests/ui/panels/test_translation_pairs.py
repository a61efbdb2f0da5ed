"""Translation on a user's own pairs: they are shown beside each other, and no truth is made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from panel_kit import Shown
from PIL import Image
from pytestqt.qtbot import QtBot
from studio_kit import Stage

from ganstudio.core.images import images_of
from ganstudio.core.protocol.messages import Snapshot
from ganstudio.core.protocol.spec import Position, Spec
from ganstudio.probes.translation import TranslationProbe
from ganstudio.training.trainer import Trainer
from ganstudio.ui.panels.translation import TranslationPanel
from ganstudio.views.translation import Translation


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


@pytest.mark.parametrize(("variant", "data", "paired"), [
    ("pix2pix", "paired-folder", True), ("cyclegan", "unpaired-folders", False)])
def test_pairs_of_the_data_are_shown_beside_each_other(
    qtbot: QtBot, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str, data: str, paired: bool,
) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    for n in range(6):
        for side, level in (("A", 10 * n), ("B", 10 * n + 100)):
            (tmp_path / "own" / side).mkdir(parents=True, exist_ok=True)
            Image.new("L", (16, 16), level).save(tmp_path / "own" / side / f"{n}.png")
    spec = Spec(variant=variant, data=data, data_controls={"path": str(tmp_path / "own"), "resolution": "16"},
                network_controls={"width": 4, "width_d": 4}, threads=1)
    view = TranslationProbe().look(Trainer(spec).view, 0)
    assert isinstance(view, Translation) and not view.unseen
    source, pair = images_of(view.source).astype(int), images_of(view.pair).astype(int)
    assert len(images_of(view.truth)) == 0 and len(source) == 8
    assert len(pair) == (8 if paired else 0) and (pair - source[: len(pair)] == 100).all()
    shown = Shown(qtbot, stage, TranslationPanel, spec)
    panel = shown.panel
    assert isinstance(panel, TranslationPanel)
    panel.show_snapshot(Snapshot(run=1, position=Position(), views={"translation": view}, seconds=0.0))
    titles = [column.title for column in panel._strip.columns if len(column.images)]
    assert titles[:2] == ["source", "made"] and ("in the data" in titles) == paired
    assert "truth" not in titles and "difference" not in titles
    assert ("Pairs of the training data" in panel._headline.text()) == paired
