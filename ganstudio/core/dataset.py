"""The contract of a data set: how it is sampled, and what is known to be true about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Controls, argument_of
from ganstudio.core.leaves import Leaf
from ganstudio.core.system.errors import BadInput

if TYPE_CHECKING:
    from torch import Generator, Tensor

Kind = Literal["line", "plane", "image"]
Floats = NDArray[np.float64]


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
    """Samples and truth. Construction may read files and raise BadInput; sampling may not fail."""

    help: ClassVar[str] = ""
    source: ClassVar[str] = ""

    def __init__(self, controls: DC) -> None:
        self.controls = controls

    @classmethod
    def controls_type(cls) -> type[DC]:
        """The class of controls named in ``Dataset[...]``."""
        return cast("type[DC]", argument_of(cls, Dataset))

    @property
    @abstractmethod
    def kind(self) -> Kind:
        """Line (n, 1), plane (n, 2) or image (n, c, h, w)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return (1,) if self.kind == "line" else (2,)

    @abstractmethod
    def sample(self, n: int, rng: Generator) -> Tensor:
        """Draws ``(n, *shape)``, float32, on the generator's device."""

    def draw(self, n: int, rng: Generator) -> Tensor:
        """What is drawn ahead for n samples, ``(n, ...)``: the samples, or what ``rows`` makes them from."""
        return self.sample(n, rng)

    def rows(self, drawn: Tensor) -> Tensor:
        """The samples ``(n, *shape)``, float32, that ``draw`` stands for, on the same device."""
        return drawn

    def at(self, resolution: int) -> Dataset[DC]:
        """The same images, ``resolution`` px a side."""
        raise BadInput(f"data set {self.name} has no resolution: it is {self.kind} data")

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """The class of each image, ``(N,)``, where it is known."""
        return None

    @property
    @abstractmethod
    def extent(self) -> Extent:
        """Where the data lies, with a margin."""

    @property
    def modes(self) -> Modes | None:
        """The peaks, where the data is a mixture of Gaussians."""
        return None

    def log_density(self, x: Floats) -> Floats | None:
        """Exact log density at ``x`` (n, d) -> (n,), where it is known."""
        return self.modes.log_density(x) if self.modes is not None else None

    def cdf(self, x: Floats) -> Floats | None:
        """Exact distribution function of data on a line at ``x`` (n,) -> (n,), where it is known."""
        return None

    def original(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Samples ``(n, d)`` in the user's units, where data was rescaled on reading."""
        return samples

    @property
    def units(self) -> str:
        """How data units relate to the user's: a sentence, empty where they are the same."""
        return ""
