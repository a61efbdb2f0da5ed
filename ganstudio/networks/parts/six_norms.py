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

from typing import Literal, get_args

from torch import Tensor, nn
from torch.nn import functional as F

NormName = Literal["batch", "layer", "instance", "group", "adain", "spade"]
NAMES: tuple[str, ...] = get_args(NormName)
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
        self.name = name
        match name:
            case "batch":
                self.plain: nn.Module = nn.BatchNorm2d(channels)
            case "layer":
                self.plain = nn.GroupNorm(1, channels)
            case "group":
                self.plain = nn.GroupNorm(next(g for g in range(GROUPS, 0, -1) if channels % g == 0), channels)
            case "instance" | "adain":
                self.plain = nn.InstanceNorm2d(channels)
            case _:
                self.plain = nn.BatchNorm2d(channels, affine=False)
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


def statistics_axes(name: NormName) -> str:
    """Over which axes mean and variance are taken, in words."""
    return {"batch": "images and places", "layer": "channels and places", "instance": "places",
            "group": "places and a group of channels", "adain": "places", "spade": "images and places"}[name]


