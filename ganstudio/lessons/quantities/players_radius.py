"""Players' radius: how far a Gaussian generator and a critic that is a straight line are from their equilibrium."""

from __future__ import annotations

import math

from torch import nn

from ganstudio.lessons.quantity import NoParams, Quantity
from ganstudio.networks.affine import AffineGenerator
from ganstudio.training.trainer import Trainer


class PlayersRadius(Quantity[NoParams]):
    """The Dirac-GAN's distance in a run: the affine generator on a line, and a D without hidden layers.

    Both are counted in the units in which the players learn: G's centre minus the data's mean over the data's spread,
    and D's weight. With one rate for both, exact gradient flow of the WGAN leaves this number unchanged.
    """

    name = "players-radius"
    title = "distance of both players from the equilibrium"
    help = "√(θ² + ψ²) of a run: θ is the distance of the affine generator's centre from the data's mean, over the " \
           "data's spread, and ψ the weight of a D without hidden layers. Undefined for other networks."

    def compute(self, trainer: Trainer | None, params: NoParams) -> float | None:
        assert trainer is not None
        G, D = trainer.game.modules.get("G"), trainer.game.modules.get("D")
        modes = trainer.game.data.modes
        layers = [] if D is None else [layer for layer in D.modules() if isinstance(layer, nn.Linear)]
        if not isinstance(G, AffineGenerator) or modes is None or len(layers) != 1 or layers[0].weight.numel() != 1:
            return None
        mean = float(modes.weights @ modes.centres[:, 0] / modes.weights.sum())
        theta = (float(G.moments()[0, 0]) - mean) / float(G.scale)
        return math.hypot(theta, float(layers[0].weight.detach()))
