"""Losses against independent answers: NumPy on given scores, closed forms, and FACTS's exact numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm
from torch import Tensor, nn

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.variant import Scorer, Variant
from ganstudio.maths.f_divergence.f_divergences import NAMES as DIVERGENCES
from ganstudio.training.trainer import Trainer
from ganstudio.variants.f_gan import FGAN
from ganstudio.variants.gan import GAN, GANControls
from ganstudio.variants.hinge_gan import HingeGAN
from ganstudio.variants.lsgan import LSGAN
from ganstudio.variants.ns_gan import NSGAN, NSGANControls
from ganstudio.variants.r1_gan import R1GAN
from ganstudio.variants.sn_gan import SNGAN
from ganstudio.variants.wgan import WGAN, WGANControls
from ganstudio.variants.wgan_gp import WGANGP, WGANGPControls

Floats = NDArray[np.float64]
REAL: Floats = np.array([-3.0, -0.5, 0.0, 0.25, 2.0, 40.0])
FAKE: Floats = np.array([-60.0, -1.5, 0.0, 0.75, 3.0, 9.0])
VARIANTS: list[Variant[Any]] = [
    GAN(), NSGAN(), WGAN(), WGANGP(), LSGAN(), HingeGAN(), SNGAN(), R1GAN(), FGAN(),
]


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


def of_g(variant: Variant[Any], D: Scorer, fake: Tensor, **controls: Any) -> dict[str, float]:
    c = variant.controls_type()(**controls)
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


# Least squares -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("coding", "a", "b", "c"), [("0-1", 0.0, 1.0, 1.0), ("pearson", -1.0, 1.0, 0.0)])
def test_least_squares_pull_scores_towards_their_labels(coding: str, a: float, b: float, c: float) -> None:
    terms = of_d(LSGAN(), Judge(first), points(REAL), points(FAKE), coding=coding)
    assert terms == pytest.approx({"real": ((REAL - b) ** 2).mean() / 2, "fake": ((FAKE - a) ** 2).mean() / 2})
    assert of_g(LSGAN(), Judge(first), points(FAKE), coding=coding) == pytest.approx(
        {"generator": ((FAKE - c) ** 2).mean() / 2})


def test_a_case_of_least_squares_by_hand() -> None:
    """Scores .5 and 2 on data, -1 on a sample: (.25 + 1)/4 and 1/2; G pays (-1 - 1)^2 / 2."""
    real, fake = points(np.array([0.5, 2.0])), points(np.array([-1.0]))
    assert of_d(LSGAN(), Judge(first), real, fake) == pytest.approx({"real": 0.3125, "fake": 0.5})
    assert of_g(LSGAN(), Judge(first), fake) == pytest.approx({"generator": 2.0})
    assert of_d(LSGAN(), Judge(first), real, fake, coding="pearson")["fake"] == 0.0


# Two Gaussians, by quadrature --------------------------------------------------------------------------------------

X: Floats = np.linspace(-12, 14, 52_001)


def integral(values: Floats) -> float:
    return float(np.trapezoid(values, X))


def gaussians(mean: float, sd: float) -> tuple[Floats, Floats, Tensor]:
    """p = N(0, 1), q = N(mean, sd) and log p/q over X."""
    log_p, log_q = norm.logpdf(X), norm.logpdf(X, mean, sd)
    return np.exp(log_p), np.exp(log_q), torch.from_numpy(log_p - log_q)


def best_score(variant: Variant[Any], log_ratio: Tensor, **controls: Any) -> Tensor:
    best = variant.optimal_score(log_ratio, variant.controls_type()(**controls))
    assert best is not None
    return best


def each_score(variant: Variant[Any], scores: Tensor, **controls: Any) -> tuple[Floats, Floats, Floats]:
    """What each score costs: D on data, D on samples, and G."""
    c = variant.controls_type()(**controls)

    def costs(score: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        terms = variant.score_terms(score[None], score[None], c)
        (of_g,) = variant.generator_terms(Judge(first), score[None, None], c).values()
        return terms["real"], terms["fake"], of_g

    on_real, on_fake, of_g = torch.func.vmap(costs)(scores)
    return on_real.numpy(), on_fake.numpy(), of_g.numpy()


@pytest.mark.parametrize(("coding", "expected"), [("pearson", 0.348629), ("0-1", 0.587157)])
def test_least_squares_at_the_optimum_come_to_the_known_numbers(coding: str, expected: float) -> None:
    """2 C(G) = E_p[(D* - c)^2] + E_q[(D* - c)^2]: Pearson's chi^2 of p + q from 2q, with one coding alone."""
    p, q, log_ratio = gaussians(1.0, 1.5)
    best = best_score(LSGAN(), log_ratio, coding=coding)
    of_g = each_score(LSGAN(), best, coding=coding)[2]
    assert integral((p + q) * 2 * of_g) == pytest.approx(expected, abs=1e-6)
    chi2 = integral((q - p) ** 2 / (p + q))
    assert chi2 == pytest.approx(0.348629, abs=1e-6)
    assert (abs(expected - chi2) < 1e-6) == (coding == "pearson")


@pytest.mark.parametrize(("coding", "half_square"), [("pearson", 2.0), ("0-1", 0.5)])
def test_least_squares_of_d_at_the_optimum_are_what_the_variant_says(coding: str, half_square: float) -> None:
    p, q, log_ratio = gaussians(1.0, 1.5)
    best = best_score(LSGAN(), log_ratio, coding=coding)
    on_real, on_fake, _ = each_score(LSGAN(), best, coding=coding)
    assert LSGAN.at_optimum == "½ (b − a)² ∫ pq/(p + q)"
    assert integral(p * on_real + q * on_fake) == pytest.approx(half_square * integral(p * q / (p + q)), abs=1e-9)


@pytest.mark.parametrize(("mean", "sd"), [(1.0, 1.0), (0.5, 2.0), (4.0, 0.5)])
def test_hinge_at_the_optimum_is_twice_one_minus_the_total_variation(mean: float, sd: float) -> None:
    p, q, log_ratio = gaussians(mean, sd)
    best = best_score(HingeGAN(), log_ratio)
    on_real, on_fake, _ = each_score(HingeGAN(), best)
    both = quad(lambda x: min(float(norm.pdf(x)), float(norm.pdf(x, mean, sd))), -12, 14, limit=400)[0]  # 1 - TV
    assert integral(p * on_real + q * on_fake) == pytest.approx(2 * both, abs=1e-6)


def test_hinge_by_hand() -> None:
    """Beyond the margin a score costs nothing; G's loss goes on without one."""
    real, fake = points(np.array([-1.0, 0.5, 1.0, 7.0])), points(np.array([-9.0, -1.0, 0.0, 2.0]))
    for variant in (HingeGAN(), SNGAN()):
        assert of_d(variant, Judge(first), real, fake) == pytest.approx({"real": 2.5 / 4, "fake": (1 + 3) / 4})
        assert of_g(variant, Judge(first), fake) == pytest.approx({"generator": 2.0})


def test_spectral_norm_with_the_other_loss_plays_the_non_saturating_game() -> None:
    loss = {"loss": "non-saturating"}
    assert of_d(SNGAN(), Judge(first), points(REAL), points(FAKE), **loss) == pytest.approx(
        {"real": softplus(-REAL).mean(), "fake": softplus(FAKE).mean()})
    assert of_g(SNGAN(), Judge(first), points(FAKE), **loss) == pytest.approx({"generator": softplus(-FAKE).mean()})


CASES: list[tuple[Variant[Any], dict[str, Any]]] = [
    (GAN(), {}), (NSGAN(), {}), (R1GAN(), {}), (HingeGAN(), {}), (LSGAN(), {}), (LSGAN(), {"coding": "pearson"}),
    *((FGAN(), {"divergence": name}) for name in DIVERGENCES),
    *((FGAN(), {"divergence": "alpha", "alpha": a}) for a in (-1.0, 0.0, 1.0, 2.0)),
    *((FGAN(), {"divergence": "js-weighted", "pi": pi}) for pi in (0.05, 0.9)),
]
every_case = pytest.mark.parametrize(
    ("variant", "controls"), CASES, ids=lambda part: part.name if isinstance(part, Variant) else "-".join(
        str(value) for value in part.values()))


def test_every_variant_with_an_optimal_score_is_among_the_cases() -> None:
    zero = torch.zeros(1, dtype=torch.float64)
    told = {v.name for v in VARIANTS if v.optimal_score(zero, v.controls_type()()) is not None}
    assert told == {variant.name for variant, _ in CASES}


@every_case
@pytest.mark.parametrize("log_ratio", [-2.0, -0.7, 0.4, 1.5])
def test_no_score_is_better_than_the_optimal_one(
    variant: Variant[Any], controls: dict[str, Any], log_ratio: float,
) -> None:
    """At one point with densities p and q, every other score costs more: p real(v) + q fake(v)."""
    p, q = np.exp(log_ratio) / (1 + np.exp(log_ratio)), 1 / (1 + np.exp(log_ratio))
    best = best_score(variant, torch.tensor([log_ratio], dtype=torch.float64), **controls)
    reachable = float(best.clamp(-12, 12))  # of total variation the farther out the better
    others = np.linspace(-12, 12, 4801)
    on_real, on_fake, _ = each_score(variant, torch.from_numpy(np.append(others, reachable)), **controls)
    costs = p * on_real + q * on_fake
    assert costs[-1] <= costs[:-1].min() + 1e-12
    assert others[costs[:-1].argmin()] == pytest.approx(reachable, abs=0.006)  # the grid's step is .005
    assert (costs[:-1][np.abs(others - reachable) > 0.05] > costs[-1]).all()


@every_case
def test_the_optimal_score_holds_up_where_a_density_vanishes(variant: Variant[Any], controls: dict[str, Any]) -> None:
    best = best_score(variant, torch.tensor([-np.inf, 0.0, np.inf], dtype=torch.float64), **controls)
    assert not best.isnan().any()
    assert best[0] < best[1] < best[2]


# f-GAN -------------------------------------------------------------------------------------------------------------

# p = N(0, 1) and q = N(.7, .9): every integral below is finite
DIVERGENCE: dict[str, Callable[[Floats, Floats], Floats]] = {
    "kl": lambda p, q: p * np.log(p / q),
    "reverse-kl": lambda p, q: q * np.log(q / p),
    "pearson": lambda p, q: (p - q) ** 2 / q,
    "neyman": lambda p, q: (p - q) ** 2 / p,
    "hellinger": lambda p, q: (np.sqrt(p) - np.sqrt(q)) ** 2,
    "jeffrey": lambda p, q: (p - q) * np.log(p / q),
    "js": lambda p, q: p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q)),
    "gan": lambda p, q: p * np.log(p / (p + q)) + q * np.log(q / (p + q)),
    "total-variation": lambda p, q: np.abs(p - q) / 2,
    "alpha": lambda p, q: 4 * ((p + q) / 2 - np.sqrt(p * q)),  # at a half
    "js-weighted": lambda p, q: (p * np.log(p / (p / 4 + 3 * q / 4)) + 3 * q * np.log(q / (p / 4 + 3 * q / 4))) / 4,
}


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_best_objective_of_f_gan_is_minus_the_divergence(name: str) -> None:
    p, q, log_ratio = gaussians(0.7, 0.9)
    controls: dict[str, Any] = {"divergence": name, "pi": 0.25, "alpha": 0.5}
    on_real, on_fake, of_g = each_score(FGAN(), best_score(FGAN(), log_ratio, **controls), **controls)
    expected = integral(DIVERGENCE[name](p, q))
    assert integral(p * on_real + q * on_fake) == pytest.approx(-expected, abs=1e-7)
    # what G minimises is the divergence too, but for D's term on data, which it cannot move
    assert integral(q * of_g - p * on_real) == pytest.approx(expected, abs=1e-7)


def test_two_divergences_of_two_gaussians_have_closed_forms() -> None:
    """KL: log s + (1 + m^2) / 2 s^2 - 1/2. Hellinger: 2 - 2 sqrt(2 s / (1 + s^2)) exp(-m^2 / 4 (1 + s^2))."""
    m, s = 0.7, 0.9
    p, q, log_ratio = gaussians(m, s)
    closed = {"kl": np.log(s) + (1 + m * m) / (2 * s * s) - 0.5,
              "hellinger": 2 - 2 * np.sqrt(2 * s / (1 + s * s)) * np.exp(-m * m / (4 * (1 + s * s)))}
    for name, expected in closed.items():
        on_real, on_fake, _ = each_score(FGAN(), best_score(FGAN(), log_ratio, divergence=name), divergence=name)
        assert integral(p * on_real + q * on_fake) == pytest.approx(-expected, abs=1e-9)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_both_losses_of_g_raise_the_scores_of_its_samples(name: str) -> None:
    """The tricky loss keeps the direction of the exact one, and is another number."""
    for loss in ("exact", "tricky"):
        controls: dict[str, Any] = {"divergence": name, "generator_loss": loss}
        c = FGAN.controls_type()(**controls)
        scores = torch.linspace(-1.5, 3, 10, dtype=torch.float64)[:, None].requires_grad_()
        (gradient,) = torch.autograd.grad(FGAN().generator_terms(Judge(first), scores, c)["generator"], scores)
        assert (gradient < 0).all()


def test_a_case_of_both_losses_of_g_by_hand() -> None:
    """KL at scores 1 and 2: -(1 + e) / 2 exactly, -(1 + 2) / 2 the tricky way; reverse KL: 0 + 1, and 1/e + 1/e^2."""
    fake = points(np.array([1.0, 2.0]))
    e = np.e
    for name, exact, tricky in ("kl", -(1 + e) / 2, -1.5), ("reverse-kl", -0.5, (1 / e + 1 / e**2) / 2):
        assert of_g(FGAN(), Judge(first), fake, divergence=name) == pytest.approx({"generator": exact})
        assert of_g(FGAN(), Judge(first), fake, divergence=name, generator_loss="tricky") == pytest.approx(
            {"generator": tricky})


def test_f_gan_with_gans_divergence_is_the_minimax_game() -> None:
    real, fake = points(REAL), points(FAKE)
    assert of_d(FGAN(), Judge(first), real, fake, divergence="gan") == pytest.approx(
        of_d(GAN(), Judge(first), real, fake))
    assert of_g(FGAN(), Judge(first), fake, divergence="gan") == pytest.approx(of_g(GAN(), Judge(first), fake))


# R1 ----------------------------------------------------------------------------------------------------------------


def hand_made() -> nn.Sequential:
    net = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)).double()
    for parameter in net.parameters():
        nn.init.normal_(parameter, generator=rng())
    return net


@pytest.mark.parametrize("variant", [R1GAN(), LSGAN(), HingeGAN(), SNGAN()], ids=lambda variant: str(variant.name))
def test_the_r1_penalty_is_half_gamma_times_the_mean_squared_slope_on_data(variant: Variant[Any]) -> None:
    net = hand_made()
    x = torch.randn(6, 2, generator=rng(), dtype=torch.float64)
    weights = [parameter.detach().clone() for parameter in net.parameters()]

    def by_hand(W1: Tensor, b1: Tensor, W2: Tensor) -> Tensor:
        slope = ((1 - torch.tanh(x @ W1.T + b1) ** 2) * W2) @ W1  # d/dx of W2 tanh(W1 x + b1) + b2
        return 4.0 / 2 * slope.square().sum(1).mean()

    c = variant.controls_type()(gamma=4.0)
    terms = variant.discriminator_terms(Judge(lambda y: net(y)[:, 0]), x, x + 3, c, rng())
    assert terms["R1"].item() == pytest.approx(by_hand(*weights[:3]).item(), rel=1e-9)
    ours = torch.autograd.grad(terms["R1"], list(net.parameters())[:3])
    theirs = torch.func.grad(by_hand, argnums=(0, 1, 2))(*weights[:3])
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("variant", [R1GAN(), LSGAN(), HingeGAN(), SNGAN()], ids=lambda variant: str(variant.name))
def test_the_r1_penalty_looks_at_data_alone_and_can_be_switched_off(variant: Variant[Any]) -> None:
    net = hand_made()
    D = Judge(lambda y: net(y)[:, 0])
    x = torch.randn(6, 2, generator=rng(), dtype=torch.float64)
    near, far = (of_d(variant, D, x, x + shift, gamma=1.0) for shift in (0.1, 5.0))
    assert near["R1"] == far["R1"] > 0
    assert near["fake"] != far["fake"]
    off = of_d(variant, D, x, x, gamma=0.0)
    assert off.get("R1", 0.0) == 0.0
    assert {name: off[name] for name in ("real", "fake")} == {
        name: of_d(variant, D, x, x, gamma=1.0)[name] for name in ("real", "fake")}


@pytest.mark.parametrize("m", [1.0, 2.0, 3.0, 4.0])
def test_the_gradient_at_the_fake_mean_has_a_closed_form(m: float) -> None:
    """2 m s(-2 m^2) where the loss saturates, 2 m s(2 m^2) where it does not, 1 for the critic (FACTS, section 3)."""
    optimal = Judge(lambda x: -2 * m * x[:, 0])
    small, large = (1 / (1 + np.exp(sign * 2 * m * m)) for sign in (1, -1))
    assert gradient_at(GAN(), optimal, m) == pytest.approx(2 * m * small, rel=1e-9)
    for variant in (NSGAN(), R1GAN()):
        assert gradient_at(variant, optimal, m) == pytest.approx(2 * m * large, rel=1e-9)
    assert gradient_at(WGAN(), Judge(lambda x: -x[:, 0]), m) == pytest.approx(1.0)
