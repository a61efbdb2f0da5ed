"""Scripts of benchmarks that draw on the Board, and watch how the Translation panel keeps the window."""

from __future__ import annotations

import asyncio
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING

from ganstudio.bench.benchmark import NotMeasured
from ganstudio.bench.waiting import next_of, steps_done
from ganstudio.core.protocol.messages import Snapshot
from ganstudio.views.translation import Translation

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent, QPointF

    from ganstudio.ui.application import Studio
    from ganstudio.ui.panels.board import BoardPanel
    from ganstudio.ui.widgets.board_canvas import BoardCanvas

MOVE_S = 0.016  # between two moves of the pointer: one for each frame of a screen of 60 Hz
STROKE = 12  # moves of a stroke, and of the pointer's way to where it begins
TICK_S = 0.002  # between two looks at the clock
WARM_UP = 3  # steps


async def board(studio: Studio, strokes: int) -> dict[str, float]:
    """Milliseconds from a move of the pointer on the Board until an image has been painted that answers it.

    The pointer moves over the sketch before it is pressed, as a user's does. A stroke paints the label map, or drags
    the box or the key points; each of its moves is measured. ``training``: at full speed; ``paused``:
    while it is paused. Each with the median, the 90th percentile (``_90``) and the worst (``_worst``).
    """
    from PySide6.QtWidgets import QSpinBox

    panel, canvas = await _board(studio)
    brush = panel.findChild(QSpinBox, "board.size")
    assert isinstance(brush, QSpinBox)
    brush.setValue(2)
    found: dict[str, float] = {}
    for state in ("training", "paused"):
        if state == "paused":
            studio.commands.play(False)
            while studio.run.progress is None or studio.run.progress.playing:
                await next_of(studio.run.progressed)
            await asyncio.sleep(0.5)
        await _stroke(panel, canvas, 0)  # not counted: what torch and Qt do only once
        waited: list[float] = []
        for stroke in range(strokes):
            # So long that training has gone on, and uneven: strokes must not fall in step with updates.
            await asyncio.sleep(0.6 + 0.2 * (stroke * 0.618 % 1))
            waited += await _stroke(panel, canvas, stroke)
        tenths = quantiles(waited, n=10, method="inclusive")
        found |= {state: median(waited), f"{state}_90": tenths[-1], f"{state}_worst": max(waited)}
    return found


async def refresh(studio: Studio, seconds: float, refreshes: int) -> dict[str, float]:
    """What the Translation panel costs the window while a run plays.

    ``refresh_ms``: median time in the interface's thread from a snapshot to its painted pictures; ``gap_ms``: the
    longest time in which the event loop did not come round, with the panel in front, over ``seconds``.
    """
    from ganstudio.ui.panels.translation import TranslationPanel
    from ganstudio.ui.widgets.picture_strip import PictureStrip

    panel = studio.window.panels["translation"]
    assert isinstance(panel, TranslationPanel)
    came: list[Snapshot] = []

    def take(snapshot: Snapshot) -> None:
        if isinstance(snapshot.views.get("translation"), Translation):
            came.append(snapshot)

    studio.run.snapshot_came.connect(take)
    await _in_front(studio, "translation")
    while len(came) < 2:
        await asyncio.sleep(0.02)
    gap, last, end = 0.0, time.perf_counter(), time.perf_counter() + seconds
    while last < end:
        await asyncio.sleep(TICK_S)
        now = time.perf_counter()
        gap, last = max(gap, now - last), now
    strip = panel.findChild(PictureStrip)
    assert isinstance(strip, PictureStrip)
    took: list[float] = []
    for number in range(refreshes):
        await asyncio.sleep(TICK_S)
        began = time.perf_counter()
        panel.show_snapshot(came[-1 - number % 2])
        strip.repaint()
        took.append(1000 * (time.perf_counter() - began))
    return {"refresh_ms": median(took), "gap_ms": 1000 * gap}


async def _board(studio: Studio) -> tuple[BoardPanel, BoardCanvas]:
    """The Board in front, with a sketch to draw on."""
    from ganstudio.ui.panels.board import BoardPanel
    from ganstudio.ui.widgets.board_canvas import BoardCanvas

    panel = studio.window.panels["board"]
    assert isinstance(panel, BoardPanel)
    canvas = panel.findChild(BoardCanvas)
    assert isinstance(canvas, BoardCanvas)
    await _in_front(studio, "board")
    while not canvas.ready:
        await asyncio.sleep(0.02)
    return panel, canvas


async def _in_front(studio: Studio, name: str) -> None:
    """Waits until a panel is at the front of its stack, and the run has done some steps."""
    await steps_done(studio, WARM_UP)
    studio.window.docks[name].show()
    studio.window.docks[name].raise_()
    while studio.window.panels[name] not in studio.window.scheduler.visible():
        await asyncio.sleep(0.02)


async def _stroke(panel: BoardPanel, canvas: BoardCanvas, number: int) -> list[float]:
    """Milliseconds that each move of a stroke waits for its painted answer.

    Raises:
        NotMeasured: A move was not taken up.
    """
    from PySide6.QtCore import QEvent, QPointF

    asked: dict[int, float] = {}  # sketch -> when its move was made
    waited: list[float] = []

    def seen() -> None:
        now = time.perf_counter()
        for sketch in [sketch for sketch in asked if sketch <= panel.answered]:
            waited.append(1000 * (now - asked.pop(sketch)))

    panel.painted.connect(seen)
    try:
        place = canvas.place()
        for move in range(STROKE):
            _send(canvas, QEvent.Type.MouseMove, QPointF(canvas.rect().center()) * ((move + 1) / STROKE), pressed=False)
            await asyncio.sleep(MOVE_S)
        for move in range(STROKE):
            way = (move if number % 2 else STROKE - move) / STROKE - 0.5  # there, and with the next stroke back
            share = (0.5 + 0.2 * way, 0.5 + 0.1 * way)
            at = QPointF(place.left() + share[0] * place.width(), place.top() + share[1] * place.height())
            before, now = panel.asked, time.perf_counter()
            _send(canvas, QEvent.Type.MouseMove if move else QEvent.Type.MouseButtonPress, at)
            if panel.asked > before:
                asked[panel.asked] = now
            await asyncio.sleep(MOVE_S)
        _send(canvas, QEvent.Type.MouseButtonRelease, at)
        while asked:
            await asyncio.sleep(TICK_S)
    finally:
        panel.painted.disconnect(seen)
    if len(waited) < STROKE // 2:
        raise NotMeasured(f"of {STROKE} moves on the board {len(waited)} asked for an image")
    return waited


def _send(canvas: BoardCanvas, kind: QEvent.Type, at: QPointF, *, pressed: bool = True) -> None:
    """What the window system sends for the pointer, with its left button pressed or not."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind == QEvent.Type.MouseMove else left
    held = left if pressed and kind != QEvent.Type.MouseButtonRelease else none
    QApplication.sendEvent(canvas, QMouseEvent(
        kind, at, QPointF(canvas.mapToGlobal(at)), button, held, Qt.KeyboardModifier.NoModifier))
