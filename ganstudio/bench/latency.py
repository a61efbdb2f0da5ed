"""latency: from a moved control to the update that obeys it, and to the picture that shows it."""

from __future__ import annotations

from collections.abc import Callable

from ganstudio.bench.benchmark import Benchmark
from ganstudio.bench.driving import QUICK, in_window


class Latency(Benchmark):
    """WGAN-GP on the ring while it trains; medians of twenty moves of λ."""

    name = "latency"
    title = "Time from hand to eye"
    goals = {"apply_steps": ("<=", 1.0), "visible_ms": ("<=", 150.0)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        say("latency")
        return in_window("latency", moves=3 if QUICK else 21)
