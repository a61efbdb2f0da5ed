"""The contract of a probe: one view, computed on the training thread without disturbing the game."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar

from ganstudio.core.dataset import Dataset, Kind
from ganstudio.core.leaves import RunLeaf
from ganstudio.core.protocol.views import Picture, Sketch, View, Walk

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.core.feature_norms import FirstNorms
    from ganstudio.core.network import HasDensity
    from ganstudio.core.patch_field import PatchField
    from ganstudio.core.turn import Phase
    from ganstudio.core.variant import Variant

A = TypeVar("A")

Priority = Literal["front", "rest", "if seen", "on request"]
"""How a view is recorded: with what every layout shows, behind it, only if a window looks at it anyway, or not at all,
for it answers what the user asks."""


class TranslationView(Protocol):
    """What the game makes of given sources, attributes, places and label maps; what it holds for: see ``GameView``."""

    sketch_asked: Sketch | None  # what the user has drawn on the board
    picture_asked: Picture | None  # a picture of the user's that is to be translated

    def translated(self, n: int) -> dict[str, Tensor]:
        """Up to n sources as images, what is made of them and what is known of them, ``(n, c, h, h)`` by name.

        Of ``Variant.translate`` (``made``, ``back``), ``source``, ``target`` (images of the data), ``truth``,
        ``pair``: the image of the data that goes with it, and ``best``: what the least L1 asks for.
        """
        ...

    def of_picture(self) -> dict[str, Tensor]:
        """The picture that is asked for and what is made of it, as ``translated``; empty if it cannot be a source."""
        ...

    def asked(self, n: int) -> dict[str, Tensor]:
        """Up to n sources, and what is made of each for all that can be asked, on the CPU; see ``Variant.asked``.

        ``source`` ``(n, c, h, h)`` and ``own`` ``(n, a)``, the attributes of each source; in a game with labels
        ``classes``: each of n latents in each class.
        """
        ...

    def sketched(self) -> tuple[Sketch, Tensor]:
        """The sketch asked for, or the first one of the data, completed and held to what can be; and its image.

        Returns:
            The sketch, and ``(c, h, h)`` on the CPU.
        """
        ...

    def scored_patches(self, n: int) -> tuple[PatchField, dict[str, Tensor]]:
        """What D says of each patch of up to n images: the square that a score sees, and by name on the CPU

        ``made``, ``real`` ``(n, c, h, h)`` and their scores ``on_made``, ``on_real`` ``(n, m, m)``.

        Raises:
            ValueError: D scores no patches.
        """
        ...

    def first_norms(self, channels: int, pixels: int) -> FirstNorms:
        """G's first feature map for label maps of one class everywhere, before and after each norm.

        Args:
            channels: How many channels the maps hold at most.
            pixels: How many pixels a side they hold at most.
        """
        ...


class GameView(Protocol):
    """The game as a probe may see it: nothing here draws from the run's randomness or moves a buffer."""

    data: Dataset[Any]
    variant: Variant[Any]
    walk_asked: Walk | None  # the path through the latent space that the user looks at
    label_asked: int  # the class that the user looks at, where the game has labels
    known: HasDensity | None  # the generator, if its samples have a density in closed form
    latents: Tensor  # (n, latent_dim): the same at every look
    labels: Tensor | None  # (n,) classes of these latents, where the game has labels
    columns: int  # of images with a row for each class: the first latents and labels lie so; 0: no labels

    def asked_for(self, kind: type[A]) -> A | None:
        """What a panel asks of a view, by its kind (`core.protocol.asks`); None: nothing."""
        ...

    def at_rest(self, *, averaged: bool = True) -> AbstractContextManager[Mapping[str, Any]]:
        """All modules by the network's names, for what no method here gives: a mapping, a codebook, a prior.

        In evaluation mode, without gradient and with the same noise at every look; of what is averaged the running
        mean, where there is one and ``averaged`` asks for it.
        """
        ...

    @property
    def has_average(self) -> bool:
        """Whether a running mean of G's weights is kept, so that ``at_rest`` gives it."""
        ...

    @property
    def translation(self) -> TranslationView:
        """What is made of given sources, attributes, places and label maps."""
        ...

    def real_labels(self, n: int) -> Tensor | None:
        """The classes of the first n of ``real``, where the game has labels."""
        ...

    @property
    def class_names(self) -> list[str]:
        """The name of each row of images."""
        ...

    @property
    def shown_class(self) -> str:
        """The name of the class that the user looks at; empty if the game has no labels."""
        ...

    @property
    def judged_label(self) -> str:
        """The label that ``score`` shows D where none is given; empty if D is shown no labels."""
        ...

    def shown_labels(self, n: int) -> Tensor | None:
        """The class that the user looks at, n times ``(n,)``; None if the game has no labels."""
        ...

    @property
    def real(self) -> Tensor:
        """Data ``(n, *shape)``, the same at every look, so that only learning moves the picture."""
        ...

    @property
    def phase(self) -> Phase:
        """The phase under way; real and generated images of growing networks have its resolution."""
        ...

    @property
    def controls(self) -> Any:
        """The variant's controls as they are now."""
        ...

    def generated_line(self, n: int) -> tuple[Tensor, Tensor] | None:
        """What a generator of one latent makes of the ends of n slices of it, and their mass; None if it is given more.

        Returns:
            ``(n + 1, *shape)``, data units, and ``(n,)``.
        """
        ...

    def many_latents(self, n: int) -> Tensor:
        """As many latents ``(n, latent_dim)`` as are asked for, the same at every look."""
        ...

    def latent_line(self, n: int) -> Tensor:
        """Latents ``(n, latent_dim)`` of equal mass along the first coordinate of the prior, the others 0."""
        ...

    def average(self, z: Tensor, label: Tensor | None = None) -> Tensor | None:
        """Samples of the running mean of the generator's weights; None where there is none."""
        ...

    def generate_at_level(self, z: Tensor, level: int, averaged: bool) -> Tensor:
        """Samples of a growing generator as it is at a lower level, or at its own."""
        ...

    def shrunk(self, resolution: int) -> Tensor:
        """The real images at a lower resolution, ``(n, c, resolution, resolution)``."""
        ...

    def reconstruction_errors(self, x: Tensor) -> Tensor | None:
        """Mean absolute error of each sample, ``(n,)``, if the discriminator is an autoencoder."""
        ...

    def generate(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Samples of the generator in evaluation mode, without gradient.

        Args:
            z: Latents, ``(n, latent_dim)``.
            label: Classes ``(n,)`` or mixtures of classes ``(n, K)``; None: those of the latents shown, in their order.
        """
        ...

    @property
    def has_latent(self) -> bool:
        """Whether the generator draws from a latent."""
        ...

    def score(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Scores ``(n,)`` of the discriminator in evaluation mode, without gradient.

        Args:
            x: Samples, ``(n, *shape)``.
            label: Their classes ``(n,)``; None: the one that the user looks at.
        """
        ...

    def score_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores ``(n,)`` and their gradients ``(n, *shape)`` in evaluation mode."""
        ...

    def latent_mesh(self, n: int) -> tuple[Tensor, float]:
        """Corners of cells of equal mass over the first two latents, the others 0; over the first if there is one.

        Returns:
            Latents ``(rows, n + 1, latent_dim)``, n + 1 rows or a single one, and the mass of a cell. A Gaussian's
            cells lie between its 1st and 99th percentiles.
        """
        ...

    def layer_gradients(self, n: int) -> tuple[Tensor, Tensor]:
        """How strongly each player's loss depends on what its layers put out, by layer, input first.

        Returns:
            For D and for G ``(layers,)``, float64: the root mean square over n samples of |dL/dh|, times n, so
            that it does not depend on n. Of D's loss the terms of its scores alone: what a penalty adds runs
            through second derivatives, which no layer's output carries.
        """
        ...

    def gradient_at_fake(self, n: int) -> Tensor:
        """Norm of the gradient of G's loss at n generated samples, ``(n,)``, times n."""
        ...

    def weights(self) -> Tensor:
        """All parameters of D, ``(parameters,)``, before any normalisation."""
        ...

    def layer_weights(self) -> list[Tensor]:
        """The weight of each linear and convolutional layer as D uses it, ``(out, in)``, input first."""
        ...

    @property
    def spectral_bound(self) -> float | None:
        """The spectral norm that D's layers are scaled to; None if they are not."""
        ...


class Probe(ABC, RunLeaf):
    """Computes one view. ``name`` is the view's name."""

    kinds: ClassVar[tuple[Kind, ...]]
    priority: ClassVar[Priority] = "rest"
    replaces: ClassVar[str] = ""  # a view that is not recorded beside this one, if the run keeps an average of G
    expensive: ClassVar[bool] = False  # thinned while the run plays, so that training keeps its time
    time_share: ClassVar[float] = 0.04  # of the time that an expensive one may take

    @abstractmethod
    def look(self, game: GameView, size: int) -> View:
        """The view; ``size`` is how many cells the panel can use along its longer side."""
