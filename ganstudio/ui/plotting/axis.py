"""An axis whose numbers and name are written only where there is room for them."""

from __future__ import annotations

import itertools
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF

from ganstudio.core.design import Space

GAP = Space.HAIR  # between two numbers, at least


class Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph ships no types
    """Of numbers that would lie on each other it leaves some out, every second or third one."""

    def generateDrawSpecs(self, painter: Any) -> Any:
        specs = super().generateDrawSpecs(painter)
        if specs is None:
            return None
        line, ticks, texts = specs
        return line, ticks, _apart(texts)


def _apart(texts: list[tuple[QRectF, Any, str]]) -> list[tuple[QRectF, Any, str]]:
    """As many of the texts as lie apart: all, every second, every third."""
    texts = sorted(texts, key=lambda text: (text[0].left(), -text[0].top()))
    for every in range(1, len(texts)):
        kept = texts[::every]
        boxes = [box.adjusted(-GAP / 2, 0, GAP / 2, 0) for box, _, _ in kept]
        if not any(box.intersects(other) for box, other in itertools.pairwise(boxes)):
            return kept
    return texts[:1]
