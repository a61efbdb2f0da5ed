"""Spectral norm against singular values by LAPACK, and its gradient against the formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from ganstudio.core.protocol.spec import Change, Spec
from ganstudio.networks.mlp import MLP, MLPControls
from ganstudio.networks.parts.mlp_body import MLPBody
from ganstudio.networks.parts.spectral import SpectralNorm, set_bound, spectral_norms
from ganstudio.training.game_state import game_state, load_game_state
from ganstudio.training.trainer import Trainer


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def largest(weight: Tensor) -> float:
    return float(np.linalg.svd(weight.detach().flatten(1).numpy(), compute_uv=False)[0])


def critic(seed: int = 0, bound: float = 1.0, width: int = 128) -> nn.Module:
    D = MLP().discriminator(MLPControls(width=width), (2,), rng(seed))
    return spectral_norms(D, bound, rng(seed + 10))


def linears(module: nn.Module) -> list[Any]:
    return [layer for layer in module.modules() if isinstance(layer, nn.Linear)]


def norms(module: nn.Module) -> list[SpectralNorm]:
    return [layer for layer in module.modules() if isinstance(layer, SpectralNorm)]


def singular_values(D: nn.Module) -> list[float]:
    D.eval()
    found = [largest(layer.weight) for layer in linears(D)]
    D.train()
    return found


@pytest.mark.parametrize("width", [16, 64, 128])
@pytest.mark.parametrize("seed", range(6))
def test_every_layer_starts_at_its_bound(seed: int, width: int) -> None:
    np.testing.assert_allclose(singular_values(critic(seed, width=width)), 1.0, atol=0.02)


@pytest.mark.parametrize("bound", [0.5, 1.0, 3.0])
def test_after_some_steps_it_is_at_its_bound_to_a_thousandth(bound: float) -> None:
    D = critic(bound=bound, width=64)
    for _ in range(200):
        D(torch.zeros(1, 2))
    np.testing.assert_allclose(singular_values(D), bound, rtol=1e-3)


def test_it_keeps_up_with_weights_that_move() -> None:
    trainer = trainer_of(learning_rate_d=1e-3)
    for _ in range(60):
        trainer.step()
    # A step of 1e-3 in every weight moves the norm by a few percent before the next iteration follows it.
    np.testing.assert_allclose(singular_values(trainer.game.modules["D"]), 1.0, atol=0.1)


def test_nothing_but_the_length_of_the_weights_is_changed() -> None:
    plain = MLP().discriminator(MLPControls(), (2,), rng())
    D = critic()
    for before, layer in zip(linears(plain), linears(D), strict=True):
        ratio = layer.weight / before.weight
        torch.testing.assert_close(ratio, ratio[0, 0].expand_as(ratio))
        assert torch.equal(layer.bias, before.bias)  # the bias is left alone


def test_one_forward_pass_is_one_iteration() -> None:
    layer = spectral_norms(nn.Linear(7, 5), 1.0, rng())
    (norm,), W = norms(layer), dict(layer.named_parameters())["parametrizations.weight.original"].detach()
    norm.u, norm.v = torch.eye(5)[0], torch.eye(7)[0]  # as cold as can be
    layer(torch.zeros(1, 7))
    v = W.T[:, 0] / W.T[:, 0].norm()
    u = W @ v / (W @ v).norm()
    torch.testing.assert_close(norm.v, v)
    torch.testing.assert_close(norm.u, u)


def test_looking_moves_nothing() -> None:
    D = critic()
    for norm in norms(D):
        norm.u = norm.u.roll(1)  # so that an iteration would show
    before = {name: tensor.clone() for name, tensor in D.state_dict().items()}
    D.eval()
    with torch.no_grad():
        one = D(torch.ones(3, 2))
        assert torch.equal(D(torch.ones(3, 2)), one)
    assert all(torch.equal(tensor, before[name]) for name, tensor in D.state_dict().items())
    D.train()
    D(torch.ones(3, 2))
    moved = {name for name, tensor in D.state_dict().items() if not torch.equal(tensor, before[name])}
    assert len(moved) >= 6  # three layers; of the last one, a single row, the norm is known at once
    assert all(name.endswith((".u", ".v")) for name in moved)


def test_the_closed_slope_reads_each_norm_once_and_is_autograds() -> None:
    D, other = critic(width=32), critic(width=32)
    x = torch.randn(20, 2, generator=rng(1)).requires_grad_()
    for norm in (*norms(D), *norms(other)):
        norm.u = norm.u.roll(1)
    assert isinstance(D, MLPBody)
    closed = D.input_gradient(x.detach())
    (by_autograd,) = torch.autograd.grad(other(x).sum(), x)
    assert closed is not None
    torch.testing.assert_close(closed, by_autograd)
    for one, two in zip(norms(D), norms(other), strict=True):
        assert torch.equal(one.u, two.u)


@pytest.mark.parametrize("bound", [1.0, 2.5])
def test_the_gradient_takes_u_and_v_for_constants(bound: float) -> None:
    """dL/dW = c/s (dL/dW' - <dL/dW', W/s> u v^T): Miyato et al. 2018, eq. (12)."""
    W = torch.randn(4, 6, generator=rng(1), requires_grad=True)
    norm = SpectralNorm(W, bound, rng()).eval()
    norm.u = torch.nn.functional.normalize(torch.randn(4, generator=rng(2)), dim=0)  # not the singular vectors
    norm.v = torch.nn.functional.normalize(torch.randn(6, generator=rng(3)), dim=0)
    outer = torch.randn(4, 6, generator=rng(4))  # dL/dW'
    (found,) = torch.autograd.grad((norm(W) * outer).sum(), W)
    sigma = norm.u @ W.detach() @ norm.v
    expected = bound / sigma * (outer - (outer * W.detach() / sigma).sum() * torch.outer(norm.u, norm.v))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_convolution_is_normalised_as_a_matrix() -> None:
    conv = spectral_norms(nn.Conv2d(3, 16, 3), 1.0, rng()).eval()
    assert conv.weight.shape == (16, 3, 3, 3)
    assert isinstance(conv.weight, Tensor)
    assert largest(conv.weight) == pytest.approx(1.0, abs=1e-3)


def test_the_slope_stays_below_the_product_of_the_bounds() -> None:
    for bound in (0.7, 1.5):
        D = critic(bound=bound).eval()
        x = (torch.randn(500, 2, generator=rng()) * 3).requires_grad_()
        (slope,) = torch.autograd.grad(D(x).sum(), x)
        assert slope.norm(dim=1).max() <= bound ** len(linears(D)) * 1.05


def trainer_of(**controls: Any) -> Trainer:
    return Trainer(Spec(variant="sn-gan", data="ring", seed=2, device="cpu", threads=1,
                        controls={"batch_size": 16, "spectral_bound": 1.0, **controls},
                        network_controls={"width": 32, "depth": 2}))


def test_the_bound_is_live() -> None:
    trainer = trainer_of(spectral_bound=1.0)
    np.testing.assert_allclose(singular_values(trainer.game.modules["D"]), 1.0, atol=0.02)
    trainer.apply(Change(name="spectral_bound", value=2.5))
    np.testing.assert_allclose(singular_values(trainer.game.modules["D"]), 2.5, atol=0.05)
    assert trainer.view.spectral_bound == 2.5


def test_set_bound_reaches_every_layer() -> None:
    D = critic()
    set_bound(D, 4.0)
    assert [norm.bound for norm in norms(D)] == [4.0] * len(linears(D))


def test_the_optimiser_moves_the_weight_under_the_norm() -> None:
    trainer = trainer_of(learning_rate_d=0.01)
    D = trainer.game.players["discriminator"]
    assert len(D.parameters) == 2 * len(linears(D.module))
    before = D.flat.clone()
    trainer.update("discriminator")
    assert not torch.equal(D.flat, before)
    layer = linears(D.module)[0]
    assert torch.equal(layer.parametrizations.weight.original.flatten(), dict(D.module.named_parameters())[
        "layers.0.parametrizations.weight.original"].flatten())
    assert any(part.data_ptr() == D.flat.data_ptr() for part in D.parameters)  # still a view into the flat vector


def test_u_and_v_are_part_of_the_checkpoint() -> None:
    trainer, other = trainer_of(), trainer_of()
    for _ in range(5):
        trainer.step()
    state = game_state(trainer.game)
    assert sum(name.endswith((".u", ".v")) for name in state) == 2 * 3
    load_game_state(other.game, load(save(state)))
    assert other.game.weights_hash() == trainer.game.weights_hash()
    for _ in range(3):
        trainer.step()
        other.step()
    assert other.game.weights_hash() == trainer.game.weights_hash()


def test_the_generator_is_left_alone() -> None:
    assert norms(trainer_of().game.modules["G"]) == []


def test_the_seed_decides_u() -> None:
    weight = torch.randn(8, 9, generator=rng(5))
    first, again, different = (SpectralNorm(weight, 1.0, rng(seed)) for seed in (1, 1, 2))
    assert first.u.shape == (8,) and first.v.shape == (9,)
    assert first.u.norm().item() == pytest.approx(1.0, abs=1e-6)
    assert torch.equal(first.u, again.u)
    assert not torch.equal(first.u, different.u)
    torch.testing.assert_close(first.u.abs(), different.u.abs(), atol=0.02, rtol=0)  # the same vector in the end


# Of DCGAN's discriminator and of the residual one: large random kernels, whose first singular values lie close.
KERNELS = [(64, 3, 4, 4), (128, 64, 4, 4), (512, 256, 4, 4), (1, 512, 4, 4), (128, 3, 3, 3), (256, 128, 1, 1)]


@pytest.mark.parametrize("shape", KERNELS, ids=str)
def test_kernels_start_at_their_bound_and_settle_to_a_thousandth(shape: tuple[int, ...]) -> None:
    weight = 0.02 * torch.randn(shape, generator=rng())
    matrix = weight.flatten(1).numpy().astype(np.float64)
    truth = np.linalg.eigvalsh(matrix @ matrix.T)[-1] ** 0.5  # as by svd, in a tenth of its time
    norm = SpectralNorm(weight, 1.0, rng(1)).eval()
    assert share(norm, weight) * truth == pytest.approx(1.0, abs=0.005)
    norm.train()
    for _ in range(20):
        norm(weight)
    assert share(norm.eval(), weight) * truth == pytest.approx(1.0, abs=1e-3)


def share(norm: SpectralNorm, weight: Tensor) -> float:
    """By what a weight is multiplied: the inverse of sigma as it is followed."""
    first: float = (norm(weight).flatten()[0] / weight.flatten()[0]).item()
    return first


def test_under_bfloat16_the_norm_is_found_in_float32() -> None:
    weight = 0.02 * torch.randn(128, 64, 4, 4, generator=rng())
    norm, plain = SpectralNorm(weight, 1.0, rng(1)), SpectralNorm(weight, 1.0, rng(1))
    with torch.autocast("cpu", torch.bfloat16):
        found = norm(weight)
    assert found.dtype == torch.float32
    assert torch.equal(found, plain(weight))
    assert torch.equal(norm.u, plain.u)
    assert torch.equal(norm.v, plain.v)


def test_looking_at_convolutions_in_bfloat16_moves_nothing() -> None:
    D = spectral_norms(nn.Sequential(nn.Conv2d(3, 16, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(16, 1, 4)), 1.0, rng())
    for norm in norms(D):
        norm.u = norm.u.roll(1)
    before = {name: tensor.clone() for name, tensor in D.state_dict().items()}
    x = torch.randn(2, 3, 8, 8, generator=rng(1))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        D.eval()(x)
    assert all(torch.equal(tensor, before[name]) for name, tensor in D.state_dict().items())


def test_memory_order_of_a_kernel_does_not_matter() -> None:
    weight = torch.randn(16, 8, 3, 3, generator=rng())
    norm = SpectralNorm(weight, 1.0, rng(1)).eval()
    torch.testing.assert_close(norm(weight.contiguous(memory_format=torch.channels_last)), norm(weight))
