"""startup: from the start of the process to the painted window, and to the first picture of a trained step."""

from __future__ import annotations

import statistics
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
    goals = {"window_s": ("<=", 1.0), "first_picture_s": ("<=", 5.0)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        runs: list[dict[str, float]] = []
        with tempfile.TemporaryDirectory() as home:
            in_window("startup", home=home, began=time.time())  # warms caches; not counted
            for repeat in range(REPEATS):
                say(f"startup {repeat + 1}/{REPEATS}")
                runs.append(in_window("startup", home=home, began=time.time()))
        return {figure: statistics.median(each[figure] for each in runs) for figure in self.goals}
