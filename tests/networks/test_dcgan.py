"""DCGAN against the paper's figure, the reference code's parameter counts, and what batch norm may and may not see."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import validated
from ganstudio.core.network import DataDependentInit
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.gradients import HasInputGradient
from ganstudio.networks.dcgan import DCGANControls, DCGANNetwork
from ganstudio.networks.parts.spectral import spectral_norms

SIZES = (8, 16, 32, 64, 128, 256)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Layers as small as these take forty times as long on two threads beside a busy neighbour."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def controls(**values: Any) -> DCGANControls:
    return validated(DCGANControls, values)


def players(size: int = 32, colours: int = 1, seed: int = 0, **values: Any) -> tuple[nn.Module, nn.Module]:
    net, c, shape = DCGANNetwork(), controls(**{"width": 4, **values}), (colours, size, size)
    return net.generator(c, shape, rng(seed)), net.discriminator(c, shape, rng(seed + 1))


def images(n: int, size: int = 32, colours: int = 1, seed: int = 5) -> Tensor:
    return torch.rand(n, colours, size, size, generator=rng(seed)) * 2 - 1


def latents(n: int, seed: int = 6) -> Tensor:
    return torch.randn(n, 100, generator=rng(seed))


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def kernels(module: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(p.shape) for p in module.parameters() if p.dim() > 1]


def names(module: nn.Module) -> list[str]:
    """The kinds of the layers, in the order in which they act."""
    return [type(layer).__name__ for layer in module.modules() if not list(layer.children())]


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_images_in_and_out(size: int, colours: int) -> None:
    G, D = players(size, colours, width=1)
    assert G(latents(3)).shape == (3, colours, size, size)
    assert D(images(3, size, colours)).shape == (3,)
    assert D(images(1, size, colours)).shape == (1,)


def test_the_papers_channels_at_64_px() -> None:
    """100-512-256-128-64-3, the paper's figure 1 with half its channels, as its reference code in PyTorch has them."""
    G, D = players(64, 3, width=64)
    assert kernels(G) == [(512 * 16, 100), (512, 256, 4, 4), (256, 128, 4, 4), (128, 64, 4, 4), (64, 3, 4, 4)]
    assert kernels(D) == [(64, 3, 4, 4), (128, 64, 4, 4), (256, 128, 4, 4), (512, 256, 4, 4), (1, 512 * 16)]


def test_as_many_parameters_as_the_reference_code_and_the_biases_it_leaves_out() -> None:
    G, D = players(64, 3, width=64)
    of_g = 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * (512 + 256 + 128 + 64)
    of_d = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512) + 2 * (128 + 256 + 512)
    assert (of_g, of_d) == (3_576_704, 2_765_568)
    assert count(G) == of_g + 3  # the colours'
    assert count(D) == of_d + 64 + 1  # the first layer's and the score's


def test_without_norms_each_layer_has_a_bias() -> None:
    G, D = players(16, 1, width=2, norm_g="none", norm_d="none")  # channels 4, 2
    assert count(G) == 100 * 64 + 64 + 16 * 4 * 2 + 2 + 16 * 2 * 1 + 1
    assert count(D) == 16 * 2 + 2 + 16 * 2 * 4 + 4 + 64 + 1


@pytest.mark.parametrize(("size", "table"), [
    (8, [1]), (16, [2, 1]), (32, [4, 2, 1]), (64, [8, 4, 2, 1]), (128, [8, 8, 4, 2, 1]), (256, [8, 8, 8, 4, 2, 1]),
])
def test_channels_double_as_the_side_halves_up_to_eight_times_the_width(size: int, table: list[int]) -> None:
    G, D = players(size, 3, width=3)
    channels = [3 * factor for factor in table]
    assert [shape[0] for shape in kernels(G)[1:]] == channels
    assert [shape[0] for shape in kernels(D)[:-1]] == channels[::-1]


def test_the_first_weights_are_the_papers() -> None:
    G, D = players(64, 3, width=64)
    for player in (G, D):
        for name, p in player.state_dict().items():
            if p.dim() > 1:
                tolerance = 4 / math.sqrt(2 * p.numel())  # of the relative standard deviation, four sigma
                assert float(p.std()) == pytest.approx(0.02, rel=tolerance), name
                assert abs(float(p.mean())) < 4 * 0.02 / math.sqrt(p.numel()), name
            elif name.endswith("bias"):
                assert not p.any(), name
    scales = torch.cat([m.weight.detach() for p in (G, D) for m in p.modules() if isinstance(m, nn.BatchNorm2d)])
    assert float(scales.mean()) == pytest.approx(1.0, abs=0.003)
    assert float(scales.std()) == pytest.approx(0.02, rel=0.1)


def test_batch_norm_adds_its_small_number_and_not_a_large_one() -> None:
    """BatchNorm(c, 0.8), which some published code has, sets eps."""
    layers = [m for p in players() for m in p.modules() if isinstance(m, nn.BatchNorm2d)]
    assert {(m.eps, m.momentum) for m in layers} == {(1e-5, 0.1)}
    assert len(layers) == 3 + 2


def test_norms_stand_everywhere_but_at_gs_end_and_at_ds_two_ends() -> None:
    G, D = players(32)
    up = ["ConvTranspose2d", "BatchNorm2d", "ReLU"]
    assert names(G) == ["Linear", "BatchNorm2d", "ReLU", *up, *up, "ConvTranspose2d", "OutputActivation"]
    down = ["Conv2d", "BatchNorm2d", "LeakyReLU"]
    assert names(D) == ["Conv2d", "LeakyReLU", *down, *down, "ScoreHead"]
    assert {m.negative_slope for m in D.modules() if isinstance(m, nn.LeakyReLU)} == {0.2}
    G, D = players(32, norm_g="none", norm_d="layer")
    assert "BatchNorm2d" not in names(G)
    assert names(D).count("GroupNorm") == 2
    assert {m.num_groups for m in D.modules() if isinstance(m, nn.GroupNorm)} == {1}


def test_gs_start_is_a_transposed_convolution_of_one_pixel() -> None:
    G, _ = players(8, width=4)
    weight = dict(G.named_parameters())["start.weight"]  # (c 4 4, z)
    got = next(layer for layer in G.modules() if isinstance(layer, nn.Linear))(latents(2)).unflatten(1, (4, 4, 4))
    kernel = weight.t().reshape(100, 4, 4, 4)
    torch.testing.assert_close(got, F.conv_transpose2d(latents(2)[:, :, None, None], kernel))


def test_tanh_is_the_last_bend_or_none_is() -> None:
    bent, plain = players()[0], players(output="linear")[0]
    torch.testing.assert_close(bent(latents(4)), plain(latents(4)).tanh())
    with torch.no_grad():
        dict(plain.named_parameters())["layers.8.bias"].fill_(3.0)
    assert plain(latents(4)).max() > 1


def test_the_seed_decides() -> None:
    for one, again, other in zip(players(), players(), players(seed=3), strict=True):
        same = [torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True)]
        assert all(same)
        assert not torch.equal(next(one.parameters()), next(other.parameters()))


@pytest.mark.parametrize("norm", ["batch", "layer", "none"])
def test_in_evaluation_an_image_is_scored_the_same_alone_and_in_company(norm: str) -> None:
    _, D = players(norm_d=norm)
    D(images(16, seed=9))  # so that the running statistics are not those of the start
    D.eval()
    x = images(6)
    torch.testing.assert_close(torch.cat([D(x[i : i + 1]) for i in range(6)]), D(x), rtol=1e-5, atol=1e-6)


def slope(D: nn.Module, x: Tensor) -> Tensor:
    """Of the first image's score at the whole batch."""
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(D(x)[0], x)
    return gradient


@pytest.mark.parametrize("norm", ["layer", "none"])
def test_without_batch_norm_no_image_sees_another(norm: str) -> None:
    _, D = players(norm_d=norm)
    among = slope(D, images(8))
    alone = slope(D, images(8)[:1])
    assert not among[1:].any()
    torch.testing.assert_close(among[:1], alone, rtol=1e-4, atol=1e-7)
    assert DCGANNetwork().batch_dependence(controls(norm_d=norm)) == ""


def test_with_batch_norm_they_do_and_the_network_says_so() -> None:
    _, D = players(norm_d="batch")
    among = slope(D, images(8))
    assert among[1:].abs().max() > 0.01 * among[0].abs().max()
    assert DCGANNetwork().batch_dependence(controls()) == "batch norm"


@pytest.mark.parametrize("norm", ["batch", "layer", "none"])
def test_every_weight_has_a_gradient(norm: str) -> None:
    G, D = players(norm_d=norm, norm_g="none" if norm == "none" else "batch")
    parameters = [*G.named_parameters(), *D.named_parameters()]
    gradients = torch.autograd.grad(D(G(latents(4))).square().sum(), [p for _, p in parameters])
    for (name, _), gradient in zip(parameters, gradients, strict=True):
        assert torch.isfinite(gradient).all()
        assert gradient.any(), name


@pytest.mark.parametrize("norm", ["batch", "layer", "none"])
def test_the_order_of_the_channels_in_memory_changes_nothing(norm: str) -> None:
    for player, given in zip(players(colours=3, norm_d=norm, width=8), (latents(4), images(4, colours=3)), strict=True):
        turned = copy.deepcopy(player).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        x = given.contiguous(memory_format=torch.channels_last) if given.dim() == 4 else given
        torch.testing.assert_close(turned(x), player(given), rtol=1e-5, atol=1e-5)


def test_spectral_norm_goes_on_every_layer_of_d() -> None:
    _, D = players(norm_d="none", width=8)
    spectral_norms(D, 1.0, rng(2))
    D.eval()
    assert list(_singular_values(D)) == pytest.approx([1.0] * 4, abs=0.02)
    assert not isinstance(D, HasInputGradient) and not isinstance(D, DataDependentInit)


def _singular_values(D: nn.Module) -> Iterator[float]:
    for layer in D.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            yield float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 4, 4), (3, 512, 512), (3, 64, 32), (3, 96, 96)])
def test_other_sizes_are_refused(shape: tuple[int, ...]) -> None:
    said = f"images of {shape[2]}×{shape[1]} px do not suit the dcgan network: it takes a power of two from 8 to 256 px"
    with pytest.raises(BadInput, match=said):
        DCGANNetwork().generator(controls(), shape, rng())
    with pytest.raises(BadInput, match=said):
        DCGANNetwork().discriminator(controls(), shape, rng())


def test_its_work_always_pays_two_threads_and_grows_with_the_width() -> None:
    net = DCGANNetwork()
    assert net.flops(controls(width=1), 1) >= 2e7
    assert net.flops(controls(width=64), 64) == 4 * net.flops(controls(width=32), 64)
