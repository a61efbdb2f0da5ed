"""The game as probes and measures see it: evaluation mode, no gradient kept, no draw from the run's randomness."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.core.dataset import Dataset, Kind
from ganstudio.core.network import Grows, Growth, KnowsItsDensity, Reconstructs, Stage
from ganstudio.core.protocol.views import Walk
from ganstudio.core.variant import GameControls, Terms, Variant
from ganstudio.maths.latents import draw_latents, latent_mesh, latent_slices, latent_walk
from ganstudio.maths.layer_outputs import LayerOutputs, gradient_norms
from ganstudio.maths.resampling import shrunk
from ganstudio.networks.parts.spectral import SpectralNorm
from ganstudio.training.game import Game
from ganstudio.training.streams import seeded

SHOWN: dict[Kind, int] = {"line": 4000, "plane": 1000, "image": 64}  # samples of each kind in a panel


class ReadOnlyGame:
    """A ``core.probe.GameView`` over a running game."""

    def __init__(self, game: Game, seed: int) -> None:
        self._game = game
        self.data: Dataset[Any] = game.data
        self.variant: Variant[Any] = game.variant
        self.walk_asked: Walk | None = None
        rng = seeded(seed, "shown", game.device)
        shown = SHOWN[game.data.kind]
        self._real = game.data.sample(shown, rng)
        self.latents: Tensor = draw_latents(game.network_controls, shown, rng)
        G = game.generator.module
        self.known: KnowsItsDensity | None = G if isinstance(G, KnowsItsDensity) else None

    @property
    def real(self) -> Tensor:
        """The same data at every look, ``(n, *shape)``; as growing players see it."""
        return self._game.staged(self._real)

    @property
    def growth(self) -> Growth | None:
        """Where growing players stand."""
        return self._game.growth

    @property
    def controls(self) -> GameControls:
        """The variant's controls as they stand."""
        return self._game.controls

    def path(self, n: int) -> tuple[Tensor, Tensor] | None:
        """Where one latent's n slices end for G, and their mass; None where there are more latents."""
        c = self._game.network_controls
        if c.latent_dim != 1:
            return None
        latents, mass = latent_slices(c, n, self.latents.device)
        return self.generate(latents), mass

    def walk(self, n: int) -> Tensor:
        """Latents ``(n, latent_dim)`` of equal mass along the first coordinate of the prior, the others 0."""
        return latent_walk(self._game.network_controls, n, self.latents.device)

    @contextmanager
    def looked_at(self) -> Iterator[None]:
        """Both players stay in evaluation mode: several probes in a row need not change it each."""
        with evaluating(self._game.generator.module), evaluating(self._game.discriminator.module):
            yield

    def generate(self, z: Tensor) -> Tensor:
        """Samples ``(n, *shape)`` for latents ``(n, latent_dim)``."""
        with torch.no_grad(), evaluating(self._game.generator.module):
            return self._game.make(z)

    def average(self, z: Tensor) -> Tensor | None:
        """Samples of the running mean of G's weights; None where there is none."""
        average = self._game.average
        if average is None or average.count == 0:
            return None
        with torch.no_grad(), self._game.precision.computing():
            samples: Tensor = average.module(z)
        return samples.float()

    def grown(self, z: Tensor, level: int, averaged: bool) -> Tensor:
        """Samples of a growing generator at a level up to its own, whole."""
        growth = self._game.growth
        if growth is None:
            raise ValueError("the generator does not grow")
        average = self._game.average if averaged else None
        module = average.module if average is not None and average.count else self._game.generator.module
        assert isinstance(module, Grows)
        stage = growth.stage if level == growth.stage.level else Stage(level)
        module.set_stage(stage)
        try:
            with torch.no_grad(), evaluating(module), self._game.precision.computing():
                samples: Tensor = module(z)
        finally:
            module.set_stage(growth.stage)
        return samples.float()

    def shrunk(self, resolution: int) -> Tensor:
        """The real images at a lower resolution, ``(n, c, resolution, resolution)``."""
        return shrunk(self._real, resolution)

    def reconstruction_errors(self, x: Tensor) -> Tensor | None:
        """Mean absolute error of each sample, ``(n,)``, where D is an autoencoder."""
        D = self._game.discriminator.module
        return -self.score(x) if isinstance(D, Reconstructs) else None

    def score(self, x: Tensor) -> Tensor:
        """Scores ``(n,)``."""
        with torch.no_grad(), evaluating(self._game.discriminator.module):
            return self._game.scorer(x)

    def slope(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores ``(n,)`` and gradients ``(n, *shape)``, zero where the score does not depend on x."""
        x = x.detach().requires_grad_()
        with evaluating(self._game.discriminator.module) as D:
            scores: Tensor = D(x)
            if not scores.requires_grad:
                return scores, torch.zeros_like(x)
            (gradient,) = torch.autograd.grad(scores.sum(), x, allow_unused=True)
        return scores.detach(), torch.zeros_like(x) if gradient is None else gradient

    def mesh(self, n: int) -> tuple[Tensor, float]:
        """Corners of cells of equal mass over the first two latents, the others 0, and the mass of a cell."""
        return latent_mesh(self._game.network_controls, n, self.latents.device)

    def layer_gradients(self, n: int) -> tuple[Tensor, Tensor]:
        """|dL/dh| by layer of D, of the terms of its scores, and of G; each times n, float64."""
        game = self._game
        real, z = self.real[:n], self.latents[:n]
        with evaluating(game.generator.module) as G, evaluating(game.discriminator.module) as D:
            with LayerOutputs() as of_g:
                fake = G(z)
            if fake.requires_grad:
                terms = game.variant.generator_terms(game.scorer, fake, game.controls)
                for_g = gradient_norms(_total(terms), of_g.outputs)
            else:
                for_g = torch.zeros(len(of_g.outputs))
            with LayerOutputs() as of_d:
                scores = D(torch.cat([real, fake.detach()]))  # in evaluation mode no sample sees another
            terms = game.variant.score_terms(scores[: len(real)], scores[len(real) :], game.controls)
            for_d = gradient_norms(_total(terms), of_d.outputs)
        return for_d * len(real), for_g * len(z)

    def received(self, n: int) -> Tensor:
        """Norm of the gradient of G's loss at n generated samples, ``(n,)``, times n."""
        game = self._game
        fake = self.generate(self.latents[:n]).requires_grad_()
        with evaluating(game.discriminator.module):
            terms = game.variant.generator_terms(game.scorer, fake, game.controls)
            (gradient,) = torch.autograd.grad(_total(terms), fake, allow_unused=True, materialize_grads=True)
        norms: Tensor = gradient.flatten(1).norm(dim=1)
        return norms * len(fake)

    def weights(self) -> Tensor:
        """All parameters of D, ``(parameters,)``, before any normalisation."""
        return self._game.discriminator.flat

    def layer_weights(self) -> list[Tensor]:
        """The weight of each layer as D uses it, ``(out, in)``, input first."""
        with torch.no_grad(), evaluating(self._game.discriminator.module) as D:
            return [m.weight.detach().flatten(1) for m in D.modules() if isinstance(m, nn.Linear | nn.Conv2d)]

    @property
    def spectral_bound(self) -> float | None:
        """The spectral norm that D's layers are brought to, where they are."""
        modules = self._game.discriminator.module.modules()
        return next((m.bound for m in modules if isinstance(m, SpectralNorm)), None)


def _total(terms: Terms) -> Tensor:
    return torch.stack(list(terms.values())).sum()


@contextmanager
def evaluating(module: nn.Module) -> Iterator[nn.Module]:
    """The module in evaluation mode, and back in the mode it was in afterwards."""
    if not module.training:  # by somebody further out: each change of mode walks over all layers
        yield module
        return
    module.eval()
    try:
        yield module
    finally:
        module.train()
