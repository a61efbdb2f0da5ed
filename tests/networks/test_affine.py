"""The affine generator: what it makes is known exactly, and units do not matter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save
from scipy.stats import norm, uniform

from ganstudio.core.control import validated
from ganstudio.core.network import DataDependentInit, HasDensity
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput
from ganstudio.networks.affine import Affine, AffineControls, AffineGenerator
from ganstudio.networks.parts.mlp_body import MLPBody
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.trainer import Trainer

Floats = NDArray[np.float64]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def generator(d: int = 1, **controls: Any) -> AffineGenerator:
    made = Affine().generator(validated(AffineControls, controls), (d,), rng())
    assert isinstance(made, AffineGenerator)
    return made


def data(d: int = 1) -> torch.Tensor:
    """Samples far from 0, and unlike in their dimensions."""
    return torch.randn(5000, d, generator=rng(1)) * torch.tensor([3.0, 0.5])[:d] + torch.tensor([40.0, -7.0])[:d]


def moments(G: AffineGenerator) -> list[list[float]]:
    return [[float(n) for n in row] for row in G.moments()]


def made_by(trainer: Trainer) -> AffineGenerator:
    G = trainer.game.modules["G"]
    assert isinstance(G, AffineGenerator)
    return G


def critic(d: int, **controls: Any) -> MLPBody:
    D = Affine().discriminator(validated(AffineControls, controls), (d,), rng())
    assert isinstance(D, MLPBody)
    return D


def trainer_of(**more: Any) -> Trainer:
    network = {"width": 8, "depth": 1, **more.pop("network_controls", {})}
    return Trainer(Spec(**{"variant": "gan", "data": "mixture", "network": "affine", "seed": 3, "device": "cpu",
                           "threads": 1, "network_controls": network, **more}))


def test_the_players_keep_their_contracts() -> None:
    G, D = generator(), critic(1)
    assert isinstance(G, HasDensity)
    assert isinstance(G, DataDependentInit) and isinstance(D, DataDependentInit)
    assert G(torch.zeros(5, 2)).shape == (5, 1)
    assert D(torch.zeros(5, 1)).shape == (5,)
    assert generator(2)(torch.zeros(5, 3)).shape == (5, 2)


def test_it_shifts_and_scales_its_latent() -> None:
    G = generator(2, mean=(1.0, -2.0), sd=(0.5, 3.0))
    z = torch.tensor([[0.0, 0.0, 9.0], [1.0, -1.0, 9.0]])  # a third latent has no say
    torch.testing.assert_close(G(z), torch.tensor([[1.0, -2.0], [1.5, -5.0]]))


@pytest.mark.parametrize("d", [1, 2])
def test_meeting_the_data_does_not_move_where_it_was_told_to_start(d: int) -> None:
    G = generator(d, mean=(3.0,), sd=(2.0,))
    z = torch.randn(10, 2, generator=rng(2))
    before = G(z)
    G.init_from_data(data(d))
    torch.testing.assert_close(G(z), before, rtol=0, atol=1e-5)
    np.testing.assert_allclose(moments(G), [[3.0] * d, [2.0] * d], atol=1e-5)


@pytest.mark.parametrize("latent", ["gaussian", "uniform"])
@pytest.mark.parametrize("d", [1, 2])
def test_it_starts_like_the_data_where_it_shall(d: int, latent: str) -> None:
    G, real = generator(d, start="data", latent=latent), data(d)
    G.init_from_data(real)
    np.testing.assert_allclose(moments(G), [real.mean(0).tolist(), real.std(0).tolist()], rtol=1e-4)


@pytest.mark.parametrize(("latent", "sd"), [("gaussian", 2.0), ("uniform", 2 / math.sqrt(3))])
def test_its_moments_are_those_of_its_samples(latent: str, sd: float) -> None:
    G = generator(latent=latent, mean=(-4.0,), sd=(2.0,))
    G.init_from_data(data())
    assert moments(G) == [[pytest.approx(-4.0, abs=1e-5)], [pytest.approx(sd, abs=1e-5)]]
    z = torch.randn(200_000, 1, generator=rng(3)) if latent == "gaussian" else torch.rand(
        200_000, 1, generator=rng(3)) * 2 - 1
    made = G(z)
    assert made.mean().item() == pytest.approx(-4.0, abs=0.02)
    assert made.std().item() == pytest.approx(sd, rel=0.01)


def test_its_density_is_scipys() -> None:
    x = np.linspace(-12, 9, 400)
    G = generator(mean=(-1.5,), sd=(2.5,))
    G.init_from_data(data())
    np.testing.assert_allclose(G.log_density(x[:, None]), norm.logpdf(x, -1.5, 2.5), atol=1e-4)
    box = generator(mean=(-1.5,), sd=(2.5,), latent="uniform")
    np.testing.assert_allclose(np.exp(box.log_density(x[:, None])), uniform.pdf(x, -4.0, 5.0), atol=1e-6)
    assert box.log_density(np.array([[50.0]]))[0] == -np.inf


def test_its_density_on_the_plane_is_a_product() -> None:
    at = np.random.default_rng(0).normal(size=(50, 2))
    G = generator(2, mean=(0.5, -1.0), sd=(0.7, 2.0))
    expected = norm.logpdf(at[:, 0], 0.5, 0.7) + norm.logpdf(at[:, 1], -1.0, 2.0)
    np.testing.assert_allclose(G.log_density(at), expected, atol=1e-5)


def test_a_spread_that_has_crossed_zero_is_the_same_spread() -> None:
    G = generator(mean=(1.0,), sd=(2.0,))
    at = np.array([[0.0], [3.0]])
    before = G.log_density(at)
    with torch.no_grad():
        G.spread.neg_()
    assert moments(G) == [[1.0], [2.0]]
    np.testing.assert_array_equal(G.log_density(at), before)


def test_a_spread_of_zero_is_a_spike_and_no_nan() -> None:
    G = generator(mean=(1.0,), sd=(2.0,))
    with torch.no_grad():
        G.spread.zero_()
    logs = G.log_density(np.array([[1.0], [1.5]]))
    assert not np.isnan(logs).any()
    assert logs[0] > 50 and logs[1] < -1e10


def test_the_discriminator_sees_the_same_in_other_units() -> None:
    """Kilometres or millimetres: once it has met them, its scores do not depend on the units."""
    scores = []
    for scale, shift in (1.0, 0.0), (1000.0, -5e4):
        D = critic(1)
        D.init_from_data(torch.cat([data(), data() + 4.0]) * scale + shift)
        scores.append(D(data()[:20] * scale + shift))
    torch.testing.assert_close(*scores, rtol=1e-3, atol=1e-3)


def test_its_inputs_have_mean_0_and_spread_1_and_its_slope_is_per_data_unit() -> None:
    D, real = critic(2, activation="relu"), data(2)
    D.init_from_data(real)
    assert D.scale.item() == pytest.approx(math.sqrt((9 + 0.25) / 2), rel=0.02)
    torch.testing.assert_close(D.shift, real.mean(0))
    x = real[:30].clone().requires_grad_()
    (expected,) = torch.autograd.grad(D(x).sum(), x)
    torch.testing.assert_close(D.input_gradient(real[:30]), expected)


def test_a_run_in_other_units_is_the_same_run() -> None:
    """Data ten times as wide and 100 to the right: the generator ends ten times as far, and 100 to the right."""
    controls = {"batch_size": 64, "optimiser_d": "adam", "optimiser_g": "adam", "learning_rate_g": 0.01}
    ends = []
    for scale, shift in (1.0, 0.0), (10.0, 100.0):
        trainer = trainer_of(controls=controls, data_controls={
            "weights": (0.4, 0.6), "means": (-1 * scale + shift, 2 * scale + shift), "sds": (0.5 * scale, scale),
        }, network_controls={"mean": (shift,), "sd": (scale,)})
        for _ in range(25):
            trainer.step()
        ends.append(made_by(trainer).moments()[:, 0] / scale)
        ends[-1][0] -= shift / scale
    torch.testing.assert_close(ends[1], ends[0], rtol=0, atol=1e-3)
    assert abs(ends[0][0].item()) > 0.05  # it has moved


def test_the_units_are_part_of_the_checkpoint() -> None:
    trainer, other = trainer_of(), trainer_of(seed=4)
    trainer.step()
    assert not torch.equal(made_by(trainer).shift, made_by(other).shift)
    load_game_state(other.game, load(save(game_state(trainer.game))))
    assert other.game.weights_hash() == trainer.game.weights_hash()
    assert moments(made_by(other)) == moments(made_by(trainer))
    for _ in range(3):
        trainer.step()
        other.step()
    assert other.game.weights_hash() == trainer.game.weights_hash()


def test_what_it_reports_is_the_mean_over_the_last_quarter_of_its_updates() -> None:
    trainer, seen = trainer_of(controls={"learning_rate_g": 0.05}), []
    for _ in range(40):
        trainer.step()
        seen.append(made_by(trainer).moments().numpy().copy())
    assert trainer.game.moments is not None
    found = trainer.game.moments.mean()
    assert found is not None
    np.testing.assert_allclose(found.numpy(), np.mean(seen[30:], axis=0), rtol=1e-9)


def test_too_few_latents_are_refused() -> None:
    with pytest.raises(BadInput, match="latent_dim = 1 is too small for the affine network: 2 numbers are needed"):
        generator(2, latent_dim=1)
    with pytest.raises(BadInput, match="latent_dim = 1 is too small"):
        trainer_of(data="ring", network_controls={"latent_dim": 1})


@pytest.mark.parametrize("name", ["mean", "sd"])
def test_more_numbers_than_dimensions_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="one number or one for each dimension, at most 2"):
        validated(AffineControls, {name: (1.0, 2.0, 3.0)})


def test_one_number_holds_for_all_dimensions() -> None:
    assert moments(generator(2, mean=(1.5,), sd=(0.5,))) == [[1.5, 1.5], [0.5, 0.5]]
