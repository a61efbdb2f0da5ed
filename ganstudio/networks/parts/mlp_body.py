"""Layers: linear maps with one activation between them, the body of every fully connected player."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

Activation = Literal["relu", "leaky-relu", "tanh", "elu", "softplus"]
Init = Literal["he", "uniform"]

LEAK = 0.2

# Gains that keep the variance of a layer's output: He et al. 2015 for the ReLUs, torch's calculate_gain for tanh.
GAINS: dict[str, float] = {
    "relu": math.sqrt(2), "leaky-relu": math.sqrt(2 / (1 + LEAK**2)), "tanh": 5 / 3, "elu": math.sqrt(2),
    "softplus": math.sqrt(2),
}

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu, "leaky-relu": partial(F.leaky_relu, negative_slope=LEAK), "tanh": torch.tanh, "elu": F.elu,
    "softplus": F.softplus,
}


class MLPBody(nn.Module):
    """Linear layers with one activation between them.

    Args:
        sizes: Units of each layer, input first.
        activation: Its name.
        init: How weights start.
        rng: The generator that draws them.
        squeeze: Whether the last axis, of size 1, is dropped.
        rescaled: Whether ``init_from_data`` brings its inputs to mean 0 and spread 1 first.
        normed: Whether batch norm precedes each activation; the layers before it have no bias.
    """

    def __init__(
        self, sizes: list[int], activation: Activation, init: Init, rng: Generator, *, squeeze: bool,
        rescaled: bool = False, normed: bool = False,
    ) -> None:
        super().__init__()
        self._rescaled = rescaled
        if rescaled:
            self.register_buffer("shift", torch.zeros(sizes[0]))
            self.register_buffer("scale", torch.ones(()))
        *hidden, last = itertools.pairwise(sizes)
        self._linears = [*[nn.Linear(n, m, bias=not normed) for n, m in hidden], nn.Linear(*last)]
        self.layers = nn.ModuleList(self._linears)  # walking the plain list is cheaper than asking the registered one
        self._norms = [nn.BatchNorm1d(m) for _, m in hidden] if normed else []
        if normed:
            self.norms = nn.ModuleList(self._norms)
        self._squeeze = squeeze
        self._activation = activation
        self._act = ACTIVATIONS[activation]
        for layer in self._linears:
            bound = 1 / math.sqrt(layer.in_features)
            with torch.no_grad():
                if init == "he":
                    gain = GAINS[activation] if layer is not self._linears[-1] else 1.0
                    layer.weight.normal_(0.0, gain * bound, generator=rng)
                    if layer.bias is not None:
                        layer.bias.zero_()
                else:  # torch's own default for linear layers
                    layer.weight.uniform_(-bound, bound, generator=rng)
                    if layer.bias is not None:
                        layer.bias.uniform_(-bound, bound, generator=rng)

    shift: Tensor
    scale: Tensor

    def init_from_data(self, inputs: Tensor) -> None:
        """Takes the mean of the inputs ``(n, d)`` for 0 and their common spread for 1, if it rescales.

        A discriminator on a line is mirrored if it starts with the generated half above the data: a
        slope of the wrong sign would have to pass 0, which a two-sided gradient penalty forbids for ever.
        """
        if self._rescaled:
            self.shift.copy_(inputs.mean(dim=0))
            self.scale.copy_((inputs - self.shift).square().mean().sqrt().clamp(min=1e-6))
        if self._squeeze and inputs.shape[1:] == (1,):
            real, fake = inputs.chunk(2)
            with torch.no_grad():
                if self(real).mean() < self(fake).mean():
                    self._linears[-1].weight.neg_()

    def forward(self, x: Tensor) -> Tensor:
        act = self._act
        if self._rescaled:
            x = (x - self.shift) / self.scale
        *hidden, last = self._linears
        if self._norms:
            for layer, norm in zip(hidden, self._norms, strict=True):
                x = act(norm(F.linear(x, layer.weight)))
        else:
            for layer in hidden:
                x = act(F.linear(x, layer.weight, layer.bias))
        x = F.linear(x, last.weight, last.bias)
        return x.squeeze(-1) if self._squeeze else x

    def input_gradient(self, x: Tensor) -> Tensor | None:
        """The gradient of a score with respect to its input, differentiable with respect to the weights.

        Between its kinks a ReLU network is linear: the gradient is a product of weights and of slopes
        that are constant almost everywhere. Autograd's double backward computes the same, and then sends
        zeros back through the whole forward pass: a sixth of a WGAN-GP critic update.

        Args:
            x: ``(n, *shape)``, data units.

        Returns:
            ``(n, *shape)``, logits per data unit; None if the activation is not piecewise linear, and
            if batch norm lets the samples see each other.
        """
        if self._norms:
            return None
        *hidden, last = self._linears
        weights = [layer.weight for layer in hidden]  # read once: reading a spectral norm moves it on
        slopes: list[Tensor] = []
        with torch.no_grad():
            h = (x - self.shift) / self.scale if self._rescaled else x
            for layer, weight in zip(hidden, weights, strict=True):
                h = self._act(F.linear(h, weight, layer.bias))
                match self._activation:
                    case "relu":
                        slopes.append(h.sign())  # h is never negative: 0 or 1
                    case "leaky-relu":
                        slopes.append(torch.where(h > 0, 1.0, LEAK))
                    case _:
                        return None
        gradient = last.weight.expand(x.shape[0], -1)
        for weight, slope in zip(reversed(weights), reversed(slopes), strict=True):
            gradient = (gradient * slope) @ weight
        return gradient / self.scale if self._rescaled else gradient
