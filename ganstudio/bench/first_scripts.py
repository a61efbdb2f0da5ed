"""Scripts of benchmarks that wait, as a newcomer does, until a run shows something good."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from ganstudio.bench.waiting import next_of

if TYPE_CHECKING:
    from ganstudio.ui.application import Studio
    from ganstudio.ui.panel import Panel

MODES, HIGH_QUALITY = 8, 0.75  # of the ring: all of them, and three of four samples within 3 sd of one
READ = 0.9  # share of digits in which the judge reads the one that was asked for


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
    began = time.perf_counter()
    run = studio.run
    while time.perf_counter() - began < limit:
        await next_of(run.measured)
        if (last := run.last_measured) is not None:
            modes, good = last.measures.get("modes"), last.measures.get("high_quality")
            if modes is not None and good is not None and modes >= MODES and good >= HIGH_QUALITY:
                return {"seconds": time.perf_counter() - began, "steps": float(last.steps)}
    return {"seconds": float("inf"), "steps": float(run.progress.position.steps if run.progress is not None else 0)}


async def first_digits(studio: Studio, limit: float) -> dict[str, float]:
    """Seconds from the start of a conditional run on digits until the judge reads the asked digit in most images.

    ``limit``: seconds after which it is given up, and infinity is returned. ``steps`` says how many were done.
    """
    run = studio.run
    if run.started is None:
        await next_of(run.began)
    began = time.perf_counter()
    while time.perf_counter() - began < limit:
        await next_of(run.measured)
        if (last := run.last_measured) is not None and (last.measures.get("label_right") or 0.0) >= READ:
            return {"seconds": time.perf_counter() - began, "steps": float(last.steps)}
    return {"seconds": float("inf"), "steps": float(run.progress.position.steps if run.progress is not None else 0)}
