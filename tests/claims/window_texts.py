"""Every text of the real window, with a real run, at all sizes of windows and of text: prints what is cut, as JSON.

Run by `claims_window.py`, with the variant and the data set as its arguments.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ui"))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from painted_text import cut_texts
from window_poses import SCALES, SIZES, each_in_front, take_pose

from ganstudio.commands.studio import link_maker
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.application import Studio, open_studio

STEPS = 60
FILLED_S = 2.0  # for the pictures of panels that were raised
PATIENCE_S = 300.0


async def look(studio: Studio) -> int:
    """Walks through the poses once every panel has had a picture."""
    window, run = studio.window, studio.run
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and (run.progress is None or run.progress.playing or run.last_measured is None):
        await asyncio.sleep(0.1)
    take_pose(window, 1.0, *SIZES[-1])
    for _ in each_in_front(window):
        await asyncio.sleep(FILLED_S)
    poses, wrong = 0, []
    for theme in ("dark", "light"):
        window.set_theme(theme)
        for scale in SCALES:
            for size in SIZES:
                take_pose(window, scale, *size)
                where = f"{theme}, {scale:.0%}, {size[0]}x{size[1]}"
                if (window.width(), window.height()) != size:
                    wrong.append(f"{where}: the window is {window.width()}x{window.height()}")
                for front in each_in_front(window):
                    poses += 1
                    wrong += [f"{where}, {', '.join(front)}: {fault}" for fault in cut_texts(window)]
    print(json.dumps({"poses": poses, "wrong": wrong}))
    return 0


def main() -> int:
    """Opens the studio on the run that is asked for."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["GANSTUDIO_HOME"] = home
        spec = Spec(variant=sys.argv[1], data=sys.argv[2])
        return open_studio(link_maker("process"), None, spec, until=STEPS, script=look)


if __name__ == "__main__":
    sys.exit(main())
