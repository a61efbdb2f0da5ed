"""Balance: what the discriminator says of real and of generated images, side by side."""

from __future__ import annotations

from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Balance

SHOWN = 64  # images of each kind


class BalanceProbe(Probe):
    """Two distributions: of reconstruction errors if D is an autoencoder, else of its scores.

    Source: Berthelot, Schumm, Metz 2017, arXiv:1703.10717, section 3: BEGAN matches the first two.
    """

    name = "balance"
    title = "Balance"
    kinds = ("image",)
    expensive = True
    time_share = 0.02

    def look(self, game: GameView, size: int) -> Balance:
        real = game.real[:SHOWN]
        fake = game.generate(game.latents[:SHOWN])
        of_real, of_fake = game.reconstruction_errors(real), game.reconstruction_errors(fake)
        kind = "reconstruction"
        if of_real is None or of_fake is None:
            of_real, of_fake, kind = game.score(real), game.score(fake), game.variant.score_kind
        return Balance(
            kind=kind, real=Array.of(of_real.float().cpu().numpy()), fake=Array.of(of_fake.float().cpu().numpy()),
            readings={name: float(value) for name, value in game.variant.diagnostics().items()},
        )
