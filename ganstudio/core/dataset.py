"""The contract of a data set: how it is sampled, and what is known to be true about it."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Controls, argument_of
from ganstudio.core.leaves import Leaf
from ganstudio.core.system.errors import BadInput
from ganstudio.core.user_units import SAME, UserUnits

if TYPE_CHECKING:
    from torch import Generator, Tensor, device

    from ganstudio.core.examples import Bytes, Examples

Kind = Literal["line", "plane", "image"]
Floats = NDArray[np.float64]


NOTHING: frozenset[str] = frozenset()
Need = Literal["label", "source", "attributes", "place"]  # what can go with a real sample


@dataclass(frozen=True)
class Batch:
    """Real samples, and what goes with each."""

    x: Tensor  # (n, *shape), float32: what the generator is to make
    label: Tensor | None = None  # (n,) classes, int64
    source: Tensor | None = None  # (n, *source_shape): what the generator is given; paired, or drawn on its own
    attributes: Tensor | None = None  # (n, a) the value of each named attribute, int64
    place: Tensor | None = None  # (n, p) where the figure is, shares of the side: a box, then key points

    @property
    def tensors(self) -> list[Tensor]:
        """All that is there."""
        every = (self.x, self.label, self.source, self.attributes, self.place)
        return [tensor for tensor in every if tensor is not None]

    def with_x(self, x: Tensor) -> Batch:
        """The same with other samples."""
        return self if x is self.x else replace(self, x=x)

    def rows(self, rows: Tensor | slice) -> Batch:
        """Some of them."""
        label, source, attributes, place = (
            None if part is None else part[rows] for part in (self.label, self.source, self.attributes, self.place))
        return Batch(self.x[rows], label, source, attributes, place)


class DataShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a network has to know of the data, and of how the variant plays with it."""

    x: tuple[int, ...]  # of one sample
    classes: int = 0  # labels that samples carry; 0: none
    source: tuple[int, ...] = ()  # of what the generator is given beside or instead of a latent
    attributes: tuple[int, ...] = ()  # values that each named attribute can have
    place: int = 0  # numbers that say where a figure is; 0: none
    conditioning: str = ""  # how D is shown the label, for networks that can; see the variant
    packing: int = 1  # samples that D scores together

    @property
    def scored(self) -> tuple[int, ...]:
        """The shape of what D scores: samples of a pack are joined along their first axis."""
        return (self.packing * self.x[0], *self.x[1:])


FOUND = 20 / 2500  # share of the samples that makes a mode found


class Modes(msgspec.Struct, frozen=True):
    """The peaks of a mixture of isotropic Gaussians: what coverage is measured against."""

    centres: Floats  # (K, d), data units
    sds: Floats  # (K,), data units
    weights: Floats  # (K,), sum 1

    @property
    def found_from(self) -> Floats:
        """Share of samples within 3 sd that makes each mode found, ``(K,)``: 20 of 2500, or half of a light mode's."""
        return np.minimum(FOUND, self.weights / 2)

    def log_density(self, x: Floats) -> Floats:
        """Log of the mixture's density at ``x`` (n, d) -> (n,), in nats."""
        d = self.centres.shape[1]
        squared = ((x[:, None, :] - self.centres[None]) ** 2).sum(-1) / self.sds**2  # (n, K)
        with np.errstate(divide="ignore"):  # a weight of 0 is a mode that is not there
            log_weights = np.log(self.weights)
        logs = log_weights - d * np.log(self.sds * np.sqrt(2 * np.pi)) - squared / 2
        top = logs.max(axis=1)
        return cast(Floats, top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))


class Extent(msgspec.Struct, frozen=True):
    """The part of the line or plane that a panel shows at first, data units."""

    low: float
    high: float


DC = TypeVar("DC", bound=Controls)


class Dataset(ABC, Leaf, Generic[DC]):
    """Samples and truth. Construction may read files and raise BadInput; sampling may not fail.

    What the class says (``kinds``, ``gives``, ``help``, the controls) is known before anything is read or drawn.
    """

    kinds: ClassVar[tuple[Kind, ...]]  # one; several if the user's file decides
    gives: ClassVar[frozenset[str]] = frozenset()  # for all controls, what comes with a sample: label, source
    abilities: ClassVar[frozenset[str]] = frozenset()  # what else runs on it have, of `core.leaves.ABILITIES`
    classes_of_maps: ClassVar[tuple[str, ...]] = ()  # the names of a label map's classes; empty: sources are none
    brushes: ClassVar[tuple[tuple[int, int, int], ...]] = ()  # the colour in which each of them is shown
    keypoints: ClassVar[tuple[str, ...]] = ()  # the names of the points that a place has behind its box
    help: ClassVar[str] = ""
    source: ClassVar[str] = ""
    pairs: ClassVar[bool] = False  # whether a sample in the data is the true image of the source that goes with it
    suits: ClassVar[tuple[str, ...]] = ()  # variants that it is for: the window begins with the first; empty: any
    usual: ClassVar[bool] = False  # the one to begin with among those of its kind
    panel: ClassVar[str] = ""  # the panel that it brings to the front, if the variant brings none

    def __init__(self, controls: DC) -> None:
        self.controls = controls

    @classmethod
    def controls_type(cls) -> type[DC]:
        """The class of controls named in ``Dataset[...]``."""
        return cast("type[DC]", argument_of(cls, Dataset))

    @property
    def kind(self) -> Kind:
        """Line (n, 1), plane (n, 2) or image (n, c, h, w); of several kinds, the subclass says which."""
        return self.kinds[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return (1,) if self.kind == "line" else (2,)

    @abstractmethod
    def sample(self, n: int, rng: Generator) -> Tensor:
        """Draws ``(n, *shape)``, float32, on the generator's device."""

    def draw(self, n: int, rng: Generator, needs: frozenset[str] = NOTHING) -> Tensor:
        """What is drawn ahead for n samples, ``(n, ...)``: the samples, or what ``batch`` makes them from.

        ``needs`` says what is to go with them. The samples do not depend on it.
        """
        return self.sample(n, rng)

    def with_controls(self, controls: DC) -> Dataset[DC]:
        """The same data with other values of its live controls; nothing is read or drawn again.

        ``draw`` must not depend on a live control: ``gather`` and ``batch`` apply it to what was drawn ahead. The
        object itself stays as it is: another thread may be measuring with it.
        """
        other = copy.copy(self)
        other.controls = controls
        return other

    def gather(self, drawn: Tensor) -> Tensor:
        """The samples ``(n, *shape)``, float32, of what ``draw`` gave, on the same device."""
        return drawn

    def batch(self, drawn: Tensor, needs: frozenset[str] = NOTHING) -> Batch:
        """The samples of what ``draw`` gave, with what a variant needs beside them."""
        return Batch(self.gather(drawn))

    @property
    def label_names(self) -> list[str]:
        """The name of each class, where they have names."""
        return []

    @property
    def label_frequencies(self) -> Floats | None:
        """The share of each class, ``(K,)``, sum 1; None if samples carry no labels."""
        return None

    @property
    def source_shape(self) -> tuple[int, ...]:
        """The shape of what the generator is given with each sample; empty where it is given nothing."""
        return ()

    @property
    def domains(self) -> tuple[str, str]:
        """Words for what sources and images are, of a game between two domains; empty: the data has none for them."""
        return ("", "")

    @property
    def attribute_values(self) -> Mapping[str, Sequence[str]]:
        """The words for the values of each named attribute, in the order of a batch's; empty if it has none."""
        return {}

    def read_attributes(self, images: Bytes) -> Mapping[str, NDArray[np.int64]] | None:
        """The values ``(n,)`` of all factors that images ``(n, c, h, h)`` show, read by a formula; None: none is known.
        """
        return None

    @property
    def place_size(self) -> int:
        """How many numbers say where a sample's figure is; 0: none do."""
        return 0

    @property
    def has(self) -> frozenset[str]:
        """What comes with each sample, now that its files are read, of ``Need``."""
        return self.gives | ({"label"} if self.label_frequencies is not None else set())

    def resized(self, resolution: int) -> Dataset[DC]:
        """The same images, ``resolution`` px a side."""
        raise BadInput(f"data set {self.name} has no resolution: it is {self.kind} data")

    def examples(self, n: int, purpose: str, needs: frozenset[str] = NOTHING) -> Examples | None:
        """Examples that are not in the data, with their truth; None if none are known.

        Args:
            n: How many.
            needs: What a game is given, which decides what it is asked for.
            purpose: ``unseen`` for tests, ``judge`` for nets that judge: examples of two purposes are other ones.
        """
        return None

    def drawn_again(self, examples: Examples) -> Bytes:
        """Other true images ``(n, c, h, h)`` of the examples' sources: what a perfect generator makes of them."""
        return examples.images

    def least_l1_images(self, examples: Examples) -> Bytes | None:
        """The images ``(n, c, h, h)`` of the least expected L1 to the truth of each source; None: not known."""
        return None

    def truth_of_next(self, details: Mapping[str, NDArray[Any]], name: str) -> Bytes | None:
        """The images ``(n, c, h, h)`` of examples with the next value of an attribute; None: not known.

        Args:
            details: Those of the examples.
            name: Of the attribute; after its last value comes the first.
        """
        return None

    def source_images(self, source: Tensor) -> Tensor:
        """Sources ``(n, *source_shape)`` as images ``(n, c, h, h)`` from -1 to 1, as they are shown."""
        return source

    def source_of_images(self, images: Bytes) -> Tensor:
        """Images ``(n, c, h, h)`` of the user's as sources ``(n, k, h, h)``, as they are given to a generator.

        Where sources are label maps, each pixel is of the class whose brush has the nearest colour.
        """
        raise BadInput(f"data set {self.name} has no sources")

    def batch_of(self, examples: Examples, needs: frozenset[str], device: device) -> Batch:
        """Examples as a variant is given them."""
        raise BadInput(f"data set {self.name} knows no examples")

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """The class of each image, ``(N,)``, if it is known."""
        return None

    @property
    @abstractmethod
    def extent(self) -> Extent:
        """Where the data lies, with a margin."""

    @property
    def modes(self) -> Modes | None:
        """The peaks, if the data is a mixture of Gaussians."""
        return None

    def log_density(self, x: Floats) -> Floats | None:
        """Exact log density at ``x`` (n, d) -> (n,), if it is known."""
        return self.modes.log_density(x) if self.modes is not None else None

    def cdf(self, x: Floats) -> Floats | None:
        """Exact distribution function of data on a line at ``x`` (n,) -> (n,), if it is known."""
        return None

    def to_user_units(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Samples ``(n, d)`` in the user's units, if the data was rescaled on reading."""
        return samples

    @property
    def user_units(self) -> UserUnits:
        """How data units relate to the user's."""
        return SAME

    @property
    def units(self) -> str:
        """How data units, which the networks see, relate to the user's: a sentence, empty if they are the same."""
        return ""
