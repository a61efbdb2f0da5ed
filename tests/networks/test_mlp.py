"""The MLP: its initialisations, and its slope in closed form against autograd's."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio.core.control import validated
from ganstudio.maths.gradients import KnowsItsGradient
from ganstudio.networks.mlp import MLP, MLPControls


def controls(**values: Any) -> MLPControls:
    return validated(MLPControls, values)


def critic(**values: Any) -> torch.nn.Module:
    return MLP().discriminator(controls(**values), (2,), torch.Generator().manual_seed(1))


def by_autograd(D: torch.nn.Module, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gradient


@pytest.mark.parametrize("activation", ["relu", "leaky-relu"])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_the_closed_slope_is_autograds(activation: str, depth: int) -> None:
    D = critic(activation=activation, depth=depth, width=16, init_d="uniform")
    x = torch.randn(64, 2, generator=torch.Generator().manual_seed(2))
    assert isinstance(D, KnowsItsGradient)
    closed = D.input_gradient(x)
    assert closed is not None
    torch.testing.assert_close(closed, by_autograd(D, x))
    weights = [parameter for name, parameter in D.named_parameters() if name.endswith("weight")]
    ours = torch.autograd.grad((closed.norm(dim=1) - 1).square().mean(), weights)
    theirs = torch.autograd.grad((by_autograd(D, x).norm(dim=1) - 1).square().mean(), weights)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("activation", ["tanh", "elu", "softplus"])
def test_a_smooth_network_leaves_its_slope_to_autograd(activation: str) -> None:
    D = critic(activation=activation)
    assert isinstance(D, KnowsItsGradient)
    assert D.input_gradient(torch.zeros(3, 2)) is None


def test_he_starts_with_a_slope_and_uniform_within_its_bound() -> None:
    x = torch.randn(512, 2, generator=torch.Generator().manual_seed(3))
    he = by_autograd(critic(init_d="he"), x).norm(dim=1).median()
    uniform = critic(init_d="uniform")
    assert 0.3 < he < 3.0
    assert by_autograd(uniform, x).norm(dim=1).median() < 0.5 * he
    for name, parameter in uniform.named_parameters():
        fan_in = 2 if name.startswith("layers.0") else 128
        assert parameter.abs().max() <= 1 / math.sqrt(fan_in)


def test_each_weight_is_kept_once() -> None:
    D = critic(depth=2, width=4)
    assert sorted(D.state_dict()) == sorted(f"layers.{i}.{kind}" for i in range(3) for kind in ("bias", "weight"))


def test_shapes() -> None:
    rng = torch.Generator().manual_seed(0)
    G = MLP().generator(controls(latent_dim=3), (2,), rng)
    assert G(torch.zeros(5, 3)).shape == (5, 2)
    assert critic()(torch.zeros(5, 2)).shape == (5,)
