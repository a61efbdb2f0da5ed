"""What the scripts of benchmarks wait for in the window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ganstudio.core.protocol.messages import Snapshot
from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import Interpolation

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from ganstudio.ui.application import Studio
    from ganstudio.ui.panel import Panel


async def steps_done(studio: Studio, steps: int) -> None:
    """Waits until the run has done this many steps."""
    run = studio.run
    while run.progress is None or run.progress.position.steps < steps:
        await next_of(run.progressed)


async def next_of(signal: SignalInstance) -> None:
    """Waits until a signal is sent."""
    sent = asyncio.get_running_loop().create_future()
    slot = partial(settle, sent)
    signal.connect(slot)
    try:
        await sent
    finally:
        signal.disconnect(slot)


def picture(studio: Studio, wanted: Callable[[Position], bool]) -> asyncio.Future[None]:
    """Is done when every visible panel has been painted from a snapshot of a wanted position, sent after this call."""
    seen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting: set[Panel] = set()

    def came(snapshot: Snapshot) -> None:
        waiting.clear()
        if wanted(snapshot.position):
            waiting.update(panel for panel in studio.window.scheduler.visible() if panel.pictures)

    def painted(panel: Panel) -> None:
        if panel in waiting:
            waiting.discard(panel)
            if not waiting:
                settle(seen)

    slots: list[tuple[SignalInstance, Callable[..., None]]] = [(studio.run.snapshot_came, came)]
    slots += [(panel.painted, partial(painted, panel)) for panel in studio.window.panels.values()]
    for signal, slot in slots:
        signal.connect(slot)
    seen.add_done_callback(lambda _: [signal.disconnect(slot) for signal, slot in slots])
    return seen


def latent_picture(studio: Studio, place: tuple[float, float]) -> asyncio.Future[None]:
    """Is done when the Interpolation panel has been painted with the image at a place of its way."""
    seen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    panel = studio.window.panels["interpolation"]
    came_at: list[Position] = []

    def came(snapshot: Snapshot) -> None:
        view = snapshot.views.get("interpolation")
        if isinstance(view, Interpolation) and view.walk.at and tuple(view.walk.at[-1]) == place:
            came_at.append(snapshot.position)

    def painted() -> None:
        if came_at:
            settle(seen)

    slots: list[tuple[SignalInstance, Callable[..., None]]] = [
        (studio.run.snapshot_came, came), (panel.painted, painted),
    ]
    for signal, slot in slots:
        signal.connect(slot)
    seen.add_done_callback(lambda _: [signal.disconnect(slot) for signal, slot in slots])
    return seen


def settle(future: asyncio.Future[None], *_: object) -> None:
    if not future.done():
        future.set_result(None)
