"""What can be said of samples on a line: their mean, their spread, and how far their histogram is from the data's.

Binning loses information, so the Jensen-Shannon divergence of two histograms never exceeds that of the
densities behind them: what is shown is a lower bound.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ganstudio.core.dataset import Dataset, Floats
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.divergences import jsd
from ganstudio.maths.line_densities import divergences, pair_of

BINS = 64  # noise of the divergence at n samples: about (bins - 1) / 8n, .003 at 2500
MOST_BINS = 256  # .013 at 2500


class Line(Measure):
    """Mean, standard deviation and Jensen-Shannon divergence."""

    name = "line"
    title = "On the line"
    kinds = ("line",)
    numbers = {
        "mean": MetricInfo(
            title="mean", better="floor", dimension="place",
            help="Mean of the samples in the data's units; for the affine generator its μ, averaged over the last "
                 "quarter"),
        "sd": MetricInfo(
            title="sd", better="floor", dimension="length",
            help="Standard deviation of the samples in the data's units; for the affine generator its |σ|, averaged "
                 "over the last quarter"),
        "jsd": MetricInfo(
            title="JSD", better="low", format=".4f",
            help="Jensen–Shannon divergence of the histograms in nats, from 0 (equal) to 0.693 (nothing in common). "
                 "It is a lower bound on the true one; its floor is the noise of the histograms."),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        real, fake = evidence.real.ravel(), evidence.fake.ravel()
        if not (fake.size and real.size and np.isfinite(real).all() and np.isfinite(fake).all()):
            return dict.fromkeys(self.numbers)
        mean, sd = (float(n) for n in evidence.moments[:, 0]) if evidence.moments is not None else (
            float(fake.mean()), float(fake.std()))
        if (pair := pair_of(evidence)) is not None:
            return {"mean": mean, "sd": sd, "jsd": divergences(*pair).jsd}
        inner = inner_edges(evidence.data)
        below = evidence.data.cdf(inner)
        truth = _shares(real, inner) if below is None else np.diff(below, prepend=0.0, append=1.0).clip(min=0.0)
        return {
            "mean": mean,
            "sd": sd,
            "jsd": jsd(truth, _shares(fake, inner)),
        }


def inner_edges(data: Dataset[Any]) -> Floats:
    """The edges between the bins, ascending: equal bins over the extent, the two end bins open outwards.

    At least 64 bins, and no wider than the narrowest mode's sd as far as 256 reach.
    """
    extent, modes = data.extent, data.modes
    wanted = 0 if modes is None else int(np.ceil(min((extent.high - extent.low) / modes.sds.min(), MOST_BINS)))
    return np.linspace(extent.low, extent.high, max(BINS, wanted) + 1)[1:-1]


def _shares(x: Floats, inner: Floats) -> Floats:
    """Share of the samples ``(n,)`` in each bin."""
    return np.bincount(np.searchsorted(inner, x, side="right"), minlength=len(inner) + 1) / len(x)
