"""An attribute net: reads the attributes of a drawn image, each on its own, trained on examples that no game sees."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeGuard, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.nn import functional as F

from ganstudio.core.examples import Bytes, Examples
from ganstudio.maths.attribute_codes import code_loss, code_size, decoded, shares
from ganstudio.maths.judges.judge_net import SEED, Weights, conv_weights, fit, kept_judge, scaled
from ganstudio.maths.spatial_transformer import crop

EXAMPLES = 5000
TESTED = 500
STEPS, BATCH, RATE = 1200, 48, 3e-3
WIDTHS, STRIDES = (16, 32, 64, 96), (1, 2, 2, 2)  # the first layer looks at every pixel: a smile is few of them
SIDE = 32  # px
AT_ONCE = 250
READS_WELL = 0.9
VERSION = 3  # of all that a kept net depends on


@runtime_checkable
class HasAttributes(Protocol):
    """A data set whose examples have named attributes."""

    name: str
    controls: Any

    @property
    def judged_values(self) -> Mapping[str, Sequence[str]]: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    def examples(self, n: int, purpose: str) -> Examples: ...


def has_attributes(data: object) -> TypeGuard[HasAttributes]:
    """Whether there is a net that reads a data set's attributes."""
    return isinstance(data, HasAttributes)


class AttributeNet:
    """Reads attributes.

    Attributes:
        values: The names of what it reads, and how many values each has.
        score: Share of the attributes of true images that it reads right.
    """

    def __init__(
        self, weights: Weights, data: str, values: dict[str, int], score: float, *, by_box: bool = False,
    ) -> None:
        self._weights, self._data, self.values, self.score = weights, data, values, score
        self._by_box = by_box  # whether it has learnt from what is in boxes
        self._exact: Weights = {}  # the same weights in float64, once they are needed
        self._right: dict[str, float] = {}  # share of each attribute that it reads right, once that is needed

    @property
    def name(self) -> str:
        """The words beside each number."""
        return f"attribute net of {self._data}, {self.score:.1%} of true attributes right"

    @torch.no_grad()
    def read(self, images: Bytes, boxes: NDArray[np.float32] | None = None) -> dict[str, NDArray[np.int64]]:
        """The attributes by name, ``(n,)`` each, of images ``(n, c, h, h)``.

        A net that has learnt from what is in boxes reads what is in ``boxes`` ``(n, 4)``, where they are given; one
        that has learnt from whole images reads these.
        """
        if not self._by_box:
            boxes = None
        found = [decoded(_logits(self._weights, _seen(images[at : at + AT_ONCE],
                                                      None if boxes is None else boxes[at : at + AT_ONCE])),
                         list(self.values.values()))
                 for at in range(0, len(images), AT_ONCE)]
        read = torch.cat(found).numpy()
        return {name: read[:, at] for at, name in enumerate(self.values)}

    @torch.no_grad()
    def shares(self, images: Bytes) -> dict[str, NDArray[np.float64]]:
        """The probability of each value by attribute, ``(n, its values)``, of whole images ``(n, c, h, h)``."""
        parts = [shares(_logits(self._weights, _seen(images[at : at + AT_ONCE], None)), list(self.values.values()))
                 for at in range(0, len(images), AT_ONCE)]
        return {name: torch.cat([part[at] for part in parts]).double().numpy() for at, name in enumerate(self.values)}

    def last_map(self, x: Tensor) -> Tensor:
        """The last feature map ``(n, 96, 4, 4)`` of whole images ``(n, c, h, h)`` from -1 to 1, of their type.

        Attributes are linear in it.
        """
        weights = self._weights
        if x.dtype == torch.float64:
            self._exact = self._exact or {name: weight.double() for name, weight in weights.items()}
            weights = self._exact
        return _last_map(weights, x if x.shape[-1] == SIDE else F.interpolate(x, size=(SIDE, SIDE), mode="area"))

    def reads_well(self, data: Any, at_least: float = READS_WELL) -> list[str]:
        """The attributes of which it reads at least that share right, of a data set's unseen images."""
        if not self._right:
            unseen = data.examples(TESTED, "unseen")
            read = self.read(unseen.images, unseen.details["box"] if self._by_box else None)
            self._right = {name: float((read[name] == unseen.details[name]).mean()) for name in self.values}
        return [name for name, share in self._right.items() if share >= at_least]


def attribute_net(data: object) -> AttributeNet:
    """The net that reads a data set's attributes; trained at the first call.

    Raises:
        TypeError: The data set has none (``HasAttributes``).
    """
    if not isinstance(data, HasAttributes):
        raise TypeError(f"{type(data).__name__} names no attributes for a judge to read")
    values = {name: len(words) for name, words in data.judged_values.items()}
    weights, score = kept_judge(key_of_net(data), lambda: _trained(data, values))
    return AttributeNet(weights, data.name, values, score, by_box=_by_box(data))


def key_of_net(data: HasAttributes) -> str:
    """What its weights depend on."""
    place = "anywhere" if _by_box(data) else "usual"
    return f"attributes-{data.name}-{data.shape[-1]}px-{place}-v{VERSION}-numpy{np.__version__}"


def _by_box(data: HasAttributes) -> bool:
    return bool(getattr(data.controls, "anywhere", False))


def _trained(data: HasAttributes, values: dict[str, int]) -> tuple[Weights, float]:
    seen = data.examples(EXAMPLES + TESTED, "judge")
    learnt = len(seen.images) - TESTED  # data that comes with the studio may have fewer
    boxes = seen.details["box"] if _by_box(data) else None
    x, truth = _seen(seen.images, boxes), torch.from_numpy(np.stack([seen.details[name] for name in values], axis=1))
    rng, sizes = Generator().manual_seed(SEED), list(values.values())
    weights: Weights = {}
    for at, (before, after) in enumerate(itertools.pairwise((x.shape[1], *WIDTHS))):
        weights |= conv_weights(f"conv{at}", before, after, 3, rng)
    weights |= conv_weights("out", WIDTHS[-1], code_size(sizes), SIDE // math.prod(STRIDES), rng)

    def loss(w: Weights, chosen: Tensor) -> Tensor:
        return code_loss(_logits(w, x[chosen]), truth[chosen], sizes)

    weights = fit(weights, learnt, loss, steps=STEPS, batch=BATCH, rate=RATE)
    net = AttributeNet(weights, data.name, values, 0.0, by_box=boxes is not None)
    tested = None if boxes is None else boxes[learnt:]
    read = net.read(seen.images[learnt:], tested)
    return weights, float(np.mean([(read[name] == seen.details[name][learnt:]).mean() for name in values]))


def _seen(images: Bytes, boxes: NDArray[np.float32] | None) -> Tensor:
    """Images at the size at which they are read, or what is in their boxes."""
    if boxes is None:
        return scaled(images, SIDE)
    return crop(scaled(images, images.shape[-1]), torch.from_numpy(boxes), SIDE)


def _last_map(w: Weights, x: Tensor) -> Tensor:
    for at, stride in enumerate(STRIDES):
        x = F.silu(F.conv2d(x, w[f"conv{at}"], w[f"conv{at}.bias"], stride=stride, padding=1))
    return x


def _logits(w: Weights, x: Tensor) -> Tensor:
    return F.conv2d(_last_map(w, x), w["out"], w["out.bias"]).flatten(1)
