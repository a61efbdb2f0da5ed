"""The flat optimisers against torch.optim, step by step, and against the formulas written out in NumPy."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from ganstudio.core.control import Controls, validated
from ganstudio.core.dataset import Dataset, Extent, Kind
from ganstudio.core.network import Network, NetworkControls
from ganstudio.core.system.errors import BadInput
from ganstudio.core.variant import GameControls, Scorer, Terms, Variant
from ganstudio.maths.optimisers import NAMES, Optimiser, optimiser
from ganstudio.training.game import Game

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


# Optimism and looking ahead ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("beta1", "beta2"), [(0.0, 0.9), (0.5, 0.9), (0.9, 0.999)])
def test_optimistic_adam_is_the_papers_algorithm(beta1: float, beta2: float) -> None:
    """Daskalakis et al. 2018, Algorithm 1, line by line."""
    A, b, start = (tensor.numpy() for tensor in quadratic())
    w, m, v, before = start.copy(), np.zeros(P), np.zeros(P), np.zeros(P)
    ours = torch.tensor(start)
    path = run(optimiser("optimistic-adam", ours), ours, STEPS, 0.02, beta1, beta2)
    for t, found in enumerate(path, start=1):
        g = A @ w - b
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        now = (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + 1e-8)
        w = w - 2 * 0.02 * now + 0.02 * before
        before = now
        np.testing.assert_allclose(found.numpy(), w, rtol=0, atol=1e-7, err_msg=f"at step {t}")


@pytest.mark.parametrize(("name", "plain"), [("extragradient", "sgd"), ("extra-adam", "adam")])
def test_what_looks_ahead_takes_the_plain_step(name: str, plain: str) -> None:
    """Where the gradient is found is the game's affair; the step is SGD's or Adam's."""
    (one, other), (_, _, start) = (torch.empty(2, P, dtype=torch.float64)), quadratic()
    one.copy_(start)
    other.copy_(start)
    ours, theirs = optimiser(name, one), optimiser(plain, other)
    assert ours.looks_ahead and not theirs.looks_ahead
    for w, expected in zip(run(ours, one, 20, 0.01, 0.5, 0.9), run(theirs, other, 20, 0.01, 0.5, 0.9), strict=True):
        assert torch.equal(w, expected)
    assert [each for each in NAMES if optimiser(each, one).looks_ahead] == ["extragradient", "extra-adam"]


TARGET = (3.0, 4.0)
Floats = NDArray[np.float64]


class Spot(Dataset[Controls]):
    """All data lies on one spot."""

    @property
    def kind(self) -> Kind:
        return "plane"

    @property
    def extent(self) -> Extent:
        return Extent(0.0, 5.0)

    def sample(self, n: int, rng: Generator) -> Tensor:
        return torch.tensor(TARGET, dtype=torch.float64).repeat(n, 1)


class Constant(nn.Module):
    """A generator that makes one point, theta, of every latent."""

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.full((2,), 1.7, dtype=torch.float64))

    def forward(self, z: Tensor) -> Tensor:
        return self.theta.expand(len(z), 2)


class Straight(nn.Module):
    """A critic without a bend: D(x) = w x."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.full((2,), 1.4, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w


class Pair(Network[NetworkControls]):
    """The players of the bilinear game min over theta, max over w of w (v - theta)."""

    def generator(self, c: NetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return Constant()

    def discriminator(self, c: NetworkControls, shape: tuple[int, ...], rng: Generator) -> nn.Module:
        return Straight()

    def flops(self, c: NetworkControls, batch_size: int) -> float:
        return 0.0


class Bilinear(Variant[GameControls]):
    """A critic that nothing holds."""

    def score_terms(self, on_real: Tensor, on_fake: Tensor, c: GameControls) -> Terms:
        return {"critic": on_fake.mean() - on_real.mean()}

    def generator_terms(self, D: Scorer, fake: Tensor, c: GameControls) -> Terms:
        return {"generator": -D(fake).mean()}


def bilinear(name: str, **controls: Any) -> Game:
    """The game of Daskalakis et al. 2018, section 2, from its start, through the real loop."""
    given = {"optimiser_d": name, "optimiser_g": name, "batch_size": 2, "learning_rate_d": 0.1, "learning_rate_g": 0.1,
             "beta1_d": 0.0, "beta1_g": 0.0, **controls}
    return Game(Bilinear(), validated(GameControls, given), Pair(), NetworkControls(), Spot(Controls()), 0,
                torch.device("cpu"))


def where(game: Game) -> tuple[Floats, Floats]:
    """w and theta - v."""
    return game.players["discriminator"].flat.numpy().copy(), game.players["generator"].flat.numpy() - np.array(TARGET)


def radius(game: Game) -> float:
    return float(np.sqrt(sum((part**2).sum() for part in where(game))))


def play(game: Game, steps: int) -> Game:
    for _ in range(2 * steps):
        game.update()
    return game


@pytest.mark.parametrize("h", [0.1, 0.4])
def test_extragradient_of_both_players_at_once_contracts_as_theory_says(h: float) -> None:
    """w' = (1 - h^2) w - h e, e' = (1 - h^2) e + h w: the radius shrinks by sqrt(1 - h^2 + h^4) a step."""
    game = bilinear("extragradient", learning_rate_d=h, learning_rate_g=h)
    D, G = game.players["discriminator"], game.players["generator"]
    for _ in range(20):
        before = radius(game)
        with game.lookahead(game.cycle()):
            of_d, of_g = D.gradient(game.terms_of("discriminator")), G.gradient(game.terms_of("generator"))
        D.step(of_d, game.pace_of("discriminator"))
        G.step(of_g, game.pace_of("generator"))
        assert radius(game) / before == pytest.approx(np.sqrt(1 - h**2 + h**4), abs=1e-9)


def test_extragradient_in_turn_is_what_it_is_by_hand() -> None:
    """Each player looks ahead from where the other now stands; the step's eigenvalues have modulus 1 - h^2."""
    h, game = 0.1, bilinear("extragradient")
    w, e = where(game)
    for _ in range(50):
        ahead_w, ahead_e = w - h * e, e + h * w
        w = w - h * ahead_e
        ahead_w = w - h * e
        e = e + h * ahead_w
        play(game, 1)
        for found, expected in zip(where(game), (w, e), strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    step = np.array([[1 - h**2, -h], [h * (1 - h**2), 1 - 2 * h**2]])
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(step)), 1 - h**2, atol=1e-12)
    assert 0.99**250 / 1.2 < radius(play(game, 200)) / radius(bilinear("extragradient")) < 0.99**250 * 1.2


def test_extra_adam_in_turn_is_what_it_is_by_hand() -> None:
    """Adam's step along the gradient found ahead; looking ahead is Adam's step too, and is forgotten."""
    def adam(g: Floats, m: Floats, v: Floats, t: int) -> tuple[Floats, Floats, Floats]:
        m, v = 0.5 * m + 0.5 * g, 0.9 * v + 0.1 * g**2
        return m, v, (m / (1 - 0.5**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)

    game = bilinear("extra-adam", beta1_d=0.5, beta1_g=0.5, learning_rate_d=0.05, learning_rate_g=0.02)
    w, e = where(game)
    of_w, of_e = (np.zeros(2), np.zeros(2)), (np.zeros(2), np.zeros(2))
    for t in range(1, 40):  # both players have made t - 1 steps; the gradients are e for w and -w for e
        ahead_e = e - 0.02 * adam(-w, *of_e, t)[2]
        *moved, direction = adam(ahead_e, *of_w, t)
        w, of_w = w - 0.05 * direction, (moved[0], moved[1])
        ahead_w = w - 0.05 * adam(e, *of_w, t + 1)[2]
        *moved, direction = adam(-ahead_w, *of_e, t)
        e, of_e = e - 0.02 * direction, (moved[0], moved[1])
        play(game, 1)
        for found, expected in zip(where(game), (w, e), strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9, err_msg=f"at step {t}")


def test_plain_steps_in_turn_circle_and_looking_ahead_comes_to_rest() -> None:
    start = radius(bilinear("sgd"))
    assert radius(play(bilinear("sgd"), 500)) > 0.9 * start  # taken in turn they keep e^2 + w^2 + h w e
    assert radius(play(bilinear("extragradient"), 500)) < 0.01 * start


def test_adam_circles_and_optimistic_adam_comes_to_rest() -> None:
    pace = {"learning_rate_d": 0.05, "learning_rate_g": 0.05, "beta2_d": 0.999, "beta2_g": 0.999}
    assert radius(play(bilinear("adam", **pace), 1000)) > 1.5
    assert radius(play(bilinear("optimistic-adam", **pace), 2000)) < 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_after_looking_ahead_all_stands_as_it_stood_bit_for_bit(name: str) -> None:
    game = play(bilinear(name, beta1_d=0.5, beta1_g=0.9), 7)
    players = game.players["discriminator"], game.players["generator"]
    weights = [player.flat.clone() for player in players]
    memory = [remembered(player.optimiser.state()) for player in players]
    with pytest.raises(ZeroDivisionError), game.lookahead(game.cycle()):
        assert all((player.flat != before).all() for player, before in zip(players, weights, strict=True))
        raise ZeroDivisionError  # whatever goes wrong out there
    for player, before, known in zip(players, weights, memory, strict=True):
        assert torch.equal(player.flat, before)
        assert all(torch.equal(value, known[key]) for key, value in player.optimiser.state().items())
    undisturbed = play(bilinear(name, beta1_d=0.5, beta1_g=0.9), 7)
    play(game, 5)
    play(undisturbed, 5)
    for name_of_player, player in game.players.items():
        assert torch.equal(player.flat, undisturbed.players[name_of_player].flat)


def test_looking_ahead_leads_to_where_the_next_update_would() -> None:
    game = play(bilinear("adam", beta1_d=0.5), 3)
    with game.lookahead(game.cycle()):
        ahead = game.players["discriminator"].flat.clone()
    game.update("discriminator")
    torch.testing.assert_close(game.players["discriminator"].flat, ahead, rtol=0, atol=1e-12)


@pytest.mark.parametrize("frozen", ["critic_steps", "generator_steps"])
def test_a_frozen_player_stays_where_it_is_when_the_other_looks_ahead(frozen: str) -> None:
    """Against a player that stands still, extragradient is gradient descent."""
    game, plain = bilinear("extragradient", **{frozen: 0}), bilinear("sgd", **{frozen: 0})
    for _ in range(10):
        game.update()
        plain.update()
    for found, expected in zip(where(game), where(plain), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["extragradient", "extra-adam"])
def test_one_player_may_look_ahead_while_the_other_does_not(name: str) -> None:
    h, game = 0.1, bilinear("sgd", optimiser_d=name, beta2_d=0.9)
    w, e = where(game)
    game.update("discriminator")
    ahead = e + h * w  # where SGD would lead G
    expected = w - h * (ahead if name == "extragradient" else np.sign(ahead))  # Adam's first step has length h
    np.testing.assert_allclose(where(game)[0], expected, atol=1e-6)
    np.testing.assert_allclose(where(game)[1], e, atol=0)
