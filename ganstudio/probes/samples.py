"""Samples: images of the same latents at every look, beside real ones."""

from __future__ import annotations

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Samples

SHOWN = 64  # of each


class SamplesProbe(Probe):
    """What the generator makes with its weights as they are after its last update."""

    name = "samples"
    title = "Samples"
    kinds = ("image",)
    expensive = True
    time_share = 0.07  # ten pictures a second at 32 px; 64 images of 64 px take a third of a step

    def look(self, game: GameView, size: int) -> Samples:
        fake = game.generate(game.latents[:SHOWN])
        return Samples(
            real=Array.of(pixels(game.real[:SHOWN].float().cpu().numpy())),
            fake=Array.of(pixels(fake.float().cpu().numpy())), averaged=False,
        )
