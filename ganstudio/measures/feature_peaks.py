"""Feature peaks: is there a spike in a map, as in those that StyleGAN's instance norm brings about?"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.networks.parts.noise import has_noise
from ganstudio.networks.parts.styled_copy import StyledCopy, latents_for

IMAGES = 200
SEED = 7404  # added to the run's


class FeaturePeaks(Measure):
    """The largest value of a map over its root mean square.

    Source: Karras et al. 2020, arXiv:1912.04958, section 2 and figure 2.
    """

    name = "feature-peaks"
    title = "Feature peaks"
    kinds = ("image",)
    needs = frozenset({"styles"})
    expensive = True
    on_request = True
    numbers = {
        "peak_over_rms": MetricInfo(
            title="peak over rms", better="low", format=".2f",
            help=f"Largest absolute value of one of G's maps over its root mean square, the largest of all channels, "
                 f"layers with noise and {IMAGES} images; a map of n pixels reaches √n at most. Undefined for a G "
                 "without styles or without noise."),
        "peak_over_rms_mean": MetricInfo(
            title="peak over rms, mean", better="low", format=".2f",
            help="Of the channel whose mean over the images is the largest. Undefined as there."),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        if evidence.game is None:
            return dict.fromkeys(self.numbers)
        copy = StyledCopy(evidence.game)
        peaks = peaks_of(copy, copy.mapped(latents_for(evidence.game, IMAGES, evidence.seed + SEED)))
        if not peaks:
            return dict.fromkeys(self.numbers)
        return {"peak_over_rms": max(float(of_layer.max()) for of_layer in peaks),
                "peak_over_rms_mean": max(float(of_layer.mean(0).max()) for of_layer in peaks)}


def peaks_of(copy: StyledCopy, w: Tensor) -> list[Tensor]:
    """Peak over rms ``(n, channels)`` of what each layer with noise puts out; of a map of zeros 0."""
    found: dict[nn.Module, list[Tensor]] = {}
    layers = [layer for layer in copy.module.modules() if any(has_noise(part) for part in layer.children())]
    hooks = [layer.register_forward_hook(
        lambda layer, _, x: found.setdefault(layer, []).append(peak_over_rms(x))) for layer in layers]
    try:
        copy.drawn(w)
    finally:
        for hook in hooks:
            hook.remove()
    return [torch.cat(parts) for parts in found.values()]


def peak_over_rms(x: Tensor) -> Tensor:
    """Of each map of ``(n, c, h, w)``: ``(n, c)``; 0 if it is 0 everywhere."""
    rms = x.square().mean((2, 3)).sqrt()
    peak = x.abs().amax((2, 3))
    return torch.where(rms > 0, peak / rms.clamp(min=torch.finfo(x.dtype).tiny), torch.zeros_like(peak)).cpu()
