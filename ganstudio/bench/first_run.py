"""first-run: from the first painting of the window to the eight modes of the default run."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import msgspec

from ganstudio.bench.benchmark import Benchmark, NotMeasured
from ganstudio.bench.driving import QUICK, in_window
from ganstudio.core.protocol.spec import Spec

SEEDS = range(1) if QUICK else range(5)
LIMIT_S = 2.0 if QUICK else 120.0


class FirstRun(Benchmark):
    """The default launch, recorded, five seeds; the median of the seconds, and how many steps that took."""

    name = "first-run"
    title = "Time from the window to eight modes"
    goals = {"seconds": ("<=", 12.0)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        found: list[dict[str, float]] = []
        for seed in SEEDS:
            found.append(in_window("first_run", spec=msgspec.to_builtins(Spec(seed=seed)), limit=LIMIT_S))
            say(f"first-run, seed {seed}: {found[-1]['seconds']:.1f} s, step {found[-1]['steps']:.0f}")
        seconds = statistics.median(each["seconds"] for each in found)
        if seconds == float("inf") and not QUICK:
            raise NotMeasured(f"most runs had not found the modes after {LIMIT_S:.0f} s")
        return {"seconds": min(seconds, LIMIT_S)}
