"""Droplet: how far the largest value of each feature map of G stands out."""

from __future__ import annotations

import numpy as np

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.maths.layer_outputs import LayerOutputs
from ganstudio.networks.parts.style_look import StyleLook
from ganstudio.views.droplet import Droplet

IMAGES = 16
COLOURS = 3  # maps with no more channels are images


class DropletProbe(Probe):
    """Of the maps that G's convolutions give, before noise, bias and norm: a norm would hide what it takes away."""

    name = "droplet"
    title = "Droplet"
    kinds = ("image",)
    priority = "if seen"
    needs = frozenset({"styles"})
    expensive = True
    time_share = 0.02

    def look(self, game: GameView, size: int) -> Droplet:
        with game.at_rest() as modules:
            look = StyleLook(modules["G"])
            w = look.w(game.latents[:IMAGES])
            with LayerOutputs() as layers:
                look.images(w)
        maps = [made.float().cpu() for made in layers.outputs if made.ndim == 4 and made.shape[1] > COLOURS]
        peaks = []
        for each in maps:
            size_ = each.square().mean((2, 3)).sqrt().clamp(min=1e-30)
            peaks.append(float((each.abs().amax((2, 3)) / size_).mean(0).max()))
        return Droplet(sides=[each.shape[-1] for each in maps], peaks=Array.of(np.array(peaks, np.float32)))
