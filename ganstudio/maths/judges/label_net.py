"""A label net: reads the class of each pixel of an image, as the FCN of pix2pix's paper does.

Six convolutions, some of them spread out (dilated), so that a pixel is read from the 31 px around it. It is trained on
examples of the data set that no game sees, in less than a minute, and kept on disk.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from ganstudio.core.control import in_key, values
from ganstudio.core.examples import Bytes, Examples
from ganstudio.maths.judges.judge_net import SEED, Weights, conv_weights, fit, kept_judge, scaled

EXAMPLES = 3000
TESTED = 500
STEPS, BATCH, RATE = 400, 16, 4e-3
WIDTH = 24
SPREAD = (1, 1, 2, 4, 6)  # dilation of each 3 x 3 convolution
SIDE = 32  # px, the size at which images are read
AT_ONCE = 250
VERSION = 1  # of all that a kept net depends on


@runtime_checkable
class HasMaps(Protocol):
    """A data set whose examples have label maps."""

    name: str
    classes_of_maps: tuple[str, ...]
    controls: Any

    @property
    def shape(self) -> tuple[int, ...]: ...

    def examples(self, n: int, purpose: str) -> Examples: ...


class LabelNet:
    """Reads label maps."""

    def __init__(self, weights: Weights, data: str, score: float) -> None:
        self._weights, self._data, self.score = weights, data, score

    @property
    def name(self) -> str:
        """The words beside each number."""
        return f"label net of {self._data}, {self.score:.1%} of true pixels right"

    @torch.no_grad()
    def read(self, images: Bytes) -> Bytes:
        """The class of each pixel, ``(n, 32, 32)``, of images ``(n, 3, h, h)``."""
        found = [_logits(self._weights, scaled(images[at : at + AT_ONCE], SIDE)).argmax(1)
                 for at in range(0, len(images), AT_ONCE)]
        return np.concatenate([part.numpy().astype(np.uint8) for part in found])


def at_reading_size(maps: Bytes) -> Bytes:
    """Label maps ``(n, h, h)`` as they are at 32 px: the class of the pixel in the middle of each block."""
    side = maps.shape[-1]
    if side < SIDE:
        return maps.repeat(SIDE // side, 1).repeat(SIDE // side, 2)
    step = side // SIDE
    return maps[:, step // 2 :: step, step // 2 :: step]


def label_net(data: object) -> LabelNet:
    """The net that reads a data set's images; trained at the first call.

    Raises:
        TypeError: The data set has no label maps (``HasMaps``).
    """
    if not isinstance(data, HasMaps):
        raise TypeError(f"{type(data).__name__} has no label maps for a judge to read")
    said = in_key({name: value for name, value in values(data.controls).items()
                   if name in ("colour_share", "uniform_share")})
    key = f"labels-{data.name}-{data.shape[-1]}px-{said}-v{VERSION}-numpy{np.__version__}"
    weights, score = kept_judge(key, lambda: _trained(data))
    return LabelNet(weights, data.name, score)


def _trained(data: HasMaps) -> tuple[Weights, float]:
    seen = data.examples(EXAMPLES + TESTED, "judge")
    assert seen.maps is not None
    x, maps = scaled(seen.images, SIDE), torch.from_numpy(at_reading_size(seen.maps)).long()
    rng = Generator().manual_seed(SEED)
    weights: Weights = {}
    before = x.shape[1]
    for at in range(len(SPREAD)):
        weights |= conv_weights(f"conv{at}", before, WIDTH, 3, rng)
        before = WIDTH
    weights |= conv_weights("out", before, len(data.classes_of_maps), 1, rng)

    def loss(w: Weights, chosen: Tensor) -> Tensor:
        return F.cross_entropy(_logits(w, x[chosen]), maps[chosen])

    weights = fit(weights, EXAMPLES, loss, steps=STEPS, batch=BATCH, rate=RATE)
    net = LabelNet(weights, data.name, 0.0)
    read = net.read(seen.images[EXAMPLES:])
    return weights, float((read == at_reading_size(seen.maps[EXAMPLES:])).mean())


def _logits(w: Weights, x: Tensor) -> Tensor:
    for at, spread in enumerate(SPREAD):
        x = F.relu(F.conv2d(F.pad(x, (spread,) * 4, mode="replicate"), w[f"conv{at}"], w[f"conv{at}.bias"],
                            dilation=spread))
    return F.conv2d(x, w["out"], w["out.bias"])
