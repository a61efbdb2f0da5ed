"""BEGAN ratio: how badly D redraws generated images, against real ones."""

from __future__ import annotations

from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.training.trainer import Trainer


class BEGANRatio(Quantity[NoParams]):
    """E L(G(z)) / E L(x), which BEGAN steers to gamma.

    Source: Berthelot, Schumm, Metz 2017, arXiv:1703.10717, section 3.3.
    """

    name = "began-ratio"
    title = "reconstruction error of generated over real images"
    help = "Mean reconstruction error of generated images over that of real ones, on the images on screen: BEGAN " \
           "steers it to γ. Undefined if D is not an autoencoder."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        view = trainer.view
        real = view.reconstruction_errors(view.real)
        fake = view.reconstruction_errors(view.generate(view.latents))
        if real is None or fake is None or float(real.mean()) <= 0:
            return None
        return float(fake.double().mean() / real.double().mean())
