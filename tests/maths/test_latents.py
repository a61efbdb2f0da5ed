"""Where the studio looks along the latent prior, against SciPy's quantiles; ways through it, against its slerp."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.spatial import geometric_slerp
from scipy.stats import norm

from ganstudio.core.network import NetworkControls
from ganstudio.core.system.errors import BadInput
from ganstudio.maths.latents import Blend, Path, along, draw_latents, latent_mesh, latent_slices, latent_walk

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


# Ways through the latent space ---------------------------------------------------------------------------------

every_blend = pytest.mark.parametrize("blend", ["lerp", "slerp"])
every_path = pytest.mark.parametrize("path", ["line", "square", "circle"])


def drawn(k: int, d: int = 100, *, norm_is: float | None = None) -> torch.Tensor:
    z = torch.randn((k, d), generator=torch.Generator().manual_seed(k))
    return z if norm_is is None else norm_is * z / z.norm(dim=1, keepdim=True)


def on(*places: tuple[float, float] | float) -> torch.Tensor:
    pairs = [place if isinstance(place, tuple) else (place, 0.0) for place in places]
    return torch.tensor(pairs, dtype=torch.float64)


@every_blend
@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_line_meets_its_anchors_bit_for_bit(blend: Blend, k: int, dtype: torch.dtype) -> None:
    anchors = drawn(k).to(dtype)
    found = along(anchors, "line", blend, on(*(i / (k - 1) for i in range(k))))
    assert found.dtype == dtype
    assert torch.equal(found, anchors)


@every_blend
def test_a_square_meets_its_anchors_bit_for_bit(blend: Blend) -> None:
    corners = on((0, 0), (1, 0), (0, 1), (1, 1))
    for k, order in ((4, [0, 1, 2, 3]), (3, [0, 1, 2, 2]), (2, [0, 1, 0, 1])):
        anchors = drawn(k)
        assert torch.equal(along(anchors, "square", blend, corners), anchors[order])


@every_blend
@pytest.mark.parametrize("k", [2, 3, 4])
def test_a_circle_meets_its_anchors_bit_for_bit_and_comes_back(blend: Blend, k: int) -> None:
    anchors = drawn(k)
    pieces = 4 if k == 2 else k
    found = along(anchors, "circle", blend, on(*(i / pieces for i in range(k)), 1.0))
    assert torch.equal(found, torch.cat([anchors, anchors[:1]]))
    if k == 2:
        assert torch.equal(along(anchors, "circle", blend, on(0.5, 0.75)), -anchors)


@every_path
@pytest.mark.parametrize("k", [2, 3, 4])
def test_slerp_keeps_the_norm_that_all_anchors_have(path: Path, k: int) -> None:
    places = torch.rand((200, 2), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = along(drawn(k, norm_is=10.0), path, "slerp", places)
    np.testing.assert_allclose(found.double().norm(dim=1), 10.0, rtol=1e-6)
    assert along(drawn(k, norm_is=10.0), path, "lerp", places).norm(dim=1).min() < 9.9


def test_slerp_of_unit_vectors_is_scipys() -> None:
    a, b = (z / z.norm() for z in drawn(2, 7).double())
    share = np.linspace(0, 1, 23)
    found = along(torch.stack([a, b]), "line", "slerp", on(*share.tolist()))
    np.testing.assert_allclose(found, geometric_slerp(a.numpy(), b.numpy(), share), atol=1e-12)


def test_slerp_changes_the_norm_evenly() -> None:
    anchors = torch.stack([3 * torch.eye(5)[0], 11 * torch.eye(5)[1]])
    found = along(anchors, "line", "slerp", on(0.25))[0]
    np.testing.assert_allclose(found[:2], 5 * np.array([np.cos(np.pi / 8), np.sin(np.pi / 8)]), rtol=1e-6)


def test_a_circle_through_two_is_the_great_circle_through_both() -> None:
    anchors = 2 * torch.eye(6)[:2]
    turn = np.linspace(0, 1, 33)
    found = along(anchors, "circle", "slerp", on(*turn.tolist()))
    np.testing.assert_allclose(found[:, 0], 2 * np.cos(2 * np.pi * turn), atol=1e-6)
    np.testing.assert_allclose(found[:, 1], 2 * np.sin(2 * np.pi * turn), atol=1e-6)


def test_lerp_is_straight_and_a_square_bilinear() -> None:
    a, b, c, d = anchors = drawn(4, 3).double()
    np.testing.assert_allclose(along(anchors, "line", "lerp", on(0.5)), ((b + c) / 2)[None], atol=1e-12)
    np.testing.assert_allclose(along(anchors, "circle", "lerp", on(0.875)), ((a + d) / 2)[None], atol=1e-12)
    exact = 0.75 * (0.4 * a + 0.6 * b) + 0.25 * (0.4 * c + 0.6 * d)
    np.testing.assert_allclose(along(anchors, "square", "lerp", on((0.6, 0.25))), exact[None], atol=1e-12)


def test_of_three_anchors_the_third_is_the_whole_lower_edge() -> None:
    anchors = drawn(3, norm_is=10.0)
    found = along(anchors, "square", "slerp", on((0.3, 1), (0.8, 1)))
    np.testing.assert_allclose(found, anchors[[2, 2]], atol=1e-5)


@pytest.mark.parametrize("off", [0.0, 1e-15, 1e-9, 1e-7, 1e-3])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("d", [2, 50])
def test_nearly_parallel_and_opposite_anchors_keep_the_norm_too(off: float, sign: float, d: int) -> None:
    a = drawn(1, d, norm_is=1.0).double()
    aside = torch.zeros_like(a)
    aside[0, 0], aside[0, 1] = -a[0, 1], a[0, 0]
    anchors = torch.cat([a, sign * (a + off * aside)])
    anchors /= anchors.norm(dim=1, keepdim=True)
    found = along(anchors, "line", "slerp", on(*np.linspace(0, 1, 11).tolist()))
    np.testing.assert_allclose(found.norm(dim=1), 1.0, atol=1e-9)
    turned = np.arccos(np.clip((found[5] @ anchors[0]).item(), -1, 1))
    whole = np.arctan2(off * aside.norm().item(), 1.0)
    assert turned == pytest.approx((whole if sign > 0 else np.pi - whole) / 2, abs=1e-7)


@every_path
@every_blend
def test_odd_anchors_give_numbers(path: Path, blend: Blend) -> None:
    places = torch.rand((50, 2), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    for anchors in (torch.zeros((3, 4)), torch.tensor([[0.0, 0.0], [1.0, 2.0]]), torch.tensor([[2.0], [-3.0]]),
                    torch.ones((4, 9)), 1e-30 * drawn(4), 1e18 * drawn(4)):
        assert torch.isfinite(along(anchors, path, blend, places)).all()
    ends = along(drawn(2), path, blend, torch.tensor([[-3.0, -1.0], [float("nan"), 0.0]]))
    assert torch.equal(ends, drawn(2)[[0, 0]])


def test_from_nothing_slerp_goes_straight() -> None:
    anchors = torch.tensor([[0.0, 0.0], [4.0, 2.0]])
    assert torch.allclose(along(anchors, "line", "slerp", on(0.25)), torch.tensor([[1.0, 0.5]]))


@pytest.mark.parametrize("k", [0, 1, 5])
def test_a_way_has_two_to_four_anchors(k: int) -> None:
    with pytest.raises(BadInput, match=f"{k} anchors"):
        along(torch.zeros((k, 3)), "line", "lerp", on(0.0))
