"""The game as probes and measures see it: in evaluation mode, and without draws from the run's randomness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar, cast

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from ganstudio.core.dataset import Batch, Dataset, Kind
from ganstudio.core.network import AutoencoderCritic, Growable, HasDensity, Stage
from ganstudio.core.protocol.asks import Ask
from ganstudio.core.protocol.views import Walk
from ganstudio.core.runs.moved_data import missing
from ganstudio.core.turn import Given, Phase, Turn
from ganstudio.core.variant import GameControls, Terms, Variant, packed
from ganstudio.maths.latents import draw_latents, latent_mesh, latent_slices, latent_walk
from ganstudio.maths.layer_outputs import LayerOutputs, gradient_norms
from ganstudio.maths.resampling import image_levels, shrunk
from ganstudio.networks.parts.noise import HasNoise, fixed_noise, has_noise
from ganstudio.networks.parts.spectral import SpectralNorm
from ganstudio.training.game import Game
from ganstudio.training.players import PlayedModule, per_sample
from ganstudio.training.precision import PLAIN
from ganstudio.training.shown_translation import ShownTranslation
from ganstudio.training.streams import generator_for

DRAWN_OF_CLASS = 30  # images drawn for each class, so that each can be shown in a row
MOST_COLUMNS, MOST_ROWS = 8, 10  # of a grid with a row for each class: more could not be seen
SHOWN: dict[Kind, int] = {"line": 4000, "plane": 1000, "image": 64}  # samples of each kind in a panel

A = TypeVar("A")


class ReadOnlyGame:
    """A ``core.probe.GameView`` over a running game."""

    def __init__(self, game: Game, seed: int) -> None:
        self._game = game
        self.data: Dataset[Any] = game.data
        self.variant: Variant[Any] = game.variant
        self.walk_asked: Walk | None = None
        self.asks: Sequence[Ask] = ()  # what panels ask of the views that follow the user's hand
        self.label_asked = 0
        rng = generator_for(seed, "shown", game.device)
        shown, needs = SHOWN[game.data.kind], game.variant.needs
        drawn = max(shown, DRAWN_OF_CLASS * len(game.frequencies)) if game.frequencies is not None else shown
        self._drawn = game.data.draw(drawn, rng, needs)
        self._chosen: Tensor | None = None  # which of them are shown; None: all
        self._absent = missing(game.data)  # then what shows real samples raises this
        self._batch = game.data.batch(self._drawn, needs) if self._absent is None else None
        self.latents: Tensor = draw_latents(game.network_controls, shown, rng)
        self.labels: Tensor | None = self._first_labels(drawn, seed)  # of the latents, (n,)
        self.columns = 0
        if game.data.kind == "image" and game.frequencies is not None:
            self._lay_by_class(len(game.frequencies), shown)
        G = game.modules.get("G")
        self.known: HasDensity | None = G if isinstance(G, HasDensity) else None
        self._seed = seed
        self._plain = {name: PlayedModule(module, PLAIN) for name, module in game.modules.items()}
        self.noisy = _noisy_layers(game.modules.values())
        self._evaluating = False
        self._shown_fake: Tensor | None = None  # of all latents shown, while several probes look
        self.translation = ShownTranslation(game, self, seed)

    def asked_for(self, kind: type[A]) -> A | None:
        """What a panel asks of a view, by its kind (`core.protocol.asks`); None: nothing."""
        return next((ask for ask in self.asks if isinstance(ask, kind)), None)

    def follow_data(self) -> None:
        """Takes the game's data after one of its controls was moved: the same draws, gathered once more."""
        self.data = self._game.data
        if self._absent is None:
            batch = self.data.batch(self._drawn, self._game.variant.needs)
            self._batch = batch if self._chosen is None else batch.rows(self._chosen)

    def _first_labels(self, n: int, seed: int) -> Tensor | None:
        """Labels ``(n,)`` of the data that is shown; by their frequency if it is not there."""
        frequencies = self._game.frequencies
        if self._absent is None or frequencies is None:
            return None if self._batch is None else self._batch.label
        rng = generator_for(seed, "shown labels", self._game.device)
        return torch.multinomial(frequencies, n, replacement=True, generator=rng)

    @property
    def batch(self) -> Batch:
        """Data, and what goes with each sample; NeedsData if the images of the run are not there."""
        if self._batch is None:
            assert self._absent is not None
            raise self._absent
        return self._batch

    def _lay_by_class(self, classes: int, shown: int) -> None:
        """Sorts real and generated images into a row for each class; a column of generated ones has the same latent."""
        assert self.labels is not None
        rows = min(classes, MOST_ROWS)
        self.columns = min(max(shown // rows, 1), MOST_COLUMNS)
        count = rows * self.columns
        at = torch.arange(shown, device=self.latents.device)
        self.latents = torch.where((at < count)[:, None], self.latents[at % self.columns], self.latents)
        self.labels = torch.where(at < count, at // self.columns, self.labels[:shown])
        if self._batch is None or self._batch.label is None:
            return
        of_class = [(self._batch.label == label).nonzero()[: self.columns, 0] for label in range(rows)]
        if any(len(found) == 0 for found in of_class):  # a class is too rare: the data as it was drawn
            chosen = torch.arange(shown, device=at.device)
        else:
            chosen = torch.cat([found[torch.arange(self.columns, device=at.device) % len(found)] for found in of_class])
            chosen = torch.cat([chosen, torch.arange(shown - count, device=at.device)])
        self._chosen = chosen
        self._batch = self._batch.rows(chosen)

    def real_labels(self, n: int) -> Tensor | None:
        """The classes of the first n of ``real``, if the game has labels."""
        return None if self.batch.label is None else self.batch.label[:n]

    @property
    def class_names(self) -> list[str]:
        """The name of each row of images: of the first classes, if there are many."""
        if not self.columns:
            return []
        assert self._game.frequencies is not None
        rows = min(len(self._game.frequencies), MOST_ROWS)
        return self.data.label_names[:rows] or [str(label) for label in range(rows)]

    @property
    def shown_class(self) -> str:
        """The name of the class that the user looks at; empty if the game has no labels."""
        if "label" not in self._game.variant.needs:
            return ""
        names = self.data.label_names
        return names[self.label_asked] if names else str(self.label_asked)

    @property
    def judged_label(self) -> str:
        """The label that ``score`` shows D where none is given; empty if D is shown no labels."""
        return "" if self._game.variant.conditioning(self._game.controls) == "none" else self.shown_class

    def shown_labels(self, n: int) -> Tensor | None:
        """The class that the user looks at, n times ``(n,)``; None if the game has no labels."""
        return None if self.labels is None else torch.full((n,), self.label_asked, device=self.labels.device)

    @property
    def real(self) -> Tensor:
        """Data ``(n, *shape)``, the same at every look, at the size that growing players see."""
        return self._game.real_at_stage(self.batch.x)

    @property
    def phase(self) -> Phase:
        """The current phase."""
        return self._game.phase

    @property
    def controls(self) -> GameControls:
        """The variant's controls with their current values."""
        return self._game.controls

    def given(self, z: Tensor, label: Tensor | None = None, rows: Tensor | None = None) -> Given:
        """Completes latents to what the generator is given, with the labels and sources of the samples shown.

        Args:
            z: Latents, ``(n, latent_dim)``.
            label: Labels ``(n,)`` to use instead.
            rows: Which of the samples shown, ``(n,)``; None: the first ones, repeated.
        """
        needs, has_latent = self._game.variant.needs, self._game.network.has_latent
        purpose = "beside the latent"
        if not has_latent and not needs and len(z):  # nothing else tells one look's samples from another's
            purpose = f"in the place of latent {z[0].tolist()}"
        plain = Given(latent=z if has_latent else None, count=len(z), phase=self.phase,
                      rng=generator_for(self._seed, purpose, z.device))
        if not needs:
            return plain
        shown = len(self.batch.x) if self.labels is None else len(self.labels)
        at = torch.arange(len(z), device=z.device) % shown if rows is None else rows
        if "label" not in needs:
            label = None
        elif label is None and self.labels is not None:
            label = self.labels[at]
        if needs <= {"label"}:  # which takes no image: they may be gone
            return msgspec.structs.replace(plain, label=label)
        beside = self.batch.rows(at)
        return msgspec.structs.replace(
            plain, label=label, source=beside.source, attributes=beside.attributes, place=beside.place)

    def generated_line(self, n: int) -> tuple[Tensor, Tensor] | None:
        """G at the ends of n slices of its one latent, and their mass; None if it is given more than one latent."""
        c = self._game.network_controls
        if c.latent_dim != 1 or self._game.variant.needs:
            return None
        latents, mass = latent_slices(c, n, self.latents.device)
        return self.generate(latents), mass

    def many_latents(self, n: int) -> Tensor:
        """As many latents ``(n, latent_dim)`` as are asked for, the same at every look."""
        return draw_latents(
            self._game.network_controls, n, generator_for(self._seed, "many latents", self.latents.device))

    def latent_line(self, n: int) -> Tensor:
        """Latents ``(n, latent_dim)`` of equal mass along the first coordinate of the prior, the others 0."""
        return latent_walk(self._game.network_controls, n, self.latents.device)

    @contextmanager
    def looked_at(self) -> Iterator[None]:
        """Keeps all modules in evaluation mode, so that several probes in a row do not switch it each time.

        What overflows meanwhile is shown as it is, without a warning of NumPy: weights may be of any size.
        """
        if self._evaluating:
            yield
            return
        self._evaluating = True
        self._shown_fake = None
        try:
            with ExitStack() as stack:
                stack.enter_context(np.errstate(over="ignore", invalid="ignore", divide="ignore"))
                for module in self._game.modules.values():
                    stack.enter_context(evaluating(module))
                yield
        finally:
            self._evaluating = False
            self._shown_fake = None

    @contextmanager
    def still(self, *others: nn.Module) -> Iterator[None]:
        """Evaluation mode in which layers with noise draw the same each time, also those of ``others``."""
        noisy = [*self.noisy, *_noisy_layers(others)]
        with self.looked_at():
            if not noisy:
                yield
                return
            with fixed_noise(noisy, generator_for(self._seed, "noise", self._game.device)):
                yield

    def generate(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Samples ``(n, *shape)`` for latents ``(n, latent_dim)``, and labels ``(n,)`` if the game has them.

        Those of ``latents`` are made once for all probes that look together.
        """
        shared = self._evaluating and z is self.latents and label is None
        if shared and self._shown_fake is not None:
            return self._shown_fake
        with torch.no_grad(), self.still():
            made = self._game.generate(self.given(z, label))
        if shared:
            self._shown_fake = made
        return made

    def average(self, z: Tensor, label: Tensor | None = None) -> Tensor | None:
        """Samples of the running mean of G's weights; None if there is none."""
        game = self._game
        if game.average is None or game.average.count == 0:
            return None
        with self.at_rest() as modules:
            return game.network.picture(game.variant.generate(modules, self.given(z, label)))

    @property
    def has_average(self) -> bool:
        """Whether a running mean of G's weights is kept, so that ``at_rest`` gives it."""
        return self._game.average is not None and self._game.average.count > 0

    @contextmanager
    def at_rest(self, *, averaged: bool = True) -> Iterator[Mapping[str, Any]]:
        """All modules by name, in evaluation mode and without gradient; of what is averaged the running mean."""
        game = self._game
        means: Mapping[str, nn.Module] = {}
        if averaged and self.has_average and game.average is not None:
            means = game.average.modules
        played = {name: PlayedModule(module, game.precision) for name, module in means.items()}
        with torch.no_grad(), self.still(*means.values()):
            yield {**game.played, **played}

    @property
    def has_latent(self) -> bool:
        """Whether the generator draws from a latent."""
        return self._game.network.has_latent

    def generate_at_level(self, z: Tensor, level: int, averaged: bool) -> Tensor:
        """Samples of a growing generator at a level up to its own; lower levels are not faded."""
        own = self._game.phase.stage
        if own is None:
            raise ValueError("the generator does not grow")
        average = self._game.average if averaged else None
        module: Any = average.module if average is not None and average.count else self._game.modules.get("G")
        stage = own if level == own.level else Stage(level)
        grows = isinstance(module, Growable)
        if not grows:  # the game has a module for each size
            given = msgspec.structs.replace(self.given(z), phase=msgspec.structs.replace(self.phase, stage=stage))
            with torch.no_grad(), self.still():
                return self._game.generate(given)
        module.set_stage(stage)
        growing = cast(nn.Module, module)
        try:
            with torch.no_grad(), self.still(growing), evaluating(growing), self._game.precision.computing():
                samples: Tensor = growing(z)
        finally:
            module.set_stage(own)
        return samples.float()

    def shrunk(self, resolution: int) -> Tensor:
        """The real images at a lower resolution, ``(n, c, resolution, resolution)``."""
        return shrunk(self.batch.x, resolution)

    def reconstruction_errors(self, x: Tensor) -> Tensor | None:
        """Mean absolute error of each sample, ``(n,)``, if D is an autoencoder."""
        D = self._game.modules.get("D")
        return -self.score(x) if isinstance(D, AutoencoderCritic) else None

    def score(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Scores ``(n,)``; if the discriminator gives maps, the mean of each sample's map.

        Args:
            x: ``(n, *shape)``.
            label: ``(n,)``, if the game has labels; None: the one that the user looks at.
        """
        with torch.no_grad(), self.still():
            return self._judged(self._game.played, x, label)

    def _judged(
        self, modules: Mapping[str, PlayedModule], x: Tensor, label: Tensor | None, rows: Tensor | None = None,
    ) -> Tensor:
        if label is None:
            label = self.shown_labels(len(x))
        return per_sample(self.variant.judge(modules, x, self.given(x, label, rows), self._game.controls))

    def score_and_gradient(self, x: Tensor, label: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scores ``(n,)`` and gradients ``(n, *shape)``; zero if the score does not depend on x."""
        x = x.detach().requires_grad_()
        with self.still():
            scores = self._judged(self._plain, x, label)
            if not scores.requires_grad:
                return scores, torch.zeros_like(x)
            (gradient,) = torch.autograd.grad(scores.sum(), x, allow_unused=True)
        return scores.detach(), torch.zeros_like(x) if gradient is None else gradient

    def latent_mesh(self, n: int) -> tuple[Tensor, float]:
        """Corners of cells of equal mass over the first two latents, the others 0, and the mass of a cell."""
        return latent_mesh(self._game.network_controls, n, self.latents.device)

    def _for_generator(self, fake: Tensor) -> Terms:
        """G's terms at given generated samples, with the latents and the data shown."""
        game, n = self._game, len(fake)
        shown = self.batch.rows(slice(n)).with_x(self.real[:n])
        labels = self.labels
        turn = Turn(
            "generator", game.updates_of.get("generator", 0), game.phase,
            generator_for(self._seed, "turn", game.device),
            {**game.played, "G": _Made(fake, game.played.get("G"))}, lambda: shown, lambda: self.latents[:n],
            lambda: torch.zeros(n) if labels is None else labels[:n], torch.no_grad)
        if type(game.variant).terms is Variant.terms:
            return game.variant.terms(turn, game.controls)
        kept = dict(game.variant.state())  # a variant's own terms may change its state
        try:
            return game.variant.terms(turn, game.controls)
        finally:
            game.variant.load_state(kept)

    def layer_gradients(self, n: int) -> tuple[Tensor, Tensor]:
        """|dL/dh| of each layer's output h, times n, float64: for D, of the terms of its scores, and for G.

        Empty if the game has no such terms.
        """
        game, c = self._game, self._game.controls
        if not self.variant.has_score_terms():
            return torch.zeros(0), torch.zeros(0)
        n = min(n, len(self.latents))
        label = None
        if self.batch.label is not None and self.labels is not None:
            label = torch.cat([self.batch.label[:n], self.labels[:n]])
        with self.still():
            with LayerOutputs() as of_g:
                fake = self._generated(self._plain, self.latents[:n])
            if fake.requires_grad:
                for_g = gradient_norms(_total(self._for_generator(fake)), of_g.outputs)
            else:
                for_g = torch.zeros(len(of_g.outputs))
            both = torch.cat([self.real[:n], fake.detach()])  # in evaluation mode samples do not depend on each other
            with LayerOutputs() as of_d:
                rows = torch.arange(n, device=both.device).repeat(2)  # each half has the same sources
                scores = self._judged(self._plain, both, label, rows) if c.packing == 1 else torch.cat(
                    [self._plain["D"](packed(part, c.packing)) for part in both.chunk(2)])
            on_real, on_fake = scores.chunk(2)
            for_d = gradient_norms(_total(game.variant.score_terms(on_real, on_fake, c)), of_d.outputs)
        return for_d * n, for_g * n

    def _generated(self, modules: Mapping[str, PlayedModule], z: Tensor) -> Tensor:
        return self._game.network.picture(self.variant.generate(modules, self.given(z)))

    def gradient_at_fake(self, n: int) -> Tensor:
        """Norm of the gradient of G's loss at n generated samples, ``(n,)``, times n; empty as above."""
        if not self.variant.has_score_terms():
            return torch.zeros(0)
        fake = self.generate(self.latents[:n]).requires_grad_()
        with self.still():
            terms = self._for_generator(fake)
            (gradient,) = torch.autograd.grad(_total(terms), fake, allow_unused=True, materialize_grads=True)
        norms: Tensor = gradient.flatten(1).norm(dim=1)
        return norms * len(fake)

    def weights(self) -> Tensor:
        """All parameters of D, ``(parameters,)``, before any normalisation; empty if it does not play."""
        D = self._game.players.get("discriminator")
        return torch.zeros(0) if D is None else D.flat

    def layer_weights(self) -> list[Tensor]:
        """The weight of each layer as D uses it, ``(out, in)``, input first."""
        with torch.no_grad(), self.looked_at():
            return [m.weight.detach().flatten(1) for m in self._discriminator_layers()
                    if isinstance(m, nn.Linear | nn.Conv2d)]

    def _discriminator_layers(self) -> Iterator[nn.Module]:
        for module in self._game.modules_of("discriminator"):
            yield from module.modules()

    @property
    def spectral_bound(self) -> float | None:
        """The spectral norm that D's layers are normalised to; None if they are not."""
        return next((m.bound for m in self._discriminator_layers() if isinstance(m, SpectralNorm)), None)


class _Made:
    """In the place of a generator: returns samples that were made before."""

    def __init__(self, fake: Tensor, of: PlayedModule | None) -> None:
        self._fake, self._of = fake, of

    def __call__(self, *given: Any) -> Tensor:
        return self._fake

    def levels_of(self, *given: Tensor) -> list[Tensor]:
        """The samples at every size (`core.network.MakesLevels`)."""
        return image_levels(self._fake)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)


def _noisy_layers(modules: Iterable[nn.Module]) -> list[HasNoise]:
    return [layer for module in modules for layer in module.modules() if has_noise(layer)]


def _total(terms: Terms) -> Tensor:
    return torch.stack(list(terms.values())).sum()


@contextmanager
def evaluating(module: nn.Module) -> Iterator[nn.Module]:
    """Keeps the module in evaluation mode, and restores its mode afterwards."""
    if not module.training:  # already in it: a switch walks over all layers
        yield module
        return
    module.eval()
    try:
        yield module
    finally:
        module.train()
