"""Images at half their size and half of that: what players of several sizes see, and how real images fade in."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate


def halved(x: Tensor) -> Tensor:
    """``(n, c, h, w)`` -> ``(n, c, h/2, w/2)``: the mean of each 2x2 square."""
    return avg_pool2d(x, 2)


def doubled(x: Tensor) -> Tensor:
    """``(n, c, h, w)`` -> ``(n, c, 2h, 2w)``: each pixel becomes a 2x2 square."""
    return interpolate(x, scale_factor=2.0, mode="nearest")


def shrunk(x: Tensor, resolution: int) -> Tensor:
    """Images at a smaller size, by means over 2x2 squares.

    Args:
        x: Images, ``(n, c, h, h)``; ``h`` is ``resolution`` times a power of two.
        resolution: Side wished for, px.

    Returns:
        ``(n, c, resolution, resolution)``; ``x`` itself if that is its size.

    Raises:
        ValueError: The means over 2x2 squares do not lead from the one size to the other.
    """
    smaller = x
    while smaller.shape[-1] > resolution and smaller.shape[-1] % 2 == 0:
        smaller = halved(smaller)
    if tuple(smaller.shape[-2:]) != (resolution, resolution):
        raise ValueError(f"images of {x.shape[-2]} x {x.shape[-1]} px cannot be halved to {resolution} px")
    return smaller


def faded(x: Tensor, alpha: float) -> Tensor:
    """Images ``(n, c, h, w)`` as G makes them while its newest layers are being faded in.

    At ``alpha`` 0 they show what half the size can hold, at 1 they are ``x`` itself.

    Source:
        Karras et al. 2017, arXiv:1710.10196, section 2: real images are interpolated between two sizes like G's.
    """
    if alpha >= 1.0:
        return x
    return doubled(halved(x)).lerp(x, alpha)


def image_levels(x: Tensor, smallest: int = 4) -> list[Tensor]:
    """Images at every size from ``smallest`` px on, the smallest first, by means over 2x2 squares.

    Args:
        x: Images, ``(n, c, h, h)``; ``h`` is ``smallest`` times a power of two. They come last, as they are.
        smallest: Side of the smallest ones, px.

    Source:
        Karnewar, Wang 2019, arXiv:1903.06048, section 3: what real images are to a D of several scales.
    """
    levels = [x]
    while levels[0].shape[-1] > smallest:
        levels.insert(0, halved(levels[0]))
    return levels
