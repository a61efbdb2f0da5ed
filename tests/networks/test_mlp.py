"""The MLP: its initialisations, its slope in closed form against autograd's, and what it adds on images."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.core.control import described, validated
from ganstudio.core.network import DataDependentInit
from ganstudio.maths.gradients import HasInputGradient
from ganstudio.networks.mlp import MLP, MLPControls
from ganstudio.networks.parts.mlp_body import MLPBody
from ganstudio.networks.parts.spectral import spectral_norms


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
    assert isinstance(D, HasInputGradient)
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
    assert isinstance(D, HasInputGradient)
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


# Images ------------------------------------------------------------------------------------------------------------

SHAPE = (3, 8, 8)


def of_images(seed: int = 1, **values: Any) -> tuple[nn.Module, nn.Module]:
    c = controls(**{**MLP.on_kind["image"], "width": 16, **values})
    rng = torch.Generator().manual_seed(seed)
    return MLP().generator(c, SHAPE, rng), MLP().discriminator(c, SHAPE, rng)


def latents(n: int) -> Tensor:
    return torch.randn(n, 64, generator=torch.Generator().manual_seed(4))


def images(n: int) -> Tensor:
    return torch.rand((n, *SHAPE), generator=torch.Generator().manual_seed(2)) * 2 - 1


def test_images_in_and_out() -> None:
    G, D = of_images()
    assert G(latents(5)).shape == (5, *SHAPE)
    assert D(images(5)).shape == (5,)
    assert D(images(1)).shape == (1,)


def test_pixels_are_folded_and_unfolded_in_the_same_order() -> None:
    """A critic that reads one pixel reads the one that a generator with one pixel lit has lit."""
    G, D = of_images(depth=0, output="linear")
    with torch.no_grad():
        for p in [*G.parameters(), *D.parameters()]:
            p.zero_()
        dict(G.named_parameters())["rows.layers.0.bias"][70] = 5.0
        dict(D.named_parameters())["rows.layers.0.weight"][0, 70] = 1.0
    made = G(latents(2))
    assert made[0, 1, 0, 6] == 5.0 and made.sum() == 10.0  # 70 = 64 + 6
    assert D(made).tolist() == [5.0, 5.0]


@pytest.mark.parametrize("activation", ["relu", "leaky-relu"])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_the_closed_slope_is_autograds_on_images_too(activation: str, depth: int) -> None:
    _, D = of_images(activation=activation, depth=depth)
    assert isinstance(D, HasInputGradient)
    for x in images(7), images(7).contiguous(memory_format=torch.channels_last):
        closed = D.input_gradient(x)
        assert closed is not None
        torch.testing.assert_close(closed, by_autograd(D, x))


def test_under_spectral_norm_it_is_still_autograds() -> None:
    _, D = of_images()
    spectral_norms(D, 1.0, torch.Generator().manual_seed(7))
    D.eval()
    assert isinstance(D, HasInputGradient)
    closed = D.input_gradient(images(7))
    assert closed is not None
    torch.testing.assert_close(closed, by_autograd(D, images(7)))


def test_a_smooth_network_leaves_its_slope_on_images_to_autograd() -> None:
    _, D = of_images(activation="tanh")
    assert isinstance(D, HasInputGradient)
    assert D.input_gradient(images(3)) is None


def test_where_samples_see_each_other_there_is_no_closed_slope() -> None:
    rng = torch.Generator().manual_seed(0)
    rows = MLPBody([2, 8, 1], "relu", "he", rng, squeeze=True, normed=True)
    assert rows.input_gradient(torch.zeros(3, 2)) is None


def test_players_on_images_ask_for_no_samples_beforehand() -> None:
    assert not any(isinstance(player, DataDependentInit) for player in of_images())


def test_the_last_bend_of_g() -> None:
    plain, tanh, sigmoid = (of_images(output=output)[0] for output in ("linear", "tanh", "sigmoid"))
    raw = plain(latents(6))
    torch.testing.assert_close(tanh(latents(6)), raw.tanh())
    torch.testing.assert_close(sigmoid(latents(6)), (raw / 2).tanh())  # 2 sigmoid(x) - 1
    with torch.no_grad():
        dict(sigmoid.named_parameters())["rows.layers.3.bias"].fill_(-40.0)
        dict(plain.named_parameters())["rows.layers.3.bias"].fill_(-40.0)
    torch.testing.assert_close(sigmoid(latents(6)), torch.full((6, *SHAPE), -1.0))
    assert plain(latents(6)).max() < -20


def test_batch_norm_stands_before_each_bend_of_g_and_nowhere_in_d() -> None:
    G, D = of_images(output="linear")
    w = G.state_dict()
    assert [name for name in w if name.endswith("bias")] == [
        "rows.layers.3.bias", *[f"rows.norms.{i}.bias" for i in range(3)]]
    h = latents(9)
    for i in range(3):
        h = h @ w[f"rows.layers.{i}.weight"].t()
        h = nn.functional.leaky_relu((h - h.mean(0)) / (h.var(0, unbiased=False) + 1e-5).sqrt(), 0.2)
    expected = h @ w["rows.layers.3.weight"].t() + w["rows.layers.3.bias"]
    torch.testing.assert_close(G(latents(9)).flatten(1), expected, rtol=1e-4, atol=1e-5)
    for player in D, of_images(norm_g="none")[0]:
        assert not any(isinstance(layer, nn.BatchNorm1d) for layer in player.modules())


def test_in_evaluation_an_image_of_g_is_the_same_alone_and_in_company() -> None:
    G, _ = of_images()
    G(latents(30))
    G.eval()
    z = latents(5)
    torch.testing.assert_close(torch.cat([G(z[i : i + 1]) for i in range(5)]), G(z), rtol=1e-5, atol=1e-6)


def test_every_weight_on_images_has_a_gradient_and_the_seed_decides() -> None:
    G, D = of_images()
    parameters = [*G.parameters(), *D.parameters()]
    gradients = torch.autograd.grad(D(G(latents(4))).square().sum(), parameters)
    assert all(gradient.any() for gradient in gradients)
    for again, other, mine in zip(of_images()[0].parameters(), of_images(seed=2)[0].parameters(), G.parameters(),
                                  strict=True):
        assert torch.equal(again, mine)
        assert mine.dim() == 1 or not torch.equal(other, mine)


def test_points_are_played_as_ever_whatever_is_chosen_for_images() -> None:
    """The draws of a run's weights on points are part of what a replay repeats."""
    for shape in (1,), (2,):
        plain, chosen = (MLP().generator(c, shape, torch.Generator().manual_seed(3))
                         for c in (controls(width=8), controls(width=8, norm_g="batch", output="tanh")))
        rng = torch.Generator().manual_seed(3)
        state = plain.state_dict()
        assert list(state) == [f"layers.{i}.{kind}" for i in range(4) for kind in ("weight", "bias")]
        for i, (n, m) in enumerate([(2, 8), (8, 8), (8, 8), (8, *shape)]):
            bound = 1 / math.sqrt(n)
            for kind, size in ("weight", (m, n)), ("bias", (m,)):
                drawn = torch.empty(size).uniform_(-bound, bound, generator=rng)
                assert torch.equal(state[f"layers.{i}.{kind}"], drawn)
                assert torch.equal(chosen.state_dict()[f"layers.{i}.{kind}"], drawn)
        z = torch.randn(5, 2, generator=rng)
        assert torch.equal(chosen(z), plain(z))


def test_what_serves_images_alone_says_so() -> None:
    of = {info.name: info.kinds for info in described(MLPControls, "network")}
    assert of["norm_g"] == of["output"] == ["image"]
    assert (controls().norm_g, controls().output) == ("none", "linear")  # as points are played
