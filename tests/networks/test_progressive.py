"""The growing players: what each layer is, against the paper's formulas written out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganstudio.core.control import validated
from ganstudio.core.network import Growable, Stage
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.parts.equalised import HE, equalised
from ganstudio.networks.parts.minibatch_stddev import with_minibatch_stddev
from ganstudio.networks.parts.pixel_norm import pixel_norm
from ganstudio.networks.parts.progressive_layers import channels_at
from ganstudio.networks.progressive import (
    Progressive,
    ProgressiveControls,
    ProgressiveDiscriminator,
    ProgressiveGenerator,
)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def players(side: int = 16, width: int = 8, colours: int = 3) -> tuple[ProgressiveGenerator, ProgressiveDiscriminator]:
    """Both in double precision, their biases not 0."""
    c = validated(ProgressiveControls, {"width": width, "latent_dim": 6})
    G = Progressive().generator(c, (colours, side, side), rng())
    D = Progressive().discriminator(c, (colours, side, side), rng(1))
    assert isinstance(G, ProgressiveGenerator) and isinstance(D, ProgressiveDiscriminator)
    for module in (G, D):
        for name, parameter in module.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter, std=0.3, generator=rng(2))
    return G.double(), D.double()


def latents(n: int = 5) -> Tensor:
    return torch.randn(n, 6, generator=rng(3), dtype=torch.float64)


def images(side: int, n: int = 5) -> Tensor:
    return torch.randn(n, 3, side, side, generator=rng(4), dtype=torch.float64)


def at(player: Any, level: int, alpha: float, x: Tensor) -> Tensor:
    player.set_stage(Stage(level, alpha))
    with torch.no_grad():
        y: Tensor = player(x)
    return y


# Growing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [1, 2])
def test_at_alpha_0_g_makes_the_old_images_each_pixel_doubled(level: int) -> None:
    G, _ = players()
    old = at(G, level - 1, 1.0, latents())
    by_hand = old.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    torch.testing.assert_close(at(G, level, 0.0, latents()), by_hand, rtol=0, atol=1e-6)


@pytest.mark.parametrize("level", [1, 2])
def test_at_alpha_0_d_scores_the_halved_images_as_it_did(level: int) -> None:
    _, D = players()
    x = images(4 << level)
    n, c, side, _ = x.shape
    smaller = x.reshape(n, c, side // 2, 2, side // 2, 2).mean(dim=(3, 5))
    torch.testing.assert_close(at(D, level, 0.0, x), at(D, level - 1, 1.0, smaller), rtol=0, atol=1e-6)


def test_at_alpha_1_g_is_the_new_layers_alone() -> None:
    """The whole of G written out: dense, bias, bend, pixelnorm, convolutions after doubling, colours without a bend."""
    G, _ = players(side=8)
    w = dict(G.named_parameters())

    def conv(x: Tensor, name: str, gain: float = HE) -> Tensor:
        weight = w[f"{name}.parametrizations.weight.original"]
        scale = gain / math.sqrt(math.prod(weight.shape[1:]))
        return F.conv2d(x, weight * scale, w[f"{name}.bias"], padding=weight.shape[-1] // 2)

    def normed(x: Tensor) -> Tensor:
        return x / (x.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()

    def bent(x: Tensor) -> Tensor:
        return torch.where(x > 0, x, 0.2 * x)

    dense = w["smallest.dense.parametrizations.weight.original"] * (math.sqrt(2) / 4) / math.sqrt(6)
    x = (normed(latents()) @ dense.T).reshape(5, 8, 4, 4) + w["smallest.bias"]
    x = normed(bent(conv(normed(bent(x)), "smallest.conv")))
    x = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    for name in ("first", "second"):
        x = normed(bent(conv(x, f"larger.0.{name}")))
    torch.testing.assert_close(at(G, 1, 1.0, latents()), conv(x, "to_colours.1", 1.0), rtol=0, atol=1e-6)


def test_at_alpha_1_d_is_the_new_layers_alone() -> None:
    _, D = players(side=8)
    w = dict(D.named_parameters())

    def conv(x: Tensor, name: str, padding: int) -> Tensor:
        weight = w[f"{name}.parametrizations.weight.original"]
        x = F.conv2d(x, weight * HE / math.sqrt(math.prod(weight.shape[1:])), w[f"{name}.bias"], padding=padding)
        return torch.where(x > 0, x, 0.2 * x)

    x = conv(images(8, n=4), "from_colours.1", 0)
    x = conv(conv(x, "larger.0.first", 1), "larger.0.second", 1).reshape(4, 8, 4, 2, 4, 2).mean(dim=(3, 5))
    spread = (x.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    x = torch.cat([x, spread.expand(4, 1, 4, 4)], dim=1)
    x = conv(conv(x, "verdict.conv", 1), "verdict.last_conv", 0).flatten(1)
    dense = w["verdict.dense.parametrizations.weight.original"] / math.sqrt(8)
    by_hand = (x @ dense.T + w["verdict.dense.bias"])[:, 0]
    torch.testing.assert_close(at(D, 1, 1.0, images(8, n=4)), by_hand, rtol=0, atol=1e-6)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9])
def test_between_g_runs_in_a_straight_line(alpha: float) -> None:
    G, _ = players()
    old, new = at(G, 2, 0.0, latents()), at(G, 2, 1.0, latents())
    torch.testing.assert_close(at(G, 2, alpha, latents()), (1 - alpha) * old + alpha * new, rtol=0, atol=1e-6)


def test_between_d_mixes_the_features_and_not_the_scores() -> None:
    _, D = players(side=8)
    x = images(8)
    with torch.no_grad():
        new = D.larger[0](F.leaky_relu(D.from_colours[1](x), 0.2))
        old = F.leaky_relu(D.from_colours[0](F.avg_pool2d(x, 2)), 0.2)
        by_hand = D.verdict(0.7 * old + 0.3 * new)
    torch.testing.assert_close(at(D, 1, 0.3, x), by_hand, rtol=0, atol=1e-6)


def test_the_first_level_has_nothing_to_fade_beside() -> None:
    G, D = players()
    assert torch.equal(at(G, 0, 0.3, latents()), at(G, 0, 1.0, latents()))
    assert torch.equal(at(D, 0, 0.3, images(4)), at(D, 0, 1.0, images(4)))


@pytest.mark.parametrize(("side", "colours"), [(4, 1), (8, 3), (32, 1), (64, 3), (256, 3), (256, 1)])
def test_every_size(side: int, colours: int) -> None:
    G, D = players(side, width=4, colours=colours)
    assert isinstance(G, Growable) and isinstance(D, Growable)
    assert G.levels == D.levels == int(math.log2(side)) - 1
    for level in range(G.levels):
        made = at(G, level, 1.0, latents(2))
        assert made.shape == (2, colours, 4 << level, 4 << level)
        scores = at(D, level, 1.0, made)
        assert scores.shape == (2,) and scores.isfinite().all()


def test_it_starts_fully_grown_and_has_all_its_parameters_at_every_stage() -> None:
    G, D = players(side=32)
    with torch.no_grad():
        assert G(latents()).shape == (5, 3, 32, 32)
        assert D(images(32)).shape == (5,)
    before = [name for name, _ in G.named_parameters()]
    G.set_stage(Stage(0))
    assert [name for name, _ in G.named_parameters()] == before


@pytest.mark.parametrize("stage", [Stage(-1), Stage(3), Stage(1, -0.1), Stage(1, 1.1)])
def test_stages_that_there_are_not(stage: Stage) -> None:
    for player in players(side=16):
        with pytest.raises(ValueError, match="there are 3 levels"):
            player.set_stage(stage)


@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 2, 2), (1, 32, 64), (3, 96, 96)])
def test_shapes_that_halving_does_not_bring_to_4_px_are_refused(shape: tuple[int, ...]) -> None:
    c = ProgressiveControls()
    for build in (Progressive().generator, Progressive().discriminator):
        with pytest.raises(BadInput, match=f"power of two from 4 px, not {shape[1]} x {shape[2]} px"):
            build(c, shape, rng())


def test_the_generators_gradient_reaches_every_layer_of_its_stage_and_the_old_colours_while_fading() -> None:
    G, D = players(side=16)
    for stage, used in ((Stage(1), {"to_colours.1"}), (Stage(1, 0.5), {"to_colours.0", "to_colours.1"})):
        for player in (G, D):
            player.set_stage(stage)
        names, parameters = zip(*G.named_parameters(), strict=True)
        gradients = torch.autograd.grad(D(G(latents())).sum(), parameters, allow_unused=True)
        reached = {name for name, gradient in zip(names, gradients, strict=True)
                   if gradient is not None and gradient.abs().sum() > 0}
        assert {name for name in names if name.startswith(("smallest", "larger.0"))} <= reached
        assert {name[:12] for name in reached if name.startswith("to_colours")} == used
        assert not any(name.startswith("larger.1") for name in reached)


# Sizes -------------------------------------------------------------------------------------------------------------


def test_the_channels_are_the_papers() -> None:
    """Table 2: 512 up to 32 px, then half as many at each size, 16 at 1024 px."""
    assert [channels_at(level, 512) for level in range(9)] == [512, 512, 512, 512, 256, 128, 64, 32, 16]
    assert [channels_at(level, 512) for level in range(9)] == [
        min(8192 // 2 ** (int(math.log2(4 << level)) - 1), 512) for level in range(9)]


def test_other_widths_keep_the_papers_ratio() -> None:
    assert [channels_at(level, 32) for level in range(9)] == [32, 32, 32, 32, 16, 8, 4, 2, 1]
    assert channels_at(8, 4) == 1


def test_at_1024_px_each_player_has_the_papers_23_million_weights() -> None:
    """Karras et al., table 2: 23.1M trainable parameters in G and in D."""
    c = ProgressiveControls(width=512, latent_dim=512)
    for build in (Progressive().generator, Progressive().discriminator):
        player = build(c, (3, 1024, 1024), rng())
        assert sum(parameter.numel() for parameter in player.parameters()) == pytest.approx(23.1e6, abs=0.05e6)


# Layers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 64), (2, 16, 5, 5)])
def test_pixelnorm_leaves_a_mean_square_of_1(shape: tuple[int, ...]) -> None:
    x = 7 * torch.randn(shape, generator=rng())
    y = pixel_norm(x)
    torch.testing.assert_close(y.square().mean(dim=1), torch.ones_like(y[:, 0]), rtol=0, atol=1e-4)
    cosine = F.cosine_similarity(x, y, dim=1)
    torch.testing.assert_close(cosine, torch.ones_like(cosine))


def test_pixelnorm_of_nothing_is_nothing() -> None:
    assert torch.equal(pixel_norm(torch.zeros(2, 3)), torch.zeros(2, 3))


def test_the_generators_latents_are_normed_first() -> None:
    G, _ = players()
    torch.testing.assert_close(at(G, 2, 1.0, latents()), at(G, 2, 1.0, 10 * latents()), rtol=0, atol=1e-6)


def test_the_spread_of_an_identical_batch_is_0() -> None:
    x = torch.randn(1, 3, 4, 4, generator=rng()).expand(8, 3, 4, 4)
    y = with_minibatch_stddev(x)
    assert y.shape == (8, 4, 4, 4)
    assert torch.equal(y[:, :3], x)
    assert y[:, 3].max() <= 1.0001e-4  # sqrt(0 + 1e-8)


def test_the_groups_are_strided() -> None:
    """Of eight images, one group is 0, 2, 4, 6 and the other 1, 3, 5, 7; consecutive groups would read 1.118."""
    x = torch.arange(8.0).reshape(8, 1, 1, 1).expand(8, 2, 4, 4)
    found = with_minibatch_stddev(x)[:, 2, 0, 0]
    # 0, 2, 4, 6 less their mean 3 has squares 9, 1, 1, 9: population variance 5 (a sample's would be 6.67).
    torch.testing.assert_close(found, torch.full((8,), math.sqrt(5)))


def test_each_image_reads_the_spread_of_its_own_group() -> None:
    x = torch.zeros(8, 1, 4, 4)
    x[[1, 5]] = 4.0  # group 1, 3, 5, 7: deviations of 2 from the mean 2; the other group is all 0
    found = with_minibatch_stddev(x)[:, 1]
    assert torch.equal(found, found[:, :1, :1].expand(8, 4, 4))
    torch.testing.assert_close(found[:, 0, 0], torch.tensor([1e-4, 2.0] * 4))


def test_the_spread_is_the_mean_over_features_and_pixels() -> None:
    x = torch.randn(4, 3, 4, 4, generator=rng(), dtype=torch.float64)
    by_hand = x.numpy().std(axis=0).mean()
    assert with_minibatch_stddev(x)[2, 3, 1, 1].item() == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6, 7, 9, 10, 13])
def test_batches_that_are_no_multiple_of_4_have_some_smaller_groups(n: int) -> None:
    x = torch.randn(n, 2, 4, 4, generator=rng(), dtype=torch.float64)
    groups = math.ceil(n / 4)
    found = with_minibatch_stddev(x)[:, 2, 0, 0]
    for i in range(n):
        members = x[i % groups::groups]
        assert 1 <= len(members) <= 4
        assert found[i].item() == pytest.approx(
            (members.var(dim=0, unbiased=False) + 1e-8).sqrt().mean().item(), rel=1e-9)


def test_the_spread_can_be_differentiated_twice_where_it_is_0() -> None:
    x = torch.ones(4, 1, 4, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(with_minibatch_stddev(x)[:, 1].sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(gradient.square().sum(), x)
    assert gradient.isfinite().all() and second.isfinite().all()


def test_d_reads_the_spread() -> None:
    """The same image is scored otherwise among its likes than among others."""
    _, D = players(side=8)
    one, others = images(8, n=1), images(8, n=4)
    among_likes = at(D, 1, 1.0, one.expand(4, -1, -1, -1))[0]
    among_others = at(D, 1, 1.0, torch.cat([one, others[1:]]))[0]
    assert abs(among_likes - among_others) > 1e-4
    assert Progressive().batch_dependence(ProgressiveControls()) == "minibatch stddev"


@pytest.mark.parametrize("gain", [HE, 1.0, HE / 4])
def test_the_scale_at_run_time_is_exact_and_the_bias_is_not_scaled(gain: float) -> None:
    conv = equalised(nn.Conv2d(5, 7, 3).double(), rng(), gain)
    drawn = torch.empty(7, 5, 3, 3, dtype=torch.float64).normal_(generator=rng())
    assert conv.bias is not None
    assert torch.equal(conv.bias, torch.zeros(7, dtype=torch.float64))
    with torch.no_grad():
        conv.bias.fill_(0.5)
        silence = conv(torch.zeros(1, 5, 3, 3, dtype=torch.float64))
    assert torch.equal(silence.flatten(), torch.full((7,), 0.5, dtype=torch.float64))
    torch.testing.assert_close(conv.weight, drawn * gain / math.sqrt(45), rtol=1e-12, atol=0)


def test_the_kept_weights_are_standard_normal_whatever_the_layer() -> None:
    G, D = players(side=32, width=32)
    for player in (G, D):
        for name, weight in player.named_parameters():
            if "weight" in name and weight.numel() > 2000:
                assert weight.std().item() == pytest.approx(1.0, abs=0.08), name
                assert weight.mean().item() == pytest.approx(0.0, abs=0.08), name


def gains(player: nn.Module) -> dict[str, float]:
    """Scale at run time times the root of the inputs, layer by layer."""
    found = {}
    for name, layer in player.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            kept = dict(layer.named_parameters())["parametrizations.weight.original"].detach()
            used = layer.weight.detach()
            found[name] = float((used / kept).flatten()[0]) * math.sqrt(kept[0].numel())
    return found


def test_the_gains_are_the_papers() -> None:
    """He's, a quarter of it where G begins, and 1 where G ends in colours and D in a score."""
    for player in players():
        for name, gain in gains(player).items():
            expected = (math.sqrt(2) / 4 if name == "smallest.dense"
                        else 1.0 if name.startswith("to_colours") or name == "verdict.dense" else math.sqrt(2))
            assert gain == pytest.approx(expected, rel=1e-9), name


def test_the_seed_decides() -> None:
    c = ProgressiveControls(width=8)
    one, again, other = (Progressive().generator(c, (3, 8, 8), rng(seed)).state_dict() for seed in (1, 1, 2))
    name = "larger.0.first.parametrizations.weight.original"
    assert torch.equal(one[name], again[name])
    assert not torch.equal(one[name], other[name])


def test_half_precision_passes_through_every_stage() -> None:
    c = ProgressiveControls(width=8, latent_dim=6)
    G, D = Progressive().generator(c, (3, 8, 8), rng()), Progressive().discriminator(c, (3, 8, 8), rng())
    assert isinstance(G, Growable) and isinstance(D, Growable)
    for stage in (Stage(0), Stage(1, 0.5), Stage(1)):
        G.set_stage(stage)
        D.set_stage(stage)
        with torch.no_grad():
            exact = G(latents().float())
            with torch.autocast("cpu", dtype=torch.bfloat16):
                made = G(latents().float())
                scores = D(made.float())
        torch.testing.assert_close(made.float(), exact, rtol=0, atol=0.1)
        assert scores.isfinite().all()


def test_its_work_grows_with_size_width_and_batch() -> None:
    def work(**values: Any) -> float:
        return Progressive().flops(ProgressiveControls(**values), 16)

    assert work(width=32, resolution=32) < work(width=32, resolution=64) < work(width=64, resolution=64)
    assert work(width=32) == work(width=32, resolution=64)
    # 4 px alone, written out: two convolutions of 4 x 4 x 3 x 3 x width x width for each image.
    assert work(width=8, resolution=4) == 16 * 2 * 16 * 9 * 64
