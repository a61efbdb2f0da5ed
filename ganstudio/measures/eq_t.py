"""EQ-T: whether a picture that is moved before it is drawn is the same picture, moved."""

from __future__ import annotations

import torch
from torch import Tensor

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.equivariance import Errors, psnr, translation_equivariance
from ganstudio.networks.parts.noise import fixed_noise, has_noise

IMAGES = 64
AT_ONCE = 16
FURTHEST = 0.125  # share of the side


class EqT(Measure):
    """A property of the architecture first, and of training second: it can be read before the first step."""

    name = "eq-t"
    title = "EQ-T"
    kinds = ("image",)
    needs = frozenset({"placement"})
    expensive = True
    numbers = {
        "eq_t": MetricInfo(
            title="EQ-T, whole pixels", better="high", format=".1f",
            help="How alike are a picture that G moves by whole pixels, up to an eighth of the side, and the same "
                 "picture moved afterwards: peak signal over difference in dB. Below 20 details stick to the pixels. "
                 "64 images, noise fixed."),
        "eq_t_frac": MetricInfo(
            title="EQ-T, parts of pixels", better="high", format=".1f",
            help="The same for moves by parts of pixels, against the picture moved by a Lanczos filter with three "
                 "lobes, over the pixels that need nothing from outside"),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        game = evidence.game
        if game is None:  # of a perfect generator no move is known
            return dict.fromkeys(self.numbers)
        G = game.modules["G"]
        side = evidence.data.shape[-1]
        noisy = [layer for layer in G.module.modules() if has_noise(layer)]
        shifts = torch.rand(IMAGES, 2, generator=torch.Generator().manual_seed(evidence.seed)) * 2 - 1
        latents = game.latents(IMAGES)
        whole, part = Errors(0.0, 0), Errors(0.0, 0)
        for first in range(0, IMAGES, AT_ONCE):
            z = latents[first : first + AT_ONCE]

            def make(transforms: Tensor, z: Tensor = z, first: int = first) -> Tensor:
                rng = torch.Generator(z.device).manual_seed(evidence.seed + first)
                with torch.no_grad(), fixed_noise(noisy, rng):
                    images: Tensor = G.moved(z, transforms.to(z.device))
                return images

            found = translation_equivariance(make, FURTHEST * shifts[first : first + AT_ONCE], side)
            whole, part = whole.plus(found[0]), part.plus(found[1])
        return {"eq_t": psnr(whole), "eq_t_frac": psnr(part)}
