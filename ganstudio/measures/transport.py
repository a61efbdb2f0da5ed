"""Transport: how far must mass be carried, on average, to turn the generator's samples into the data?

Exact W1 of finite samples is biased upwards (.147 for two samples of 1000 from one N(0, I_2)): read it
against its floor.
"""

from __future__ import annotations

import math

import numpy as np

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.transport import exact_w1, sliced_w1


class Transport(Measure):
    """Exact W1 on the first samples, 1000 at most, and the mean W1 of one-dimensional projections on all."""

    name = "transport"
    title = "Transport"
    kinds = ("line", "plane")
    expensive = True
    numbers = {
        "w1": MetricInfo(
            title="W1", better="low", dimension="length",
            help="Mean distance that samples (at most 1,000) must be moved to become the data, in the data's units"),
        "sliced_w1": MetricInfo(
            title="sliced W1", better="low", dimension="length",
            help="The same distance along random directions, averaged, in the data's units"),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        real, fake = evidence.real, evidence.fake
        n = min(len(real), len(fake))
        if n == 0 or not (np.isfinite(real).all() and np.isfinite(fake).all()):
            return dict.fromkeys(self.numbers)
        few = min(n, evidence.matched)
        found = {
            "w1": exact_w1(real[:few], fake[:few]),
            "sliced_w1": sliced_w1(real[:n], fake[:n], evidence.seed),
        }
        return {name: value if math.isfinite(value) else None for name, value in found.items()}
