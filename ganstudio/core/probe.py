"""The contract of a probe: one view, computed on the training thread without disturbing the game."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ganstudio.core.dataset import Dataset, Kind
from ganstudio.core.leaves import Leaf
from ganstudio.core.views import View

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.variant import Variant


class GameView(Protocol):
    """The game as a probe may see it: nothing here draws from the run's randomness or moves a buffer."""

    data: Dataset[Any]
    variant: Variant[Any]
    real: Tensor  # (n, *shape): the same points at every look, so that only learning moves the picture
    latents: Tensor  # (n, latent_dim): likewise

    def generate(self, z: Tensor) -> Tensor:
        """Samples of the generator in evaluation mode, without gradient."""
        ...

    def score(self, x: Tensor) -> Tensor:
        """Scores ``(n,)`` of the discriminator in evaluation mode, without gradient."""
        ...

    def slope(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores ``(n,)`` and their gradients ``(n, *shape)`` in evaluation mode."""
        ...


class Probe(ABC, Leaf):
    """Computes one view. ``name`` is the view's name."""

    kinds: ClassVar[tuple[Kind, ...]]
    dear: ClassVar[bool] = False  # thinned so that all probes together stay under their share of the time

    @abstractmethod
    def look(self, game: GameView, size: int) -> View:
        """The view; ``size`` is how many cells the panel can use along its longer side."""
