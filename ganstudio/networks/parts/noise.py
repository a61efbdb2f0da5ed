"""Layers that draw while they compute: dropout as a source of noise, and noise maps.

torch's own dropout draws from the global generator, which a replay does not repeat. These draw from a generator that
the run gives them: in training its own, which a checkpoint holds; for views a fixed one, so that a picture
changes only with learning.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, TypeGuard

import torch
from torch import Generator, Tensor, nn

SILENT = -1  # in the place of a draw's number: no noise


class HasNoise(Protocol):
    """A layer that draws."""

    noise_rng: Generator | None  # set by the game before each update; None before the first


def has_noise(layer: object) -> TypeGuard[HasNoise]:
    """Whether a layer draws while it computes."""
    return hasattr(layer, "noise_rng")


class NoiseDropout(nn.Module):
    """Dropout that stays on in evaluation: pix2pix's only source of variety.

    Source: Isola et al. 2017, arXiv:1611.07004, section 2.1.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p
        self.noise_rng: Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.p == 0:
            return x
        kept = torch.rand(x.shape, generator=self.noise_rng, device=x.device) >= self.p
        return x * kept / (1 - self.p)


class NoiseMap(nn.Module):
    """One Gaussian number for each pixel, the same for all channels, times a learnt strength that begins at 0.

    In evaluation it can be switched off; it draws all the same, so that other layers draw what they drew.

    Sources: Karras et al. 2019, arXiv:1812.04948, section 3.2: a strength for each channel. Karras et al. 2020,
    arXiv:1912.04958, appendix B: a single one.
    """

    def __init__(self, channels: int = 1) -> None:
        """``channels``: with a strength each; 1: one strength for all channels."""
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(channels, 1, 1))
        self.on = True  # in training it is on whatever this says
        self.noise_rng: Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        n, _, height, width = x.shape
        if self.noise_rng is None:  # in a file that was exported: whoever runs it draws
            drawn = torch.randn_like(x[:, :1])
        else:
            drawn = torch.randn((n, 1, height, width), generator=self.noise_rng, device=x.device)
        return x + (self.strength * drawn).to(x.dtype) if self.on or self.training else x


@contextmanager
def fixed_noise(layers: Sequence[HasNoise], rng: Generator) -> Iterator[None]:
    """Layers draw from another generator, and afterwards from their own again."""
    own = [layer.noise_rng for layer in layers]
    for layer in layers:
        layer.noise_rng = rng
    try:
        yield
    finally:
        for layer, before in zip(layers, own, strict=True):
            layer.noise_rng = before


@contextmanager
def numbered_noise(layers: Sequence[nn.Module], draws: Sequence[Sequence[int]], seed: int) -> Iterator[None]:
    """Layers that add noise to their maps add the draw of a given number to each image.

    A draw depends on the seed, the layer and its number alone: images with the same draw have the same noise, whatever
    else is in their batch. Nothing is drawn from the run's streams.

    Args:
        layers: They take maps ``(n, c, h, w)`` first, and return them with noise added.
        draws: For each layer the number of each image's draw ``(n,)``, or ``SILENT``.
        seed: Another one gives other noise for the same numbers.
    """
    def numbered(at: int) -> Any:
        def hook(layer: Any, given: tuple[Tensor, ...], made: Tensor) -> Tensor:
            x, none = given[0], torch.zeros_like(given[0][:1])
            rng = torch.Generator(x.device)
            added: dict[int, Tensor] = {SILENT: none}
            for draw in set(draws[at]) - {SILENT}:
                rng.manual_seed(seed * 1_000_003 + at * 10_007 + draw)
                own, layer.noise_rng = layer.noise_rng, rng
                try:
                    added[draw] = layer.forward(none, *given[1:])
                finally:
                    layer.noise_rng = own
            return x + torch.cat([added[draw] for draw in draws[at]])
        return hook

    with ExitStack() as stack:
        for at, layer in enumerate(layers):
            stack.callback(layer.register_forward_hook(numbered(at)).remove)
        yield


def copied_module(module: nn.Module) -> nn.Module:
    """A copy of a module whose layers draw from no generator yet: a generator cannot be shared by two copies."""
    noisy = [layer for layer in module.modules() if has_noise(layer)]
    own = [layer.noise_rng for layer in noisy]
    for layer in noisy:
        layer.noise_rng = None
    try:
        return copy.deepcopy(module)
    finally:
        for layer, before in zip(noisy, own, strict=True):
            layer.noise_rng = before
