"""Losses against independent answers: NumPy on given scores, closed forms, and FACTS's exact numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.core.spec import Spec
from ganstudio.core.variant import Scorer, Variant
from ganstudio.training.trainer import Trainer
from ganstudio.variants.gan import GAN, GANControls
from ganstudio.variants.ns_gan import NSGAN, NSGANControls
from ganstudio.variants.wgan import WGAN, WGANControls
from ganstudio.variants.wgan_gp import WGANGP, WGANGPControls

Floats = NDArray[np.float64]
REAL: Floats = np.array([-3.0, -0.5, 0.0, 0.25, 2.0, 40.0])
FAKE: Floats = np.array([-60.0, -1.5, 0.0, 0.75, 3.0, 9.0])
VARIANTS: list[Variant[Any]] = [GAN(), NSGAN(), WGAN(), WGANGP()]


class Judge:
    """A discriminator given by a function of points."""

    def __init__(self, score: Callable[[Tensor], Tensor]) -> None:
        self.score = score

    def __call__(self, x: Tensor) -> Tensor:
        return self.score(x)

    def both(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        return self(real), self(fake)


def first(x: Tensor) -> Tensor:
    """Scores each point by its first coordinate: points are given by their scores."""
    return x[:, 0]


def points(scores: Floats) -> Tensor:
    return torch.from_numpy(scores)[:, None]


def softplus(x: Floats) -> Floats:
    return cast(Floats, np.logaddexp(0.0, x))


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def of_d(variant: Variant[Any], D: Scorer, real: Tensor, fake: Tensor, **controls: Any) -> dict[str, float]:
    c = variant.controls_type()(**controls)
    if isinstance(variant, WGANGP):
        real, fake = real.float(), fake.float()  # the run's precision, in which the places of its penalty are drawn
    return {name: float(term.detach()) for name, term in variant.discriminator_terms(D, real, fake, c, rng()).items()}


def of_g(variant: Variant[Any], D: Scorer, fake: Tensor) -> dict[str, float]:
    c = variant.controls_type()()
    return {name: float(term.detach()) for name, term in variant.generator_terms(D, fake, c).items()}


@pytest.mark.parametrize("variant", [GAN(), NSGAN()])
def test_the_discriminator_of_gan_is_cross_entropy_in_softplus_form(variant: Variant[Any]) -> None:
    terms = of_d(variant, Judge(first), points(REAL), points(FAKE))
    assert terms == pytest.approx({"real": softplus(-REAL).mean(), "fake": softplus(FAKE).mean()}, abs=1e-12)
    few = REAL[:5], FAKE[1:5]  # where log(sigmoid) is exact enough in double precision
    terms = of_d(variant, Judge(first), points(few[0]), points(few[1]))
    sigmoids = 1 / (1 + np.exp(-few[0])), 1 / (1 + np.exp(-few[1]))
    assert terms["real"] == pytest.approx(-np.log(sigmoids[0]).mean(), rel=1e-12)
    assert terms["fake"] == pytest.approx(-np.log(1 - sigmoids[1]).mean(), rel=1e-12)


def test_the_minimax_generator_minimises_log_one_minus_d() -> None:
    assert of_g(GAN(), Judge(first), points(FAKE)) == pytest.approx({"generator": -softplus(FAKE).mean()}, abs=1e-12)


def test_the_non_saturating_generator_maximises_log_d() -> None:
    assert of_g(NSGAN(), Judge(first), points(FAKE)) == pytest.approx({"generator": softplus(-FAKE).mean()}, abs=1e-12)


def test_minimax_is_not_the_non_saturating_loss_in_disguise() -> None:
    one, other = (of_g(variant, Judge(first), points(FAKE))["generator"] for variant in (GAN(), NSGAN()))
    assert one < 0 < other  # log(1 - D) is negative, -log D positive
    # log(1 - s) = log s - score: the two differ by more than a sign
    assert one == pytest.approx(-other - FAKE.mean(), abs=1e-12)


def test_scores_far_out_stay_finite_in_float32() -> None:
    far = torch.tensor([[-1e4], [1e4]])
    for variant in (GAN(), NSGAN()):
        assert np.isfinite(list(of_d(variant, Judge(first), far, far).values())).all()
        assert np.isfinite(list(of_g(variant, Judge(first), far).values())).all()


@pytest.mark.parametrize("variant", [WGAN(), WGANGP()])
def test_the_critics_term_is_minus_the_estimate_of_w(variant: Variant[Any]) -> None:
    """Our convention: W estimate = E D(real) - E D(fake), high on real."""
    terms = of_d(variant, Judge(first), points(REAL), points(FAKE))
    assert -terms["critic"] == pytest.approx(REAL.mean() - FAKE.mean(), abs=1e-5)
    assert of_g(variant, Judge(first), points(FAKE)) == pytest.approx({"generator": -FAKE.mean()}, abs=1e-12)


@pytest.mark.parametrize("slope", [0.0, 0.25, 1.0, 3.0])
@pytest.mark.parametrize("weight", [0.0, 0.1, 10.0])
def test_the_penalty_of_a_flat_slope_has_a_closed_form(slope: float, weight: float) -> None:
    direction = torch.tensor([0.6, -0.8]) * slope
    D = Judge(lambda x: x @ direction)
    real, fake = torch.randn(7, 2, generator=rng()), torch.randn(7, 2, generator=rng()) + 5
    two = of_d(WGANGP(), D, real, fake, gp_weight=weight)["penalty"]
    one = of_d(WGANGP(), D, real, fake, gp_weight=weight, gp_sides="one")["penalty"]
    assert two == pytest.approx(weight * (slope - 1) ** 2, abs=1e-4)  # the root is smooth at 0: 1e-6
    assert one == pytest.approx(weight * max(slope - 1, 0.0) ** 2, abs=1e-4)


def test_the_one_sided_penalty_ignores_slopes_below_one_sample_by_sample() -> None:
    x = torch.tensor([[0.25], [0.5], [1.0], [2.0], [3.0]], dtype=torch.float64)
    D = Judge(lambda x: x[:, 0].square() / 2)  # its slope at x is x
    one = of_d(WGANGP(), D, x, x, gp_weight=1.0, gp_sides="one")["penalty"]  # between a point and itself: the point
    two = of_d(WGANGP(), D, x, x, gp_weight=1.0)["penalty"]
    assert one == pytest.approx((0 + 0 + 0 + 1 + 4) / 5)
    assert two == pytest.approx((0.5625 + 0.25 + 0 + 1 + 4) / 5)


def test_the_norm_is_over_all_axes_of_a_sample_and_over_no_other() -> None:
    """A critic of slope 1 over images costs nothing: .79 over one axis, 49 over the batch (FACTS, section 9)."""
    images = torch.randn(64, 3, 8, 8, generator=rng())
    D = Judge(lambda x: x.flatten(1).sum(1) / np.sqrt(3 * 8 * 8))
    assert of_d(WGANGP(), D, images, images.flip(0), gp_weight=1.0)["penalty"] == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: str(variant.name))
def test_losses_are_means_and_not_sums_over_the_batch(variant: Variant[Any]) -> None:
    D = Judge(lambda x: 1.5 * x[:, 0])
    real, fake = points(REAL), points(FAKE)
    once, twice = of_d(variant, D, real, fake), of_d(variant, D, real.repeat(2, 1), fake.repeat(2, 1))
    assert twice == pytest.approx(once, rel=1e-6)
    assert of_g(variant, D, fake.repeat(2, 1)) == pytest.approx(of_g(variant, D, fake), abs=1e-12)


def gradient_at(variant: Variant[Any], D: Scorer, x: float) -> float:
    fake = torch.tensor([[x]], dtype=torch.float64, requires_grad=True)
    terms = variant.generator_terms(D, fake, variant.controls_type()())
    (gradient,) = torch.autograd.grad(torch.stack(list(terms.values())).sum(), fake)
    return float(gradient)


@pytest.mark.parametrize(("m", "saturating", "non_saturating"), [
    (1.0, 0.23841, 1.7616), (2.0, 1.3414e-3, 3.9987), (3.0, 9.138e-8, 6.0), (4.0, 1.0e-13, 8.0),
])
def test_the_gradient_at_the_fake_mean_under_the_optimal_discriminator(
    m: float, saturating: float, non_saturating: float,
) -> None:
    """Real N(-m, 1), fake N(m, 1): the optimal logit is log p/q = -2 m x (FACTS, section 3)."""
    optimal = Judge(lambda x: -2 * m * x[:, 0])
    assert gradient_at(GAN(), optimal, m) == pytest.approx(saturating, rel=2e-2 if m == 4 else 1e-4)
    assert gradient_at(NSGAN(), optimal, m) == pytest.approx(non_saturating, rel=1e-4)
    potential = Judge(lambda x: -x[:, 0])  # the Kantorovich potential of a shift
    assert gradient_at(WGAN(), potential, m) == pytest.approx(1.0)
    assert gradient_at(WGANGP(), potential, m) == pytest.approx(1.0)


def trainer_of(**controls: Any) -> Trainer:
    return Trainer(Spec(variant="wgan", data="ring", device="cpu", threads=1, controls={"batch_size": 16, **controls},
                        network_controls={"width": 16, "depth": 2}))


def test_weights_are_clipped_after_every_critic_step() -> None:
    game = trainer_of(clip=0.05, learning_rate_d=0.1).game
    for _ in range(4):
        game.update("discriminator")
        extreme = game.discriminator.flat.abs().max()
        assert float(extreme) == pytest.approx(0.05)  # after the step: none is outside, and some stand at the bound
    assert game.variant.weight_bound(game.controls) == 0.05
    assert float(game.generator.flat.abs().max()) > 0.05  # the generator is left alone


def test_the_warm_up_is_the_authors_schedule() -> None:
    c = WGANControls(warm_up=True, critic_steps=5)
    long = [step for step in range(1600) if WGAN().discriminator_steps(step, c) == 100]
    assert long == [*range(25), 500, 1000, 1500]
    assert all(WGAN().discriminator_steps(step, c) == 5 for step in range(1600) if step not in long)
    assert {WGAN().discriminator_steps(step, WGANControls()) for step in range(600)} == {5}
    held = WGANControls(warm_up=True, critic_steps=0)
    assert {WGAN().discriminator_steps(step, held) for step in (0, 24, 500)} == {0}


def test_the_warm_up_is_played() -> None:
    trainer = trainer_of(warm_up=True, critic_steps=2)
    trainer.step()
    assert (trainer.position.discriminator_updates, trainer.position.generator_updates) == (100, 1)
    trainer.game.steps = 25
    trainer.step()
    assert trainer.position.discriminator_updates == 102


def test_the_papers_settings() -> None:
    wgan, gp, gan, ns = WGANControls(), WGANGPControls(), GANControls(), NSGANControls()
    assert (wgan.clip, wgan.critic_steps, wgan.batch_size, wgan.learning_rate_d) == (0.01, 5, 64, 5e-5)
    assert wgan.optimiser_d == wgan.optimiser_g == "rmsprop"
    assert (gp.gp_weight, gp.critic_steps, gp.learning_rate_g, gp.beta1_d, gp.beta2_d) == (10.0, 5, 1e-4, 0.0, 0.9)
    assert (gan.critic_steps, gan.optimiser_d, gan.beta1_d) == (1, "sgd", 0.5)
    assert (ns.learning_rate_d, ns.beta1_g, ns.beta2_g, ns.batch_size) == (2e-4, 0.5, 0.999, 128)
    for name, variant in (("gan", GAN), ("ns-gan", NSGAN), ("wgan", WGAN), ("wgan-gp", WGANGP)):
        assert cast("type[Variant[Any]]", variant).presets["paper"].controls == {}, name
