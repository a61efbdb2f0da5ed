"""StyleGAN's and StyleGAN2's networks: what each w steers, the mean of w, noise, the stack of colours, the traps."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from ganstudio.core.network import Movable, SkipStack, StyleBased
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.placement import placement
from ganstudio.maths.styles import repeated
from ganstudio.networks.parts.noise import NoiseMap, fixed_noise
from ganstudio.networks.parts.scaled_layers import ScaledConv, ScaledLinear, leaky
from ganstudio.networks.parts.style_controls import StyleControls, channels_of_levels
from ganstudio.networks.parts.style_discriminator import StyleDiscriminator
from ganstudio.networks.style import Style, StyleNetworkControls, instance_norm
from ganstudio.networks.style2 import Style2, Style2Controls

SMALL: dict[str, Any] = {"width": 8, "latent_dim": 6, "w_dim": 5, "mapping_layers": 2}


def rng(seed: int = 1) -> Generator:
    return torch.Generator().manual_seed(seed)


def style(side: int = 16, **own: Any) -> Any:
    return Style().generator(StyleNetworkControls(**{**SMALL, **own}), (3, side, side), rng())


def style2(side: int = 16, **own: Any) -> Any:
    return Style2().generator(Style2Controls(**{**SMALL, **own}), (3, side, side), rng())


def with_noise(G: Any, strength: float = 0.3) -> Any:
    for layer in G.noise_layers:
        with torch.no_grad():
            layer.strength.fill_(strength)
    return G


def latents(n: int = 4, seed: int = 2) -> Tensor:
    return torch.randn(n, 6, generator=rng(seed))


BOTH = pytest.mark.parametrize("made", [style, style2])


@BOTH
def test_it_keeps_the_promises_of_its_protocol(made: Any) -> None:
    G = with_noise(made().eval())
    promised: object = G
    assert isinstance(promised, StyleBased)
    assert G.num_ws == len(G.names_of_ws()) == 2 * int(math.log2(16)) - 2
    assert G.w_avg.shape == (G.w_dim,) == (5,)
    w = G.mapping(latents())
    assert w.shape == (4, 5)
    with fixed_noise(G.noise_layers, rng()):
        image = G.synthesis(repeated(w, G.num_ws))
    with fixed_noise(G.noise_layers, rng()):
        assert torch.equal(G(latents()), image)
    assert image.shape == (4, 3, 16, 16)


@pytest.mark.parametrize(("side", "count"), [(8, 4), (16, 6), (32, 8), (64, 10), (1024, 18)])
def test_there_are_two_ws_a_level_less_two_of_the_side(side: int, count: int) -> None:
    with torch.device("meta"):
        c: dict[str, Any] = {**SMALL, "channel_base": 8}
        assert Style().generator(StyleNetworkControls(**c), (3, side, side), rng()).num_ws == count
        assert Style2().generator(Style2Controls(**c), (3, side, side), rng()).num_ws == count


def test_each_w_steers_what_its_name_says() -> None:
    G = style2(8)
    assert G.names_of_ws() == ["4 px", "8 px, first, and colours of 4 px", "8 px, second", "colours of 8 px"]
    assert style(8).names_of_ws() == ["4 px, first", "4 px, second", "8 px, first", "8 px, second"]
    ws = repeated(G.mapping(latents()), 4).requires_grad_()
    parts = G.skip_parts(ws)
    (of_small,) = torch.autograd.grad(parts[0].sum(), ws, retain_graph=True)
    (of_large,) = torch.autograd.grad(parts[1].sum(), ws)
    assert [bool(each.abs().sum() > 0) for each in of_small.unbind(1)] == [True, True, False, False]
    assert [bool(each.abs().sum() > 0) for each in of_large.unbind(1)] == [True, True, True, True]


@BOTH
def test_every_w_counts(made: Any) -> None:
    G = made()
    ws = repeated(G.mapping(latents()), G.num_ws).detach().requires_grad_()
    (slope,) = torch.autograd.grad(G.synthesis(ws).square().sum(), ws)
    assert (slope.abs().amax((0, 2)) > 0).all()


@BOTH
def test_mixing_with_0_is_b_and_with_all_is_a_bit_for_bit(made: Any) -> None:
    G = with_noise(made().eval())
    a, b = latents(seed=2), latents(seed=3)

    def image(*given: Any) -> Tensor:
        with torch.no_grad(), fixed_noise(G.noise_layers, rng()):
            found: Tensor = G(*given)
        return found

    assert torch.equal(image(a, b, 0), image(b))
    assert torch.equal(image(a, b, G.num_ws), image(a))
    between = image(a, b, 2)
    assert not torch.equal(between, image(a)) and not torch.equal(between, image(b))


@BOTH
def test_psi_0_is_one_picture(made: Any) -> None:
    G = made().eval()
    G.w_avg.normal_(generator=rng())
    ws = G.w_avg.expand(5, G.num_ws, -1)
    images = G.synthesis(ws)
    torch.testing.assert_close(images, images[:1].expand_as(images), rtol=0, atol=1e-5)  # rows of a product may differ


# The mean of w --------------------------------------------------------------------------------------------------------


def test_the_mean_of_w_follows_the_first_latent_in_training_alone() -> None:
    G = style2()
    before = G.w_avg.clone()
    with torch.no_grad():
        w = G.map(latents())
        G(latents(), latents(seed=3), 2)
    torch.testing.assert_close(G.w_avg, 0.995 * before + 0.005 * w.mean(0))
    before = G.w_avg.clone()
    G.mapping(latents(), follow=False)
    assert torch.equal(G.w_avg, before)
    G.eval()
    G(latents())
    G.mapping(latents())
    assert torch.equal(G.w_avg, before)


def test_the_mean_of_w_is_one_before_the_first_step() -> None:
    """From 0 it would lead truncation towards a w that no latent has."""
    G = style2(w_dim=64, latent_dim=64)
    w = G.mapping(torch.randn(4000, 64, generator=rng(9)), follow=False).detach()
    assert float((G.w_avg - w.mean(0)).norm()) < 0.1 * float(w.mean(0).norm())


def test_latents_are_brought_to_a_mean_square_of_1() -> None:
    G = style2()
    torch.testing.assert_close(G.mapping(latents()), G.mapping(7 * latents()))


def test_the_mapping_moves_a_hundredth_as_far() -> None:
    """What is used is the same at first whatever the rate; one step of the same size moves it a hundredth as far."""
    slow, fast = (ScaledLinear(6, 5, rng(), rate=rate, bias=0.5) for rate in (0.01, 1.0))
    x = torch.randn(3, 6, generator=rng(4))
    before = [layer(x).detach() for layer in (slow, fast)]
    torch.testing.assert_close(*before)
    for layer in (slow, fast):
        with torch.no_grad():
            layer.weight.add_(0.01)
            layer.bias.add_(0.01)
    moved = [layer(x) - first for layer, first in zip((slow, fast), before, strict=True)]
    torch.testing.assert_close(100 * moved[0], moved[1], rtol=1e-3, atol=1e-4)
    assert float(slow.weight.detach().std()) == pytest.approx(100, rel=0.3)


def test_root_2_in_the_activation_keeps_the_power_and_without_it_half_is_lost() -> None:
    x = torch.randn(20_000, 64, generator=rng())
    made = ScaledLinear(64, 64, rng(2))(x).detach()
    power = float(made.square().mean())
    assert float(leaky(made).square().mean()) == pytest.approx(1.04 * power, rel=0.02)
    assert float(F.leaky_relu(made, 0.2).square().mean()) == pytest.approx(0.52 * power, rel=0.02)


# Noise ----------------------------------------------------------------------------------------------------------------


def test_the_first_has_a_strength_for_each_channel_and_the_second_one_for_each_layer() -> None:
    assert [layer.strength.numel() for layer in style().noise_layers] == [8] * 6
    assert [layer.strength.numel() for layer in style2().noise_layers] == [1] * 5
    assert all(not layer.strength.any() for G in (style(), style2()) for layer in G.noise_layers)


@BOTH
def test_a_layers_noise_can_be_switched_off_in_evaluation(made: Any) -> None:
    G = with_noise(made())
    fourth = G.noise_layers[3]

    def image() -> Tensor:
        with torch.no_grad(), fixed_noise(G.noise_layers, rng()):
            found: Tensor = G(latents())
        return found

    fourth.on = False
    G.train()
    in_training = image()
    G.eval()
    off = image()
    fourth.on = True
    assert torch.equal(image(), in_training)
    assert not torch.equal(image(), off)


def test_a_layer_that_is_off_draws_all_the_same() -> None:
    layers = [NoiseMap(), NoiseMap()]
    for layer in layers:
        layer.eval()
        with torch.no_grad():
            layer.strength.fill_(1.0)
    x = torch.zeros(1, 1, 4, 4)

    def second() -> Tensor:
        with fixed_noise(layers, rng()):
            layers[0](x)
            found: Tensor = layers[1](x)
        return found

    before = second()
    layers[0].on = False
    assert torch.equal(second(), before)


def test_without_noise_g_begins_with_the_same_weights_and_draws_nothing() -> None:
    G = style2(noise=False).eval()
    assert not G.noise_layers
    kept = {name: tensor for name, tensor in style2().state_dict().items() if not name.endswith("noise.strength")}
    assert list(kept) == list(G.state_dict())
    assert all(torch.equal(tensor, kept[name]) for name, tensor in G.state_dict().items())
    with torch.no_grad():
        assert torch.equal(G(latents()), G(latents()))


@BOTH
def test_noise_comes_from_the_runs_generator_and_not_from_torchs_own(made: Any) -> None:
    G = with_noise(made())
    images = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        with torch.no_grad(), fixed_noise(G.noise_layers, rng(5)):
            images.append(G(latents()))
    assert torch.equal(*images)


# Layers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("height", "factor"), [(10, 0.848), (50, 0.305), (500, 0.032)])
def test_a_spike_takes_the_strength_of_all_else_through_instance_norm(height: float, factor: float) -> None:
    """The droplet: 1 / sqrt(1 + h^2 / HW (1 - 1 / HW)), for a background of mean 0 and standard deviation 1."""
    pixels = 256
    ground = torch.tensor([1.0, -1.0]).repeat(pixels // 2).double()
    ground[0] = ground[1] = 0.0  # the spike's place, and one to balance it
    ground *= math.sqrt(pixels / (pixels - 2))
    spiked = ground.clone()
    spiked[0] = height
    plain, found = (instance_norm(each.reshape(1, 1, 16, 16)).flatten() for each in (ground, spiked))
    exact = 1 / math.sqrt(1 + height**2 / pixels * (1 - 1 / pixels))
    torch.testing.assert_close((found[2] - found[3]) / (plain[2] - plain[3]), torch.tensor(exact).double(),
                               rtol=1e-6, atol=0)
    assert exact == pytest.approx(factor, abs=5e-4)


def test_the_colours_of_all_sizes_sum_to_the_image() -> None:
    G = with_noise(style2(32).eval())
    kinds: list[object] = [G, style()]
    assert [isinstance(each, SkipStack) for each in kinds] == [True, False]
    ws = repeated(G.mapping(latents()), G.num_ws)
    with torch.no_grad(), fixed_noise(G.noise_layers, rng()):
        parts = G.skip_parts(ws)
    with torch.no_grad(), fixed_noise(G.noise_layers, rng()):
        image = G.synthesis(ws)
    assert len(parts) == 4
    torch.testing.assert_close(torch.stack(parts).sum(0), image, rtol=0, atol=1e-5)


def test_the_style_of_the_first_begins_as_the_normalised_map() -> None:
    G = style(8)
    epilogue = G.epilogues[2]
    x = torch.randn(2, 8, 8, 8, generator=rng())
    made = epilogue(x, torch.zeros(2, 5))
    torch.testing.assert_close(made.mean((2, 3)), torch.zeros(2, 8), rtol=0, atol=1e-5)
    torch.testing.assert_close(made.std((2, 3), correction=0), torch.ones(2, 8), rtol=1e-4, atol=0)


@BOTH
def test_images_begin_with_a_spread_near_1(made: Any) -> None:
    G = made(32, width=64, channel_base=512)
    assert 0.3 < float(G(latents(16)).detach().std()) < 3


def test_fourier_features_take_the_place_of_the_constant() -> None:
    G = style2(fourier_input=True).eval()
    assert not any("constant" in name for name, _ in G.named_parameters())
    ws = repeated(G.mapping(latents()), G.num_ws)
    image = G.synthesis(ws)
    torch.testing.assert_close(G.moved(latents(), torch.eye(3)[None]), image, rtol=0, atol=1e-4)
    aside = torch.eye(3).repeat(4, 1, 1) + torch.tensor([[0, 0, 0.1], [0, 0, 0], [0, 0, 0]])
    assert not torch.allclose(G.moved(latents(), aside), image, atol=1e-2)


# Sizes ----------------------------------------------------------------------------------------------------------------


def test_with_fourier_features_the_picture_can_be_moved_and_comes_nearer_its_place_than_it_stays() -> None:
    """Its features move exactly; its layers follow them in part (EQ-T far below StyleGAN3's)."""
    G, z = style2(fourier_input=True).eval(), latents(16)
    before = G.w_avg.clone()
    movable: object = G
    assert isinstance(movable, Movable) and G.movable and not style2().movable
    with torch.no_grad():
        still = G(z)
        assert torch.equal(G.moved(z, placement([0.0], [0.0])), still)
        moved = G.moved(z, placement([2 / 16], [0.0]))[:, :, 3:-3, 5:-1]  # what was 2 px to the left
    there, here = still[:, :, 3:-3, 3:-3], still[:, :, 3:-3, 5:-1]
    assert (moved - there).square().mean() < 0.6 * (moved - here).square().mean()
    assert torch.equal(G.w_avg, before)


def test_channels_are_those_of_the_table() -> None:
    def of(side: int, base: int, width: int) -> list[int]:
        return channels_of_levels(width, base, (3, side, side), "style2")

    assert of(32, 512, 64) == [64, 64, 32, 16]
    assert of(64, 4096, 256) == [256, 256, 256, 128, 64]
    assert of(128, 8192, 512) == [512, 512, 512, 256, 128, 64]
    assert of(128, 16384, 512) == [512, 512, 512, 512, 256, 128]


def test_the_small_pair_has_the_weights_of_the_prototypes() -> None:
    c = Style2Controls()
    G, D = (build(c, (3, 32, 32), rng()) for build in (Style2().generator, Style2().discriminator))
    count_g, count_d = (sum(p.numel() for p in player.parameters()) for player in (G, D))
    assert count_g == pytest.approx(197_000, rel=0.01)
    assert count_d == pytest.approx(218_000, rel=0.01)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize(("side", "colours"), [(8, 1), (16, 3), (64, 3)])
def test_scores(side: int, colours: int, residual: bool) -> None:
    channels = channels_of_levels(4, StyleControls().channel_base, (colours, side, side), "style")
    D = StyleDiscriminator(channels, colours, rng(), residual=residual)
    scores = D(torch.randn(4, colours, side, side, generator=rng()))
    assert scores.shape == (4,) and scores.isfinite().all()


def test_a_residual_halving_keeps_the_power() -> None:
    D = StyleDiscriminator([64, 64], 3, rng(), residual=True)
    x = torch.randn(16, 64, 16, 16, generator=rng(2))
    smooth = F.interpolate(torch.randn(16, 64, 4, 4, generator=rng(3)), scale_factor=4, mode="bilinear")
    assert D.blocks[0](x).shape == (16, 64, 8, 8)
    made = D.blocks[0](smooth)
    assert 0.3 < float(made.detach().std() / smooth.std()) < 2


def test_the_spread_of_the_batch_is_taken_over_strided_groups() -> None:
    """Of eight images 0, 2, 4, 6 are a group: with them alike, and 1, 3, 5, 7 unlike, only the latter see a spread."""
    D = StyleDiscriminator([4, 4], 3, rng(), residual=True)
    one, others = (torch.randn(n, 3, 8, 8, generator=rng(n)) for n in (1, 4))
    batch = torch.stack([part for pair in zip(one.expand(4, -1, -1, -1), others, strict=True) for part in pair])
    alone = D(one.expand(4, -1, -1, -1))
    torch.testing.assert_close(D(batch)[::2], alone)


@pytest.mark.parametrize("build", [Style2().generator, Style2().discriminator])
def test_sides_that_are_no_power_of_two_are_refused(build: Any) -> None:
    with pytest.raises(BadInput, match="set resolution"):
        build(Style2Controls(), (3, 28, 28), rng())


def test_a_convolution_with_an_equalised_rate() -> None:
    layer = ScaledConv(5, 7, 3, rng(), gain=math.sqrt(2))
    x = torch.randn(1, 5, 4, 4, generator=rng(2))
    torch.testing.assert_close(layer(x), F.conv2d(x, layer.weight * math.sqrt(2) / math.sqrt(45), padding=1))


@BOTH
def test_half_precision_passes_through(made: Any) -> None:
    G = made()
    with torch.no_grad():
        exact = G(latents())
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = G(latents())
    assert float((rough.float() - exact).abs().mean() / exact.abs().mean()) < 0.1
