"""Six norms: the identities between them, and what they take away."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganstudio.core.feature_norms import NAMES, NormName, shares_mean
from ganstudio.networks.parts.six_norms import MapNorm, groups_of, plain_norm, statistics

CLOSE = 1e-6


def maps(n: int = 5, channels: int = 8) -> Tensor:
    return torch.randn(n, channels, 6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def norm(name: NormName, channels: int = 8) -> MapNorm:
    torch.manual_seed(0)
    return MapNorm(name, channels, labels=4, style=3, hidden=5).double()


def labels(n: int = 5) -> Tensor:
    return nn.functional.one_hot(torch.randint(4, (n, 12, 12), generator=torch.Generator().manual_seed(1)), 4).permute(
        0, 3, 1, 2).double()


def test_one_group_is_layer_norm_and_a_group_for_each_channel_is_instance_norm() -> None:
    x = maps()
    assert torch.allclose(norm("layer")(x, labels()), nn.GroupNorm(1, 8).double()(x), atol=CLOSE)
    every = nn.GroupNorm(8, 8, affine=False).double()(x)
    assert torch.allclose(norm("instance")(x, labels()), every, atol=CLOSE)
    flat = x.flatten(1)
    by_hand = (flat - flat.mean(1, keepdim=True)) / (flat.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    assert torch.allclose(norm("layer")(x, labels()).flatten(1), by_hand, atol=CLOSE)


def test_batch_norm_of_a_single_image_is_instance_norm() -> None:
    x = maps(n=1)
    assert torch.allclose(norm("batch").train()(x, labels(1)), norm("instance")(x, labels(1)), atol=CLOSE)


def test_adain_has_the_mean_and_the_spread_of_its_style() -> None:
    layer, x = norm("adain"), maps()
    style = torch.randn(5, 3, dtype=torch.float64)
    gamma, beta = layer.of_style(style).chunk(2, dim=1)
    made = layer(x, labels(), style)
    assert torch.allclose(made.mean((2, 3)), beta, atol=CLOSE)
    assert torch.allclose(made.std((2, 3), unbiased=False), (1 + gamma).abs(), rtol=1e-4)


def test_spade_on_a_map_of_one_class_is_class_conditional_batch_norm() -> None:
    layer, x = norm("spade").train(), maps()
    same = torch.zeros(5, 4, 12, 12, dtype=torch.float64)
    same[:, 2] = 1
    made = layer(x, same)
    plain = nn.BatchNorm2d(8, affine=False).double()(x)
    scale = ((made - made.mean((0, 2, 3), keepdim=True)) / plain)[:, :, 2, 2]
    assert torch.allclose(scale, scale[:1].expand_as(scale), rtol=1e-5)  # one scale for each channel, at all places
    shift = made - scale[:, :, None, None] * plain
    assert torch.allclose(shift, shift[:1, :, :1, :1].expand_as(shift), atol=CLOSE)


def first_of(name: NormName, m: Tensor) -> Tensor:
    """A label map by one reflect-padded convolution and the norm."""
    torch.manual_seed(0)
    enter = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(4, 16, 3)).double()
    style = torch.zeros(len(m), 3, dtype=torch.float64)
    made: Tensor = norm(name, 16).train()(enter(m), m, style)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_instance_norm_forgets_which_class_a_one_class_map_has(name: NormName) -> None:
    uniform = torch.eye(4, dtype=torch.float64)[:, :, None, None].expand(4, 4, 12, 12)
    made = first_of(name, uniform)
    apart = (made - made[:1]).abs().max()
    if name in ("instance", "adain"):
        assert apart < 1e-5
    else:
        assert apart > 0.1


def test_batch_norm_knows_the_class_only_by_the_other_maps_of_the_batch() -> None:
    uniform = torch.eye(4, dtype=torch.float64)[:, :, None, None].expand(4, 4, 12, 12)
    alone = torch.cat([first_of("batch", uniform[i : i + 1]) for i in range(4)])
    assert (alone - alone[:1]).abs().max() < 1e-5
    by_spade = torch.cat([first_of("spade", uniform[i : i + 1]) for i in range(4)])
    assert (by_spade - by_spade[:1]).abs().max() > 0.1


def moved_by(name: NormName, x: Tensor, image: int) -> Tensor:
    """Which cells (map, channel) a pixel of a map's channel 2 depends on, by its slope: ``(n, channels)``."""
    x = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(plain_norm(name, x.shape[1]).double().train()(x)[image, 2, 3, 3], x)
    return slope.abs().sum((2, 3)) > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_cells_that_share_a_mean_are_those_that_the_norm_looks_at(name: NormName) -> None:
    x, channels = maps(n=3, channels=16), 16
    groups = [channel * groups_of(channels) // channels for channel in range(channels)]
    together = moved_by(name, x, 1)
    for image in range(3):
        for channel in range(channels):
            shared = shares_mean(name, (1, 2), (image, channel), groups)
            assert shared == bool(together[image, channel]), (image, channel)
    by_itself = moved_by(name, x[1:2], 0)
    for channel in range(channels):
        assert shares_mean(name, (1, 2), (1, channel), groups, alone=True) == bool(by_itself[0, channel])
        assert not shares_mean(name, (1, 2), (0, channel), groups, alone=True)


AXES = {"batch": (0, 2, 3), "spade": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3), "adain": (2, 3)}


@pytest.mark.parametrize("name", NAMES)
def test_the_mean_and_the_spread_are_those_that_the_norm_uses(name: NormName) -> None:
    x = maps(channels=16) * 3 + 1
    mean, spread = statistics(name, x)
    y = x.numpy()
    if name == "group":
        parts = y.reshape(5, 8, 2, 6, 6)
        by_hand = [found.repeat(2, axis=1) for found in (parts.mean((2, 3, 4)), parts.std((2, 3, 4)))]
    else:
        by_hand = [found.squeeze((2, 3)) + 0 * y[:, :, 0, 0] for found in (
            y.mean(AXES[name], keepdims=True), y.std(AXES[name], keepdims=True))]
    assert torch.allclose(mean, torch.from_numpy(by_hand[0]), atol=1e-12)
    assert torch.allclose(spread, torch.from_numpy(by_hand[1]), atol=1e-12)
    made = (x - mean[:, :, None, None]) / (spread[:, :, None, None] ** 2 + 1e-5).sqrt()
    assert torch.allclose(made, plain_norm(name, 16).double().train()(x), atol=CLOSE)
