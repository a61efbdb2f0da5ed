"""Mode coverage: does the generator visit every peak of a mixture, as often as it should, and as wide?

Protocol of VEEGAN (Srivastava et al. 2017, arXiv:1705.07761) on 2500 samples, stricter in one place:
a mode counts as found with 20 high-quality samples, not with one.
"""

from __future__ import annotations

import numpy as np

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.divergences import kl
from ganstudio.maths.mode_counts import count_modes


class ModeCoverage(Measure):
    """Modes found, share of high-quality samples, reverse KL of the mode histogram, width of the modes."""

    name = "modes"
    title = "Mode coverage"
    kinds = ("line", "plane")
    numbers = {
        "modes": MetricInfo(
            title="modes found", better="high", format=".0f",
            help="Modes with at least 20 of 2,500 samples within 3 sd, or half their share if they are rarer"),
        "high_quality": MetricInfo(
            title="high quality", better="floor", format=".1%",
            help="Share of samples within 3 sd of the nearest mode. More than the floor means that the modes are too "
                 "narrow."),
        "reverse_kl": MetricInfo(
            title="reverse KL", better="low", format=".4f",
            help="KL divergence from the generator's mode histogram to the true weights, in nats; ln K for one mode "
                 "of K"),
        "sd_ratio": MetricInfo(
            title="sd ratio", better="floor", format=".2f",
            help="Spread of high-quality samples within their modes, divided by the true spread. Below the floor: too "
                 "narrow."),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        modes = evidence.data.modes
        if modes is None:
            return dict.fromkeys(self.numbers)
        fake = evidence.fake
        if not np.isfinite(fake).all():
            return dict.fromkeys(self.numbers)
        counts = count_modes(fake, modes)
        return {
            "modes": float(counts.found),
            "high_quality": counts.high_quality,
            "reverse_kl": kl(counts.nearest, modes.weights),
            "sd_ratio": counts.sd_ratio,
        }
