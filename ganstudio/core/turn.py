"""What one update of a player may use: its batch, its modules, its randomness; and the phases a game goes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ganstudio.core.network import Stage

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from ganstudio.core.dataset import Batch

TurnKind = TypeVar("TurnKind", bound="Turn")


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a run with a cast of its own: a size of growing networks, one scale of many, a prior."""

    name: str = ""  # on screen; empty: the game has a single phase
    stage: Stage | None = None  # how far growing networks have grown; None: they do not grow
    levels: int = 0  # stages, or scales, that there will be
    scale: int = 0  # of a game with modules for each of several scales: which one plays, 0 being the coarsest
    shown: int = 0  # images (or steps) since the phase began
    lasts: int = 0  # images (or steps) until it ends; 0: it does not end


WHOLE = Phase()
"""The phase of a game that has only one."""


class Pace(msgspec.Struct, frozen=True):
    """How a player moves at its next update."""

    rate: float
    beta1: float
    beta2: float


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator is given to make ``n`` samples from; None if the game has no such thing."""

    latent: Any = None  # (n, latent_dim)
    label: Any = None  # (n,) classes
    source: Any = None  # (n, *source_shape)
    attributes: Any = None  # (n, a) values asked for
    place: Any = None  # (n, p) where the figure is to be
    count: int = 0  # n, for what is made of nothing but ``rng``
    phase: Phase = WHOLE  # the phase under way
    rng: Any = None  # for draws beside the latent (noise of each scale, codes of a prior): the same at every look

    def parts(self) -> list[Any]:
        """What there is, in the order in which a generator takes it."""
        every = (self.latent, self.label, self.source, self.attributes, self.place)
        return [part for part in every if part is not None]

    def rows(self, first: int, end: int) -> Given:
        """A part of the rows."""
        return msgspec.structs.replace(
            self, count=max(min(end, self.count) - first, 0),
            **{name: None if part is None else part[first:end] for name, part in (
                ("latent", self.latent), ("label", self.label), ("source", self.source),
                ("attributes", self.attributes), ("place", self.place))})


class Turn:
    """One update of one player. Nothing random is drawn but through it.

    Modules are attributes, by the network's names (``turn.D``, ``turn.G``). They compute in the run's precision and
    give float32.

    Attributes:
        player: Whose update it is.
        update: Finished updates of this player, for terms that come in some updates only.
        step: Finished steps, for terms that come in some steps only.
        place: Its updates that are done in the step under way, for one that minimises another thing than the others.
        phase: The phase under way.
        rng: The run's generator for draws inside the terms. Draws name the device: ``device=x.device``, or
            ``device=turn.rng.device`` for a number that Python decides by.
        no_grad: A context in which nothing carries a gradient, as ``torch.no_grad``.
    """

    __slots__ = ("_batch", "_draw", "_labels", "_latent", "_modules", "latent_draws", "no_grad", "phase", "place",
                 "player", "rng", "step", "update")

    def __init__(
        self, player: str, update: int, phase: Phase, rng: Generator, modules: Mapping[str, Any],
        draw: Callable[[], Batch], latent: Callable[[], Tensor], labels: Callable[[], Tensor],
        no_grad: Callable[[], AbstractContextManager[object]], place: int = 0, step: int = 0,
    ) -> None:
        self.player, self.update, self.phase, self.rng, self.place = player, update, phase, rng, place
        self.step = step
        self._modules, self._draw, self._latent, self._labels = modules, draw, latent, labels
        self.no_grad = no_grad
        self.latent_draws = 0  # how many times it has asked for latents
        self._batch: Batch | None = None

    @property
    def batch(self) -> Batch:
        """Real samples, and what goes with each. Drawn when first asked for: a G that sees no data draws none."""
        if self._batch is None:
            self._batch = self._draw()
        return self._batch

    @property
    def drew(self) -> bool:
        """Whether the update has asked for real samples."""
        return self._batch is not None

    def latent(self) -> Tensor:
        """Fresh latents ``(n, latent_dim)``."""
        self.latent_draws += 1
        return self._latent()

    def redrawn(
        self, kind: type[TurnKind], draw: Callable[[], Batch], latent: Callable[[], Tensor],
    ) -> TurnKind:
        """A turn of that kind that is this one, but takes real samples and latents from elsewhere."""
        return kind(self.player, self.update, self.phase, self.rng, self._modules, draw, latent, self._labels,
                    self.no_grad, self.place, self.step)

    def labels(self) -> Tensor:
        """Fresh labels ``(n,)`` by their frequency in the data, for generated samples."""
        return self._labels()

    def __getattr__(self, name: str) -> Any:
        try:
            return self._modules[name]
        except KeyError:
            raise AttributeError(f"the network has no module {name}: it has {', '.join(self._modules)}") from None
