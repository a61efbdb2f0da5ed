"""All that a panel can be shown, with shapes and units.

A view in a file of its own is added by `ganstudio/views/`; this module holds the contract, and the studio's own views.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

DTYPES = {"f4": np.float32, "f8": np.float64, "u1": np.uint8}
MAX_CELLS = 64 * 1024 * 1024


class Array(msgspec.Struct, frozen=True, array_like=True):
    """A numpy array on its way through a frame."""

    shape: tuple[int, ...]
    dtype: str
    data: bytes

    @classmethod
    def of(cls, values: NDArray[np.float32] | NDArray[np.float64] | NDArray[np.uint8]) -> Array:
        """Copies an array; float32, float64 and uint8 travel."""
        code = values.dtype.str[1:]
        if code not in DTYPES:
            raise TypeError(f"arrays of {values.dtype} do not travel")
        return cls(values.shape, code, np.ascontiguousarray(values).tobytes())

    def numpy(self) -> NDArray[np.float32]:
        """The values as float32: a read-only view of the bytes if they are float32 already.

        Raises:
            ValueError: The shape does not fit the bytes.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # a double that is too large is shown as infinite
            return self._values().astype(np.float32, copy=False)

    def doubles(self) -> NDArray[np.float64]:
        """The values as float64; ValueError as above."""
        return self._values().astype(np.float64, copy=False)

    def _values(self) -> NDArray[np.float32] | NDArray[np.float64] | NDArray[np.uint8]:
        if self.dtype not in DTYPES or any(n < 0 for n in self.shape) or math.prod(self.shape) > MAX_CELLS:
            raise ValueError(f"an array of {self.dtype} and shape {self.shape} is not accepted")
        values: NDArray[np.float32] = np.frombuffer(self.data, dtype=DTYPES[self.dtype]).reshape(self.shape)
        return values


class Shape:
    """The shape of an array, beside its type: ``Annotated[Array, Shape("n", 2)]``.

    A letter is one length wherever it appears in a view, and at least 1; one in brackets may be 0. In a list each
    array counts by itself. "c" is 1 or 3, and what ends with it is an image in bytes; nothing else is.
    """

    def __init__(self, *sides: int | str) -> None:
        self.sides = sides


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The contract of a view. A subclass gives a ``tag`` of its own, and a `Shape` to each of its arrays."""

    thumbnail: ClassVar[bool] = False  # whether the small picture of a run can be drawn from it

    def consistent(self, lengths: dict[str, int]) -> bool:
        """Whether what the shapes do not say can be, too: a view may come from a file that anybody made.

        Args:
            lengths: What the letters of the shapes came to.
        """
        return True


SCORES = ("logit", "value", "reconstruction")


class ModeCount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the shown generated points fall on the modes."""

    centres: Annotated[Array, Shape("k", 2)]  # data units
    radius: Annotated[Array, Shape("k")]  # 3 sd, data units
    share: Annotated[Array, Shape("k")]  # share of the generated points that are of high quality at each mode
    nearest: Annotated[Array, Shape("k")]  # share of all generated points whose nearest mode it is
    needed: Annotated[Array, Shape("k")]  # share that makes a mode found: as 20 of 2500, or half of its own
    found: int  # modes with at least that
    high_quality: float  # share within 3 sd of the nearest mode
    near: float | None = None  # share within 6 sd of it; None in files of before
    distance: float | None = None  # median distance to the nearest mode, data units


class Points(View, frozen=True, kw_only=True, tag="points"):
    """Samples on the plane."""

    thumbnail: ClassVar[bool] = True
    real: Annotated[Array, Shape("n", 2)]  # data units
    fake: Annotated[Array, Shape("m", 2)]  # data units, from the same latents at every look
    modes: ModeCount | None = None
    labels: Annotated[Array | None, Shape("m")] = None  # the class that each generated point was asked for
    low: float | None = None  # where the data lies, along either axis, data units; None in files of before
    high: float | None = None

    def consistent(self, lengths: dict[str, int]) -> bool:
        if self.low is None or self.high is None:
            return self.low is self.high
        return math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high


class Landscape(View, frozen=True, kw_only=True, tag="landscape"):
    """The discriminator over the plane, and where it sends the generated points."""

    low: float  # the grid's square, data units
    high: float
    values: Annotated[Array, Shape("s", "s")]  # [row y, column x]; logits
    kind: str  # "logit" or "value"
    at: Annotated[Array, Shape("m", 2)]  # generated points, data units; of the class `label`, if there is one
    gradient: Annotated[Array, Shape("m", 2)]  # gradient of the score there, logits per data unit
    label: str = ""  # the class that D is asked about everywhere; empty if it is shown none

    def consistent(self, lengths: dict[str, int]) -> bool:
        square = math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high
        return square and self.kind in SCORES and lengths["s"] >= 2


class Boundary(View, frozen=True, kw_only=True, tag="boundary"):
    """Where the optimal discriminator would be undecided: the line on which both densities are equal."""

    at: Annotated[Array, Shape("(k)", 2)]  # polylines, NaN between them, data units; may be empty
    resolution: float  # sd of the kernel that both densities were smoothed with, data units


class Line(View, frozen=True, kw_only=True, tag="line"):
    """Densities on the line, and the discriminator over them."""

    thumbnail: ClassVar[bool] = True
    x: Annotated[Array, Shape("n")]  # data units
    data: Annotated[Array, Shape("n")]  # density of the data: exact where known, else a histogram
    exact: bool
    generator: Annotated[Array, Shape("n")]  # density of the generated samples
    score: Annotated[Array, Shape("n")]  # logits
    kind: str  # "logit" or "value"
    generator_known: str = "kernel"  # how: "exact", "pushed" through G along its one latent, or "kernel" estimate
    # D* of the two densities, in the units of the score; NaN where both vanish
    optimum: Annotated[Array | None, Shape("n")] = None
    # evenly spread over the latent prior; the first coordinate, the others 0
    latents: Annotated[Array | None, Shape("m")] = None
    # where the generator sends them, data units; finite
    reached: Annotated[Array | None, Shape("m")] = None
    loss: float | None = None  # what D minimises of its scores, by quadrature over both densities
    best_loss: float | None = None  # the same at D*
    label: str = ""  # the class of the score and of the latents; empty if the game has no labels

    def consistent(self, lengths: dict[str, int]) -> bool:
        return self.kind in SCORES and (self.latents is None) == (self.reached is None) and lengths["n"] >= 2


class Manifold(View, frozen=True, kw_only=True, tag="manifold"):
    """A grid of cells of equal mass over the latent prior, as the generator warps it."""

    at: Annotated[Array, Shape("n", "m", 2)]  # where G sends the corners, data units; rows follow the second latent
    density: Annotated[Array, Shape("p", "q")]  # latent mass of each cell over its area, per square data unit
    # length of each cell's longest side over that side's length in the latent space
    stretch: Annotated[Array, Shape("p", "q")]
    latent_dim: int  # the grid spans the first two, the others are 0; of 1: (1, n, 2), (1, n - 1), per data unit
    label: str = ""  # the class that G was asked for; empty if the game has no labels

    def consistent(self, lengths: dict[str, int]) -> bool:
        cells = (max(lengths["n"] - 1, 1), lengths["m"] - 1)
        return (lengths["p"], lengths["q"]) == cells and self.latent_dim >= 1


class Gradients(View, frozen=True, kw_only=True, tag="gradients"):
    """What flows back through both players, on the same samples at every look."""

    # by layer, input first: root mean square over the samples of |dL_D/dh|, times their number
    discriminator: Annotated[Array, Shape("(d)")]
    generator: Annotated[Array, Shape("(g)")]  # the same of G's loss; includes G's own layers only
    decades_d: float | None  # per layer from output to input, fitted to the above; negative: the gradient vanishes
    decades_g: float | None
    received: Annotated[Array, Shape("(n)")]  # norm of the gradient of G's loss at each generated sample, times n
    edges: Annotated[Array, Shape("e")]  # of the histogram of D's weights
    weights: Annotated[Array, Shape("w")]  # share of D's weights in each
    bound: float | None  # what weights are clipped to
    at_bound: float | None  # share of D's weights that sit there
    singular: Annotated[list[Array], Shape("r")]  # of each layer's weight as D uses it, descending
    spectral_bound: float | None  # the spectral norm that the layers are brought to

    def consistent(self, lengths: dict[str, int]) -> bool:
        return lengths["e"] == lengths["w"] + 1


class Samples(View, frozen=True, kw_only=True, tag="samples"):
    """Images of the same latents at every look, and real ones beside them."""

    thumbnail: ClassVar[bool] = True
    real: Annotated[Array, Shape("m", "h", "w", "c")]
    fake: Annotated[Array, Shape("n", "h", "w", "c")]
    averaged: bool  # whether the running mean of G's weights made them
    columns: int = 0  # of a grid with a row for each class, the same latent down each column; 0: no labels
    classes: list[str] = []  # the name of each row


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """A path through the latent space that the window asks to see."""

    anchors: list[int]  # 2 to 4 of the fixed latents, by their place among the samples
    path: Literal["line", "square", "circle"]
    blend: Literal["lerp", "slerp"]
    at: list[tuple[float, float]]  # places on it, each 0 to 1; a line and a circle look at the first alone
    averaged: bool = True
    space: Literal["z", "w"] = "z"  # w: of a generator of styles, straight through the anchors' w


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks for on the board: a label map, or words and a place."""

    number: int  # so that an answer is known by its question
    latent: int = 0  # which of the fixed latents, by its place among the samples
    map: Array | None = None  # (h, h) the class of each pixel, uint8
    box: tuple[float, float, float, float] | None = None  # left, top, right, bottom, shares of the side
    points: list[tuple[float, float]] = []  # key points, x and y as in the box; none: the data's, moved with it
    words: list[int] = []  # the value of each attribute


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the user's that is to be translated."""

    number: int  # so that an answer is known by its question
    pixels: Array  # (h, h, 3) uint8, of the side of the game's sources


class Interpolation(View, frozen=True, kw_only=True, tag="interpolation"):
    """Images along the way that was asked for."""

    walk: Walk
    images: Annotated[Array, Shape("n", "h", "w", "c")]  # one for each place of the walk
    anchors: Annotated[Array, Shape("a", "h", "w", "c")]  # one for each of its anchors
    norms: Annotated[Array, Shape("n")]  # Euclidean norm of each latent
    latent_dim: int

    def consistent(self, lengths: dict[str, int]) -> bool:
        return lengths["n"] == len(self.walk.at) and lengths["a"] == len(self.walk.anchors)


class Pyramid(View, frozen=True, kw_only=True, tag="pyramid"):
    """A growing generator at every level it has reached, the same latents at each; and real images."""

    thumbnail: ClassVar[bool] = True
    fake: Annotated[list[Array], Shape("n", "r", "r", "c")]  # of level 0 first; r = 4 << level
    real: Annotated[list[Array], Shape("n", "r", "r", "c")]
    level: int
    alpha: float  # share of the newest level
    levels: int  # there will be
    shown: int  # images shown in this phase
    lasts: int  # images that this phase lasts; 0: to the end
    averaged: bool

    def consistent(self, lengths: dict[str, int]) -> bool:
        none_yet = not self.real and not self.fake and self.level == self.levels == 0
        grown = len(self.real) == len(self.fake) == self.level + 1 <= self.levels <= 16
        return (none_yet or grown) and 0 <= self.alpha <= 1 and self.shown >= 0 and self.lasts >= 0


class Balance(View, frozen=True, kw_only=True, tag="balance"):
    """What D says of real and of generated samples, on the same ones at every look."""

    kind: str  # "reconstruction": errors in data units; "logit" or "value": scores
    real: Annotated[Array, Shape("n")]
    fake: Annotated[Array, Shape("m")]
    readings: dict[str, float]  # what the variant reports beside its terms, as after its last update of D

    def consistent(self, lengths: dict[str, int]) -> bool:
        return self.kind in SCORES


class BlindSpot(msgspec.Struct, frozen=True):
    """What a number of image quality does not see, shown on the data set at hand."""

    title: str  # which number, and to what
    sentence: str
    values: dict[str, float | None]  # in the order in which they are read


class ScalarBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of one player over consecutive updates. No update is left out."""

    player: str
    names: list[str]
    at: Array  # (n,) float64, steps: the j-th of k updates of step s is at s + j / (k + generator steps)
    values: Array  # (n, len(names)) float32


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """The first term that was not a finite number."""

    term: str
    at: float  # steps
    value: str  # "nan", "inf" or "-inf"
