"""Linear separability: does a plane through w, or through z, part the images that have an attribute from the others?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.features.feature_nets import pixels_of
from ganstudio.maths.judges.attribute_net import attribute_net, has_attributes
from ganstudio.maths.linear_separation import conditional_entropy_bits, entropy_bits, fit_plane, side_of
from ganstudio.networks.parts.styled_copy import StyledCopy, latents_for

IMAGES = 4000
SEED = 7402  # added to the run's
Floats = NDArray[np.float64]


class Separability(Measure):
    """2 to the entropy that is left of the attributes once a plane has been laid through the latents.

    Source: Karras et al. 2019, arXiv:1812.04948, section 4.2; here by logistic regression, and judged on images that it
    was not fitted to.
    """

    name = "separability"
    title = "Separability"
    kinds = ("image",)
    needs = frozenset({"styles"})
    expensive = True
    on_request = True
    numbers = {
        "separability_w": MetricInfo(
            title="separability in w", better="low", format=".3f",
            help=f"2 to the sum of H(attribute | side of a plane in w), bits: 1 if planes part them perfectly. Of "
                 f"{IMAGES:,} generated images a judge reads each attribute, the half it is surest of is kept, and its "
                 "question is whether the attribute has the value whose share is nearest to a half; the plane is "
                 "fitted to every other image and tested on the rest. Undefined without styles or for data without "
                 "attributes."),
        "separability_z": MetricInfo(
            title="separability in z", better="low", format=".3f",
            help="The same with planes in z, for the same images. Undefined as there."),
        "separability_ceiling": MetricInfo(
            title="separability, ceiling", better="floor", format=".3f",
            help="2 to the sum of the attributes' own entropies over the same images: what planes that say nothing "
                 "leave. Undefined as there."),
    }

    def judge(self, data: Dataset[Any]) -> str:
        return attribute_net(data).name if has_attributes(data) else ""

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        game, data = evidence.game, evidence.data
        if game is None or not has_attributes(data):
            return dict.fromkeys(self.numbers)
        judge, copy = attribute_net(data), StyledCopy(game)
        z = latents_for(game, IMAGES, evidence.seed + SEED)
        w = copy.mapped(z)
        shares = judge.shares(pixels_of(copy.drawn(w)))
        questions = [question(shares[name]) for name in judge.reads_well(data)]
        return {**{f"separability_{space}": 2.0 ** sum(left_bits(x.double().cpu().numpy(), *one) for one in questions)
                   for space, x in (("w", w), ("z", z))},
                "separability_ceiling": 2.0 ** sum(own_bits(*one) for one in questions)}


def question(shares: Floats) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which images are kept, and whether each has the value of the attribute whose share is nearest to a half.

    Args:
        shares: The probability of each value, ``(n, values)``; kept is the half whose likeliest value is likeliest.

    Returns:
        Their numbers in their order, and the answers.
    """
    kept = np.sort(np.argsort(-shares.max(1), kind="stable")[: len(shares) // 2])
    values = shares[kept].argmax(1)
    apart = np.abs(np.bincount(values, minlength=shares.shape[1]) / len(kept) - 0.5)
    return kept, values == int(apart.argmin())


def left_bits(x: Floats, kept: NDArray[np.int64], answers: NDArray[np.bool_]) -> float:
    """Entropy that a plane leaves of the answers, over every other one; it is fitted to the others."""
    plane = fit_plane(x[kept[::2]], answers[::2])
    return conditional_entropy_bits(answers[1::2], side_of(x[kept[1::2]], plane))


def own_bits(kept: NDArray[np.int64], answers: NDArray[np.bool_]) -> float:
    """Entropy of the same answers."""
    return entropy_bits(answers[1::2])
