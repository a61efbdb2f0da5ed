"""How the layers of an alias-free generator share out the frequencies: cutoff, stopband, sampling rate and size."""

from __future__ import annotations

import math

import msgspec

FIRST_CUTOFF = 2.0  # cycles a side of the image
FIRST_STOPBAND = 2**2.1
STOPBAND_REL = 2**0.3  # of the last layer: where what is beyond its cutoff has died away
FULL = 32  # the reference's 16384 / 512: layers whose cutoff is at most this share of the width have all channels


class Band(msgspec.Struct, frozen=True):
    """What one layer puts out."""

    cutoff: float  # cycles a side, as all frequencies here
    half_width: float  # of the transition of its filter
    rate: int  # samples a side of the image
    size: int  # samples a side of the map, with the margin on both sides


def bands(resolution: int, layers: int, critical: int, margin: int) -> list[Band]:
    """The bands of all layers and, last, of the layer that makes colours.

    Cutoffs rise from 2 to half the resolution in equal ratios; the last ``critical`` layers have that of the image and
    no room for what is beyond it. A rate is the least power of two that holds the stopband.

    Args:
        resolution: Side of the images, px, a power of two.
        layers: How many layers there are before the one that makes colours.
        critical: How many of them are sampled critically.
        margin: Samples beyond each border of the image, in all layers but the last two.

    Raises:
        ValueError: No layer is left that is not critical.

    Source:
        Karras et al. 2021, arXiv:2106.12423, section 3.2 and appendix B; constants as in the authors' code.
    """
    if not 0 <= critical < layers:
        raise ValueError(f"{critical} of {layers} layers cannot be critical")
    last = resolution / 2
    found = []
    for index in range(layers + 1):
        share = min(index / (layers - critical), 1.0)
        cutoff = FIRST_CUTOFF * (last / FIRST_CUTOFF) ** share
        stopband = FIRST_STOPBAND * (last * STOPBAND_REL / FIRST_STOPBAND) ** share
        rate = 2 ** math.ceil(math.log2(min(2 * stopband, resolution)))
        size = resolution if index >= layers - 1 else rate + 2 * margin
        found.append(Band(cutoff, max(stopband, rate / 2) - cutoff, rate, size))
    return found


def channels_of(band: Band, width: int) -> int:
    """Channels of a layer: the reference's min(16384 / cutoff, 512) at width 512."""
    return max(1, min(round(FULL * width / band.cutoff), width))
