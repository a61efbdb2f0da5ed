"""Divergences on the line: how far the generator's density is from the data's, by quadrature.

The generator's density is exact if it is known (affine), exact up to straight pieces along one latent,
and otherwise estimated with a Gaussian kernel. Then the data's density is smoothed with the same kernel,
which can only bring the two nearer: what is shown is a lower bound, up to the noise that the floor shows.
"""

from __future__ import annotations

import math

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.line_densities import divergences, pair_of


class LineDivergences(Measure):
    """KL both ways, Pearson's chi^2 and total variation; JSD is in the measure line."""

    name = "divergences"
    title = "Divergences on the line"
    kinds = ("line",)
    numbers = {
        "kl": MetricInfo(
            title="KL", better="low", format=".4f",
            help="Kullback–Leibler divergence E_p[log p/q] in nats: large if the generator misses data. Undefined if "
                 "G's density is only estimated from samples."),
        "kl_reverse": MetricInfo(
            title="KL reversed", better="low", format=".4f",
            help="E_q[log q/p] in nats: large if the generator makes samples where there is no data"),
        "chi2": MetricInfo(
            title="Pearson χ²", better="low", format=".4f",
            help="E_q[(p/q − 1)²]: even larger than KL if data is missed. Undefined if KL is."),
        "tv": MetricInfo(
            title="total variation", better="low", format=".4f",
            help="Half the area between the two densities, from 0 (equal) to 1 (nothing in common)"),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        pair = pair_of(evidence)
        if pair is None:
            return dict.fromkeys(self.numbers)
        found = divergences(*pair)
        values = {name: _finite(getattr(found, name)) for name in self.numbers}
        # If the kernel's estimate is 0, G's density may not be: a quotient by it is undefined.
        return values if evidence.mass is not None else {**values, "kl": None, "chi2": None}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
