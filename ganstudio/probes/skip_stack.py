"""Skip stack: what each level of G adds to its images, enlarged to their size, and the sum of it all."""

from __future__ import annotations

import itertools
import operator

import numpy as np

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.networks.parts.style_look import StyleLook
from ganstudio.views.skip_stack import Skips

IMAGES = 4


class SkipStackProbe(Probe):
    """Of the first of the fixed latents, with one draw of noise."""

    name = "skip-stack"
    title = "Skip stack"
    kinds = ("image",)
    priority = "if seen"
    needs = frozenset({"styles", "skips"})
    expensive = True
    time_share = 0.02

    def look(self, game: GameView, size: int) -> Skips:
        with game.at_rest() as modules:
            look = StyleLook(modules["G"])
            parts, made = look.parts(look.w(game.latents[:IMAGES]))
        sums = list(itertools.accumulate(parts, operator.add))
        side = made.shape[-1]
        sizes = np.array([float(part.square().mean().sqrt()) for part in parts], np.float32)
        return Skips(
            sides=[side >> (len(parts) - 1 - level) for level in range(len(parts))],
            parts=[Array.of(pixels(part.numpy())) for part in parts],
            sums=[Array.of(pixels(each.numpy())) for each in sums], made=Array.of(pixels(made.numpy())),
            sizes=Array.of(sizes), apart=float((sums[-1] - made).abs().max()))
