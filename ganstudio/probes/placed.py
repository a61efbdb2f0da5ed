"""Placed: G's picture where the user has dragged it."""

from __future__ import annotations

from ganstudio.core.images import pixels
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.asks import Placement
from ganstudio.core.protocol.views import Array
from ganstudio.maths.placement import placement
from ganstudio.views.placed import Placed


class PlacedProbe(Probe):
    """One forward pass in evaluation mode: no buffer holds the transform, and nothing is drawn from the run."""

    name = "placed"
    title = "Placed"
    kinds = ("image",)
    priority = "on request"
    needs = frozenset({"placement"})
    expensive = True
    time_share = 0.05

    def look(self, game: GameView, size: int) -> Placed:
        asked = game.asked_for(Placement) or Placement()
        latent = asked.latent % len(game.latents)
        transform = placement([asked.right], [asked.down], asked.angle)
        with game.at_rest() as modules:
            z = game.latents[latent : latent + 1]
            image = modules["G"].moved(z, transform.to(z.device))
        return Placed(
            right=asked.right, down=asked.down, angle=asked.angle, latent=latent, latents=len(game.latents),
            image=Array.of(pixels(image.float().cpu().numpy())), averaged=game.has_average)
