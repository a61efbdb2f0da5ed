"""Layers of style networks, and the mapping that is made of them: what they begin as, and how far a step moves them."""

from __future__ import annotations

import pytest
import torch

from ganstudio.networks.parts.scaled_layers import ScaledLinear
from ganstudio.networks.parts.styled_generator import MappingLayers


def mapping() -> MappingLayers:
    return MappingLayers(64, 64, 2, torch.Generator().manual_seed(0))


def latents(n: int = 2000) -> torch.Tensor:
    return torch.randn(n, 64, generator=torch.Generator().manual_seed(1))


def test_a_latent_twice_as_long_gives_the_same_w() -> None:
    net, z = mapping(), latents(8)
    torch.testing.assert_close(net(2 * z), net(z))


def test_a_layer_at_a_hundredth_of_the_rate_begins_as_any_other() -> None:
    layer = mapping().layers[0]
    assert isinstance(layer, ScaledLinear)
    assert float(layer.weight.detach().std()) == pytest.approx(100, rel=0.05)
    assert float(layer(latents()).detach().std()) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("rate", [1.0, 0.01])
def test_a_step_of_a_weight_moves_the_layer_in_proportion_to_the_rate(rate: float) -> None:
    layer = ScaledLinear(16, 1, torch.Generator().manual_seed(0), rate=rate, bias=0.5)
    x = torch.ones(1, 16)
    before = layer(x).detach()
    assert float(layer(torch.zeros(1, 16)).detach()) == pytest.approx(0.5)
    with torch.no_grad():
        layer.weight.add_(1.0)
        layer.bias.add_(1.0)
    assert float((layer(x) - before).detach()) == pytest.approx(rate * (4 + 1), rel=1e-4)  # 16 / the root of 16, and b
