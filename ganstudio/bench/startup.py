"""startup: from the start of the process to the painted window, and to the first picture of a trained step.

The window is painted for the first time with the outlines of its panels (``window_s``); ``panels_s`` is when each
visible panel has been painted by itself. ``first_picture_ratio`` is the time to the first picture over that of a
process that imports torch and nothing else, measured in turn.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from ganstudio.bench.benchmark import Benchmark
from ganstudio.bench.driving import QUICK, in_window

REPEATS = 1 if QUICK else 5


class Startup(Benchmark):
    """With warm disk caches and the catalogue of the last start."""

    name = "startup"
    title = "Time to the window, and to the first picture"
    goals = {"window_s": ("<=", 0.5), "panels_s": ("<=", 1.0), "first_picture_s": ("<=", 5.0),
             "first_picture_ratio": ("<=", 1.5)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        runs: list[dict[str, float]] = []
        with tempfile.TemporaryDirectory() as home:
            in_window("startup", home=home, began=time.time())  # warms caches; not counted
            import_torch()
            for repeat in range(REPEATS):
                say(f"startup {repeat + 1}/{REPEATS}")
                measured = in_window("startup", home=home, began=time.time())
                runs.append({**measured, "first_picture_ratio": measured["first_picture_s"] / import_torch()})
        return {figure: statistics.median(each[figure] for each in runs) for figure in self.goals}


def import_torch() -> float:
    """Seconds that a process takes which imports torch and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - began
