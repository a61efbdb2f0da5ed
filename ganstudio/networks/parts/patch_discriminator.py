"""PatchGAN: a discriminator that scores every patch of an image, and so takes pixels further apart as independent.

n convolutions of 4 x 4 and stride 2, then two of stride 1; with n = 0 three of 1 x 1. One score sees a square of
1, 16, 34, 70, 142 px a side for n = 0, 1, 2, 3, 4: the 1-pixel, 16, 34 and 70 PatchGAN.

Source: Isola et al. 2017, arXiv:1611.07004, section 3.2.2 and appendix 6.1.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from ganstudio.core.patch_field import PatchField, field_of
from ganstudio.networks.parts.mlp_body import LEAK

WIDEST = 8  # most channels over the first layer's


def patch_field(n: int) -> PatchField:
    """The square that each score sees."""
    return field_of([(4, 2, 1)] * n + [(4, 1, 1)] * 2 if n else [(1, 1, 0)] * 3)


def receptive_field(n: int) -> int:
    """Side of the square that one score sees, px."""
    return patch_field(n).side


def map_side(side: int, n: int) -> int:
    """Scores along a side of an image of ``side`` px; below 1 the image is too small for n."""
    return side if n == 0 else side // 2**n - 2


class PatchDiscriminator(nn.Module):
    """Images ``(n, c, h, h)`` -> a map of scores ``(n, 1, m, m)``, logits; ``features`` gives its layers too."""

    def __init__(self, colours: int, width: int, n: int, norm: Callable[[int], nn.Module] | None) -> None:
        """Makes it.

        Args:
            colours: Channels of what is scored: of an image, and of its source if D sees that too.
            width: Channels of the first layer; they double with each layer, up to eight times as many.
            n: Layers of stride 2.
            norm: Makes a norm for so many channels; none on the first layer and the last. None: no norm at all.
        """
        super().__init__()
        self.field = patch_field(n)
        channels = [width * min(2**level, WIDEST) for level in range(n + 1)] if n else [width, 2 * width]
        kernel, pad = (4, 1) if n else (1, 0)
        strides = [2] * n + [1] if n else [1, 1]
        blocks, before = [], colours
        for at, (after, stride) in enumerate(zip(channels, strides, strict=True)):
            normed = norm is not None and at > 0
            layers: list[nn.Module] = [nn.Conv2d(before, after, kernel, stride, pad, bias=not normed)]
            if norm is not None and normed:
                layers.append(norm(after))
            blocks.append(nn.Sequential(*layers, nn.LeakyReLU(LEAK)))
            before = after
        self.blocks = nn.ModuleList(blocks)
        self.last = nn.Conv2d(before, 1, kernel, 1, pad)

    def features(self, x: Tensor) -> list[Tensor]:
        """What each layer gives, the map of scores last."""
        found = []
        for block in self.blocks:
            x = block(x)
            found.append(x)
        return [*found, self.last(x)]

    def finest(self, scores: Tensor, side: int) -> Tensor:
        """Its one map ``(n, m, m)``."""
        return scores[:, 0]

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x)[-1]
