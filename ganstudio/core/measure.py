"""The contract of a measure: samples and truth in, numbers out, each judged against its noise floor.

The floor of every number is what a perfect generator would score at this sample size: the same
computation with fresh samples of the data in the generator's place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dataset import Dataset, Floats, Kind
from ganstudio.core.examples import Bytes, Examples
from ganstudio.core.leaves import RunLeaf

MATCHED = 1000  # optimal assignment grows with the cube: .15 to .4 s for 1000 points, 5 s for 2500

class Scores(msgspec.Struct, frozen=True):
    """What the discriminator says of a set of samples."""

    values: Floats  # (n,), logits
    slopes: Floats  # (n,), norm of the input gradient, logits per data unit


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """What a network that was trained elsewhere sees in images."""

    net: str  # its name: a number that rests on features says on whose
    values: Floats  # (n, f)
    probabilities: Floats | None = None  # (n, K), rows sum to 1; None if it does not tell classes apart


class MeasuredGame(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of what generates, for measures that look inside it. Whoever measures may draw from it as it likes."""

    modules: Mapping[str, Any]  # by the network's names, in evaluation mode, discriminators left out; running means of
    # weights where they are kept
    latents: Callable[[int], Any]  # draws n latents (n, latent_dim)
    rng: Any  # a generator for other draws; layers with noise draw from it too
    device: Any
    phase: Any  # `core.turn.Phase`
    variant: Any
    controls: Any  # the variant's, as they were


class MeasureInput(msgspec.Struct, frozen=True, kw_only=True):
    """Copied samples that measures look at, away from the training thread."""

    real: NDArray[np.float64]  # (n, d), data units; of images float32, all axes in one
    fake: NDArray[np.float64]  # the same shape for generated samples
    real_scores: Scores
    fake_scores: Scores
    real_features: Features | None = None  # of images
    fake_features: Features | None = None
    fake_labels: NDArray[np.int64] | None = None  # (n,): the class that each generated sample was asked for
    data: Dataset[Any]
    moments: Floats | None = None  # (2, d): mean and sd, if they are known exactly
    mass: Callable[[Floats], Floats] | None = None  # edges (n + 1,) on a line -> mass of each cell (n,), if known
    reach: tuple[float, float] | None = None  # where on a line all but a billionth of that mass lies, data units
    examples: Examples | None = None  # what the images are made from, with the truth; None: it is not known
    made: dict[str, Bytes] = {}  # images (n, c, h, h) made from them, by the names of `Variant.translate`
    game: MeasuredGame | None = None  # what made the images; None: a perfect generator, or points
    untrained: Callable[[], Features] | None = None  # of what the same game made before its first step; takes seconds
    seed: int = 0  # for measures that draw (random projections)
    matched: int = MATCHED  # points that exact transport matches at most


class ClassNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """How well one class was made."""

    label: int
    right: float | None  # share of the samples asked for that are of the class
    mean_error: float | None = None  # between their mean and the mode's centre, in the mode's sds
    sd_ratio: float | None = None  # their spread over the mode's


class MetricInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a number is called, and which way is better."""

    title: str
    help: str
    better: Literal["high", "low", "floor"] = "floor"  # floor: the nearer to its floor
    format: str = ".3g"
    dimension: Literal["", "length", "place"] = ""  # of a number that is shown in the user's units; "": it has none
    detail: bool = False  # one of many: in JSON and for lessons, not in tables


class Measure(ABC, RunLeaf):
    """One family of numbers."""

    kinds: ClassVar[tuple[Kind, ...]]
    numbers: ClassVar[dict[str, MetricInfo]]
    families: ClassVar[dict[str, MetricInfo]] = {}  # ``crossover_*``: the run names them, ``crossover_1`` ...
    needs: ClassVar[frozenset[str]] = frozenset()  # what a run must have: of `core.leaves.ABILITIES`
    samples: ClassVar[int] = 2500
    expensive: ClassVar[bool] = False  # takes more than a few milliseconds
    on_request: ClassVar[bool] = False  # takes seconds: only where numbers are asked for, never beside a run on screen

    @classmethod
    def claimed_names(cls) -> tuple[str, ...]:
        return (cls.name, *cls.infos())

    @classmethod
    def infos(cls) -> dict[str, MetricInfo]:
        """Of its numbers and families: ``core.measured_rows.info_of`` finds a number in it."""
        return {**cls.numbers, **cls.families}

    def judge(self, data: Dataset[Any]) -> str:
        """The name of the net that reads the images, with its own score on true ones; empty if none does."""
        return ""

    @abstractmethod
    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        """Every name of ``numbers``, None if it is undefined for this data, and of ``families`` those that the run has.
        """
