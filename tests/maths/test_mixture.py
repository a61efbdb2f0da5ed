"""Samples of mixtures have the weights, centres and spreads that they were asked for."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from ganstudio.core.dataset import Floats, Modes
from ganstudio.maths.mixture import sample_mixture

N = 60_000
MODES = Modes(
    np.array([[-10.0, 0.0], [0.0, 10.0], [10.0, -5.0]]), np.array([0.1, 0.5, 1.0]), np.array([0.2, 0.3, 0.5]))


def drawn(n: int = N, seed: int = 0, modes: Modes = MODES) -> Floats:
    return sample_mixture(modes, n, torch.Generator().manual_seed(seed)).double().numpy()


def test_shape_and_type() -> None:
    found = sample_mixture(MODES, 7, torch.Generator())
    assert found.shape == (7, 2)
    assert found.dtype == torch.float32
    assert sample_mixture(Modes(np.zeros((1, 1)), np.ones(1), np.ones(1)), 3, torch.Generator()).shape == (3, 1)


def test_weights_centres_and_spreads() -> None:
    x = drawn()
    nearest = ((x[:, None] - MODES.centres) ** 2).sum(-1).argmin(axis=1)
    np.testing.assert_allclose(np.bincount(nearest) / N, MODES.weights, atol=0.01)
    for mode in range(3):
        own = x[nearest == mode]
        sd = MODES.sds[mode]
        np.testing.assert_allclose(own.mean(axis=0), MODES.centres[mode], atol=4 * sd / np.sqrt(len(own)))
        np.testing.assert_allclose(np.cov(own.T), sd**2 * np.eye(2), atol=0.04 * sd**2)


def test_order_tells_nothing_of_the_mode() -> None:
    x = drawn(10_000)
    first, second = x[:-1, 0] - x[:, 0].mean(), x[1:, 0] - x[:, 0].mean()
    assert abs((first * second).mean() / x[:, 0].var()) < 0.04


def test_a_mode_without_weight_is_never_drawn() -> None:
    modes = Modes(np.array([[0.0], [100.0]]), np.ones(2), np.array([1.0, 0.0]))
    assert drawn(5000, modes=modes).max() < 50


def test_the_seed_fixes_the_samples_and_nothing_else_is_drawn_from() -> None:
    before = torch.random.get_rng_state()
    np.testing.assert_array_equal(drawn(100, seed=1), drawn(100, seed=1))
    assert (drawn(100, seed=1) != drawn(100, seed=2)).any()
    assert torch.equal(before, torch.random.get_rng_state())


def test_successive_draws_go_on() -> None:
    rng = torch.Generator().manual_seed(0)
    assert not torch.equal(sample_mixture(MODES, 10, rng), sample_mixture(MODES, 10, rng))


def test_the_density_is_scipys() -> None:
    x = np.random.default_rng(0).uniform(-15, 15, (200, 2))
    parts = [
        np.log(weight) + multivariate_normal(centre, sd**2 * np.eye(2)).logpdf(x)
        for centre, sd, weight in zip(MODES.centres, MODES.sds, MODES.weights, strict=True)
    ]
    np.testing.assert_allclose(MODES.log_density(x), logsumexp(parts, axis=0))


def test_the_density_far_out_is_a_number() -> None:
    assert np.isfinite(MODES.log_density(np.array([[1e6, -1e6]]))).all()


def test_a_mode_without_weight_adds_no_density() -> None:
    alone = Modes(np.zeros((1, 1)), np.ones(1), np.ones(1))
    beside = Modes(np.array([[0.0], [1.0]]), np.ones(2), np.array([1.0, 0.0]))
    x = np.linspace(-3, 3, 9)[:, None]
    np.testing.assert_allclose(beside.log_density(x), alone.log_density(x))
