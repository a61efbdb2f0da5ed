"""A feature net that was never trained: random filters over the picture, pooled by their mean and their maximum.

Random filters tell textures, edges and colours apart well enough to rank generators of one data set. Pooled
over the picture they hardly know where anything is: which is what FID's critics say of trained nets, too.
"""

from __future__ import annotations

import itertools
import math
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Features

SIDE = 32  # px, the most that is looked at
BATCH = 250  # images at a time
SEED = 20170626  # of the filters
WIDTHS = (32, 64, 64, 64)
STRIDES = (1, 2, 2, 1)  # a feature sees 17 px of 32
CALIBRATED_ON = 1000  # images
LEAK = 0.2


def shrunk(images: NDArray[np.uint8], side: int) -> Tensor:
    """Images ``(n, c, h, h)`` at ``side`` px by means over blocks, float32 from -1 to 1."""
    x = torch.from_numpy(np.ascontiguousarray(images)).float().div_(127.5).sub_(1)
    return x if x.shape[-1] == side else F.interpolate(x, size=(side, side), mode="area")


class RandomNet:
    """Twice 64 features, each of mean 0 and spread 1 over the data that it was calibrated on."""

    name = f"random filters, {2 * WIDTHS[-1]} features"
    description = ("Untrained filters, pooled over the picture: for data without labels. They see textures, edges and "
                   "colours, but hardly where these are. There are no classes, so there is no IS.")

    def __init__(self, channels: int, side: int) -> None:
        """Draws the filters.

        Args:
            channels: Of the images.
            side: Side that they are scaled to, px.
        """
        rng = torch.Generator().manual_seed(SEED)
        self._side = side
        self._filters = [
            torch.randn(m, n, 3, 3, generator=rng) * math.sqrt(2 / ((1 + LEAK**2) * 9 * n))
            for n, m in itertools.pairwise((channels, *WIDTHS))
        ]
        self._shift = np.zeros(2 * WIDTHS[-1])
        self._scale = np.ones(2 * WIDTHS[-1])

    def calibrate(self, images: NDArray[np.uint8]) -> None:
        """Takes mean and spread of each feature from real images, so that each weighs the same."""
        raw = self._raw(images)
        self._shift, self._scale = raw.mean(axis=0), spread(raw)

    def features(self, images: NDArray[np.uint8]) -> Features:
        """Features ``(n, 128)`` of images ``(n, c, h, h)``."""
        return Features(net=self.name, values=(self._raw(images) - self._shift) / self._scale)

    def _raw(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        parts = [self._pooled(images[at : at + BATCH]) for at in range(0, len(images), BATCH)]
        return torch.cat(parts).double().numpy() if parts else np.zeros((0, 2 * WIDTHS[-1]))

    @torch.no_grad()
    def _pooled(self, images: NDArray[np.uint8]) -> Tensor:
        x = shrunk(images, self._side)
        for weight, stride in zip(self._filters, STRIDES, strict=True):
            x = F.leaky_relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), weight, stride=stride), LEAK)
        return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)


def spread(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviation of each feature ``(f,)``; one that hardly moves counts as a thousandth of the liveliest."""
    sds = features.std(axis=0)
    return cast(NDArray[np.float64], np.maximum(sds, max(1e-3 * float(sds.max()), 1e-12)))


def calibrated(data: Dataset[Any]) -> RandomNet:
    """The net for a data set, calibrated on images of it that are the same every time."""
    channels, side = data.shape[0], data.shape[-1]
    net = RandomNet(channels, min(side, SIDE))
    images = data.sample(CALIBRATED_ON, torch.Generator().manual_seed(SEED))
    net.calibrate(images.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).numpy())
    return net
