"""What the tests of panels share: a panel on screen whose engine is played by the test, and what it draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QGraphicsView,
    QLabel,
)
from pytestqt.qtbot import QtBot
from studio_kit import (
    Stage,
    measured,
    snapshot,
)

from ganstudio.core.leaves import leaves
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import View
from ganstudio.ui.panel import Panel
from ganstudio.ui.plotting.items import Curve
from ganstudio.ui.theme import DARK

PANELS = leaves("ganstudio.ui.panels", Panel)
NAN, INF = float("nan"), float("inf")
LINE = Spec(variant="ns-gan", data="mixture")


def rgb(colour: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    made = QColor(colour)
    return np.array([made.red(), made.green(), made.blue()], dtype=np.float64)


class Shown:
    """A panel on screen, with a run of the stage's begun."""

    def __init__(self, qtbot: QtBot, stage: Stage, kind: type[Panel], spec: Spec | None = None) -> None:
        self.panel = kind(stage.run, stage.commands)
        stage.kept.append(self.panel)
        qtbot.addWidget(self.panel)
        self.panel.apply_theme(DARK)
        self.panel.resize(480, 420)
        self.panel.show()
        stage.run.began.connect(self.panel.begin)
        stage.run.snapshot_came.connect(self.panel.show_snapshot)
        self.run = stage.begin(spec)

    def show(self, stage: Stage, *views: tuple[str, View], steps: int = 1) -> None:
        """A picture comes from the engine."""
        stage.link.say(snapshot(self.run, *views, steps=steps))

    @property
    def words(self) -> str:
        """What the panel says."""
        headline = next(label for label in self.panel.findChildren(QLabel) if label.property("headline"))
        return headline.text()

    @property
    def plot(self) -> QGraphicsView:
        found = self.panel.findChild(QGraphicsView)
        assert isinstance(found, QGraphicsView)
        return found

    def pixels(self, colour: str) -> int:
        """How much of that colour is in the plot; what is drawn with a third of it and more counts."""
        image = self.plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        raw = np.frombuffer(bytes(image.constBits()), dtype=np.uint8)
        rows = raw.reshape(image.height(), image.bytesPerLine())[:, : 3 * image.width()]
        drawn = rows.reshape(-1, 3) - rgb(DARK.base)
        whole = rgb(colour) - rgb(DARK.base)
        share = drawn @ whole / (whole @ whole)
        other = np.linalg.norm(drawn - share[:, None] * whole, axis=1)
        return int(((share > 0.35) & (other < 0.2 * share * np.linalg.norm(whole))).sum())

    def box(self, name: str) -> QCheckBox:
        found = self.panel.findChild(QCheckBox, name)
        assert isinstance(found, QCheckBox)
        return found


def pointed(shown: Shown, across: float, down: float) -> None:
    """Moves the pointer over the panel's plot."""
    viewport = shown.plot.viewport()
    for offset in (1, 0):
        QTest.mouseMove(viewport, QPoint(round(across * viewport.width()) + offset, round(down * viewport.height())))


def drawn(curve: Curve) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """What a curve of a panel was given."""
    x, y = curve._item.getData()
    empty = np.zeros(0)
    return (empty if x is None else np.asarray(x)), (empty if y is None else np.asarray(y))


def read(stage: Stage, shown: Shown, readings: Sequence[float], *, exact: float = 1.0, floor: float = 0.0,
         gap: float = 1.2) -> None:
    """Measurements of a critic come, one after the other."""
    for index, reading in enumerate(readings):
        stage.link.say(measured(shown.run, index, {"w1": exact, "w1_estimate": reading, "critic_gap": gap},
                                {"w1": floor}))
