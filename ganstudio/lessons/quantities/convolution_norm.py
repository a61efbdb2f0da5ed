"""Convolution norm: how far a convolution stretches whose kernel has been normalised as a matrix."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import nn
from torch.nn.functional import conv_transpose2d

from ganstudio.core.control import Controls, Integer
from ganstudio.lessons.quantity import Quantity
from ganstudio.networks.parts.spectral import spectral_norms
from ganstudio.training.trainer import Trainer

ROUNDS = 200  # of power iteration, on images: it comes from below


class ConvolutionParams(Controls, frozen=True, kw_only=True):
    """Which convolution, and of what images."""

    inputs: Annotated[int, Integer(1, 64, help="Channels of the input")] = 3
    outputs: Annotated[int, Integer(1, 64, help="Channels of the output")] = 16
    kernel: Annotated[int, Integer(1, 7, unit="px", help="Side of the kernel")] = 3
    resolution: Annotated[int, Integer(4, 64, unit="px", help="Side of the images")] = 16
    seed: Annotated[int, Integer(0, 9999, help="Of the kernel's entries, N(0, 1)")] = 0


class ConvolutionNorm(Quantity[ConvolutionParams]):
    """The norm of the linear map from images to images, by power iteration with the convolution and its transpose."""

    name = "convolution-norm"
    title = "norm of a normalised convolution"
    help = "How far a random convolution stretches images at most, after spectral normalisation has divided its " \
           "kernel by the largest singular value of the reshaped kernel"
    needs_run = False

    def compute(self, trainer: Trainer | None, params: ConvolutionParams) -> float | None:
        rng = torch.Generator().manual_seed(params.seed)
        around = params.kernel // 2
        layer = nn.Conv2d(params.inputs, params.outputs, params.kernel, padding=around, bias=False)
        with torch.no_grad():
            layer.weight.normal_(generator=rng)
            spectral_norms(layer, 1.0, rng)
            layer.eval()
            kernel = layer.weight.double()
            x = torch.randn(1, params.inputs, params.resolution, params.resolution, generator=rng, dtype=torch.float64)
            stretched = x.new_zeros(())
            for _ in range(ROUNDS):
                x = x / x.norm()
                y = nn.functional.conv2d(x, kernel, padding=around)
                stretched = y.norm()
                x = conv_transpose2d(y, kernel, padding=around)
        return float(stretched)
