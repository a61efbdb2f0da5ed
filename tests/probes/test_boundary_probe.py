"""The optimal boundary: between two known Gaussians it runs half way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganstudio.core.protocol.spec import Spec
from ganstudio.core.protocol.views import Boundary
from ganstudio.probes.boundary import CELLS, KERNEL, BoundaryProbe
from ganstudio.training.trainer import Trainer


def run(
    variant: str = "gan", centre: tuple[float, float] = (0.0, 0.0), mean: tuple[float, float] = (1.0, 0.0),
    sd: float = 0.5, generated: float | None = None,
) -> Trainer:
    """Data is one Gaussian of that centre and sd, and so is what is generated; many samples are looked at."""
    data: dict[str, Any] = {"centres": "listed", "xs": [centre[0]], "ys": [centre[1]], "sds": [sd]}
    trainer = Trainer(Spec(
        variant=variant, data="gaussians", network="affine", seed=3, device="cpu", threads=1, data_controls=data,
        network_controls={"start": "given", "mean": list(mean), "sd": [generated or sd]},
    ))
    trainer.view.latents = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(1))
    return trainer


def look(trainer: Trainer) -> NDArray[np.float64]:
    """The points of the boundary, ``(k, 2)``."""
    found: Boundary = BoundaryProbe().look(trainer.view, 100)
    at = found.at.doubles()
    return at[np.isfinite(at).all(axis=1)]


@pytest.mark.parametrize("variant", ["gan", "ns-gan", "lsgan", "hinge-gan", "f-gan", "r1-gan"])
def test_between_two_gaussians_alike_it_runs_half_way(variant: str) -> None:
    at = look(run(variant))
    assert len(at) > 10
    np.testing.assert_allclose(at[:, 0], 0.5, atol=0.03)
    assert np.ptp(at[:, 1]) > 1.0  # a line across, not a dot


def test_x_and_y_are_not_swapped() -> None:
    at = look(run(centre=(0.0, -0.4), mean=(0.0, 0.6)))
    near = np.abs(at[:, 0]) < 0.6
    np.testing.assert_allclose(at[near, 1], 0.1, atol=0.03)


def test_against_a_wider_cloud_it_is_a_circle() -> None:
    """p = q of N(0, a) and N(0, b) where r^2 = 4 log(b/a) / (1/a^2 - 1/b^2), both widened by the kernel."""
    trainer = run(mean=(0.0, 0.0), sd=0.3, generated=0.5)
    extent = trainer.game.data.extent
    h = KERNEL * (extent.high - extent.low) / CELLS
    a, b = math.hypot(0.3, h), math.hypot(0.5, h)
    expected = math.sqrt(4 * math.log(b / a) / (1 / a**2 - 1 / b**2))
    radii = np.hypot(*look(trainer).T)
    assert np.median(radii) == pytest.approx(expected, rel=0.03)
    assert BoundaryProbe().look(trainer.view, 100).resolution == pytest.approx(h)


@pytest.mark.parametrize("variant", ["wgan", "wgan-gp", "sn-gan"])
def test_a_variant_without_a_closed_form_has_no_boundary(variant: str) -> None:
    assert look(run(variant)).shape == (0, 2)


def test_a_generator_that_broke_has_no_boundary() -> None:
    trainer = run()
    trainer.game.generator.flat.fill_(math.nan)
    assert look(trainer).shape == (0, 2)


def test_data_without_a_density_has_no_boundary(tmp_path: Any) -> None:
    file = tmp_path / "points.csv"
    file.write_text("\n".join(f"{x:.3f},{y:.3f}" for x, y in np.random.default_rng(0).normal(size=(200, 2))))
    trainer = Trainer(Spec(variant="gan", data="points", device="cpu", threads=1, data_controls={"file": str(file)}))
    assert trainer.game.data.log_density(np.zeros((1, 2))) is None
    assert look(trainer).shape == (0, 2)


def test_between_the_lines_stands_a_gap() -> None:
    """Two clouds of data on both sides of the samples: two lines, apart by NaN."""
    trainer = Trainer(Spec(
        variant="gan", data="gaussians", network="affine", seed=3, device="cpu", threads=1,
        data_controls={"centres": "listed", "xs": [-1.0, 1.0], "ys": [0.0], "sds": [0.3]},
        network_controls={"start": "given", "mean": [0.0, 0.0], "sd": [0.3]},
    ))
    trainer.view.latents = torch.randn(100_000, 2, generator=torch.Generator().manual_seed(1))
    at = BoundaryProbe().look(trainer.view, 100).at.doubles()
    assert np.isnan(at[-1]).all()
    assert np.isnan(at[:, 0]).sum() >= 2
    across = at[np.isfinite(at[:, 0]) & (np.abs(at[:, 1]) < 0.2)]
    assert (across[:, 0] < -0.3).any() and (across[:, 0] > 0.3).any()
    # equal densities where exp(-(x - 1)^2 / 2s^2) / 2 = exp(-x^2 / 2s^2): x = 1/2 + s^2 log 2
    h = BoundaryProbe().look(trainer.view, 100).resolution
    np.testing.assert_allclose(np.abs(across[:, 0]), 0.5 + (0.09 + h * h) * math.log(2), atol=0.05)
