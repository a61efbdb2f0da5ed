"""The log panel: what happened, and when."""

from __future__ import annotations

import pytest
from panel_kit import Shown
from PySide6.QtWidgets import (
    QPlainTextEdit,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    applied,
)

from ganstudio.core.protocol.messages import Diverged, Failed, Refused
from ganstudio.core.protocol.views import Divergence
from ganstudio.ui.panels.log import LogPanel


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def test_the_log_tells_what_happened_and_when(qtbot: QtBot, stage: Stage) -> None:
    shown = Shown(qtbot, stage, LogPanel)
    run = shown.run
    stage.link.say(applied(run, 1, "gp_weight", 25.0, steps=40, place=3))
    stage.link.say(Refused(run=run, reason="no such thing", id=2))
    stage.link.say(Diverged(run=run, what=Divergence(term="penalty", at=77.5, value="nan"), good_settings={}))
    stage.link.say(Failed(run=run, reason="ValueError: x", traceback="Traceback: deep"))
    stage.link.lose("it was ended by signal 9")
    text = shown.panel.findChild(QPlainTextEdit)
    assert isinstance(text, QPlainTextEdit)
    lines = text.toPlainText()
    for told in ("wgan-gp on ring", "step 40: gradient penalty λ → 25", "refused: no such thing",
                 "“penalty” became nan", "Traceback: deep", "signal 9"):
        assert told in lines


def test_the_log_forgets_what_is_long_ago(qtbot: QtBot, stage: Stage) -> None:
    log = LogPanel(stage.run, stage.commands)
    qtbot.addWidget(log)
    for index in range(5000):
        log.write(f"line {index}")
    text = log.findChild(QPlainTextEdit)
    assert isinstance(text, QPlainTextEdit)
    assert text.blockCount() <= 2000
    assert text.toPlainText().endswith("line 4999")
