"""Six normalisations of a feature map, each as one layer that is called with the map, the labels and a style.

    batch      statistics over images and places, a channel at a time; learned scale and shift
    layer      over channels and places, an image at a time; learned
    instance   over places, an image and a channel at a time; none learned
    group      over places and groups of channels, an image at a time; learned
    adain      as instance; scale 1 + gamma(style) and shift beta(style), linear in a style code
    spade      as batch; scale 1 + gamma and shift beta at every place, from the label map by two convolutions

Sources: Ioffe, Szegedy 2015; Ba et al. 2016; Ulyanov et al. 2016; Wu, He 2018; Huang, Belongie 2017; Park et al. 2019.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganstudio.core.feature_norms import NormName

GROUPS = 8  # of channels in group norm, if they divide; the paper has 32


class MapNorm(nn.Module):
    """One of the six, for maps ``(n, channels, h, w)``."""

    def __init__(self, name: NormName, channels: int, labels: int, style: int, hidden: int) -> None:
        """Makes the layer.

        Args:
            name: Which one.
            channels: Of the maps that it normalises.
            labels: Classes of a label map, which `spade` sees.
            style: Length of a style code, which `adain` sees.
            hidden: Channels between the label map and spade's scale and shift.
        """
        super().__init__()
        self.name: NormName = name
        self.plain = plain_norm(name, channels)
        if name == "adain":
            self.of_style = nn.Linear(style, 2 * channels)
        if name == "spade":
            self.seen = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(labels, hidden, 3), nn.ReLU())
            self.scale = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(hidden, channels, 3))
            self.shift = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(hidden, channels, 3))

    def forward(self, x: Tensor, labels: Tensor, style: Tensor | None = None) -> Tensor:
        """Normalised maps of the same shape.

        Args:
            x: ``(n, channels, h, w)``.
            labels: Label map as planes of 0 and 1, ``(n, labels, H, H)``, of any size: its nearest pixels are taken.
            style: ``(n, style)``.
        """
        plain: Tensor = self.plain(x)
        if self.name == "adain":
            assert style is not None
            gamma, beta = self.of_style(style)[:, :, None, None].chunk(2, dim=1)
            styled: Tensor = (1 + gamma) * plain + beta
            return styled
        if self.name == "spade":
            seen = self.seen(F.interpolate(labels, size=x.shape[2:], mode="nearest"))
            placed: Tensor = (1 + self.scale(seen)) * plain + self.shift(seen)
            return placed
        return plain


def plain_norm(name: NormName, channels: int) -> nn.Module:
    """A norm without what adain and spade add. Nothing is drawn: a learned scale begins at 1, a shift at 0."""
    match name:
        case "batch":
            return nn.BatchNorm2d(channels)
        case "layer":
            return nn.GroupNorm(1, channels)
        case "group":
            return nn.GroupNorm(groups_of(channels), channels)
        case "instance" | "adain":
            return nn.InstanceNorm2d(channels)
        case _:
            return nn.BatchNorm2d(channels, affine=False)


def groups_of(channels: int) -> int:
    """Into how many groups group norm divides channels."""
    return next(groups for groups in range(GROUPS, 0, -1) if channels % groups == 0)


def statistics(name: NormName, x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation that each map and channel of ``(n, channels, h, w)`` is normalised with.

    Returns:
        Both ``(n, channels)``, of the batch as it is, not gathered in training; the deviation is the biased one.
    """
    n, channels = x.shape[:2]
    match name:
        case "batch" | "spade":
            parts = x.transpose(0, 1).reshape(1, channels, -1)
        case "layer":
            parts = x.reshape(n, 1, -1)
        case "group":
            parts = x.reshape(n, groups_of(channels), -1)
        case _:
            parts = x.reshape(n, channels, -1)
    variance, mean = torch.var_mean(parts, dim=2, unbiased=False)
    each = channels // parts.shape[1]
    mean, spread = (found.repeat_interleave(each, dim=1).expand(n, -1) for found in (mean, variance.sqrt()))
    return mean, spread
