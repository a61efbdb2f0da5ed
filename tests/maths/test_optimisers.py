"""The flat optimisers against torch.optim, step by step, and against the formulas written out in NumPy."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.core.errors import BadInput
from ganstudio.maths.optimisers import NAMES, Optimiser, optimiser

P = 12
STEPS = 60

Oracle = Callable[[Tensor, float, float, float], torch.optim.Optimizer]
ORACLES: dict[str, Oracle] = {
    "sgd": lambda w, rate, beta1, beta2: torch.optim.SGD([w], lr=rate, momentum=beta1),
    "rmsprop": lambda w, rate, beta1, beta2: torch.optim.RMSprop([w], lr=rate, alpha=0.99, eps=1e-8, momentum=beta1),
    "adam": lambda w, rate, beta1, beta2: torch.optim.Adam([w], lr=rate, betas=(beta1, beta2), eps=1e-8),
}


def quadratic(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """A positive definite A, b and a start: f(w) = w A w / 2 - b w, float64."""
    rng = torch.Generator().manual_seed(seed)
    root = torch.randn(P, P, generator=rng, dtype=torch.float64)
    b, start = torch.randn(2, P, generator=rng, dtype=torch.float64)
    return root @ root.T / P + 0.1 * torch.eye(P, dtype=torch.float64), b, start


def run(moved: Optimiser, w: Tensor, steps: int, rate: float, beta1: float, beta2: float) -> list[Tensor]:
    A, b, _ = quadratic()
    path = []
    for _ in range(steps):
        moved.step(w, A @ w - b, rate, beta1, beta2)
        path.append(w.clone())
    return path


def remembered(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in state.items()}


@pytest.mark.parametrize("beta2", [0.9, 0.999])
@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("name", ORACLES)
def test_each_step_is_torchs(name: str, beta1: float, beta2: float) -> None:
    A, b, start = quadratic()
    theirs = start.clone().requires_grad_()
    oracle = ORACLES[name](theirs, 0.01, beta1, beta2)
    ours = start.clone()
    for step, w in enumerate(run(optimiser(name, ours), ours, STEPS, 0.01, beta1, beta2)):
        theirs.grad = A @ theirs.detach() - b
        oracle.step()
        torch.testing.assert_close(w, theirs.detach(), rtol=0, atol=1e-6, msg=f"{name} leaves torch at step {step}")


@pytest.mark.parametrize("name", ORACLES)
def test_a_rate_that_falls_is_followed_as_torch_follows_it(name: str) -> None:
    A, b, start = quadratic()
    theirs, ours = start.clone().requires_grad_(), start.clone()
    oracle, moved = ORACLES[name](theirs, 0.01, 0.9, 0.99), optimiser(name, ours)
    for step in range(STEPS):
        rate = 0.01 * (1 - step / STEPS)
        oracle.param_groups[0]["lr"] = rate
        theirs.grad = A @ theirs.detach() - b
        oracle.step()
        moved.step(ours, A @ ours - b, rate, 0.9, 0.99)
        torch.testing.assert_close(ours, theirs.detach(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_rmsprop_with_tensorflows_constants(momentum: float) -> None:
    A, b, start = (tensor.numpy() for tensor in quadratic())
    w, square, velocity = start.copy(), np.ones(P), np.zeros(P)
    ours = torch.tensor(start)
    for found in run(optimiser("rmsprop-tf", ours), ours, STEPS, 0.01, momentum, 0.5):
        g = A @ w - b
        square = 0.9 * square + 0.1 * g**2
        velocity = momentum * velocity + 0.01 * g / np.sqrt(square + 1e-10)
        w = w - velocity
        np.testing.assert_allclose(found.numpy(), w, rtol=0, atol=1e-6)


def test_tensorflows_first_rmsprop_step_is_held_by_the_ones_it_starts_from() -> None:
    gradient = torch.full((3,), 10.0, dtype=torch.float64)
    torchs, tensorflows = torch.zeros(2, 3, dtype=torch.float64)
    optimiser("rmsprop", torchs).step(torchs, gradient.clone(), 1.0, 0.0, 0.0)
    optimiser("rmsprop-tf", tensorflows).step(tensorflows, gradient.clone(), 1.0, 0.0, 0.0)
    assert torchs[0].item() == pytest.approx(-10.0)  # 1 / sqrt(1 - .99)
    assert tensorflows[0].item() == pytest.approx(-10 / np.sqrt(0.9 + 0.1 * 100))


def test_adam_with_betas_that_move_is_the_weighted_mean_it_claims_to_be() -> None:
    A, b, start = (tensor.numpy() for tensor in quadratic())
    betas = [(0.9, 0.999), (0.0, 0.9), (0.5, 0.0), (0.999, 0.9999), (0.3, 0.99)] * 6
    w, ours = start.copy(), torch.tensor(start)
    moved = optimiser("adam", ours)
    gradients: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
    for step, (beta1, beta2) in enumerate(betas):
        gradients.append(A @ w - b)
        moved.step(ours, torch.tensor(gradients[-1]), 0.01, beta1, beta2)
        so_far = np.array(betas[:step + 1])
        first, second = (  # how much of each gradient is left: (1 - beta_i) times all betas after it
            np.array([(1 - row[i]) * np.prod(row[i + 1:]) for i in range(step + 1)]) for row in so_far.T
        )
        stack = np.array(gradients)
        mean, square = first @ stack / first.sum(), second @ stack**2 / second.sum()
        w = w - 0.01 * mean / (np.sqrt(square) + 1e-8)
        np.testing.assert_allclose(ours.numpy(), w, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NAMES)
def test_betas_moved_from_end_to_end_leave_numbers(name: str, dtype: torch.dtype) -> None:
    A, b, start = (tensor.to(dtype) for tensor in quadratic())
    w = start.clone()
    moved = optimiser(name, w)
    for beta1, beta2 in itertools.product([0.0, 0.999, 0.5], [0.0, 0.9999, 0.9]):
        for _ in range(5):
            moved.step(w, A @ w - b, 1e-3, beta1, beta2)
            assert w.isfinite().all()


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "rmsprop-tf"])
def test_momentum_switched_off_and_on_again_has_forgotten(name: str) -> None:
    """v <- 0 v + g forgets: what was fast before the pause must not come back after it."""
    w = torch.zeros(1, dtype=torch.float64)
    moved = optimiser(name, w)
    for beta1 in [0.9] * 20 + [0.0] * 20:
        moved.step(w, torch.ones(1, dtype=torch.float64), 1.0, beta1, 0.9)
    before = w.clone()
    moved.step(w, torch.zeros(1, dtype=torch.float64), 1.0, 0.9, 0.9)
    assert abs(float(w - before)) < 2.0  # .9 of one step's velocity, not of twenty's


@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_of_zero_moves_nothing(name: str) -> None:
    w = torch.ones(3)
    optimiser(name, w).step(w, torch.zeros(3), 0.1, 0.9, 0.9)
    assert torch.equal(w, torch.ones(3))


@pytest.mark.parametrize("name", NAMES)
def test_a_rate_of_zero_moves_nothing(name: str) -> None:
    w = torch.ones(3)
    optimiser(name, w).step(w, torch.full((3,), 5.0), 0.0, 0.5, 0.9)
    assert torch.equal(w, torch.ones(3))


@pytest.mark.parametrize("name", NAMES)
def test_the_update_happens_in_the_vector_itself(name: str) -> None:
    w = torch.ones(4)
    view = w[1:3]
    optimiser(name, w).step(w, torch.ones(4), 0.1, 0.0, 0.9)
    assert (view < 1).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NAMES)
def test_a_run_goes_on_identically_from_its_state(name: str, dtype: torch.dtype) -> None:
    A, b, start = (tensor.to(dtype) for tensor in quadratic())
    w = start.clone()
    moved = optimiser(name, w)
    for _ in range(17):
        moved.step(w, A @ w - b, 0.01, 0.9, 0.99)
    state, again = remembered(moved.state()), w.clone()
    fresh = optimiser(name, again)
    fresh.load_state(state)
    for _ in range(17):
        moved.step(w, A @ w - b, 0.01, 0.9, 0.99)
        fresh.step(again, A @ again - b, 0.01, 0.9, 0.99)
        assert torch.equal(w, again)


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_state_is_not_shared(name: str) -> None:
    w = torch.ones(3)
    fresh = optimiser(name, w)
    state = remembered(fresh.state())
    kept = remembered(state)
    fresh.load_state(state)
    fresh.step(w, torch.ones(3), 0.1, 0.9, 0.9)
    assert all(torch.equal(state[key], kept[key]) for key in kept)


def test_an_unknown_optimiser_is_refused_with_its_neighbour() -> None:
    with pytest.raises(BadInput, match="unknown optimiser 'adma': did you mean 'adam'"):
        optimiser("adma", torch.zeros(1))
