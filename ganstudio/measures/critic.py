"""The critic's own verdict: its gap between data and samples, and what that gap says about W1.

    critic_gap  = E[D(x)] - E[D(G(z))]
    w1_estimate = critic_gap / E|dD/dx|, the mean over real and generated samples

A critic held by a gradient penalty over-reads W1: in one dimension its optimum has a gap of at least
W (1 + W / (2 lambda)). Divided by its mean slope it gives W1 back, once it is trained to its optimum.
"""

from __future__ import annotations

import numpy as np

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo


class Critic(Measure):
    """The gap between the mean scores of data and samples, bare and as a distance."""

    name = "critic"
    title = "Critic"
    kinds = ("line", "plane")
    numbers = {
        "critic_gap": MetricInfo(
            title="critic gap", better="floor",
            help="How much higher the critic scores the data than the samples on average, in units of its score"),
        "w1_estimate": MetricInfo(
            title="W1 estimate", better="floor", dimension="length",
            help="The critic's gap divided by its mean slope: W1 in the data's units if the critic is at its optimum"),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        undefined: dict[str, float | None] = dict.fromkeys(self.numbers)
        real, fake = evidence.real_scores, evidence.fake_scores
        seen = (evidence.real, evidence.fake, real.values, fake.values)
        if not all(array.size and np.isfinite(array).all() for array in seen):
            return undefined
        with np.errstate(over="ignore", invalid="ignore"):
            gap = real.values.mean() - fake.values.mean()
            slope = (real.slopes.mean() + fake.slopes.mean()) / 2
            estimate = gap / slope if np.isfinite(slope) and slope > 0 else np.nan
        return {
            "critic_gap": float(gap) if np.isfinite(gap) else None,
            "w1_estimate": float(estimate) if np.isfinite(estimate) else None,
        }
