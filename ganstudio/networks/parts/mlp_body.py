"""Layers: linear maps with one activation between them, the body of every fully connected player."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

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

IN_PLACE: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_, "leaky-relu": partial(F.leaky_relu_, negative_slope=LEAK), "tanh": torch.tanh_, "elu": F.elu_,
    "softplus": F.softplus,
}

PIECEWISE_LINEAR = ("relu", "leaky-relu")

# Of each activation the gradient of its input, from that of its output g and the output h; g may be overwritten.
BACKWARDS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "relu": lambda g, h: g.mul_(h.sign()),
    "leaky-relu": lambda g, h: torch.ops.aten.leaky_relu_backward.default(g, h, LEAK, True),
    "tanh": lambda g, h: torch.ops.aten.tanh_backward.default(g, h),
    "elu": lambda g, h: torch.ops.aten.elu_backward.default(g, 1.0, 1.0, 1.0, True, h),
    "softplus": lambda g, h: g.mul_(-torch.expm1(-h)),  # sigmoid(x) = 1 - exp(-softplus(x))
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
        self._act_in_place = IN_PLACE[activation]
        self._back = BACKWARDS[activation]
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
        if (pairs := self._pairs()) is not None:
            for weight, bias in pairs[:-1]:
                x = act(F.linear(x, weight, bias))
            x = F.linear(x, *pairs[-1])
            return x.squeeze(-1) if self._squeeze else x
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
        if self._norms or self._activation not in PIECEWISE_LINEAR:
            return None
        weights = [layer.weight for layer in self._linears]  # read once: reading a spectral norm moves it on
        slopes = self._slopes(x, weights[:-1])
        gradient = weights[-1].expand(x.shape[0], -1)
        for weight, slope in zip(reversed(weights[:-1]), reversed(slopes), strict=True):
            gradient = (gradient * slope) @ weight
        return gradient / self.scale if self._rescaled else gradient

    @torch.no_grad()
    def _slopes(self, x: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
        """The slope of each hidden layer's activation at ``x``, ``(n, width)``."""
        slopes: list[Tensor] = []
        h = (x - self.shift) / self.scale if self._rescaled else x
        for layer, weight in zip(self._linears, weights, strict=False):
            h = self._act(F.linear(h, weight, layer.bias))
            # a ReLU's output is never negative: its sign is 0 or 1
            slopes.append(h.sign() if self._activation == "relu" else torch.where(h > 0, 1.0, LEAK))
        return slopes

    # The written backward pass (core.network.HasBackward): the operations that autograd would choose, without its cost.

    def _pairs(self) -> list[tuple[Tensor, Tensor]] | None:
        """Weight and bias of each layer; None if a norm lets samples see each other, or a weight is made from another.
        """
        if self._norms:
            return None
        pairs: list[tuple[Tensor, Tensor]] = []
        for layer in self._linears:
            if type(layer) is not nn.Linear:  # torch's parametrisations give a layer another class
                return None
            own: Any = layer._parameters  # asking the module for a parameter costs as much as adding two vectors
            pairs.append((own["weight"], own["bias"]))
        return pairs

    def forward_kept(self, x: Tensor) -> tuple[Tensor, list[Tensor]] | None:
        """As ``forward``, without a graph; what is kept are the inputs of each layer."""
        if (pairs := self._pairs()) is None:
            return None
        h = (x - self.shift) / self.scale if self._rescaled else x
        kept = [h]
        act = self._act_in_place
        for weight, bias in pairs[:-1]:
            h = act(F.linear(h, weight, bias))
            kept.append(h)
        h = F.linear(h, *pairs[-1])
        return (h.view(-1) if self._squeeze else h), kept

    def backward(
        self, gradient: Tensor, kept: list[Tensor], into: Mapping[int, Tensor], to_input: bool,
    ) -> Tensor | None:
        """Adds dL/dW = gᵀ h and dL/db = Σ g of each layer to ``into``, where g is the gradient of its output."""
        g = gradient.view(-1, 1) if self._squeeze else gradient
        pairs = self._pairs() or []
        for i in range(len(kept) - 1, -1, -1):
            (weight, bias), h = pairs[i], kept[i]
            if (of_weight := into.get(id(weight))) is not None:
                of_weight.addmm_(g.t(), h)
            if (of_bias := into.get(id(bias))) is not None:
                of_bias.add_(g.sum(0))
            if i:
                g = self._back(g @ weight, h)
            elif to_input:
                g = g @ weight
                return g / self.scale if self._rescaled else g
        return None

    def slope_kept(self, x: Tensor) -> tuple[Tensor, tuple[list[Tensor], list[Tensor]]] | None:
        """As ``input_gradient``, without a graph; what is kept: the slope of each layer, and what it let through."""
        if self._activation not in PIECEWISE_LINEAR or (pairs := self._pairs()) is None:
            return None
        weights = [weight for weight, _ in pairs]
        slopes = self._slopes(x, weights[:-1])
        let: list[Tensor] = []
        gradient = weights[-1].expand(x.shape[0], -1)
        for weight, slope in zip(reversed(weights[:-1]), reversed(slopes), strict=True):
            passed = gradient * slope
            let.append(passed)
            gradient = passed @ weight
        return (gradient / self.scale if self._rescaled else gradient), (slopes, let[::-1])

    def slope_backward(
        self, gradient: Tensor, kept: tuple[list[Tensor], list[Tensor]], into: Mapping[int, Tensor], to_input: bool,
    ) -> None:
        """From the input's side to the score's: a slope is a product, so the weights' gradients are products too."""
        pairs = self._pairs() or []
        g = gradient / self.scale if self._rescaled else gradient
        for (weight, _), slope, passed in zip(pairs, *kept, strict=False):
            if (of_weight := into.get(id(weight))) is not None:
                of_weight.addmm_(passed.t(), g)
            g = (g @ weight.t()).mul_(slope)
        if (of_last := into.get(id(pairs[-1][0]))) is not None:
            of_last.add_(g.sum(0))
