"""The contract of a network: a generator and a discriminator for one kind of data, and the latent they start from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, Protocol, TypeVar, cast, runtime_checkable

import msgspec

from ganstudio.core.control import Choice, Controls, Integer, Value, argument_of
from ganstudio.core.dataset import NOTHING, DataShape, Floats, Kind
from ganstudio.core.leaves import Leaf
from ganstudio.core.patch_field import PatchField
from ganstudio.core.system.errors import BadInput

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn


class NetworkControls(Controls, frozen=True, kw_only=True):
    """What every network asks of its latent."""

    latent_dim: Annotated[int, Integer(
        1, 512, symbol="dim z", live=False, label="latent size", help="Number of random numbers from which G makes "
                                                                      "one sample")] = 2
    latent: Annotated[Literal["gaussian", "uniform"], Choice(
        live=False, label="latent prior", help="z ~ N(0, 1) or z ~ U(−1, 1) in each dimension")] = "gaussian"


class ImageControls(NetworkControls, frozen=True, kw_only=True):
    """What every network for images asks beside its latent."""

    latent_dim: Annotated[int, Integer(
        1, 512, symbol="dim z", live=False, label="latent size", help="Number of random numbers from which G makes "
                                                                      "one image")] = 100
    resolution: Annotated[int, Integer(
        0, 1024, live=False, unit="px", help="Side of the images: a power of two from 4, or 0 for the side of the data",
    )] = 0

    def check(self) -> None:
        size = self.resolution
        if size and (size < 4 or size & (size - 1)):
            raise BadInput(f"resolution = {size} is not allowed: it is 0 (the data set's own) or a power of two from 4")


class SourceControls(ImageControls, frozen=True, kw_only=True):
    """What a network asks whose G is given a source and no latent: nothing of a latent."""

    latent_dim: Annotated[int, Integer(1, 1, live=False, help="G is given a source and no latent")] = 1
    latent: Annotated[Literal["gaussian"], Choice(live=False, help="G is given a source and no latent")] = "gaussian"


class Stage(msgspec.Struct, frozen=True):
    """How far a growing network has grown."""

    level: int  # 0 makes images of 4 px, each further one twice as wide
    alpha: float = 1.0  # share of the newest layers: below 1 they are being faded in

    @property
    def resolution(self) -> int:
        """Side of its images, px."""
        return 4 << self.level


@runtime_checkable
class Growable(Protocol):
    """A player that can be smaller than it will be. It starts fully grown."""

    levels: int  # it has layers for

    def set_stage(self, stage: Stage) -> None:
        """Takes and gives images of ``stage.resolution`` from now on. Its parameters are all there from the start."""
        ...


@runtime_checkable
class AutoencoderCritic(Protocol):
    """A discriminator that is an autoencoder: its score is minus the mean absolute reconstruction error."""

    def reconstruct(self, x: Tensor) -> Tensor:
        """``(n, *shape)`` -> the same shape, data units."""
        ...


@runtime_checkable
class ScoresPatches(Protocol):
    """A discriminator that gives a map of scores, each of a square of the image."""

    @property
    def field(self) -> PatchField:
        """What each score sees; of several maps, of the finest."""
        ...

    def finest(self, scores: Tensor, side: int) -> Tensor:
        """The map ``(n, m, m)`` of what it gave, for images of ``side`` px; of several maps, the finest."""
        ...


@runtime_checkable
class NormalisesFirst(Protocol):
    """A generator that lets a label map in by one layer alone, adds the latent, and then normalises the sum."""

    side: int  # of its first feature map, px: the label map is brought to it by its nearest pixels
    enter: nn.Module  # label map (n, classes, side, side) -> (n, channels, side, side)
    first_norm: nn.Module  # a `networks.parts.six_norms.MapNorm`

    def latent_map(self, z: Tensor) -> Tensor:
        """What the latent ``(n, latent_dim)`` adds, ``(n, channels, side, side)``."""
        ...


class SwitchedNoise(Protocol):
    """A layer with noise that can be switched off in evaluation. It draws from its ``noise_rng``, on or off."""

    on: bool
    noise_rng: Generator | None


@runtime_checkable
class StyleBased(Protocol):
    """A generator whose latent is mapped to w first, and each of whose layers takes a w of its own."""

    w_dim: int  # length of a w
    w_avg: Tensor  # (w_dim,): the running mean of w

    @property
    def num_ws(self) -> int:
        """How many w its layers take, the coarsest first."""
        ...

    @property
    def noise_layers(self) -> Sequence[SwitchedNoise]:
        """Its layers with noise, the coarsest first; empty if it has none."""
        ...

    def names_of_ws(self) -> list[str]:
        """What each w steers, in words: "4 px", "8 px, first"."""
        ...

    def mapping(self, z: Tensor, *, follow: bool = True) -> Tensor:
        """Latents ``(n, latent_dim)`` -> w ``(n, w_dim)``; in training it moves ``w_avg``, in evaluation nothing.

        ``follow``: whether ``w_avg`` follows this batch; not one whose w is only mixed in.
        """
        ...

    def synthesis(self, ws: Tensor) -> Tensor:
        """A w for each layer, ``(n, num_ws, w_dim)`` -> images ``(n, colours, side, side)``."""
        ...


@runtime_checkable
class SkipStack(Protocol):
    """A generator whose image is a sum of images, one of each size that it goes through."""

    def skip_parts(self, ws: Tensor) -> list[Tensor]:
        """A w for each layer -> what each size adds, enlarged, ``(n, colours, side, side)``, the smallest size first.

        Their sum is ``synthesis(ws)``, if the noise is the same.
        """
        ...


@runtime_checkable
class Movable(Protocol):
    """A generator whose input is a function of the place, so that a picture can be moved before a pixel is drawn."""

    movable: bool  # whether it can be now: a network may have an input that cannot

    def moved(self, z: Tensor, transforms: Tensor) -> Tensor:
        """Images of latents, each moved by a transform of its own; in evaluation mode it changes nothing.

        Args:
            z: ``(n, latent_dim)``.
            transforms: ``(n, 3, 3)``, or ``(1, 3, 3)`` for all: where each place (x, y, 1) of the moved picture lies
                in the picture as it was, shares of the side from its middle. It is the inverse of the move: see
                `maths.placement`.

        Returns:
            ``(n, colours, side, side)``.
        """
        ...


@runtime_checkable
class MakesLevels(Protocol):
    """A generator that makes an image at each of its levels, the smallest first; the last one is its picture."""

    def levels_of(self, z: Tensor) -> list[Tensor]:
        """Latents ``(n, latent_dim)`` -> images ``(n, colours, side, side)`` of 4 px, 8 px ..."""
        ...


@runtime_checkable
class HasCodes(Protocol):
    """A codebook: each vector of a map is replaced by the nearest of its own, whose number is its code."""

    grid: int  # side of a map of codes
    weight: Tensor  # (K, d): its vectors
    shares: Tensor  # (K,): the running mean of each code's share of those used in training

    def nearest(self, z: Tensor) -> Tensor:
        """The codes ``(n, g, g)`` of vectors ``(n, d, g, g)``."""
        ...


@runtime_checkable
class OfOneScale(Protocol):
    """A module of a game that has modules for each of several scales, which are learnt one after the other."""

    sizes: tuple[tuple[int, int], ...]  # height and width of the images of each scale, px, the coarsest first


@runtime_checkable
class HasDensity(Protocol):
    """A generator whose samples have a density in closed form."""

    def moments(self) -> Tensor:
        """Mean and standard deviation of its samples in each dimension, ``(2, d)``, float64, data units."""
        ...

    def log_density(self, x: Floats) -> Floats:
        """Log density at ``x`` (n, d) -> (n,), in nats."""
        ...

    def mass(self, edges: Floats) -> Floats:
        """Probability of cells ``(n,)`` of a line between their edges ``(n + 1,)``, data units."""
        ...


@runtime_checkable
class HasBackward(Protocol):
    """A network whose backward pass is written out, for less overhead than autograd has (training.tape).

    All are called where no gradient is kept. What a pass keeps for its way back is the network's own business. The
    gradients of parameters are added to ``into``, by the ``id`` of the parameter, as far as they are in it.
    """

    def forward_kept(self, x: Tensor) -> tuple[Tensor, Any] | None:
        """The output for inputs ``(n, *shape)``, and what ``backward`` needs; None if autograd has to do it."""
        ...

    def backward(
        self, gradient: Tensor, kept: Any, into: Mapping[int, Tensor], to_input: bool,
    ) -> Tensor | None:
        """Carries the gradient of the output back; returns that of the input if it is asked for."""
        ...

    def slope_kept(self, x: Tensor) -> tuple[Tensor, Any] | None:
        """dD/dx at ``(n, *shape)``, and what ``slope_backward`` needs; None if autograd has to do it."""
        ...

    def slope_backward(
        self, gradient: Tensor, kept: Any, into: Mapping[int, Tensor], to_input: bool,
    ) -> Tensor | None:
        """Carries the gradient of the slope back to the parameters."""
        ...


@runtime_checkable
class DataDependentInit(Protocol):
    """A player that looks at samples before its first update, to learn the scale of the data."""

    def init_from_data(self, inputs: Tensor) -> None:
        """Takes samples ``(n, *shape)``: data for a generator; for a discriminator also as many of G's."""
        ...


NC = TypeVar("NC", bound=NetworkControls)


class Network(ABC, Leaf, Generic[NC]):
    """An architecture. All modules are initialised from the generators passed in, on the CPU.

    A network of two gives ``generator`` and ``discriminator``; one of another cast gives ``modules``.
    """

    kinds: ClassVar[tuple[Kind, ...]]
    reference: ClassVar[str] = ""
    on_kind: ClassVar[Mapping[Kind, dict[str, Value]]] = {}  # defaults that differ on a kind of data
    has_latent: ClassVar[bool] = True  # False: G is given a source alone
    conditions: ClassVar[bool] = False  # whether it can show labels to its modules
    needs: ClassVar[frozenset[str]] = NOTHING  # what the variant must give its modules, of `core.dataset.Need`
    copies_buffers: ClassVar[bool] = False  # True: the EMA of G has its buffers (means of their own), not their means
    signed_scores: ClassVar[bool] = True  # False: scores are never positive; only a variant that names it can play
    of_one_game: ClassVar[bool] = False  # True: its modules are those of one paper's game; only that one can play

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if cls.modules is not Network.modules or "name" not in vars(cls):
            return
        for method in ("generator", "discriminator"):
            if getattr(cls, method) is getattr(Network, method):
                raise TypeError(f"{cls.__name__} says nothing of its {method}: a network has a generator and a "
                                "discriminator, or modules of its own")

    @classmethod
    def controls_type(cls) -> type[NC]:
        """The class of controls named in ``Network[...]``."""
        return cast("type[NC]", argument_of(cls, Network))

    def modules(self, c: NC, data: DataShape, rng: Callable[[str], Generator]) -> dict[str, nn.Module]:
        """The modules of a game by name. ``rng`` gives a generator of its own for each purpose that is named."""
        return {"D": self.discriminator(c, data.scored, rng("discriminator")),
                "G": self.generator(c, data.x, rng("generator"))}

    def fitted(self, c: NC, data: DataShape) -> NC:
        """The controls of a run on such data: where one follows from the data, its value takes the control's place."""
        return c

    def picture(self, made: Any) -> Tensor:
        """What is shown and measured of what G makes: of a list of scales the finest, which comes last."""
        finest: Tensor = made[-1] if isinstance(made, list | tuple) else made
        return finest

    def generator(self, c: NC, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        """Maps ``(n, latent_dim)`` to samples ``(n, *shape)`` in data units."""
        raise BadInput(f"network {self.name} has no generator that makes samples of a latent alone")

    def discriminator(self, c: NC, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        """Maps samples ``(n, *shape)`` to scores ``(n,)``, in logits, without an output activation."""
        raise BadInput(f"network {self.name} has no discriminator that scores samples alone")

    def batch_dependence(self, c: NC) -> Literal["", "batch norm", "minibatch stddev"]:
        """The layer through which D sees across the batch; real and generated samples are then scored apart."""
        return ""

    def uses_keypoints(self, c: NC) -> bool:
        """Whether G is given the key points of a place; if not, it is given its box alone, or no place at all."""
        return False

    @abstractmethod
    def flops(self, c: NC, batch_size: int) -> float:
        """Multiplications of one forward pass of the larger player: it decides how many threads pay."""
