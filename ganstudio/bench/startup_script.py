"""Opens the studio as ``ganstudio`` does, and says when its window was painted.

``python -m ganstudio.bench.startup_script BEGAN``: ``BEGAN`` is `time.time` before this process was started. Nothing is
imported before the engine is started that the command does not import itself.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.commands.studio import FIRST, keep_catalog, kept_catalog, link_maker

if TYPE_CHECKING:
    from ganstudio.ui.application import Studio
    from ganstudio.ui.panel import Panel

SIZE = (1600, 1000)


async def startup(studio: Studio, began: float) -> dict[str, float]:
    """Seconds from ``began`` until the window was painted for the first time, with its panels' outlines; until every
    panel has been painted by itself; and until every panel has been painted from a snapshot of a trained step.
    """
    from ganstudio.bench.waiting import picture

    first = picture(studio, lambda position: position.steps >= 1)
    painted: set[Panel] = set()
    for panel in studio.window.panels.values():
        panel.painted.connect(partial(painted.add, panel))
    while not painted or not {panel for panel in studio.window.scheduler.visible() if panel.pictures} <= painted:
        await asyncio.sleep(0.002)
    panels = time.time()
    await first
    assert studio.painted_at is not None
    return {"window_s": studio.painted_at - began, "panels_s": panels - began, "first_picture_s": time.time() - began}


def main() -> int:
    """Opens a studio and prints the figures as one JSON line."""
    began = float(sys.argv[1])
    make_link = link_maker("process", begin=True)

    from ganstudio.ui.application import open_studio

    async def script(studio: Studio) -> int:
        measured = await startup(studio, began)
        if "torch" in sys.modules:
            raise RuntimeError("the window's process has imported torch")
        sys.stdout.write(json.dumps(measured) + "\n")
        return 0

    with tempfile.TemporaryDirectory() as runs:  # recorded, as every training in the studio is
        return open_studio(make_link, None, FIRST, runs=Path(runs), kept_catalog=kept_catalog,
                           keep_catalog=keep_catalog, script=script, at_once=True, size=SIZE)


if __name__ == "__main__":
    sys.exit(main())
