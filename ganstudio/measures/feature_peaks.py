"""How far single pixels stick out of G's maps: the droplets of StyleGAN, by which strength is smuggled past a norm."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo

IMAGES = 64


class FeaturePeaks(Measure):
    """Peak over rms of the channel in which it is largest."""

    name = "feature-peaks"
    title = "Peaks in G's maps"
    kinds = ("image",)
    needs = frozenset({"styles"})
    expensive = True
    numbers = {
        "peak_over_rms": MetricInfo(
            title="peak over rms", better="low", format=".2f",
            help="Largest value of a map over its root mean square, of G's largest maps before noise is added: mean "
                 "over images, of the channel where it is largest. A droplet in 16 px maps reads up to 16, noise "
                 "alone about 3.")}

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        found: dict[str, float | None] = {"peak_over_rms": None}
        if evidence.game is None or not len(layers := evidence.game.modules["G"].noise_layers):
            return found
        seen: list[Tensor] = []

        def look(_: Any, inputs: tuple[Tensor, ...]) -> None:
            seen.append(inputs[0].detach())

        hooks = [layer.register_forward_pre_hook(look) for layer in layers]
        try:
            with torch.no_grad():
                evidence.game.modules["G"](evidence.game.latents(IMAGES))
        finally:
            for hook in hooks:
                hook.remove()
        side = max(x.shape[-1] for x in seen)
        worst = max(float(peaks(x).max()) for x in seen if x.shape[-1] == side)
        return {"peak_over_rms": worst}


def peaks(x: Tensor) -> Tensor:
    """Of maps ``(n, c, h, w)`` the largest value over the root mean square, mean over images, ``(c,)``."""
    exact = x.double().flatten(2)
    rms = exact.square().mean(2).sqrt()
    return (exact.abs().amax(2) / rms.clamp_min(1e-30)).mean(0)
