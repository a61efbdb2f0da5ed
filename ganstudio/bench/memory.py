"""memory: how much both processes grow over a long run with every panel of the plane open."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ganstudio.bench.benchmark import Benchmark
from ganstudio.bench.driving import QUICK, in_window
from ganstudio.bench.specs import ganlab_spec, wgan_gp_spec

RUNS = (
    ("GAN Lab's networks", ganlab_spec(), 5_000, 50_000),
    ("WGAN-GP 3x128", wgan_gp_spec(128, 128, 3), 1_000, 10_000),
)


class Memory(Benchmark):
    """The larger growth of the two runs. The window's curves keep every update: part of it is data."""

    name = "memory"
    title = "Growth of resident memory"
    goals = {"window_mb": ("<=", 20.0), "engine_mb": ("<=", 20.0)}

    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        grown: list[dict[str, float]] = []
        for title, spec, warm_up, steps in RUNS:
            say(f"memory: {title}")
            share = 100 if QUICK else 1
            grown.append(in_window("memory", spec=msgspec.to_builtins(spec), warm_up=warm_up // share,
                                   steps=steps // share))
        return {figure: max(each[figure] for each in grown) for figure in self.goals}
