"""Quality of images: FID, KID, IS, precision and recall of what a feature net sees, and diversity of the pixels.

Each has blind spots of its own: the panel names them, with numbers.
"""

from __future__ import annotations

import math

import numpy as np

from ganstudio.core.dataset import Floats
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.features.frechet import frechet_of
from ganstudio.maths.features.image_quality import different, diversity, inception_score, kid, precision_recall, varies

NEIGHBOUR = 5  # which one the balls of precision and recall end at
LARGEST = 1e45  # feature: KID takes its sixth power and sums millions of those


class ImageQuality(Measure):
    """What the features of real and generated images have in common.

    Undefined if the real images are all alike or fewer than 6: nothing says then how far is far. Precision is, if each
    of them is drawn more than 5 times.
    """

    name = "image-quality"
    title = "Image quality"
    kinds = ("image",)
    expensive = True
    numbers = {
        "fid": MetricInfo(
            title="FID", better="low",
            help="Fréchet distance between mean and covariance of the features. Few samples bias it upwards, and its "
                 "floor as well. Undefined without a feature net."),
        "kid": MetricInfo(
            title="KID", better="low",
            help="Squared distance between the first three moments of the features (MMD, cubic kernel), unbiased: "
                 "about 0 for a perfect generator, sometimes below. Undefined without a feature net."),
        "is": MetricInfo(
            title="IS", better="high", format=".2f",
            help="Inception score: up to K, if a classifier is sure of each image and the K classes are equally "
                 "frequent. It never looks at the data. Undefined if the feature net has no classes."),
        "precision": MetricInfo(
            title="precision", better="high", format=".3f",
            help=f"Share of generated images that are near real ones: no farther from one than its {NEIGHBOUR}th "
                 "nearest neighbour. Undefined without a feature net."),
        "recall": MetricInfo(
            title="recall", better="high", format=".3f",
            help=f"Share of real images that are near generated ones: no farther from one than its {NEIGHBOUR}th "
                 "nearest neighbour. Undefined without a feature net."),
        "diversity": MetricInfo(
            title="diversity", better="floor", format=".3f",
            help="Mean distance between two generated images, pixel by pixel, divided by that between two real ones: "
                 "0 if all are the same, above 1 if they differ more than the data"),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        found: dict[str, float | None] = dict.fromkeys(self.numbers)
        if not (np.isfinite(evidence.real).all() and np.isfinite(evidence.fake).all()):
            return found
        if not varies(evidence.real):
            return found
        found["diversity"] = diversity(evidence.real, evidence.fake)
        kinds = different(evidence.real)
        if kinds <= NEIGHBOUR:
            return found
        real, fake = evidence.real_features, evidence.fake_features
        if real is None or fake is None or min(len(real.values), len(fake.values)) <= NEIGHBOUR:
            return found
        if not (_in_reach(real.values) and _in_reach(fake.values)):
            return found
        found["fid"] = frechet_of(real.values, fake.values)
        found["kid"] = kid(real.values, fake.values)
        found["precision"], found["recall"] = precision_recall(real.values, fake.values, NEIGHBOUR)
        if len(evidence.real) > NEIGHBOUR * kinds:  # an image's neighbours are itself, and its ball a point
            found["precision"] = None
        if fake.probabilities is not None:
            found["is"] = inception_score(fake.probabilities)
        return {name: value if value is not None and math.isfinite(value) else None for name, value in found.items()}


def _in_reach(features: Floats) -> bool:
    """Whether all are finite, their sixth powers included."""
    return bool((np.abs(features) < LARGEST).all())  # false of NaN, too
