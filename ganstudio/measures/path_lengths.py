"""Perceptual path length: does a short way through z, or through w, change the picture little, wherever it lies?"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.features.attribute_features import AttributeFeatures, attribute_features
from ganstudio.maths.judges.attribute_net import has_attributes
from ganstudio.maths.latents import lerp, slerp
from ganstudio.maths.perceptual_paths import mean_length, squared_speeds
from ganstudio.networks.parts.styled_copy import StyledCopy, latents_for

PAIRS = 400
EPSILON = 1e-4
SEED = 7401  # added to the run's


class PathLengths(Measure):
    """Path lengths in w and in z, over the same pairs of latents and the same places between them.

    Source: Karras et al. 2019, arXiv:1812.04948, section 4.1 ("full").
    """

    name = "path-lengths"
    title = "Path lengths"
    kinds = ("image",)
    needs = frozenset({"styles"})
    expensive = True
    on_request = True
    numbers = {
        "ppl_w": MetricInfo(
            title="PPL in w", better="low", format=".2f",
            help=f"Perceptual path length: squared distance of the attribute net's 96 whitened features (not "
                 f"normalised) per squared step, at a random place on the straight line between two w; {PAIRS} pairs, "
                 f"step {EPSILON:g} in float64, the same noise at both ends, mean from the 1st to the 99th percentile. "
                 "Two real images are 192 apart in that square on average. Undefined without styles or for data "
                 "without attributes."),
        "ppl_z": MetricInfo(
            title="PPL in z", better="low", format=".2f",
            help="The same on the arc between the two z of these w, at the same place: higher than in w if the mapping "
                 "has straightened the ways. Undefined as there."),
        "ppl_w_se": MetricInfo(title="PPL in w, standard error", better="low", format=".2f",
                               help="Of the mean over the pairs. Undefined as there."),
        "ppl_z_se": MetricInfo(title="PPL in z, standard error", better="low", format=".2f",
                               help="Of the mean over the pairs. Undefined as there."),
    }

    def judge(self, data: Dataset[Any]) -> str:
        return attribute_features(data).name if has_attributes(data) else ""

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        game, data = evidence.game, evidence.data
        if game is None or not has_attributes(data):
            return dict.fromkeys(self.numbers)
        seed = evidence.seed + SEED
        z = latents_for(game, 2 * PAIRS, seed).double()
        t = torch.rand(PAIRS, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * (1 - EPSILON)
        copy = StyledCopy(game, torch.float64)
        lengths = path_lengths(copy, attribute_features(data), z, t.to(z.device))
        found: dict[str, float | None] = {}
        for space, of_pairs in lengths.items():
            found[f"ppl_{space}"], found[f"ppl_{space}_se"] = mean_length(of_pairs)
        return found


def path_lengths(
    copy: StyledCopy, features: AttributeFeatures, z: Tensor, t: Tensor, epsilon: float = EPSILON,
) -> dict[str, Tensor]:
    """Squared speeds ``(n,)`` in ``w`` and ``z``.

    Args:
        copy: In float64: a step of 1e-4 drowns in the rounding of float32.
        features: What sees the images.
        z: Latents ``(2 n, latent_dim)``, the ends of n paths.
        t: The place on each path ``(n,)``, from 0 to 1 - epsilon.
        epsilon: The step.
    """
    first, last = z.chunk(2)
    w_first, w_last = copy.mapped(z).chunk(2)
    t = t.to(w_first.device)
    ends = {"w": [lerp(w_first, w_last, at) for at in (t, t + epsilon)],
            "z": [copy.mapped(slerp(first, last, at.to(first.device))) for at in (t, t + epsilon)]}
    found = {}
    for space, (near, far) in ends.items():
        with torch.no_grad():
            before, after = (features.seen(copy.drawn(w)) for w in (near, far))  # with the same noise
        found[space] = squared_speeds(before, after, epsilon)
    return found
