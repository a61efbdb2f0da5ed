"""Labels: is what the generator makes of the class that was asked for?

On mixtures a sample's class is its nearest mode. On images it is what a judge reads: a network that was trained on the
labelled data and never plays.
"""

from __future__ import annotations

import numpy as np

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.class_numbers import class_numbers


class LabelMeasure(Measure):
    """Share of samples of the class asked for; on mixtures, how far and how wide the worst class is."""

    name = "labels"
    title = "Labels"
    kinds = ("line", "plane", "image")
    needs = frozenset({"label"})
    numbers = {
        "label_right": MetricInfo(
            title="label right", better="high", format=".1%",
            help="Share of samples whose class is the one that was asked for: by the nearest mode, or by a classifier"),
        "class_mean_error": MetricInfo(
            title="mean error", better="low", format=".2f",
            help="Distance between the mean of a class's samples and its mode, in sds of the mode, for the worst "
                 "class. Undefined on images."),
        "class_sd_ratio": MetricInfo(
            title="class sd ratio", better="floor", format=".2f",
            help="Spread of a class's samples around their mean, divided by that of the mode, for the class furthest "
                 "from 1. Undefined on images."),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        found = class_numbers(evidence)
        if not found:
            return dict.fromkeys(self.numbers)
        asked = evidence.fake_labels
        assert asked is not None
        counts = np.bincount(asked, minlength=len(found))
        right = sum(one.right * counts[one.label] for one in found if one.right is not None) / counts.sum()
        errors = [one.mean_error for one in found if one.mean_error is not None]
        ratios = [one.sd_ratio for one in found if one.sd_ratio is not None]
        return {
            "label_right": float(right),
            "class_mean_error": max(errors, default=None),
            "class_sd_ratio": max(ratios, key=lambda ratio: abs(np.log(max(ratio, 1e-12))), default=None),
        }
