"""Reconstructions: the image at each scale, and what the fixed noise gives there."""

from __future__ import annotations

import itertools

import torch

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.maths.scale_pyramid import enlarged, reduced
from ganstudio.networks.parts.scales import reconstructions
from ganstudio.views.one_image import Reconstructions


class ReconstructionsProbe(Probe):
    """Each scale so far at its own size; the newest one is under way."""

    name = "reconstructions"
    title = "Reconstructions"
    kinds = ("image",)
    needs = frozenset({"one image"})
    expensive = True

    def look(self, game: GameView, size: int) -> Reconstructions:
        phase, x = game.phase, game.real[:1]
        with game.at_rest() as modules:
            made = reconstructions(modules, phase.scale)
            sigma = [float(modules[f"G{at}"].sigma) for at in range(len(made))]
        real = [reduced(x, (part.shape[2], part.shape[3])) for part in made]
        begun = [enlarged(below, (part.shape[2], part.shape[3])) for below, part in itertools.pairwise(made)]
        return Reconstructions(
            real=[_shown(part) for part in real], made=[_shown(part) for part in made],
            rmse=[_rmse(a, b) for a, b in zip(made, real, strict=True)],
            enlarged=[float("nan"), *(_rmse(a, b) for a, b in zip(begun, real[1:], strict=True))],
            sigma=sigma, scales=phase.levels, shown=phase.shown, lasts=phase.lasts)


def _shown(images: torch.Tensor) -> Array:
    return Array.of(pixels(images.float().cpu().numpy()))


def _rmse(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).square().mean().sqrt())
