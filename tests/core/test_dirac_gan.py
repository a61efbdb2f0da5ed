"""The Dirac-GAN against the paper's fields and eigenvalues, and its updates against closed forms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from ganstudio.core.control import described, validated
from ganstudio.core.dirac_gan import (
    DIRAC_GANS,
    GAN,
    NSGAN,
    R1,
    RULES,
    WGAN,
    WGANGP,
    Consensus,
    DiracGAN,
    Floats,
    Linear,
    N,
    eigenvalues,
    growth,
    trajectory,
)
from ganstudio.core.system.errors import BadInput

UNCLIPPED = WGAN(clip=math.inf)
TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])  # the WGAN's Jacobian
PLACES = np.random.default_rng(3).uniform(-2, 2, (40, 2))
GAMES = [GAN(), NSGAN(), WGAN(), WGANGP(), WGANGP(gp_weight=3.0, gp_target=0.0), WGANGP(gp_weight=0.0), R1(),
         R1(r1_weight=1.0), R1(r1_weight=0.0), Consensus(), Consensus(reg=0.4)]


def sigmoid(t: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-t)))


def the_papers(game: DiracGAN, theta: Floats, psi: Floats) -> tuple[Floats, Floats]:
    """The fields as the paper writes them: D = psi x is high on fake, f'(t) = sigmoid(-t)."""
    match game:
        case WGAN():
            return -psi, theta
        case WGANGP(gp_weight=lam, gp_target=g0):
            return -psi, theta - lam * (np.abs(psi) - g0) * np.sign(psi)
        case NSGAN():
            return -psi * sigmoid(psi * theta), theta * sigmoid(-psi * theta)
        case R1(r1_weight=gamma):
            return -psi * sigmoid(-psi * theta), theta * sigmoid(-psi * theta) - gamma * psi
    return -psi * sigmoid(-psi * theta), theta * sigmoid(-psi * theta)


# Fields ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("game", [game for game in GAMES if not isinstance(game, Consensus)], ids=repr)
def test_the_field_is_the_papers_turned_upside_down(game: DiracGAN) -> None:
    theta, psi = PLACES.T
    dtheta, dpsi = the_papers(game, theta, -psi)
    np.testing.assert_allclose(game.field(theta, psi), [dtheta, -dpsi], atol=1e-14)


@pytest.mark.parametrize("reg", [0.0, 0.4, 1.0])
def test_consensus_goes_down_half_the_squared_length_of_the_field(reg: float) -> None:
    def half_square(theta: Floats, psi: Floats) -> Floats:
        v = GAN().field(theta, psi)
        return np.asarray((v[0] ** 2 + v[1] ** 2) / 2)

    theta, psi = PLACES.T
    e = 1e-5
    slope = [(half_square(theta + e, psi) - half_square(theta - e, psi)) / (2 * e),
             (half_square(theta, psi + e) - half_square(theta, psi - e)) / (2 * e)]
    pulled = np.array(GAN().field(theta, psi)) - reg * np.array(slope)
    np.testing.assert_allclose(Consensus(reg=reg).field(theta, psi), pulled, atol=1e-9)


@pytest.mark.parametrize("game", GAMES, ids=repr)
def test_one_number_and_an_array_are_played_alike(game: DiracGAN) -> None:
    together = np.array(game.field(*PLACES.T)).T
    for place, v in zip(PLACES.tolist(), together, strict=True):
        np.testing.assert_allclose(game.field(place[0], place[1]), v, rtol=1e-13)
    clipped = game.bounded(PLACES[:, 1])
    np.testing.assert_array_equal([game.bounded(float(psi)) for psi in PLACES[:, 1]], clipped)


def test_ns_gan_is_pulled_in_beyond_first_order_and_gan_is_not() -> None:
    theta, psi = PLACES.T
    for game, inward in ((GAN(), np.zeros(len(theta))), (NSGAN(), 2 * theta * psi * np.tanh(psi * theta / 2))):
        dtheta, dpsi = game.field(theta, psi)
        np.testing.assert_allclose(2 * (theta * dtheta + psi * dpsi), -inward, atol=1e-14)


def test_far_out_nothing_overflows() -> None:
    with np.errstate(all="raise"):
        for game in GAMES:
            assert all(map(math.isfinite, game.field(1e4, -1e4)))


# Eigenvalues -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("game", "expected"), [
    (GAN(), (0.5j, -0.5j)),
    (NSGAN(), (0.5j, -0.5j)),
    (WGAN(), (1j, -1j)),
    (R1(r1_weight=0.3), (-0.15 + 0.4769696j, -0.15 - 0.4769696j)),
    (R1(r1_weight=1.0), (-0.5, -0.5)),
    (R1(r1_weight=2.0), (-1 + math.sqrt(0.75), -1 - math.sqrt(0.75))),
    (Consensus(reg=1.0), (-0.25 + 0.5j, -0.25 - 0.5j)),
    (WGANGP(gp_weight=0.0), (1j, -1j)),
    (WGANGP(gp_weight=1.0, gp_target=0.0), (-0.5 + math.sqrt(0.75) * 1j, -0.5 - math.sqrt(0.75) * 1j)),
    (WGANGP(gp_weight=2.0, gp_target=0.0), (-1, -1)),
], ids=repr)
def test_the_eigenvalues_at_the_equilibrium(game: DiracGAN, expected: tuple[complex, complex]) -> None:
    J = game.jacobian()
    assert J is not None
    found = eigenvalues(J)
    assert found == pytest.approx(expected, abs=1e-5)
    by_lapack = sorted(np.linalg.eigvals(J), key=lambda z: (-z.real, -z.imag))
    np.testing.assert_allclose(found, by_lapack, atol=1e-7)


@pytest.mark.parametrize("game", GAMES, ids=repr)
def test_the_jacobian_is_the_fields_derivative(game: DiracGAN) -> None:
    e = 1e-5
    columns = [(np.array(game.field(*(e * axis).tolist())) - np.array(game.field(*(-e * axis).tolist()))) / (2 * e)
               for axis in np.eye(2)]
    J = game.jacobian()
    if J is None:
        assert abs(columns[1][1]) > 1 / math.sqrt(e)  # it jumps
    else:
        np.testing.assert_allclose(np.stack(columns, axis=1), J, atol=1e-9)


def test_a_double_eigenvalue_is_exactly_double() -> None:
    J = R1(r1_weight=1.0).jacobian()
    assert eigenvalues(J) == (-0.5, -0.5)


# Updates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("h", [0.01, 0.1, 0.5])
def test_simultaneous_steps_of_the_unclipped_wgan_grow_by_the_root_of_1_plus_h_squared(h: float) -> None:
    path = trajectory(UNCLIPPED, RULES["simultaneous"], 1.0, 0.5, h, 200)
    radius = np.hypot(path[:, 0], path[:, 1])
    np.testing.assert_allclose(radius[1:] / radius[:-1], math.sqrt(1 + h * h), rtol=0, atol=1e-9)
    assert growth(RULES["simultaneous"], TURN, h) == pytest.approx(math.sqrt(1 + h * h), abs=1e-9)


@pytest.mark.parametrize(("rule", "sign"), [("theta-first", 1), ("psi-first", -1)])
@pytest.mark.parametrize("h", [0.01, 0.1, 0.5])
def test_alternating_steps_conserve_a_tilted_circle(rule: str, sign: int, h: float) -> None:
    """With the paper's psi, which is minus ours, the signs are the other way round."""
    theta, psi = trajectory(UNCLIPPED, RULES[rule], 1.0, 0.5, h, 1000).T
    kept = theta**2 + psi**2 + sign * h * theta * psi
    np.testing.assert_allclose(kept, kept[0], rtol=0, atol=1e-10)
    other = theta**2 + psi**2 - sign * h * theta * psi
    assert np.ptp(other) > h
    assert growth(RULES[rule], TURN, h) == pytest.approx(1, abs=1e-12)


def test_the_critic_is_clipped_after_each_of_its_updates() -> None:
    game = WGAN(clip=0.3)
    for rule in RULES.values():
        theta, psi = trajectory(game, rule, 1.5, 1.0, 0.1, 300).T
        assert psi[0] == 1.0
        assert np.abs(psi[1:]).max() == 0.3, rule.title
    theta, psi = trajectory(game, RULES["psi-first"], 1.0, -0.25, 0.1, 1).T
    assert psi[1] == -0.3
    assert theta[1] == pytest.approx(1.0 + 0.1 * -0.3)


def test_one_step_of_each_rule_by_hand() -> None:
    """theta' = psi, psi' = -theta from (1, 2) with h = 0.5; the optimistic rule came from (0, 4)."""
    after = {name: rule.step(UNCLIPPED, 1.0, 2.0, (0.0, 4.0), 0.5) for name, rule in RULES.items()}
    assert after == {
        "simultaneous": (2.0, 1.5),
        "psi-first": (1.75, 1.5),
        "theta-first": (2.0, 1.0),
        "optimistic": (1.0 + 2.0 - 2.0, 2.0 - 1.0),
        "extragradient": (1.75, 1.0),
    }


@dataclass(frozen=True)
class Bilinear:
    """min over theta, max over w of <w, v - theta>, in as many dimensions as v has: the WGAN that learns a mean.

    Source: Daskalakis et al. 2018, arXiv:1711.00141, section 2.
    """

    v: Floats

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        v: Any = self.v  # if theta is a number, v is one
        return psi, v - theta

    def bounded(self, psi: N) -> N:
        return psi


def test_optimistic_descent_reaches_a_thousandth_and_plain_descent_does_not() -> None:
    """Daskalakis et al. 2018: the first two iterates are equal, so our step t is the paper's t + 1."""
    game = Bilinear(np.array([3.0, 4.0]))
    start = np.full(2, 1.7), np.full(2, 1.4)

    def error(rule: str) -> Floats:
        path = trajectory(game, RULES[rule], *start, 0.1, 1700)
        return np.asarray(np.sqrt(((path[:, 0] - game.v) ** 2 + path[:, 1] ** 2).sum(axis=1)))

    optimistic = error("optimistic")
    assert int(np.argmax(optimistic < 1e-3)) == 1599 - 1
    assert (optimistic[1598:] < 1e-3).all()
    assert optimistic[1501] / optimistic[1500] == pytest.approx(0.994936, abs=1e-6)
    assert growth(RULES["optimistic"], TURN, 0.1) == pytest.approx(0.994936, abs=1e-6)
    plain = error("simultaneous")
    np.testing.assert_allclose(plain[1:] / plain[:-1], 1.004988, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("h", "stable"), [(0.577, True), (0.578, False)])
def test_optimistic_descent_is_stable_below_one_over_root_three(h: float, stable: bool) -> None:
    assert (growth(RULES["optimistic"], TURN, h) < 1) is stable
    ends = trajectory(Linear(TURN), RULES["optimistic"], 1.0, 0.0, h, 20_000)[[10_000, 20_000]]
    assert bool(np.hypot(*ends[1]) < np.hypot(*ends[0])) is stable


def test_the_growth_of_extragradient_by_hand() -> None:
    """1 + h l + h² l² at l = i: (1 - h²)² + h² is its squared modulus."""
    assert growth(RULES["extragradient"], TURN, 0.1) == pytest.approx(math.sqrt(0.99**2 + 0.01), abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("game", [R1(), Consensus(), WGANGP(gp_target=0.0)], ids=repr)
def test_the_growth_is_that_of_a_long_run(game: DiracGAN, rule: str) -> None:
    J = game.jacobian()
    assert J is not None
    path = trajectory(game, RULES[rule], 1e-3, 0.0, 0.1, 1200)
    radius = np.hypot(path[:, 0], path[:, 1])
    assert (radius[1200] / radius[200]) ** 1e-3 == pytest.approx(growth(RULES[rule], J, 0.1), abs=2e-3)


def test_a_trajectory_that_blows_up_is_shown_as_it_is() -> None:
    path = trajectory(R1(r1_weight=3.0), RULES["simultaneous"], 1.0, 1.0, 5.0, 500)
    assert not np.isfinite(path[-1]).all()
    assert path.shape == (501, 2)


@pytest.mark.parametrize("h", [0.0, -0.1, math.nan, math.inf])
def test_a_step_of_no_size_is_refused(h: float) -> None:
    with pytest.raises(BadInput, match="step size"):
        trajectory(GAN(), RULES["simultaneous"], 1.0, 0.0, h, 3)


def test_fewer_than_no_steps_are_refused() -> None:
    with pytest.raises(BadInput, match="-1"):
        trajectory(GAN(), RULES["simultaneous"], 1.0, 0.0, 0.1, -1)


# As data -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIRAC_GANS)
def test_a_game_describes_itself(name: str) -> None:
    game = DIRAC_GANS[name]
    assert game.name == name
    assert game.title
    assert "σ" in game.formula or "ψ" in game.formula or "∇" in game.formula
    for info in described(game, name):
        assert info.help
        assert info.symbol
    np.testing.assert_array_equal(game().field(0.0, 0.0), (0.0, 0.0))


def test_a_control_out_of_range_is_refused() -> None:
    with pytest.raises(BadInput, match="r1_weight = -1"):
        validated(R1, {"r1_weight": -1})
