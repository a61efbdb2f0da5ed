"""MSG's players: widths of every level, what each level's image reaches, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import validated
from ganstudio.core.network import Growable, MakesLevels
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.resampling import image_levels
from ganstudio.networks.msg import MSG, MSGControls, MSGDiscriminator, MSGGenerator, channels_of
from ganstudio.networks.parts.equalised import HE

PHIS = ("lin-cat", "cat-lin")
every_phi = pytest.mark.parametrize("phi", PHIS)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def players(side: int = 16, colours: int = 3, **values: Any) -> tuple[MSGGenerator, MSGDiscriminator]:
    """Both in double precision, their biases not 0."""
    c = validated(MSGControls, {"width": 8, "latent_dim": 6, **values})
    G, D = MSG().generator(c, (colours, side, side), rng()), MSG().discriminator(c, (colours, side, side), rng(1))
    assert isinstance(G, MSGGenerator) and isinstance(D, MSGDiscriminator)
    for module in (G, D):
        for name, parameter in module.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter, std=0.3, generator=rng(2))
    return G.double(), D.double()


def latents(n: int = 4) -> Tensor:
    return torch.randn(n, 6, generator=rng(3), dtype=torch.float64)


def images(side: int = 16, n: int = 4) -> Tensor:
    return torch.randn(n, 3, side, side, generator=rng(4), dtype=torch.float64)


@pytest.mark.parametrize(("side", "width", "width_top", "channels"), [
    (32, 64, 16, [64, 64, 32, 16]), (64, 256, 64, [256, 256, 256, 128, 64]),
    (128, 512, 64, [512, 512, 512, 256, 128, 64]), (16, 64, 32, [64, 64, 32]),
    (128, 512, 0, [512, 512, 512, 512, 256, 128]),
])
def test_each_level_has_its_width(side: int, width: int, width_top: int, channels: list[int]) -> None:
    c = validated(MSGControls, {"width": width, "width_top": width_top})
    assert channels_of(c, (3, side, side)) == channels


def test_at_each_level_half_as_many_channels_of_the_image_join_the_features() -> None:
    """32 px, 64/64/32/16: images enter by 32, 32 and 16 channels, and by all 16 at full size."""
    _, D = players(32, width=64, width_top=16)
    assert D.from_colours.out_channels == 16
    assert [layer.mixed.out_channels for layer in D.joined] == [32, 32, 16]  # type: ignore[union-attr]
    assert [layer.first.in_channels for layer in D.larger] == [64 + 32, 32 + 16, 16]  # type: ignore[union-attr]
    assert D.verdict.conv.in_channels == 64 + 32 + 1


def test_cat_lin_leaves_the_features_as_many_as_they_are() -> None:
    _, D = players(32, width=64, width_top=16, phi="cat-lin")
    assert [(layer.mixed.in_channels, layer.mixed.out_channels) for layer in D.joined] == [  # type: ignore[union-attr]
        (67, 64), (67, 64), (35, 32)]
    assert all(layer.mixed.bias is None for layer in D.joined)  # type: ignore[union-attr]
    assert [layer.first.in_channels for layer in D.larger] == [64, 32, 16]  # type: ignore[union-attr]


def test_g_makes_an_image_at_every_level_and_gives_the_largest() -> None:
    G, _ = players(32)
    assert isinstance(G, MakesLevels) and not isinstance(G, Growable)
    levels = G.levels_of(latents())
    assert [tuple(level.shape) for level in levels] == [(4, 3, side, side) for side in (4, 8, 16, 32)]
    assert torch.equal(G(latents()), levels[-1])


def test_only_the_length_of_the_latent_is_lost() -> None:
    """z is brought to the sphere of radius sqrt(dim)."""
    G, _ = players()
    torch.testing.assert_close(G(3 * latents()), G(latents()))
    assert not torch.allclose(G(latents().flip(0)), G(latents()))


@every_phi
def test_an_image_alone_is_scored_with_its_means_as_smaller_levels(phi: str) -> None:
    _, D = players(phi=phi)
    x = images()
    assert torch.equal(D(x), D(image_levels(x)))
    assert D(x).shape == (4,)


@every_phi
def test_d_sees_every_level(phi: str) -> None:
    _, D = players(phi=phi)
    levels = [level.requires_grad_() for level in image_levels(images())]
    for gradient in torch.autograd.grad(D(levels).sum(), levels):
        assert gradient.abs().sum() > 0


def test_with_the_top_level_alone_d_sees_no_other() -> None:
    _, D = players(levels="top")
    levels = image_levels(images())
    other = [torch.randn_like(level) for level in levels[:-1]]
    assert torch.equal(D(levels), D([*other, levels[-1]]))
    assert not torch.equal(D(levels), D([*levels[:-1], levels[-1].flip(0)]))


@every_phi
def test_gradients_reach_every_layer_of_g_through_d(phi: str) -> None:
    G, D = players(phi=phi)
    loss = D(G.levels_of(latents())).sum()
    for gradient in torch.autograd.grad(loss, list(G.parameters())):
        assert gradient.abs().sum() > 0


def test_how_phi_joins_by_hand() -> None:
    for phi in PHIS:
        _, D = players(8, phi=phi)
        layer = D.joined[0]
        x, image = torch.randn(2, 8, 4, 4, generator=rng(), dtype=torch.float64), images(4, 2)
        weight = layer.mixed.weight[:, :, 0, 0]  # type: ignore[union-attr,index]
        joined = layer(x, image)
        if phi == "lin-cat":
            by_hand = torch.einsum("oi,nihw->nohw", weight, image) + layer.mixed.bias[:, None, None]  # type: ignore[union-attr,index]
            torch.testing.assert_close(joined, torch.cat([by_hand, x], dim=1))
        else:
            torch.testing.assert_close(
                joined, torch.einsum("oi,nihw->nohw", weight, torch.cat([image, x], dim=1)))


@pytest.mark.parametrize("shape", [(3, 4, 4), (3, 12, 12), (3, 8, 16), (3, 28, 28)])
def test_sizes_that_do_not_double_from_4_px_are_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(BadInput, match="msg network"):
        MSG().generator(validated(MSGControls, {}), shape, rng())


def test_grey_images_have_their_levels_too() -> None:
    G, D = players(8, colours=1)
    assert D(G.levels_of(latents())).shape == (4,)


def test_g_is_its_layers_written_out() -> None:
    """8 px, by hand: dense, convolution and pixelnorm; doubled, two convolutions with pixelnorm; colours."""
    for constants, first, colours in (("msg", HE, HE), ("progressive", HE / 4, 1.0)):
        G, _ = players(8, constants=constants)
        w = dict(G.named_parameters())

        def conv(x: Tensor, name: str, gain: float, w: dict[str, nn.Parameter] = w) -> Tensor:
            weight = w[f"{name}.parametrizations.weight.original"]
            scale = gain / math.sqrt(math.prod(weight.shape[1:]))
            return F.conv2d(x, weight * scale, w[f"{name}.bias"], padding=weight.shape[-1] // 2)

        def normed(x: Tensor) -> Tensor:
            return x / (x.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()

        def leaky(x: Tensor) -> Tensor:
            return torch.where(x > 0, x, 0.2 * x)

        dense = w["smallest.dense.parametrizations.weight.original"] * first / math.sqrt(6)
        x = leaky((normed(latents()) @ dense.T).reshape(4, 8, 4, 4) + w["smallest.bias"])
        x = normed(leaky(conv(x if constants == "msg" else normed(x), "smallest.conv", HE)))
        small, features = conv(x, "to_colours.0", colours), x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        for name in ("first", "second"):
            features = normed(leaky(conv(features, f"larger.0.{name}", HE)))
        whole = conv(features, "to_colours.1", colours)
        for level, by_hand in zip(G.levels_of(latents()), (small, whole), strict=True):
            torch.testing.assert_close(level, by_hand, rtol=0, atol=1e-6)


def test_scores_have_twice_the_variance_with_the_authors_gains() -> None:
    (_, own), (_, quiet) = players(8), players(8, constants="progressive")
    for D in (own, quiet):
        nn.init.zeros_(D.verdict.dense.bias)
    quiet.load_state_dict(own.state_dict())
    torch.testing.assert_close(own(images(8)), math.sqrt(2) * quiet(images(8)))
