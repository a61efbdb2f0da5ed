"""All that a panel can be shown, with shapes and units."""

from __future__ import annotations

import math
from typing import Literal

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


class ModeCount(msgspec.Struct, frozen=True, kw_only=True):
    """How the shown generated points fall on the modes."""

    centres: Array  # (K, 2), data units
    radius: Array  # (K,), 3 sd, data units
    share: Array  # (K,), share of the generated points that are of high quality at each mode
    nearest: Array  # (K,), share of all generated points whose nearest mode it is
    needed: Array  # (K,), the share that makes each mode found: as 20 of 2500, or half of a light mode's own
    found: int  # modes with at least that
    high_quality: float  # share within 3 sd of the nearest mode


class Points(msgspec.Struct, frozen=True, kw_only=True, tag="points"):
    """Samples on the plane."""

    real: Array  # (n, 2), data units
    fake: Array  # (n, 2), data units, from the same latents at every look
    modes: ModeCount | None = None


class Landscape(msgspec.Struct, frozen=True, kw_only=True, tag="landscape"):
    """The discriminator over the plane, and where it sends the generated points."""

    low: float  # the grid's square, data units
    high: float
    values: Array  # (size, size), [row y, column x]; logits
    kind: str  # "logit" or "value"
    at: Array  # (m, 2) generated points, data units
    gradient: Array  # (m, 2) gradient of the score there, logits per data unit


class Boundary(msgspec.Struct, frozen=True, kw_only=True, tag="boundary"):
    """The line on which the optimal discriminator is undecided: both densities are equal."""

    at: Array  # (k, 2), polylines with NaN between them, data units; empty if there is none to draw
    resolution: float  # sd of the kernel that both densities were smoothed with, data units


class Line(msgspec.Struct, frozen=True, kw_only=True, tag="line"):
    """Densities on the line, and the discriminator over them."""

    x: Array  # (n,), data units
    data: Array  # (n,), density of the data: exact if known, else a histogram
    exact: bool
    generator: Array  # (n,), density of the generated samples
    score: Array  # (n,), logits
    kind: str  # "logit" or "value"
    generator_known: str = "kernel"  # how: "exact", "pushed" through G along its one latent, or "kernel" estimate
    optimum: Array | None = None  # (n,), D* of the two densities, in the units of the score; NaN where both vanish
    latents: Array | None = None  # (m,), evenly spread over the latent prior; the first coordinate, the others 0
    reached: Array | None = None  # (m,), where the generator sends them, data units; finite
    loss: float | None = None  # what D minimises of its scores, by quadrature over both densities
    best_loss: float | None = None  # the same at D*


class Manifold(msgspec.Struct, frozen=True, kw_only=True, tag="manifold"):
    """A grid of cells of equal mass over the latent prior, as the generator warps it."""

    at: Array  # (n, n, 2), where G sends the grid's corners, data units; rows follow the second latent
    density: Array  # (n - 1, n - 1), latent mass of each cell over its area, per square data unit
    stretch: Array  # (n - 1, n - 1), length of each cell's longest side over that side's length in the latent space
    latent_dim: int  # the grid spans the first two, the others are 0; of 1: (1, n, 2), (1, n - 1), per data unit


class Gradients(msgspec.Struct, frozen=True, kw_only=True, tag="gradients"):
    """What flows back through both players, on the same samples at every look."""

    discriminator: Array  # (layers,), root mean square over the samples of |dL_D/dh|, times their number; input first
    generator: Array  # (layers,), the same for G's loss; G's own layers only
    decades_d: float | None  # per layer from output to input, fitted to the above; negative: the gradient vanishes
    decades_g: float | None
    received: Array  # (n,), norm of the gradient of G's loss at each generated sample, times n
    edges: Array  # (bins + 1,), of the histogram of D's weights
    weights: Array  # (bins,), share of D's weights in each
    bound: float | None  # what weights are clipped to
    at_bound: float | None  # share of D's weights that sit there
    singular: list[Array]  # of each layer's weight as D uses it, descending
    spectral_bound: float | None  # the spectral norm that the layers are brought to


class Samples(msgspec.Struct, frozen=True, kw_only=True, tag="samples"):
    """Images of the same latents at every look, and real ones beside them."""

    real: Array  # (m, h, w, c) uint8, c 1 or 3
    fake: Array  # (n, h, w, c) uint8
    averaged: bool  # whether the running mean of G's weights made them


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """A path through the latent space that the window asks to see."""

    anchors: list[int]  # 2 to 4 of the fixed latents, by their place among the samples
    path: Literal["line", "square", "circle"]
    blend: Literal["lerp", "slerp"]
    at: list[tuple[float, float]]  # places on it, each 0 to 1; a line and a circle look at the first alone
    averaged: bool = True


class Interpolation(msgspec.Struct, frozen=True, kw_only=True, tag="interpolation"):
    """Images along the path that was asked for."""

    walk: Walk
    images: Array  # (len(walk.at), h, w, c) uint8
    anchors: Array  # (len(walk.anchors), h, w, c) uint8
    norms: Array  # (len(walk.at),), Euclidean norm of each latent
    latent_dim: int


class Pyramid(msgspec.Struct, frozen=True, kw_only=True, tag="pyramid"):
    """A growing generator at every level it has reached, the same latents at each; and real images at every level."""

    fake: list[Array]  # of level 0 first: (n, r, r, c) uint8, r = 4 << level
    real: list[Array]
    level: int
    alpha: float  # share of the newest level
    levels: int  # there will be
    shown: int  # images shown in this phase
    lasts: int  # images that this phase lasts; 0: to the end
    averaged: bool


class Balance(msgspec.Struct, frozen=True, kw_only=True, tag="balance"):
    """What D says of real and of generated samples, on the same ones at every look."""

    kind: str  # "reconstruction": errors in data units; "logit" or "value": scores
    real: Array  # (n,)
    fake: Array  # (m,)
    readings: dict[str, float]  # what the variant reports beside its terms, as after its last update of D


View = (
    Points | Landscape | Boundary | Line | Manifold | Gradients | Samples | Interpolation | Pyramid | Balance
)


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
