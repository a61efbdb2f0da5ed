"""What the networks of StyleGAN ask of the user, and the channels of their levels."""

from __future__ import annotations

from typing import Annotated

from ganstudio.core.control import Integer
from ganstudio.core.network import ImageControls
from ganstudio.networks.parts.image_heads import START, num_upsamplings

SMALLEST, LARGEST = 8, 1024  # px
SUPPOSED_PX = 32  # the data set's side assumed when the cost is estimated


NumMappingLayers = Annotated[int, Integer(
    1, 16, live=False, label="mapping layers", help="Dense layers from the latent z to w")]


class MappingControls(ImageControls, frozen=True, kw_only=True):
    """Of the mapping, for a CPU. The papers have latents and w of 512."""

    latent_dim: Annotated[int, Integer(
        1, 512, symbol="dim z", live=False, label="latent size", help="Number of random numbers from which G makes "
                                                                      "one image")] = 64
    w_dim: Annotated[int, Integer(
        1, 512, symbol="dim w", live=False, label="w size", help="Length of what the latent is mapped to, from which "
                                                                 "each layer takes its style")] = 64
    mapping_layers: NumMappingLayers = 4


class StyleControls(MappingControls, frozen=True, kw_only=True):
    """Sizes for a CPU. The papers have eight mapping layers and 512 channels: for a GPU."""

    width: Annotated[int, Integer(
        1, 512, scale="log", live=False, unit="channels", help="Most channels of a layer")] = 64
    channel_base: Annotated[int, Integer(
        8, 32768, scale="log", live=False, label="channels × px",
        help="Channels of a layer times the side of its maps, where that is less than the most: large maps have few "
             "channels")] = 512


def channels_of_levels(width: int, base: int, shape: tuple[int, ...], network: str) -> list[int]:
    """Channels of each level from 4 px up, for images ``(c, h, w)``.

    Args:
        width: Most channels of a level.
        base: Channels of a level times its side, where that is less.
        shape: Of the images.
        network: Its name, for the error.

    Raises:
        BadInput: The network has no such size.

    Source: Karras et al. 2020, arXiv:2006.06676, appendix: min(channel base / side, most).
    """
    levels = num_upsamplings(shape, SMALLEST, LARGEST, network) + 1
    return [max(1, min(base // (START << level), width)) for level in range(levels)]


def multiplications(c: StyleControls, batch_size: int) -> float:
    """Of one forward pass: two 3 x 3 convolutions a level."""
    side = c.resolution or SUPPOSED_PX
    channels = channels_of_levels(c.width, c.channel_base, (3, side, side), "")
    return batch_size * sum(
        9.0 * (START << level) ** 2 * n * (n + channels[max(level - 1, 0)]) for level, n in enumerate(channels))
