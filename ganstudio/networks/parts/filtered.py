"""Filtered non-linearities: a leaky ReLU between two filters, so that it makes nothing that the grid cannot hold.

The map is sampled more finely, bent, filtered and sampled again. Along each axis both resamplings are one product with
a banded matrix: exact, differentiable, and fast on a CPU and on a GPU alike.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ganstudio.maths.kaiser import Taps, kaiser_taps
from ganstudio.networks.parts.band_limits import Band
from ganstudio.networks.parts.scaled_layers import GAIN, LEAK

CLAMP = 256.0


def upsampling(taps: Taps, factor: int, size: int, before: int, after: int) -> NDArray[np.float64]:
    """Zeros between the samples, padding, and a filter of gain ``factor``, as one matrix.

    Args:
        taps: Of the filter, ``(k,)``, sum 1.
        factor: How many times more samples there are afterwards.
        size: Samples before.
        before: Zeros in front of the first sample; negative: that many of the new samples are cut off.
        after: Zeros behind the zeros of the last sample.

    Returns:
        ``(size * factor + before + after - k + 1, size)``.
    """
    made = size * factor + before + after - len(taps) + 1
    at = np.arange(size)[None] * factor + before - np.arange(made)[:, None]  # the tap under which a sample lies
    there = (at >= 0) & (at < len(taps))
    return np.where(there, factor * taps[::-1][np.where(there, at, 0)], 0.0)


def downsampling(taps: Taps, factor: int, size: int) -> NDArray[np.float64]:
    """A filter, and every ``factor``-th of what it gives, as one matrix ``((size - k) // factor + 1, size)``."""
    made = (size - len(taps)) // factor + 1
    at = np.arange(size)[None] - factor * np.arange(made)[:, None]
    there = (at >= 0) & (at < len(taps))
    return np.where(there, taps[::-1][np.where(there, at, 0)], 0.0)


class FilteredActivation(nn.Module):
    """Bias, finer sampling, leaky ReLU with gain sqrt(2), filter, coarser sampling.

    Source: Karras et al. 2021, arXiv:2106.12423, section 3.2; paddings as in the authors' code.
    """

    def __init__(self, channels: int, before: Band, band: Band, grown: int, *, finer: int, taps: int) -> None:
        """Builds both filters.

        Args:
            channels: Of the map.
            before: What the layer before this one puts out: the filter that makes the map finer keeps its band.
            band: What this layer puts out: the other filter keeps its band.
            grown: Samples that the convolution adds to a side.
            finer: How many times finer than both rates the map is bent.
            taps: Of each filter, for each sample that it makes of one, or one of which it makes.
        """
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))
        between = max(before.rate, band.rate) * finer
        up, down = between // before.rate, between // band.rate
        up_taps, down_taps = (taps * factor if factor > 1 else 1 for factor in (up, down))
        padding = (band.size - 1) * down + 1 - (before.size + grown) * up + up_taps + down_taps - 2
        low = (padding + up) // 2  # so that samples stay where they are
        finer_by = upsampling(kaiser_taps(up_taps, before.cutoff, 2 * before.half_width, between), up,
                              before.size + grown, low, padding - low)
        coarser_by = downsampling(kaiser_taps(down_taps, band.cutoff, 2 * band.half_width, between), down,
                                  len(finer_by))
        self.finer: Tensor
        self.coarser: Tensor
        # They follow from the shape of the layer: no part of what is learnt.
        self.register_buffer("finer", torch.tensor(finer_by, dtype=torch.float32), persistent=False)
        # The gain of the leaky ReLU goes into it, by halves along each axis: one pass less over the finest map.
        self.register_buffer(
            "coarser", torch.tensor(math.sqrt(GAIN) * coarser_by, dtype=torch.float32), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(n, c, h, h)`` with h the size before this layer plus ``grown`` -> ``(n, c, size, size)``."""
        bent = F.leaky_relu(resampled(x + self.bias, self.finer), LEAK)
        return resampled(bent.clamp(-CLAMP / GAIN, CLAMP / GAIN), self.coarser)


def resampled(x: Tensor, matrix: Tensor) -> Tensor:
    """``(n, c, h, h)`` with a matrix ``(m, h)`` along both axes -> ``(n, c, m, m)``."""
    return matrix @ (x @ matrix.T)
