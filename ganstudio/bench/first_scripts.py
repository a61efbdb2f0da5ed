"""Scripts of benchmarks that wait, as a newcomer does, until a run shows something good."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ganstudio.bench.waiting import next_of

if TYPE_CHECKING:
    from ganstudio.core.protocol.messages import MeasuredNow
    from ganstudio.ui.application import Studio
    from ganstudio.ui.panel import Panel
    from ganstudio.ui.state.run_model import RunModel

MODES, HIGH_QUALITY = 8, 0.75  # of the ring: all of them, and three of four samples within 3 sd of one
READ = 0.9  # share of digits in which the judge reads the one that was asked for


async def _until(run: RunModel, good: Callable[[MeasuredNow], bool], limit: float) -> dict[str, float]:
    """Seconds from now until a measurement is good, and its step; infinity once ``limit`` seconds are over."""
    began = time.perf_counter()
    while time.perf_counter() - began < limit:
        await next_of(run.measured)
        if (last := run.last_measured) is not None and good(last):
            return {"seconds": time.perf_counter() - began, "steps": float(last.steps)}
    return {"seconds": float("inf"), "steps": float(run.progress.position.steps if run.progress is not None else 0)}


async def first_run(studio: Studio, limit: float) -> dict[str, float]:
    """Seconds from the window's first painting until a measurement finds all modes and mostly good samples.

    ``limit``: seconds after which it is given up, and infinity is returned. ``steps`` says how many were done.
    """
    painted: set[Panel] = set()
    for panel in studio.window.panels.values():
        panel.painted.connect(partial(painted.add, panel))
    studio.window.show()
    while not painted:
        await asyncio.sleep(0.002)
    return await _until(studio.run, lambda last: (last.measures.get("modes") or 0) >= MODES and (
        last.measures.get("high_quality") or 0) >= HIGH_QUALITY, limit)


async def first_digits(studio: Studio, limit: float) -> dict[str, float]:
    """Seconds from the start of a conditional run on digits until the judge reads the asked digit in most images.

    ``limit``: seconds after which it is given up, and infinity is returned. ``steps`` says how many were done.
    """
    run = studio.run
    if run.started is None:
        await next_of(run.began)
    return await _until(run, lambda last: (last.measures.get("label_right") or 0) >= READ, limit)
