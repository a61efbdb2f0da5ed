"""The line against what is known of two Gaussians: densities, the optimal discriminator, and its loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

from ganstudio.core.control import validated
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Line
from ganstudio.maths.f_divergence.f_divergences import NAMES as DIVERGENCES
from ganstudio.probes.line import ARROWS, CELLS, LineProbe
from ganstudio.training.trainer import Trainer
from ganstudio.variants.f_gan import FGANControls

Floats = NDArray[np.float64]


def run(
    variant: str = "gan", network: str = "affine", controls: Mapping[str, Any] | None = None, **network_controls: Any,
) -> Trainer:
    """Data N(0, 1); an affine generator stands where it is told to."""
    return Trainer(Spec(
        variant=variant, data="mixture", network=network, seed=7, device="cpu", threads=1,
        controls=dict(controls or {}),
        network_controls={**({"start": "given"} if network == "affine" else {}), **network_controls},
        data_controls={"weights": [1.0], "means": [0.0], "sds": [1.0]},
    ))


def look(trainer: Trainer) -> Line:
    return LineProbe().look(trainer.view, 100)


def matched(variant: str = "gan", **controls: Any) -> Line:
    return look(run(variant, controls=controls, mean=[0.0], sd=[1.0]))


def shifted(m: float, variant: str = "gan", **controls: Any) -> Line:
    return look(run(variant, controls=controls, mean=[m], sd=[1.0]))


def optimum(view: Line) -> Floats:
    assert view.optimum is not None
    return view.optimum.doubles()


def seen(view: Line) -> tuple[Floats, Floats]:
    """Where the optimum is shown, and what it is there."""
    best = optimum(view)
    there = np.isfinite(best)
    return view.x.doubles()[there], best[there]


# A generator that is perfect ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["gan", "ns-gan", "r1-gan"])
def test_against_a_perfect_generator_the_best_discriminator_says_a_half_everywhere(variant: str) -> None:
    view = matched(variant)
    assert view.kind == "logit"
    np.testing.assert_allclose(1 / (1 + np.exp(-seen(view)[1])), 0.5, atol=1e-5)
    assert view.best_loss == pytest.approx(math.log(4), abs=1e-6)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_against_a_perfect_generator_t_is_the_slope_of_f_at_1(name: str) -> None:
    c = validated(FGANControls, {"divergence": name, "alpha": 0.3, "pi": 0.25})
    view = matched("f-gan", divergence=name, alpha=0.3, pi=0.25)
    best = torch.from_numpy(seen(view)[1])
    assert len(best) > CELLS // 2
    if name == "total-variation":  # its score is as good anywhere: the least rounding decides
        assert view.best_loss == pytest.approx(0.0, abs=1e-4)
        return
    np.testing.assert_allclose(c.row.activation(best), c.row.threshold, atol=1e-5)
    at_1 = float(c.row.value(torch.ones((), dtype=torch.float64)))
    assert view.best_loss == pytest.approx(-at_1, abs=1e-6)  # minus the divergence of the same from the same


@pytest.mark.parametrize(("variant", "controls", "score", "loss"), [
    ("lsgan", {"coding": "0-1"}, 0.5, 0.25), ("lsgan", {"coding": "pearson"}, 0.0, 1.0),
])
def test_against_a_perfect_generator_least_squares_rest_between_their_labels(
    variant: str, controls: dict[str, Any], score: float, loss: float,
) -> None:
    view = matched(variant, **controls)
    np.testing.assert_allclose(seen(view)[1], score, atol=1e-5)
    assert view.best_loss == pytest.approx(loss, abs=1e-6)


# Two Gaussians a known distance apart ------------------------------------------------------------------------------


def test_both_densities_are_exact_and_per_data_unit() -> None:
    view = look(run(mean=[1.0], sd=[0.5]))
    x = view.x.doubles()
    assert len(x) == CELLS
    assert view.exact and view.generator_known == "exact"
    np.testing.assert_allclose(view.data.doubles(), norm.pdf(x), atol=1e-6)
    np.testing.assert_allclose(view.generator.doubles(), norm.pdf(x, 1.0, 0.5), atol=1e-6)


@pytest.mark.parametrize("m", [-1.5, 0.5, 2.0])
def test_the_optimum_is_log_p_over_q(m: float) -> None:
    """Of N(0, 1) from N(m, 1): m^2/2 - m x."""
    x, best = seen(shifted(m))
    np.testing.assert_allclose(best, m * m / 2 - m * x, atol=1e-4)


def test_the_optimum_of_hinge_is_the_sign() -> None:
    x, best = seen(shifted(1.0, "hinge-gan"))
    away = np.abs(x - 0.5) > 0.05
    np.testing.assert_array_equal(best[away], np.sign(0.5 - x[away]))


def test_the_optimum_of_least_squares_lies_between_its_labels() -> None:
    x, best = seen(shifted(1.0, "lsgan", coding="pearson"))
    p, q = norm.pdf(x), norm.pdf(x, 1.0)
    np.testing.assert_allclose(best, (p - q) / (p + q), atol=1e-5)


@pytest.mark.parametrize(("variant", "m"), [("wgan", 1.0), ("wgan-gp", 1.0), ("wgan", -2.0), ("wgan-gp", 2.0)])
def test_the_optimum_of_a_critic_has_slope_1_downhill_to_the_samples(variant: str, m: float) -> None:
    x, best = seen(shifted(m, variant))
    np.testing.assert_allclose(np.diff(best) / np.diff(x), -math.copysign(1.0, m), atol=1e-3)


@pytest.mark.parametrize("m", [-4.0, 4.0, 30.0, -30.0])
def test_samples_beyond_the_edge_are_counted_on_their_side(m: float) -> None:
    x, best = seen(shifted(m, "wgan"))
    np.testing.assert_allclose(np.diff(best) / np.diff(x), -math.copysign(1.0, m), atol=1e-3)


def test_a_critics_potential_is_laid_over_the_score_it_is_compared_with() -> None:
    trainer = run("wgan-gp", mean=[1.0], sd=[1.0])
    view = look(trainer)
    x, both = view.x.doubles(), norm.pdf(view.x.doubles()) + norm.pdf(view.x.doubles(), 1.0)
    there = np.isfinite(optimum(view))
    apart = (both * (view.score.doubles() - optimum(view)))[there].sum() / both[there].sum()
    assert apart == pytest.approx(0.0, abs=1e-3)
    assert len(x) == CELLS


def test_two_equal_densities_crossing_turn_the_critics_slope() -> None:
    """N(0, 1) against N(0, sd 2): F_q - F_p changes its sign at 0, so the potential has its top there."""
    x, best = seen(look(run("wgan", mean=[0.0], sd=[2.0])))
    slope = np.diff(best) / np.diff(x)
    middle = (x[1:] + x[:-1]) / 2
    np.testing.assert_allclose(slope[np.abs(middle) > 0.1], -np.sign(middle[np.abs(middle) > 0.1]), atol=1e-3)


@pytest.mark.parametrize("m", [0.5, 1.0, 2.0])
def test_the_best_loss_is_log_4_less_twice_the_jensen_shannon_divergence(m: float) -> None:
    def integrand(x: float) -> float:
        p, q = float(norm.pdf(x)), float(norm.pdf(x, m))
        return p * math.log(2 * p / (p + q)) + q * math.log(2 * q / (p + q))

    assert shifted(m).best_loss == pytest.approx(math.log(4) - quad(integrand, -9, 11)[0], abs=0.01)


@pytest.mark.parametrize("variant", ["gan", "lsgan", "hinge-gan", "f-gan", "r1-gan"])
def test_no_discriminator_beats_the_best_one(variant: str) -> None:
    trainer = run(variant, controls={"optimiser_d": "adam", "learning_rate_d": 0.003, "batch_size": 256},
                  mean=[1.0], sd=[1.0])
    before = look(trainer)
    for _ in range(150):
        trainer.update("discriminator")
    after = look(trainer)
    assert before.loss is not None and after.loss is not None and after.best_loss is not None
    assert before.best_loss == pytest.approx(after.best_loss, abs=1e-9)  # the generator was held
    assert after.best_loss - 1e-3 < after.loss < before.loss
    assert after.loss - after.best_loss < 0.25 * (before.loss - after.best_loss)  # and training leads there


def test_the_loss_of_the_discriminator_is_the_integral() -> None:
    trainer = run(mean=[1.0], sd=[1.0])
    x = np.linspace(-4.5, 5.5, 4001)
    score = trainer.view.score(torch.from_numpy(x[:, None]).float()).double().numpy()
    expected = np.trapezoid(norm.pdf(x) * np.logaddexp(0, -score) + norm.pdf(x, 1.0) * np.logaddexp(0, score), x)
    assert look(trainer).loss == pytest.approx(expected, abs=0.01)


def test_where_nobody_can_tell_the_optimum_is_not_drawn() -> None:
    view = look(run(mean=[0.0], sd=[0.3]))
    x, best = view.x.doubles(), optimum(view)
    peak = norm.pdf(0)
    faint = (norm.pdf(x) < 0.5e-4 * peak) & (norm.pdf(x, 0, 0.3) < 0.5e-4 * peak)
    assert faint.any() and np.isnan(best[faint]).all()
    assert np.isfinite(best[norm.pdf(x) > 2e-4 * peak]).all()
    assert np.nanmax(np.abs(best)) <= 30  # infinite ratios stand at the end of the scale


def test_without_a_closed_form_there_is_no_optimum() -> None:
    view = look(run("sn-gan", mean=[0.0], sd=[1.0]))
    assert view.optimum is None and view.best_loss is None
    assert view.loss is not None


# How the generator is known ----------------------------------------------------------------------------------------


def straight(latents: int) -> Trainer:
    """An MLP without hidden layers: G(z) = z + 0.5, or (z1 + z2)/sqrt(2) + 0.5."""
    trainer = run(network="mlp", depth=0, latent_dim=latents)
    with torch.no_grad():
        weights = [1.0] if latents == 1 else [0.5**0.5, 0.5**0.5]
        trainer.game.generator.flat.copy_(torch.tensor([*weights, 0.5]))
    return trainer


def test_one_latent_is_pushed_through() -> None:
    view = look(straight(1))
    assert view.generator_known == "pushed"
    np.testing.assert_allclose(view.generator.doubles(), norm.pdf(view.x.doubles(), 0.5), atol=2e-3)


def test_more_latents_leave_a_kernel_estimate() -> None:
    view = look(straight(2))
    assert view.generator_known == "kernel"
    np.testing.assert_allclose(view.generator.doubles(), norm.pdf(view.x.doubles(), 0.5), atol=0.05)


def test_arrows_lead_from_the_latents_to_where_they_land() -> None:
    view = look(straight(1))
    assert view.latents is not None and view.reached is not None
    z = view.latents.doubles()
    np.testing.assert_allclose(z, norm.ppf((np.arange(ARROWS) + 0.5) / ARROWS), atol=1e-5)
    np.testing.assert_allclose(view.reached.doubles(), z + 0.5, atol=1e-5)


def test_a_generator_that_broke_leaves_a_line_that_can_be_drawn() -> None:
    trainer = straight(1)
    trainer.game.generator.flat.fill_(math.nan)
    view = look(trainer)
    assert not view.generator.doubles().any()
    assert view.reached is not None and np.isfinite(view.reached.doubles()).all()
    assert view.best_loss is None


def test_a_generator_far_out_has_no_loss_to_show() -> None:
    view = look(run(mean=[1e3], sd=[1.0]))
    assert view.loss is None and view.best_loss is None
    assert np.isfinite(view.data.doubles()).all()


def test_looking_again_shows_the_same() -> None:
    trainer = straight(2)
    one, again = look(trainer), look(trainer)
    assert one == again
