"""compare: six runs in lockstep in their window, each with a plot, beside one run alone with its panels."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import msgspec

from ganstudio.bench.benchmark import Benchmark
from ganstudio.bench.driving import QUICK, in_window
from ganstudio.core.protocol.spec import Spec

REPEATS = 1 if QUICK else 3
SECONDS = 1.0 if QUICK else 10.0
WARM_UP = 4 if QUICK else 40
WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)  # of the gradient penalty: six runs that take the same time for a step


class Compare(Benchmark):
    """WGAN-GP on the ring with six penalties, points over landscape at 1600 x 1000, against the run with the first."""

    name = "compare"
    title = "Six runs in lockstep beside one run alone"
    goals = {"plots_per_second": (">=", 25.0), "rate_share": (">=", 0.80), "slowest_plots_per_second": (">=", 4.0)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        runs = [Spec(controls={"gp_weight": weight}) for weight in WEIGHTS]
        shares: list[float] = []
        plots: list[float] = []
        slowest: list[float] = []
        for repeat in range(REPEATS):
            say(f"compare {repeat + 1}/{REPEATS}")
            alone = in_window("rate", spec=msgspec.to_builtins(runs[0]), warm_up=WARM_UP, seconds=SECONDS)
            seen = in_window("compare", runs=msgspec.to_builtins(runs), warm_up=WARM_UP, seconds=SECONDS)
            shares.append(len(runs) * seen["steps_per_second"] / alone["steps_per_second"])
            plots.append(seen["plots_per_second"])
            slowest.append(seen["slowest_plots_per_second"])
        return {"plots_per_second": statistics.median(plots), "rate_share": statistics.median(shares),
                "slowest_plots_per_second": statistics.median(slowest)}
