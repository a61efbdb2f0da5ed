"""Samples of the running mean of the generator's weights, beside real ones."""

from __future__ import annotations

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Samples

SHOWN = 64  # of each


class SamplesAverageProbe(Probe):
    """The same latents at every look. If the run has no running mean, its weights as they are."""

    name = "samples-average"
    title = "Samples of the average of G"
    kinds = ("image",)
    expensive = True
    time_share = 0.07  # ten pictures a second at 32 px; 64 images of 64 px take a third of a step

    def look(self, game: GameView, size: int) -> Samples:
        z = game.latents[:SHOWN]
        averaged = game.average(z)
        fake = game.generate(z) if averaged is None else averaged
        return Samples(
            real=Array.of(pixels(game.real[:SHOWN].float().cpu().numpy())),
            fake=Array.of(pixels(fake.float().cpu().numpy())), averaged=averaged is not None,
        )
