"""Variations: samples whose noise begins at a scale that the user chooses, on a canvas of a size that the user chooses.

The same noise for the same draw, so that a picture changes only with what is asked for and with learning.
"""

from __future__ import annotations

import math

import torch

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.asks import Variation
from ganstudio.core.protocol.views import Array
from ganstudio.maths.patch_distance import blurred, patch_sw1
from ganstudio.networks.parts.scales import variations
from ganstudio.views.one_image import Variations

SHOWN = 6  # samples
MOST_PX = 400_000  # of all samples together: larger pictures come in smaller numbers
COMPARED_PX = 8000  # of an image whose patches are compared at each look; of a larger one that takes seconds


class VariationsProbe(Probe):
    """What the scales so far make; without a question, full samples on the image's own canvas."""

    name = "variations"
    title = "Variations"
    kinds = ("image",)
    priority = "on request"
    needs = frozenset({"one image"})
    expensive = True
    time_share = 0.06

    def __init__(self) -> None:
        self._ends: tuple[object, float, float] | None = None  # the data, its floor and its ceiling

    def look(self, game: GameView, size: int) -> Variations:
        asked = game.asked_for(Variation) or Variation()
        last = game.phase.scale
        start = min(asked.start, last)
        with game.at_rest() as modules:
            h, w = modules["G0"].sizes[last]
            count = max(min(SHOWN, math.floor(MOST_PX / (h * w * asked.high * asked.wide))), 1)
            device = modules["G0"].sigma.device
            rng = torch.Generator(device).manual_seed(asked.draw)
            made = variations(modules, last, count, rng, start=start, wide=asked.wide, high=asked.high,
                              strength=asked.noise)
        images = made.float().cpu()
        distances = self._distances(game, images)
        return Variations(
            start=start, wide=asked.wide, high=asked.high, strength=asked.noise, draw=asked.draw,
            images=Array.of(pixels(images.numpy())),
            diversity=float(images.std(0).mean()) if count > 1 else 0.0,
            patch_sw1=distances[0], floor=distances[1], ceiling=distances[2])

    def _distances(self, game: GameView, made: torch.Tensor) -> tuple[float | None, float | None, float | None]:
        """The patch distance of samples, of the mirrored image and of the blurred one; None where there is none.

        There is none of another canvas, of a coarser scale, and of an image that is too large.
        """
        image = game.real[0].float().cpu().numpy()
        if made.shape[1:] != image.shape or image[0].size > COMPARED_PX:
            return None, None, None
        if self._ends is None or self._ends[0] is not game.data:
            self._ends = game.data, patch_sw1(image, image[:, :, ::-1]), patch_sw1(image, blurred(image))
        found = sum(patch_sw1(sample, image) for sample in made.numpy()) / len(made)
        return found, *self._ends[1:]
