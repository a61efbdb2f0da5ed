"""The contract of a benchmark: both sides in one run, medians, ratios rather than absolute times."""

from __future__ import annotations

import statistics
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from ganstudio.core.leaves import Leaf


class NotMeasured(Exception):
    """A benchmark could not be measured; one sentence says why."""


class NotHere(NotMeasured):
    """This machine lacks what the benchmark is about: of all benchmarks it is passed over without being a failure."""


class Benchmark(ABC, Leaf):
    """Figures that the issue of a part of the studio promises."""

    goals: ClassVar[dict[str, tuple[str, float]]]  # figure -> (">=" or "<=", number)

    @abstractmethod
    def run(self, say: Callable[[str], None]) -> dict[str, float]:
        """Measures each figure of ``goals``; ``say`` reports progress.

        Raises:
            NotMeasured: It could not be done here.
        """


def paired(ours: Callable[[], float], theirs: Callable[[], float], repeats: int) -> float:
    """The median of the ratios of two rates measured in turn, A B A B, so that a drifting machine hits both."""
    return statistics.median(ours() / theirs() for _ in range(repeats))


def rate(step: Callable[[], object], seconds: float) -> float:
    """Calls a second, measured over about this many seconds."""
    began = time.perf_counter()
    calls = 0
    while True:
        step()
        calls += 1
        if (elapsed := time.perf_counter() - began) >= seconds:
            return calls / elapsed
