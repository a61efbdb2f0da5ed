"""Opens the studio as ``ganstudio`` does, and says when its window was painted.

``python -m ganstudio.bench.startup_script startup JSON``, as `driving` calls a script. Nothing is imported before the
engine is started that the command does not import itself.
"""

from __future__ import annotations

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
    """Seconds from ``began`` (`time.time` before the process was started) to three moments.

    The window was painted for the first time, with the outlines of its panels; every visible panel has been painted by
    itself; and every one has been painted from a snapshot of a trained step.
    """
    import asyncio

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
    began = float(json.loads(sys.argv[2])["began"])
    make_link = link_maker("process", begin=True)

    from ganstudio.ui.application import open_studio

    fault: list[str] = []

    async def script(studio: Studio) -> int:
        from ganstudio.bench.benchmark import NotMeasured
        from ganstudio.bench.driving import unharmed

        try:
            measured = await unharmed(studio, startup(studio, began))
        except NotMeasured as why:
            fault.append(str(why))
            return 1
        if "torch" in sys.modules:
            fault.append("the window's process has imported torch")
            return 1
        sys.stdout.write(json.dumps(measured) + "\n")
        return 0

    with tempfile.TemporaryDirectory() as runs:  # recorded, as every training in the studio is
        status = open_studio(make_link, None, FIRST, runs=Path(runs), kept_catalog=kept_catalog,
                             keep_catalog=keep_catalog, script=script, at_once=True, size=SIZE)
    for sentence in fault:
        sys.stderr.write(f"{sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
