"""The mapping: latents of any size give the same w, layers learn at a hundredth of the rate, and the mean follows."""

from __future__ import annotations

import pytest
import torch

from ganstudio.networks.parts.averaged_mapping import AveragedMapping
from ganstudio.networks.parts.rate_scaled import RateScaledLinear


def mapping() -> AveragedMapping:
    return AveragedMapping(64, 64, 2, 0.75, torch.Generator().manual_seed(0))


def latents(n: int = 2000) -> torch.Tensor:
    return torch.randn(n, 64, generator=torch.Generator().manual_seed(1))


def test_a_latent_twice_as_long_gives_the_same_w() -> None:
    net, z = mapping(), latents(8)
    torch.testing.assert_close(net(2 * z, follow=False), net(z, follow=False))


def test_a_layer_at_a_hundredth_of_the_rate_begins_as_any_other() -> None:
    layer = mapping().layers[0]
    assert isinstance(layer, RateScaledLinear)
    assert float(layer.weight.detach().std()) == pytest.approx(100, rel=0.05)
    assert float(layer(latents()).detach().std()) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("rate", [1.0, 0.01])
def test_a_step_of_a_weight_moves_the_layer_in_proportion_to_the_rate(rate: float) -> None:
    layer = RateScaledLinear(16, 1, torch.Generator().manual_seed(0), rate=rate, bias=0.5)
    x = torch.ones(1, 16)
    before = layer(x).detach()
    assert float(layer(torch.zeros(1, 16)).detach()) == pytest.approx(0.5)
    with torch.no_grad():
        layer.weight.add_(1.0)
        layer.bias.add_(1.0)
    assert float((layer(x) - before).detach()) == pytest.approx(rate * (4 + 1), rel=1e-4)  # 16 / the root of 16, and b


def test_the_mean_keeps_its_share_and_follows_only_if_it_is_told_to() -> None:
    net, z = mapping(), latents(8)
    w = net(z, follow=False).detach()
    assert net.w_avg.abs().max() == 0
    net(z, follow=True)
    torch.testing.assert_close(net.w_avg, 0.25 * w.mean(0))
    assert not net.w_avg.requires_grad
