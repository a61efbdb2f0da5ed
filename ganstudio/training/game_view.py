"""The game as probes and measures see it: evaluation mode, no gradient kept, no draw from the run's randomness."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.core.dataset import Batch, Dataset, Kind
from ganstudio.core.network import AutoencoderCritic, Growable, HasDensity, Stage
from ganstudio.core.protocol.views import Walk
from ganstudio.core.turn import Given, Phase
from ganstudio.core.variant import GameControls, Scorer, Terms, Variant, packed
from ganstudio.maths.latents import draw_latents, latent_mesh, latent_slices, latent_walk
from ganstudio.maths.layer_outputs import LayerOutputs, gradient_norms
from ganstudio.maths.resampling import shrunk
from ganstudio.networks.parts.noise import HasNoise, fixed_noise, has_noise
from ganstudio.networks.parts.spectral import SpectralNorm
from ganstudio.training.game import Game
from ganstudio.training.players import PlayedModule, per_sample
from ganstudio.training.precision import PLAIN
from ganstudio.training.streams import generator_for

SHOWN: dict[Kind, int] = {"line": 4000, "plane": 1000, "image": 64}  # samples of each kind in a panel


class ReadOnlyGame:
    """A ``core.probe.GameView`` over a running game."""

    def __init__(self, game: Game, seed: int) -> None:
        self._game = game
        self.data: Dataset[Any] = game.data
        self.variant: Variant[Any] = game.variant
        self.walk_asked: Walk | None = None
        self.label_asked = 0
        rng = generator_for(seed, "shown", game.device)
        shown, needs = SHOWN[game.data.kind], game.variant.needs
        self.batch: Batch = game.data.batch(game.data.draw(shown, rng, needs), needs)
        self.latents: Tensor = draw_latents(game.network_controls, shown, rng)
        G = game.modules.get("G")
        self.known: HasDensity | None = G if isinstance(G, HasDensity) else None
        self._seed = seed
        self._plain = {name: PlayedModule(module, PLAIN) for name, module in game.modules.items()}
        self._noisy = _noisy_layers(game.modules.values())
        self._evaluating = False

    @property
    def real(self) -> Tensor:
        """The same data at every look, ``(n, *shape)``; as growing players see it."""
        return self._game.real_at_stage(self.batch.x)

    @property
    def phase(self) -> Phase:
        """The phase under way."""
        return self._game.phase

    @property
    def controls(self) -> GameControls:
        """The variant's controls as they are."""
        return self._game.controls

    def given(self, z: Tensor, label: Tensor | None = None) -> Given:
        """What goes with latents where they are looked at: the labels and sources of the first samples shown, repeated.

        Args:
            z: Latents, ``(n, latent_dim)``.
            label: Labels in the place of those, ``(n,)``.
        """
        needs, has_latent = self._game.variant.needs, self._game.network.has_latent
        if not needs and has_latent:
            return Given(latent=z)
        at = torch.arange(len(z), device=z.device) % len(self.batch.x)
        if "label" not in needs:
            label = None
        elif label is None and self.batch.label is not None:
            label = self.batch.label[at]
        source = self.batch.source[at] if "source" in needs and self.batch.source is not None else None
        return Given(latent=z if has_latent else None, label=label, source=source)

    def generated_line(self, n: int) -> tuple[Tensor, Tensor] | None:
        """Where one latent's n slices end for G, and their mass; None where there are more latents."""
        c = self._game.network_controls
        if c.latent_dim != 1:
            return None
        latents, mass = latent_slices(c, n, self.latents.device)
        return self.generate(latents), mass

    def latent_line(self, n: int) -> Tensor:
        """Latents ``(n, latent_dim)`` of equal mass along the first coordinate of the prior, the others 0."""
        return latent_walk(self._game.network_controls, n, self.latents.device)

    @contextmanager
    def looked_at(self) -> Iterator[None]:
        """All modules stay in evaluation mode: several probes in a row need not change it each."""
        if self._evaluating:
            yield
            return
        self._evaluating = True
        try:
            with ExitStack() as stack:
                for module in self._game.modules.values():
                    stack.enter_context(evaluating(module))
                yield
        finally:
            self._evaluating = False

    @contextmanager
    def _still(self, average: nn.Module | None = None) -> Iterator[None]:
        """Evaluation mode, in which layers with noise draw the same each time."""
        noisy = self._noisy if average is None else _noisy_layers([average])
        with self.looked_at():
            if not noisy:
                yield
                return
            with fixed_noise(noisy, generator_for(self._seed, "noise", self._game.device)):
                yield

    def generate(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Samples ``(n, *shape)`` for latents ``(n, latent_dim)``, and labels ``(n,)`` where the game has them."""
        with torch.no_grad(), self._still():
            return self._game.generate(self.given(z, label))

    def average(self, z: Tensor, label: Tensor | None = None) -> Tensor | None:
        """Samples of the running mean of G's weights; None where there is none."""
        game = self._game
        average = game.average
        if average is None or average.count == 0:
            return None
        modules = {**game.played, "G": PlayedModule(average.module, game.precision)}
        with torch.no_grad(), self._still(average.module):
            return game.network.picture(game.variant.generate(modules, self.given(z, label)))

    def generate_at_level(self, z: Tensor, level: int, averaged: bool) -> Tensor:
        """Samples of a growing generator at a level up to its own, whole."""
        own = self._game.phase.stage
        if own is None:
            raise ValueError("the generator does not grow")
        average = self._game.average if averaged else None
        module = average.module if average is not None and average.count else self._game.modules["G"]
        assert isinstance(module, Growable)
        stage = own if level == own.level else Stage(level)
        module.set_stage(stage)
        try:
            with torch.no_grad(), evaluating(module), self._game.precision.computing():
                samples: Tensor = module(z)
        finally:
            module.set_stage(own)
        return samples.float()

    def shrunk(self, resolution: int) -> Tensor:
        """The real images at a lower resolution, ``(n, c, resolution, resolution)``."""
        return shrunk(self.batch.x, resolution)

    def reconstruction_errors(self, x: Tensor) -> Tensor | None:
        """Mean absolute error of each sample, ``(n,)``, where D is an autoencoder."""
        D = self._game.modules.get("D")
        return -self.score(x) if isinstance(D, AutoencoderCritic) else None

    def score(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Scores ``(n,)``; of a discriminator that gives maps, each sample's mean.

        Args:
            x: ``(n, *shape)``.
            label: ``(n,)``, where the game has labels; None: the one that the user looks at.
        """
        with torch.no_grad(), self._still():
            return self._judged(self._game.played, x, label)

    def _judged(self, modules: Mapping[str, PlayedModule], x: Tensor, label: Tensor | None) -> Tensor:
        if label is None and "label" in self._game.variant.needs:
            label = torch.full((len(x),), self.label_asked, device=x.device)
        return per_sample(self.variant.judge(modules, x, self.given(x, label), self._game.controls))

    def score_and_gradient(self, x: Tensor, label: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scores ``(n,)`` and gradients ``(n, *shape)``, zero where the score does not depend on x."""
        x = x.detach().requires_grad_()
        with self._still():
            scores = self._judged(self._plain, x, label)
            if not scores.requires_grad:
                return scores, torch.zeros_like(x)
            (gradient,) = torch.autograd.grad(scores.sum(), x, allow_unused=True)
        return scores.detach(), torch.zeros_like(x) if gradient is None else gradient

    def latent_mesh(self, n: int) -> tuple[Tensor, float]:
        """Corners of cells of equal mass over the first two latents, the others 0, and the mass of a cell."""
        return latent_mesh(self._game.network_controls, n, self.latents.device)

    def _for_generator(self, fake: Tensor) -> Terms:
        """G's terms at generated samples of the latents shown."""
        game, c = self._game, self._game.controls
        label = None if self.batch.label is None else self.batch.label[: len(fake)]
        D: Scorer = game.played["D"] if c.packing > 1 else _Judge(lambda x: self._judged(game.played, x, label))
        return game.variant.generator_terms(D, packed(fake, c.packing), c)

    def layer_gradients(self, n: int) -> tuple[Tensor, Tensor]:
        """|dL/dh| by layer of D, of the terms of its scores, and of G; each times n, float64."""
        game, c = self._game, self._game.controls
        n = min(n, len(self.latents))
        label = None if self.batch.label is None else self.batch.label[:n].repeat(2)
        with self._still():
            with LayerOutputs() as of_g:
                fake = self._generated(self._plain, self.latents[:n])
            if fake.requires_grad:
                for_g = gradient_norms(_total(self._for_generator(fake)), of_g.outputs)
            else:
                for_g = torch.zeros(len(of_g.outputs))
            both = torch.cat([self.real[:n], fake.detach()])  # in evaluation mode no sample sees another
            with LayerOutputs() as of_d:
                scores = self._judged(self._plain, both, label) if c.packing == 1 else torch.cat(
                    [self._plain["D"](packed(part, c.packing)) for part in both.chunk(2)])
            on_real, on_fake = scores.chunk(2)
            for_d = gradient_norms(_total(game.variant.score_terms(on_real, on_fake, c)), of_d.outputs)
        return for_d * n, for_g * n

    def _generated(self, modules: Mapping[str, PlayedModule], z: Tensor) -> Tensor:
        return self._game.network.picture(self.variant.generate(modules, self.given(z)))

    def gradient_at_fake(self, n: int) -> Tensor:
        """Norm of the gradient of G's loss at n generated samples, ``(n,)``, times n."""
        fake = self.generate(self.latents[:n]).requires_grad_()
        with self._still():
            terms = self._for_generator(fake)
            (gradient,) = torch.autograd.grad(_total(terms), fake, allow_unused=True, materialize_grads=True)
        norms: Tensor = gradient.flatten(1).norm(dim=1)
        return norms * len(fake)

    def weights(self) -> Tensor:
        """All parameters of D, ``(parameters,)``, before any normalisation."""
        return self._game.players["discriminator"].flat

    def layer_weights(self) -> list[Tensor]:
        """The weight of each layer as D uses it, ``(out, in)``, input first."""
        with torch.no_grad(), self.looked_at():
            return [m.weight.detach().flatten(1) for m in self._game.modules["D"].modules()
                    if isinstance(m, nn.Linear | nn.Conv2d)]

    @property
    def spectral_bound(self) -> float | None:
        """The spectral norm that D's layers are brought to, where they are."""
        modules = self._game.modules["D"].modules()
        return next((m.bound for m in modules if isinstance(m, SpectralNorm)), None)


class _Judge:
    """The discriminator as an objective sees it, on what is shown."""

    def __init__(self, judge: Callable[[Tensor], Tensor]) -> None:
        self._judge = judge

    def __call__(self, x: Tensor, *given: Tensor) -> Tensor:
        return self._judge(x)

    def both(self, real: Tensor, fake: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        return self._judge(real), self._judge(fake)


def _noisy_layers(modules: Iterable[nn.Module]) -> list[HasNoise]:
    return [layer for module in modules for layer in module.modules() if has_noise(layer)]


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
