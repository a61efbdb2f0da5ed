"""The six norms of a feature map: over which maps of a batch, channels and pixels each takes a mean and a spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from torch import Tensor

NormName = Literal["batch", "layer", "instance", "group", "adain", "spade"]
NAMES: tuple[NormName, ...] = get_args(NormName)
OVER_BATCH: frozenset[str] = frozenset({"batch", "spade"})
"""Those whose mean is of all maps of the batch; that of the others is of one map."""
LOST = 1e-5
"""A difference between classes below it, in shares of the values' size, is rounding."""


def shares_mean(name: NormName, here: tuple[int, int], other: tuple[int, int], groups: list[int], *,
                alone: bool = False) -> bool:
    """Whether two cells, each a map of the batch and a channel with all its pixels, are normalised by one mean.

    Args:
        name: The norm.
        here: Map and channel of one.
        other: Those of the other.
        groups: The group of each channel, for group norm.
        alone: Whether each map is in a batch of its own.
    """
    same_map, same_channel = here[0] == other[0], here[1] == other[1]
    match name:
        case "batch" | "spade":
            return same_channel and (same_map or not alone)
        case "layer":
            return same_map
        case "group":
            return same_map and groups[here[1]] == groups[other[1]]
        case _:
            return same_map and same_channel


@dataclass(frozen=True)
class FirstNorms:
    """The first feature map of G for k label maps of one class each, with one latent, before and after each norm.

    Tensors are float64 and on the CPU. The axes of two and six are: all maps in one batch or each alone, and ``NAMES``.
    Maps hold some channels and some pixels; means, spreads and differences are of all that a norm sees.
    """

    norm: NormName  # that G has: it alone has a scale and a shift that were trained
    width: int  # channels in all
    channels: list[int]  # m, those that the maps hold
    groups: list[int]  # m, the group of each in group norm
    before: Tensor  # (k, m, h, h)
    after: Tensor  # (2, 6, k, m, h, h)
    mean: Tensor  # (2, 6, k, m)
    spread: Tensor  # (2, 6, k, m), standard deviations
    difference_before: float  # between classes, in shares of the values' size
    difference: Tensor  # (2, 6)
