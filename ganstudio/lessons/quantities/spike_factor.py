"""Spike factor: what one large value does to all other values of its map, through the layers that the networks have."""

from __future__ import annotations

from typing import Annotated, Literal

import torch

from ganstudio.core.control import Choice, Controls, Integer, Slider
from ganstudio.core.droplet import spiked, unit_noise
from ganstudio.lessons.quantity import Quantity
from ganstudio.networks.parts.modulated import modulated_conv
from ganstudio.networks.style import instance_norm
from ganstudio.training.trainer import Trainer


class SpikeParams(Controls, frozen=True, kw_only=True):
    """The map, the spike, and what both go through."""

    norm: Annotated[Literal["instance", "demodulation"], Choice(
        help="Instance norm, as network style has it, or the demodulated convolution of network style2")] = "instance"
    height: Annotated[float, Slider(
        1.0, 10_000.0, scale="log", help="Of the spike, standard deviations of the map's noise")] = 50.0
    side: Annotated[int, Integer(4, 256, unit="px", help="Of the map")] = 16
    style: Annotated[float, Slider(
        1e-3, 1000.0, scale="log", help="The style's strength before demodulation")] = 1.0


class SpikeFactor(Quantity[SpikeParams]):
    """By what all other values are multiplied beside what they would be without the spike, in float64."""

    name = "spike-factor"
    title = "factor of all other values"
    help = "A map of unit noise with and without a spike goes through a layer of the networks style or style2: the " \
           "spread of all other values with the spike over their spread without it"
    needs_run = False

    def compute(self, trainer: Trainer | None, params: SpikeParams) -> float:
        noise, place = unit_noise(params.side)
        maps = torch.stack([torch.from_numpy(spiked(noise, place, height)) for height in (params.height, 0.0)])[:, None]
        if params.norm == "instance":
            made = instance_norm(maps)
        else:
            styles = torch.full((2, 1), params.style, dtype=maps.dtype)
            made = modulated_conv(maps, torch.ones(1, 1, 1, 1, dtype=maps.dtype), styles)
        others = torch.ones(params.side, params.side, dtype=torch.bool)
        others[place] = False
        with_spike, without = (values[0][others].std(correction=0) for values in made)
        return float(with_spike / without)
