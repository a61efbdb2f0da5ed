"""The warped grid against generators that shift and stretch by known amounts."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch import nn

from ganstudio.core.control import Value
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Manifold
from ganstudio.probes.manifold import ManifoldProbe, sizes, stretches
from ganstudio.training.trainer import Trainer


def run(network: str = "affine", **controls: Value) -> Trainer:
    return Trainer(Spec(variant="wgan", data="ring", network=network, device="cpu", threads=1,
                        network_controls=controls))


def look(trainer: Trainer) -> Manifold:
    return ManifoldProbe().look(trainer.view, 36)


def test_a_gaussian_grid_has_cells_of_equal_mass() -> None:
    view = look(run(mean=[0.5, -1.0], sd=[2.0, 0.25]))
    at = view.at.doubles()
    assert at.shape == (21, 21, 2)
    ends = norm.ppf(np.linspace(0.01, 0.99, 21))
    np.testing.assert_allclose(at[..., 0], np.broadcast_to(0.5 + 2 * ends, (21, 21)), atol=1e-5)
    np.testing.assert_allclose(at[..., 1], np.broadcast_to((-1 + 0.25 * ends)[:, None], (21, 21)), atol=1e-5)
    cells = np.diff(2 * ends)[None] * np.diff(0.25 * ends)[:, None]
    np.testing.assert_allclose(view.density.doubles(), (0.98 / 20) ** 2 / cells, rtol=1e-3)
    np.testing.assert_allclose(view.stretch.doubles(), 2.0, rtol=1e-3)
    assert view.latent_dim == 2


def test_the_density_is_the_generators_own() -> None:
    """In the middle of small cells the density is that of N(mean, sd)."""
    view = look(run(mean=[0.0, 0.0], sd=[1.0, 1.0]))
    at = view.at.doubles()
    middles = (at[:-1, :-1] + at[1:, 1:]) / 2
    exact = norm.pdf(middles[..., 0]) * norm.pdf(middles[..., 1])
    inner = slice(3, -3)
    np.testing.assert_allclose(view.density.doubles()[inner, inner], exact[inner, inner], rtol=0.03)


def test_a_uniform_grid_fills_the_prior() -> None:
    view = look(run(mean=[0.0], sd=[3.0], latent="uniform"))
    at = view.at.doubles()
    assert (at.min(), at.max()) == (pytest.approx(-3.0), pytest.approx(3.0))
    np.testing.assert_allclose(view.density.doubles(), 1 / 36, rtol=1e-3)


def test_of_many_latents_the_first_two_are_shown() -> None:
    view = look(run(latent_dim=7, mean=[0.0], sd=[1.0]))
    assert view.at.shape == (21, 21, 2)
    assert view.latent_dim == 7
    trainer = run("mlp", latent_dim=4)
    corners, _ = trainer.view.latent_mesh(5)
    assert corners.shape == (6, 6, 4)
    assert not corners[..., 2:].any()


def test_a_single_latent_makes_a_curve() -> None:
    trainer = run("mlp", latent_dim=1, width=4, depth=0)
    (layer,) = [m for m in trainer.game.modules["G"].modules() if isinstance(m, nn.Linear)]
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0], [4.0]]))
        layer.bias.zero_()
    view = look(trainer)
    assert (view.at.shape, view.density.shape, view.stretch.shape) == ((1, 81, 2), (1, 80), (1, 80))
    np.testing.assert_allclose(view.stretch.doubles(), 5.0, rtol=1e-3)
    ends = norm.ppf(np.linspace(0.01, 0.99, 81))
    np.testing.assert_allclose(view.density.doubles()[0], 0.98 / 80 / (5 * np.diff(ends)), rtol=1e-3)


def test_sizes_of_cells_by_hand() -> None:
    square = np.array([[[0.0, 0.0], [2.0, 0.0]], [[0.0, 2.0], [2.0, 2.0]]])
    assert sizes(square) == pytest.approx(4.0)
    assert sizes(square[:, ::-1]) == pytest.approx(4.0), "turned over it is as large"
    point = np.zeros((2, 2, 2))
    assert sizes(point) == pytest.approx(0.0)
    crossed = square.copy()
    crossed[1] = crossed[1, ::-1]  # a bow tie, whose shoelace area is 0
    assert sizes(crossed)[0, 0] > 1.9


def test_the_longest_side_decides_over_the_stretch() -> None:
    corners = np.array([[[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 1.0]]])
    at = corners.copy()
    at[1, 1] = [1.0, 7.0]
    assert stretches(corners, at)[0, 0] == pytest.approx(7.0)
    assert stretches(2 * corners, at)[0, 0] == pytest.approx(3.5)


def test_a_generator_that_diverged_can_be_looked_at() -> None:
    trainer = run("mlp")
    trainer.game.players["generator"].flat.fill_(math.nan)
    assert np.isnan(look(trainer).at.numpy()).all()
    trainer.game.players["generator"].flat.zero_()
    collapsed = look(trainer).density.numpy()
    assert np.isfinite(collapsed).all() and (collapsed > 1e6).all()
