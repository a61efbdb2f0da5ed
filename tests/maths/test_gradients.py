"""Slopes of critics whose gradient is known, and the traps that other people's penalties fell into."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from ganstudio.maths.gradients import (
    input_gradient_norm,
    interpolate,
    pixel_gradient_norm,
    r1_over_levels,
    r1_penalty,
)
from ganstudio.maths.resampling import image_levels

IMAGES = (64, 3, 8, 8)


class Critic:
    """A plain function as a Scorer."""

    def __init__(self, score: Callable[[Tensor], Tensor]) -> None:
        self.score = score

    def __call__(self, x: Tensor, *given: Tensor) -> Tensor:
        return self.score(x)

    def both(self, real: Tensor, fake: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        return self.score(real), self.score(fake)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def unit_slope(shape: tuple[int, ...]) -> Critic:
    w = torch.randn(shape, generator=seeded(), dtype=torch.float64)
    w /= w.norm()
    return Critic(lambda x: (x * w).flatten(1).sum(1))


@pytest.mark.parametrize("shape", [(1,), (2,), (1, 28, 28), IMAGES[1:]])
@pytest.mark.parametrize("n", [1, 64])
def test_a_critic_of_unit_slope_pays_no_penalty(shape: tuple[int, ...], n: int) -> None:
    """Over one axis instead of all it would pay .79, over the whole batch of 64 it would pay 49."""
    x = torch.randn(n, *shape, generator=seeded(1), dtype=torch.float64)
    norms = input_gradient_norm(unit_slope(shape), x)
    assert norms.shape == (n,)
    assert (norms - 1).square().mean().item() == pytest.approx(0.0, abs=1e-20)


def test_each_sample_has_its_own_norm() -> None:
    x = torch.randn(IMAGES, generator=seeded(), dtype=torch.float64)
    norms = input_gradient_norm(Critic(lambda x: x.flatten(1).square().sum(1) / 2), x)
    torch.testing.assert_close(norms, x.flatten(1).norm(dim=1))


def test_the_norm_does_not_depend_on_who_else_is_in_the_batch() -> None:
    D = Critic(lambda x: x.flatten(1).pow(3).sum(1))
    x = torch.randn(8, 3, 4, 4, generator=seeded())
    torch.testing.assert_close(input_gradient_norm(D, x)[:2], input_gradient_norm(D, x[:2]))


def test_the_slope_agrees_with_finite_differences() -> None:
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1)).double()
    for parameter in net.parameters():
        nn.init.normal_(parameter, generator=seeded(3))
    D = Critic(lambda x: net(x).squeeze(1))
    x, h = torch.randn(10, 2, generator=seeded(4), dtype=torch.float64), 1e-6
    steps = h * torch.eye(2, dtype=torch.float64)
    with torch.no_grad():
        slopes = torch.stack([(D(x + step) - D(x - step)) / (2 * h) for step in steps], dim=1)
    torch.testing.assert_close(input_gradient_norm(D, x).detach(), slopes.norm(dim=1), rtol=1e-6, atol=1e-6)


def test_the_penalty_reaches_the_critics_weights() -> None:
    w = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    x = torch.zeros(5, 2, dtype=torch.float64)
    penalty = (input_gradient_norm(Critic(lambda x: x @ w), x) - 1).square().mean()
    penalty.backward()  # type: ignore[no-untyped-call]
    assert penalty.item() == pytest.approx(16.0)
    assert w.grad is not None
    torch.testing.assert_close(w.grad, 2 * 4 * torch.tensor([0.6, 0.8], dtype=torch.float64))


def test_double_backward_is_finite_where_the_gradient_is_zero() -> None:
    w = torch.ones(2, requires_grad=True)
    norms = input_gradient_norm(Critic(lambda x: (w * x.square()).sum(1)), torch.zeros(4, 2))
    torch.testing.assert_close(norms.detach(), torch.full((4,), 1e-6))
    (slope,) = torch.autograd.grad((norms - 1).square().mean(), w)
    assert slope.isfinite().all()


def test_double_backward_is_finite_where_every_unit_is_dead() -> None:
    hidden = nn.Linear(2, 8)
    nn.init.constant_(hidden.bias, -100.0)
    net = nn.Sequential(hidden, nn.ReLU(), nn.Linear(8, 1))
    norms = input_gradient_norm(Critic(lambda x: net(x).squeeze(1)), torch.zeros(4, 2))
    slopes = torch.autograd.grad((norms - 1).square().mean(), list(net.parameters()), allow_unused=True)
    assert all(slope is None or slope.isfinite().all() for slope in slopes)


@pytest.mark.parametrize("score", [
    lambda x: torch.zeros(len(x)),
    lambda x: torch.ones(len(x), requires_grad=True) * 2,
    lambda x: x.detach().sum(1),
])
def test_a_score_that_does_not_depend_on_the_input_is_an_error(score: Callable[[Tensor], Tensor]) -> None:
    with pytest.raises(RuntimeError):
        input_gradient_norm(Critic(score), torch.zeros(3, 2))


def test_the_input_is_detached_and_left_as_it_was() -> None:
    upstream = torch.ones(3, 2, requires_grad=True)
    x = upstream * 2
    w = torch.ones(2, requires_grad=True)
    norms = input_gradient_norm(Critic(lambda x: (w * x.square()).sum(1)), x)
    norms.sum().backward()  # type: ignore[no-untyped-call]
    assert w.grad is not None
    assert upstream.grad is None
    plain = torch.ones(3, 2)
    input_gradient_norm(Critic(lambda x: (w * x.square()).sum(1)), plain)
    assert not plain.requires_grad
    assert plain.grad is None


def test_one_eps_for_each_sample() -> None:
    """Not one for the batch, and not one for each pixel."""
    eps = interpolate(torch.ones(IMAGES), torch.zeros(IMAGES), seeded()).flatten(1)
    assert (eps == eps[:, :1]).all()
    assert len(set(eps[:, 0].tolist())) == len(eps)


def test_eps_is_uniform() -> None:
    eps = interpolate(torch.ones(40_000, 1), torch.zeros(40_000, 1), seeded()).flatten()
    assert 0 <= eps.min() < 1e-3
    assert 0.999 < eps.max() <= 1
    assert eps.mean().item() == pytest.approx(0.5, abs=0.006)
    assert eps.var().item() == pytest.approx(1 / 12, rel=0.02)


def test_the_points_lie_between_their_own_pair() -> None:
    rng = seeded(1)
    real, fake = torch.randn(100, 2, generator=rng), torch.randn(100, 2, generator=rng)
    point = interpolate(real, fake, rng)
    detour = (point - real).norm(dim=1) + (point - fake).norm(dim=1) - (real - fake).norm(dim=1)
    torch.testing.assert_close(detour, torch.zeros(100), rtol=0, atol=1e-5)


def test_eps_comes_from_the_generator_passed_in_alone() -> None:
    before = torch.random.get_rng_state()
    real, fake = torch.ones(5, 2), torch.zeros(5, 2)
    assert torch.equal(interpolate(real, fake, seeded(7)), interpolate(real, fake, seeded(7)))
    assert not torch.equal(interpolate(real, fake, seeded(7)), interpolate(real, fake, seeded(8)))
    assert torch.equal(before, torch.random.get_rng_state())


def test_over_levels_r1_is_the_mean_of_the_sums_over_pixels() -> None:
    """D = a_4 sum(x_4) + a_8 sum(x_8): the squared slopes are a_4^2 48 and a_8^2 192.

    Summed over the levels it would be twice as much, averaged over the pixels hundreds of times less.
    """
    levels = image_levels(torch.randn(5, 3, 8, 8, generator=seeded(), dtype=torch.float64))
    weights = (2.0, 0.5)

    def D(x: list[Tensor]) -> Tensor:
        return torch.stack([a * level.flatten(1).sum(1) for a, level in zip(weights, x, strict=True)]).sum(0)

    assert float(r1_over_levels(D, levels)) == pytest.approx((4 * 48 + 0.25 * 192) / 2 / 2, rel=1e-12)


def test_of_one_level_it_is_r1_and_levels_that_d_does_not_see_are_left_out() -> None:
    D = Critic(lambda x: x.flatten(1).pow(3).sum(1))
    levels = image_levels(torch.randn(6, 3, 16, 16, generator=seeded(), dtype=torch.float64))
    alone = r1_penalty(D, levels[-1])
    torch.testing.assert_close(r1_over_levels(lambda x: D(x[-1]), levels), alone)
    torch.testing.assert_close(r1_over_levels(lambda x: D(x[0]), levels[-1:]), alone)


def test_over_levels_r1_carries_a_gradient_to_the_weights() -> None:
    weight = torch.tensor(3.0, requires_grad=True)
    levels = image_levels(torch.ones(2, 1, 8, 8))
    penalty = r1_over_levels(lambda x: weight * x[0].flatten(1).sum(1), levels)
    (gradient,) = torch.autograd.grad(penalty, weight)
    assert float(gradient) == pytest.approx(3.0 * 16)  # of weight^2 16 / 2


def test_the_slope_of_each_pixel_is_taken_over_its_colours() -> None:
    """Of a critic with slope 1 at each pixel the penalty is 0; with one slope of the image it would be 81 at 10x10."""
    x = torch.randn((1, 3, 10, 10), generator=seeded())
    D = Critic(lambda x: x.sum(1) / 3**0.5)  # a map of scores
    at_pixels = pixel_gradient_norm(D, x)
    assert at_pixels.shape == (1, 10, 10)
    assert float((at_pixels - 1).square().mean()) == pytest.approx(0, abs=1e-9)
    whole = input_gradient_norm(Critic(lambda x: x.sum((1, 2, 3)) / 3**0.5), x)
    assert float((whole - 1).square().mean()) == pytest.approx(81, rel=1e-5)


def test_the_slope_of_pixels_carries_a_gradient_to_the_weights() -> None:
    layer = nn.Conv2d(3, 1, 3)
    slopes = pixel_gradient_norm(lambda x: layer(x).square(), torch.randn((1, 3, 8, 8), generator=seeded()))
    (gradient,) = torch.autograd.grad((slopes - 1).square().mean(), layer.weight)
    assert gradient.abs().sum() > 0
