"""SN-GAN's residual players against the paper's table, and their blocks against the same written out by hand."""

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
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.spectral import spectral_norms
from ganstudio.networks.resnet import ResNet, ResNetControls

SIZES = (16, 32, 64, 128)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Layers as small as these take forty times as long on two threads beside a busy neighbour."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def controls(**values: Any) -> ResNetControls:
    return validated(ResNetControls, values)


def players(size: int = 32, colours: int = 3, seed: int = 0, **values: Any) -> tuple[nn.Module, nn.Module]:
    net, c, shape = ResNet(), controls(**{"width": 6, **values}), (colours, size, size)
    return net.generator(c, shape, rng(seed)), net.discriminator(c, shape, rng(seed + 1))


def images(n: int, size: int = 32, colours: int = 3, seed: int = 5) -> Tensor:
    return torch.rand(n, colours, size, size, generator=rng(seed)) * 2 - 1


def latents(n: int, seed: int = 6) -> Tensor:
    return torch.randn(n, 128, generator=rng(seed))


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def shapes(module: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, tuple(p.shape)) for name, p in module.named_parameters()]


def convolutions(module: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(layer.weight.shape[:3]) for layer in module.modules() if isinstance(layer, nn.Conv2d)]


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_images_in_and_out(size: int, colours: int) -> None:
    G, D = players(size, colours, width=4)
    made = G(latents(3))
    assert made.shape == (3, colours, size, size)
    assert made.abs().max() < 1
    assert D(images(3, size, colours)).shape == (3,)
    assert D(images(1, size, colours)).shape == (1,)


def test_the_papers_table_for_cifar_10() -> None:
    G, D = players(width=128, width_g=256)
    up = [(256, 256, 3), (256, 256, 3), (256, 256, 1)]
    assert convolutions(G) == [*up, *up, *up, (3, 256, 3)]
    stays = [(128, 128, 3), (128, 128, 3)]
    assert convolutions(D) == [(128, 3, 3), (128, 128, 3), (128, 3, 1), *stays, (128, 128, 1), *stays, *stays]
    assert [tuple(layer.weight.shape) for player in (G, D) for layer in player.modules()
            if isinstance(layer, nn.Linear)] == [(4 * 4 * 256, 128), (1, 128)]


def test_the_number_of_parameters_by_hand() -> None:
    G, D = players(width=6, width_g=10)
    block_g = 2 * 9 * 10 * 10 + 10 * 10 + 2 * 2 * 10  # two convolutions, the shortcut, two batch norms
    assert count(G) == 128 * 160 + 160 + 3 * block_g + 2 * 10 + 9 * 10 * 3 + 3
    first = 9 * 3 * 6 + 6 + 9 * 6 * 6 + 6 + 3 * 6 + 6
    stays = 2 * (9 * 6 * 6 + 6)
    assert count(D) == first + (stays + 6 * 6 + 6) + 2 * stays + 6 + 1


@pytest.mark.parametrize(("size", "of_g", "of_d"), [
    (16, [8, 8], [8, 8, 8]),
    (32, [8, 8, 8], [8, 8, 8, 8]),
    (64, [8, 8, 8, 4], [4, 8, 8, 8, 8]),
    (128, [8, 8, 8, 4, 2], [2, 4, 8, 8, 8, 8]),
])
def test_larger_images_have_more_blocks_and_narrower_maps(size: int, of_g: list[int], of_d: list[int]) -> None:
    G, D = players(size, width=8)
    assert [shape[0] for shape in convolutions(G)[1:-1:3]] == of_g  # the second convolution of each block
    outs = [shape[0] for name, shape in shapes(D) if name.endswith(".second.weight")]
    assert outs == of_d
    assert D.get_submodule("blocks")(images(1, size)).shape[2:] == (8, 8)


def test_d_has_no_norm_and_g_has_it_or_not() -> None:
    G, D = players()
    norms = (nn.BatchNorm2d, nn.GroupNorm)
    assert not any(isinstance(layer, norms) for layer in D.modules())
    assert sum(isinstance(layer, norms) for layer in G.modules()) == 2 * 3 + 1
    assert not any(isinstance(layer, norms) for layer in players(norm_g="none")[0].modules())
    assert ResNet().batch_dependence(controls()) == ""


def test_first_weights_are_glorots_with_a_gain_of_root_2_in_the_residual_convolutions() -> None:
    for player in players(width=32):
        for name, layer in player.named_modules():
            if not isinstance(layer, nn.Conv2d | nn.Linear):
                continue
            gain = math.sqrt(2) if name.endswith((".first", ".second")) else 1.0
            area = math.prod(layer.weight.shape[2:])
            bound = gain * math.sqrt(6 / (area * (layer.weight.shape[0] + layer.weight.shape[1])))
            assert 0.85 * bound < float(layer.weight.detach().abs().max()) <= bound * (1 + 1e-6), name
            tolerance = 4 * math.sqrt(0.8 / layer.weight.numel()) / 2  # a uniform's kurtosis is 1.8; four sigma
            assert float(layer.weight.detach().std()) == pytest.approx(bound / math.sqrt(3), rel=tolerance), name
            assert layer.bias is None or not layer.bias.any()
    named = [name for name, _ in players()[1].named_modules() if name.endswith((".first", ".second"))]
    assert len(named) == 8


def weights(player: nn.Module, seed: int = 3) -> dict[str, Tensor]:
    """Its state, the biases and norms shaken so that none of them is 0 or 1."""
    with torch.no_grad():
        for p in player.parameters():
            if p.dim() == 1:
                p.add_(torch.randn(p.shape, generator=rng(seed)) * 0.3)
    return {name: tensor.detach() for name, tensor in player.state_dict().items()}


def doubled(h: Tensor) -> Tensor:
    return h.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


def halved(h: Tensor) -> Tensor:
    return (h[:, :, ::2, ::2] + h[:, :, 1::2, ::2] + h[:, :, ::2, 1::2] + h[:, :, 1::2, 1::2]) / 4


def test_g_is_the_papers_blocks_written_out() -> None:
    """With the 1x1 convolution after the doubling, as the authors' code has it."""
    G, _ = players(width=5)
    w, z = weights(G), latents(4)

    def norm(h: Tensor, name: str) -> Tensor:
        mean, var = h.mean(dim=(0, 2, 3), keepdim=True), h.var(dim=(0, 2, 3), keepdim=True, unbiased=False)
        return (h - mean) / (var + 1e-5).sqrt() * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]

    h = (z @ w["start.weight"].t() + w["start.bias"]).view(4, 5, 4, 4)
    for block in ("blocks.0", "blocks.1", "blocks.2"):
        inner = F.conv2d(doubled(norm(h, f"{block}.first_norm").relu()), w[f"{block}.first.weight"], padding=1)
        inner = F.conv2d(norm(inner, f"{block}.second_norm").relu(), w[f"{block}.second.weight"], padding=1)
        h = inner + F.conv2d(doubled(h), w[f"{block}.shortcut.weight"])
    expected = F.conv2d(norm(h, "norm").relu(), w["last.weight"], w["last.bias"], padding=1).tanh()
    torch.testing.assert_close(G(z), expected, rtol=1e-4, atol=1e-5)


def test_d_is_the_papers_blocks_written_out() -> None:
    """With the mean of 2 x 2 after the 1x1 convolution but in the first block, as the authors' code has it."""
    _, D = players(width=5)
    w, x = weights(D), images(4)

    def conv(h: Tensor, name: str) -> Tensor:
        return F.conv2d(h, w[f"{name}.weight"], w[f"{name}.bias"], padding=w[f"{name}.weight"].shape[2] // 2)

    h = (halved(conv(conv(x, "blocks.0.first").relu(), "blocks.0.second"))
         + conv(halved(x), "blocks.0.shortcut"))
    h = (halved(conv(conv(h.relu(), "blocks.1.first").relu(), "blocks.1.second"))
         + halved(conv(h, "blocks.1.shortcut")))
    for block in ("blocks.2", "blocks.3"):
        h = conv(conv(h.relu(), f"{block}.first").relu(), f"{block}.second") + h
    expected = h.relu().sum(dim=(2, 3)) @ w["last.weight"][0] + w["last.bias"]
    torch.testing.assert_close(D(x), expected, rtol=1e-4, atol=1e-4)


def test_the_seed_decides() -> None:
    for one, again, other in zip(players(), players(), players(seed=3), strict=True):
        same = [torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True)]
        assert all(same)
        assert not torch.equal(next(one.parameters()), next(other.parameters()))


def test_no_image_sees_another_in_d() -> None:
    _, D = players()
    x = images(6).requires_grad_()
    (among,) = torch.autograd.grad(D(x)[0], x)
    (alone,) = torch.autograd.grad(D(x[:1]).sum(), x)
    assert not among[1:].any()
    torch.testing.assert_close(among, alone, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_every_weight_has_a_gradient(norm: str) -> None:
    G, D = players(norm_g=norm)
    parameters = [*G.named_parameters(), *D.named_parameters()]
    gradients = torch.autograd.grad(D(G(latents(4))).square().sum(), [p for _, p in parameters])
    for (name, _), gradient in zip(parameters, gradients, strict=True):
        assert torch.isfinite(gradient).all()
        assert gradient.any(), name


def test_the_order_of_the_channels_in_memory_changes_nothing() -> None:
    for player, given in zip(players(width=8), (latents(4), images(4)), strict=True):
        turned = copy.deepcopy(player).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        x = given.contiguous(memory_format=torch.channels_last) if given.dim() == 4 else given
        torch.testing.assert_close(turned(x), player(given), rtol=1e-5, atol=1e-5)


def test_spectral_norm_goes_on_every_layer_of_d() -> None:
    _, D = players(width=16)
    spectral_norms(D, 1.0, rng(2))
    D.eval()
    found = [float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2))
             for layer in D.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    assert found == pytest.approx([1.0] * 11, abs=0.02)  # 4 blocks of 2, 2 shortcuts, the score


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 8, 8), (3, 256, 256), (3, 64, 32)])
def test_other_sizes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="do not suit the resnet network: it takes a power of two from 16 to 128 px"):
        ResNet().generator(controls(), shape, rng())


def test_its_work_always_pays_two_threads_and_follows_the_wider_player() -> None:
    net = ResNet()
    assert net.flops(controls(width=1), 1) >= 2e7
    assert net.flops(controls(width=128, width_g=256), 64) == 4 * net.flops(controls(width=128), 64)
