"""Labels in G and D: against what each paper's equation says, worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from ganstudio.networks.parts.conditional import (
    BlindDiscriminator,
    ConcatDiscriminator,
    ConditionalBatchNorm,
    LabelledGenerator,
    ProjectionDiscriminator,
    class_weights,
)


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


class First(nn.Module):
    """Gives the first coordinates of its input, whatever it is."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1).sum(1)


def test_a_class_is_a_mixture_with_one_part() -> None:
    assert class_weights(torch.tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    mixed = torch.tensor([[0.5, 0.5, 0.0]])
    assert torch.equal(class_weights(mixed, 3), mixed)


def test_a_generator_is_given_the_latent_and_the_label_in_one_row() -> None:
    G = LabelledGenerator(nn.Identity(), 3)
    z = torch.tensor([[1.0, 2.0]])
    assert G(z, torch.tensor([1])).tolist() == [[1, 2, 0, 1, 0]]


def test_the_projections_score_is_the_papers_equation() -> None:
    """psi(phi) + <V y, phi>, eq. (3) of Miyato and Koyama."""
    D = ProjectionDiscriminator(nn.Linear(2, 4), 4, 3, 0.5, rng())
    x, y = torch.randn(5, 2, generator=rng()), torch.tensor([0, 1, 2, 1, 0])
    phi = D.trunk(x)
    expected = phi @ D.last.weight[0] + D.last.bias + (D.embedding[y] * phi).sum(1)
    torch.testing.assert_close(D(x, y), expected)


def test_the_projection_of_gaussian_classes_is_exact() -> None:
    """With phi = (x, 1, |x|^2) the optimal logit log p(x|y)/q(x|y) of two Gaussians is a projection."""
    mu, nu, s, t = torch.tensor([[1.0, 2.0], [-1.0, 0.5]]), torch.tensor([[0.0, 1.0], [0.5, -2.0]]), 0.7, 1.3

    class Features(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([x, torch.ones(len(x), 1), x.square().sum(1, keepdim=True)], 1)

    D = ProjectionDiscriminator(Features(), 4, 2, 0.5, rng())
    with torch.no_grad():
        D.embedding[:, :2] = mu / s**2 - nu / t**2
        D.embedding[:, 2] = nu.square().sum(1) / (2 * t**2) - mu.square().sum(1) / (2 * s**2)
        D.embedding[:, 3] = 1 / (2 * t**2) - 1 / (2 * s**2)
        D.last.weight.zero_()
        D.last.bias.fill_(-2 * torch.log(torch.tensor(s / t)))
    x, y = torch.randn(50, 2, generator=rng()), torch.arange(50) % 2
    log_p, log_q = (-(x - mean[y]).square().sum(1) / (2 * sd**2) - 2 * math.log(sd) for mean, sd in ((mu, s), (nu, t)))
    torch.testing.assert_close(D(x, y), log_p - log_q, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(2,), (1, 4, 4)])
def test_a_label_beside_a_sample_is_seen_and_one_before_a_blind_d_is_not(shape: tuple[int, ...]) -> None:
    x, labels = torch.randn(3, *shape, generator=rng()), torch.tensor([0, 1, 2])
    seen = ConcatDiscriminator(nn.Sequential(nn.Flatten(), nn.Linear(
        (shape[0] + 3) * (shape[1] * shape[2] if len(shape) > 1 else 1), 1), nn.Flatten(0)), 3)
    assert not torch.allclose(seen(x, labels), seen(x, labels.flip(0)))
    blind = BlindDiscriminator(First())
    assert torch.equal(blind(x, labels), blind(x, labels.flip(0)))


def test_on_an_image_a_label_is_a_constant_plane_for_each_class() -> None:
    seen: list[torch.Tensor] = []

    class Watch(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return x.flatten(1).sum(1)

    ConcatDiscriminator(Watch(), 2)(torch.zeros(1, 1, 4, 4), torch.tensor([1]))
    assert seen[0].shape == (1, 3, 4, 4)
    assert seen[0][0, 1].eq(0).all() and seen[0][0, 2].eq(1).all()


def test_batch_norm_of_a_class_is_batch_norm_with_that_class_scale_and_shift() -> None:
    norm = ConditionalBatchNorm(3, 2, 0.3, rng())
    with torch.no_grad():
        norm.shift.normal_(generator=rng())
    x = torch.randn(8, 3, 4, 4, generator=rng())
    label = torch.tensor([0, 1] * 4)
    normed = (x - x.mean((0, 2, 3), keepdim=True)) / (x.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-5).sqrt()
    expected = normed * norm.scale[label][:, :, None, None] + norm.shift[label][:, :, None, None]
    torch.testing.assert_close(norm(x, class_weights(label, 2)), expected, rtol=1e-4, atol=1e-5)
