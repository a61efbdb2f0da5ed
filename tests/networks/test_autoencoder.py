"""The autoencoder: the paper's table of layers, and a score that is minus the error of the copy."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.core.control import validated
from ganstudio.core.network import AutoencoderCritic
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.autoencoder import Autoencoder, AutoencoderControls, AutoencoderDiscriminator

GREY = (1, 16, 16)


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def controls(**values: Any) -> AutoencoderControls:
    return validated(AutoencoderControls, {"width": 4, "code": 6, "latent_dim": 5, **values})


def critic(shape: tuple[int, ...] = GREY, **values: Any) -> AutoencoderDiscriminator:
    D = Autoencoder().discriminator(controls(**values), shape, seeded())
    assert isinstance(D, AutoencoderDiscriminator)
    return D


def images(n: int, shape: tuple[int, ...] = GREY) -> Tensor:
    return torch.rand((n, *shape), generator=seeded(2)) * 2 - 1


def table(player: nn.Module) -> list[tuple[int, ...]]:
    """Inputs and outputs of each layer in order, and its stride."""
    return [
        (layer.in_channels, layer.out_channels, layer.stride[0]) if isinstance(layer, nn.Conv2d)
        else (layer.in_features, layer.out_features)
        for layer in player.modules() if isinstance(layer, nn.Conv2d | nn.Linear)
    ]


def test_the_defaults_are_the_papers_but_for_the_filters() -> None:
    c = AutoencoderControls()
    assert (c.latent_dim, c.latent, c.code, c.depth) == (64, "uniform", 64, 2)


def test_the_encoders_filters_grow_in_a_line() -> None:
    """n, 2n, 3n at 32, 16, 8 px, two convolutions each, and one of stride 2 on the way to the next size."""
    assert table(critic((3, 32, 32)).encoder) == [
        (3, 4, 1),
        (4, 4, 1), (4, 4, 1), (4, 4, 2),
        (4, 8, 1), (8, 8, 1), (8, 8, 2),
        (8, 12, 1), (12, 12, 1),
        (12 * 64, 6),
    ]


def test_the_decoder_keeps_n_filters_and_the_generator_is_built_like_it() -> None:
    body = [(4, 4, 1)] * 6
    assert table(critic((3, 32, 32)).decoder) == [(6, 4 * 64), *body, (4, 3, 1)]
    G = Autoencoder().generator(controls(), (3, 32, 32), seeded())
    assert table(G) == [(5, 4 * 64), *body, (4, 3, 1)]
    assert type(G) is type(critic().decoder)


def test_there_is_no_normalisation_and_every_kernel_is_3_by_3() -> None:
    D, G = critic(), Autoencoder().generator(controls(), GREY, seeded())
    leaves = [layer for player in (D, G) for layer in player.modules() if not list(layer.children())]
    assert {type(layer) for layer in leaves} == {nn.Conv2d, nn.Linear}
    assert {layer.kernel_size for layer in leaves if isinstance(layer, nn.Conv2d)} == {(3, 3)}


def test_the_output_and_the_code_are_linear() -> None:
    D = critic()
    x = images(3)
    before, code = D.reconstruct(x), D.encoder(x)
    with torch.no_grad():
        for layer in (D.decoder.output, D.encoder.dense):
            layer.weight.mul_(-50.0)
    torch.testing.assert_close(D.encoder(x), -50 * code)
    with torch.no_grad():
        D.encoder.dense.weight.div_(-50.0)
    torch.testing.assert_close(D.reconstruct(x), -50 * before)  # the bias is 0 at the start
    assert float(D.reconstruct(x).detach().abs().max()) > 1


def test_between_them_the_bend_is_an_elu() -> None:
    D = critic((1, 8, 8), width=1, depth=1)
    first, second = D.encoder.convolutions
    with torch.no_grad():
        for convolution in (first, second):
            assert isinstance(convolution, nn.Conv2d)
            convolution.weight.zero_()
            convolution.weight[0, 0, 1, 1] = 1.0
        D.encoder.dense.weight.zero_()
        D.encoder.dense.weight[0, 0] = 1.0
    once = torch.expm1(torch.tensor(-2.0))
    assert float(D.encoder(torch.full((1, 1, 8, 8), -2.0))[0, 0].detach()) == pytest.approx(float(torch.expm1(once)))
    assert float(D.encoder(torch.full((1, 1, 8, 8), 0.5))[0, 0].detach()) == pytest.approx(0.5)


def test_a_size_is_repeated_to_twice_the_pixels() -> None:
    """With kernels that pass their middle pixel on, each pixel of 8 px becomes a block of 4 by 4 in 32 px."""
    G = Autoencoder().generator(controls(width=1, depth=1), (1, 32, 32), seeded())
    with torch.no_grad():
        for layer in G.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.zero_()
                layer.weight[:, :, 1, 1] = 1.0
            elif isinstance(layer, nn.Linear):
                layer.weight.copy_(torch.arange(64.0)[:, None].expand(64, 5) / 5)
    image = G(torch.ones(1, 5))[0, 0].detach()
    expected = torch.arange(64.0).view(8, 8).repeat_interleave(4, 0).repeat_interleave(4, 1)
    torch.testing.assert_close(image, expected)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16), (1, 64, 64), (3, 128, 128)])
def test_the_score_is_minus_the_mean_error_of_each_copy(shape: tuple[int, ...]) -> None:
    D = critic(shape, width=2)
    x = images(3, shape)
    with torch.no_grad():
        assert isinstance(D, AutoencoderCritic)
        copy = D.reconstruct(x)
        assert copy.shape == x.shape
        scores = D(x)
    assert scores.shape == (3,)
    for one, other, score in zip(x, copy, scores, strict=True):
        assert float(score) == pytest.approx(-float((one - other).abs().sum()) / one.numel(), rel=1e-5)
    assert not Autoencoder.signed_scores and (scores < 0).all()


def test_the_score_of_one_image_does_not_rest_on_the_others() -> None:
    D, x = critic(), images(4)
    torch.testing.assert_close(D(x)[2:3], D(x[2:3]))
    assert Autoencoder().batch_dependence(controls()) == ""


def test_an_error_is_summed_in_float32_whatever_the_copy_is_in() -> None:
    D, x = critic(), images(4)
    with torch.autocast("cpu", torch.bfloat16):
        scores = D(x)
    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores, D(x), rtol=0.02, atol=0.0)
    assert D.double()(x.double()).dtype == torch.float64


def test_weights_come_from_the_generator_passed_in_alone() -> None:
    def weights(seed: int, noise: int) -> Tensor:
        torch.manual_seed(noise)
        G = Autoencoder().generator(controls(), GREY, seeded(seed))
        D = Autoencoder().discriminator(controls(), GREY, seeded(seed))
        return torch.cat([p.detach().flatten() for player in (G, D) for p in player.parameters()])

    torch.testing.assert_close(weights(1, 7), weights(1, 8), rtol=0, atol=0)
    assert not torch.equal(weights(1, 7), weights(2, 7))


@pytest.mark.parametrize("shape", [(1, 4, 4), (1, 28, 28), (3, 256, 256), (3, 32, 64)])
def test_other_sizes_are_refused_by_name(shape: tuple[int, ...]) -> None:
    for build in (Autoencoder().generator, Autoencoder().discriminator):
        with pytest.raises(BadInput, match=f"{shape[2]}×{shape[1]} px.*autoencoder.*resolution"):
            build(controls(), shape, seeded())


def test_the_work_is_that_of_the_convolutions() -> None:
    """Counted from the outputs of a real pass; the dense layers and the change of size are left out of the estimate."""
    D = critic((1, 32, 32), width=16, code=8)
    counted = 0

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal counted
        assert isinstance(layer, nn.Conv2d)
        counted += output.numel() * layer.in_channels * 9

    for layer in D.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    D(images(2, (1, 32, 32)))
    estimate = Autoencoder().flops(controls(width=16, resolution=32), 2)
    assert 0.7 < estimate / counted < 1.3
    assert Autoencoder().flops(controls(width=16), 2) == estimate  # 32 px where the data set decides
