"""live: what the open window costs the training, and how smoothly it shows it."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import msgspec

from ganstudio.bench.benchmark import Benchmark
from ganstudio.bench.driving import QUICK, in_window
from ganstudio.bench.headless import headless_rate
from ganstudio.core.protocol.spec import Spec

REPEATS = 1 if QUICK else 3
SECONDS = 1.0 if QUICK else 8.0
WARM_UP = 20 if QUICK else 100


class Live(Benchmark):
    """WGAN-GP on the ring, plane layout at 1600 x 1000, against the same run headless, in turn."""

    name = "live"
    title = "The open window beside the same run headless"
    goals = {"ratio": (">=", 0.90), "pictures_per_second": (">=", 30.0)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        ratios: list[float] = []
        pictures: list[float] = []
        for repeat in range(REPEATS):
            say(f"live {repeat + 1}/{REPEATS}")
            alone = headless_rate(Spec(), WARM_UP, SECONDS)
            seen = in_window("rate", spec=msgspec.to_builtins(Spec()), warm_up=WARM_UP, seconds=SECONDS)
            ratios.append(seen["steps_per_second"] / alone)
            pictures.append(seen["pictures_per_second"])
        return {"ratio": statistics.median(ratios), "pictures_per_second": statistics.median(pictures)}
