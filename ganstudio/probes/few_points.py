"""Few points: the first of the samples that are shown, real and generated."""

from __future__ import annotations

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array
from ganstudio.views.few_points import FewPoints

COUNT = 40  # more lines from point to point could not be told apart


class FewPointsProbe(Probe):
    """The same latents and the same data at every look, so that only learning moves the lines."""

    name = "few-points"
    title = "Few points"
    kinds = ("line", "plane")

    def look(self, game: GameView, size: int) -> FewPoints:
        fake = game.generate(game.latents[:COUNT])
        return FewPoints(real=Array.of(game.real[:COUNT].cpu().numpy()), fake=Array.of(fake.cpu().numpy()))
