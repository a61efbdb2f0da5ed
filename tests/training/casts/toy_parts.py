"""What the toys share: what a variant has to say of itself, first weights, and small modules."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from ganstudio.core.network import Network, NetworkControls
from ganstudio.core.variant import Formula, GameControls, Preset, Reference, Variant

softplus = functional.softplus


class Toy(Variant[GameControls]):
    """A variant on images, of whose paper nothing is said here."""

    family = "Toys"
    reference = Reference("Toy", 2000, "A toy")
    formula = Formula(r"\min_D L_D", r"\min_G L_G")
    kinds = ("image",)
    presets = {"toy": Preset(title="Toy", source="none", steps=20, controls={"batch_size": 4, "ema_decay": 0.9})}

    def terms(self, turn: Any, c: GameControls) -> dict[str, Tensor]:
        raise NotImplementedError


class ToyNetwork(Network[NetworkControls]):
    """A network that gives modules of its own."""

    kinds = ("image",)

    def flops(self, c: NetworkControls, batch_size: int) -> float:
        return 1.0


def first_weights(module: nn.Module, rng: Generator) -> nn.Module:
    """Every weight drawn from the run's randomness, however torch had drawn it; biases are 0."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 1 / math.sqrt(parameter[0].numel()), generator=rng)
            elif name.endswith("bias"):
                parameter.zero_()
    return module


def maps(before: int, after: int) -> nn.Sequential:
    """Images to images of the same size."""
    return nn.Sequential(nn.Conv2d(before, 8, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, after, 3, 1, 1))


def patches(before: int) -> nn.Sequential:
    """Images ``(n, c, h, h)`` to a map of scores ``(n, 1, h / 2, h / 2)``."""
    return nn.Sequential(nn.Conv2d(before, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 3, 1, 1))
