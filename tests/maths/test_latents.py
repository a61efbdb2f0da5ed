"""Where the studio looks along the latent prior, against SciPy's quantiles."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import norm

from ganstudio.core.network import NetworkControls
from ganstudio.maths.latents import draw_latents, latent_mesh, latent_slices, latent_walk

CPU = torch.device("cpu")
Prior = Literal["gaussian", "uniform"]
every_prior = pytest.mark.parametrize("prior", ["gaussian", "uniform"])


def controls(prior: Prior, dim: int = 3) -> NetworkControls:
    return NetworkControls(latent_dim=dim, latent=prior)


def quantile(prior: Prior, share: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = norm.ppf(share) if prior == "gaussian" else 2 * share - 1
    return found


@every_prior
@pytest.mark.parametrize("dim", [1, 3])
def test_a_walk_takes_the_middle_of_slices_of_equal_mass(prior: Prior, dim: int) -> None:
    walk = latent_walk(controls(prior, dim), 25, CPU)
    assert walk.shape == (25, dim) and walk.dtype == torch.float32
    np.testing.assert_allclose(walk[:, 0], quantile(prior, (np.arange(25) + 0.5) / 25), atol=1e-6)
    assert not walk[:, 1:].any()


@every_prior
@pytest.mark.parametrize("dim", [1, 3])
def test_slices_are_equally_wide_and_carry_the_priors_mass(prior: Prior, dim: int) -> None:
    ends, mass = latent_slices(controls(prior, dim), 40, CPU)
    assert ends.shape == (41, dim) and mass.shape == (40,) and mass.dtype == torch.float64
    reach = 6.0 if prior == "gaussian" else 1.0
    np.testing.assert_allclose(ends[:, 0], np.linspace(-reach, reach, 41), atol=1e-6)
    below = norm.cdf(np.linspace(-6, 6, 41)) if prior == "gaussian" else np.linspace(0, 1, 41)
    np.testing.assert_allclose(mass, np.diff(below), atol=1e-12)
    assert not ends[:, 1:].any()


@every_prior
def test_a_mesh_has_cells_of_equal_mass(prior: Prior) -> None:
    corners, mass = latent_mesh(controls(prior), 10, CPU)
    assert corners.shape == (11, 11, 3)
    share = np.linspace(0.01, 0.99, 11) if prior == "gaussian" else np.linspace(0, 1, 11)
    for row in range(11):
        np.testing.assert_allclose(corners[row, :, 0], quantile(prior, share), atol=1e-6)
        np.testing.assert_allclose(corners[:, row, 1], quantile(prior, share), atol=1e-6)  # rows: the second latent
    assert not corners[..., 2].any()
    assert mass == pytest.approx(((share[-1] - share[0]) / 10) ** 2)


@every_prior
def test_of_a_single_latent_a_mesh_is_one_row(prior: Prior) -> None:
    corners, mass = latent_mesh(controls(prior, 1), 10, CPU)
    assert corners.shape == (1, 11, 1)
    assert mass == pytest.approx(0.098 if prior == "gaussian" else 0.1)


@every_prior
def test_draws_come_from_the_prior_and_the_generator_alone(prior: Prior) -> None:
    before = torch.random.get_rng_state()
    z, again = (draw_latents(controls(prior), 50_000, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(z, again)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert z.mean().item() == pytest.approx(0.0, abs=0.01)
    assert z.std().item() == pytest.approx(1.0 if prior == "gaussian" else 3**-0.5, abs=0.01)
    assert prior == "gaussian" or z.abs().max() <= 1
