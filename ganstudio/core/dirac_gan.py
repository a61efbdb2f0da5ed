"""The Dirac-GAN: the smallest game between a generator and a discriminator, and the updates that play it.

The data is one point at 0, the generator is one point at theta, the discriminator is the line D(x) = psi x.
All there is to learn is (theta, psi) = (0, 0). A game is a vector field v = (theta', psi'); an update rule with
step size h turns it into a trajectory; the eigenvalues of v's Jacobian at (0, 0) say where trajectories go.

D is high on *real* data here, as everywhere in the studio. In the paper it is high on fake data: the paper's psi
is our -psi, which turns its pictures upside down and leaves every eigenvalue and every distance as it is.

Source: Mescheder, Geiger and Nowozin 2018, Which Training Methods for GANs do actually Converge?,
arXiv:1801.04406, sections 2 and 4. Consensus: Mescheder et al. 2017, arXiv:1705.10461. Optimistic descent:
Daskalakis et al. 2018, arXiv:1711.00141. Extragradient: Korpelevich 1976; for GANs Gidel et al. 2019,
arXiv:1802.10551.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.control import Controls, Slider
from ganstudio.core.system.errors import BadInput

Floats = NDArray[np.float64]
N = TypeVar("N", float, Floats)  # one number, or an array with one game, or one place, in each entry


class Game(Protocol):
    """Two players: theta goes along the first component of the field, psi along the second."""

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        """(theta', psi') at (theta, psi), per unit of time; numbers or arrays of one shape."""
        ...

    def bounded(self, psi: N) -> N:
        """psi after an update of the discriminator: clipped if the game clips."""
        ...


# The Dirac-GANs ----------------------------------------------------------------------------------------------------


class DiracGAN(Controls, frozen=True, kw_only=True):
    """What the six games share. Their fields are controls: the annotation holds range, symbol and help."""

    name: ClassVar[str]
    title: ClassVar[str]
    formula: ClassVar[str]  # of the field, as it is written below
    beyond: ClassVar[str] = ""  # what the eigenvalues do not say, if that is a lot

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        raise NotImplementedError

    def bounded(self, psi: N) -> N:
        return psi

    def jacobian(self) -> Floats | None:
        """The field's derivative at (0, 0), ``(2, 2)``, rows theta' and psi'; None if it has none."""
        raise NotImplementedError


class GAN(DiracGAN, frozen=True, kw_only=True):
    """min over theta, max over psi of log sigmoid(D(0)) + log sigmoid(-D(theta)): theta² + psi² is conserved."""

    name = "gan"
    title = "GAN"
    formula = "θ′ = ψ σ(ψθ),  ψ′ = −θ σ(ψθ)"

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        s = _sigmoid(psi * theta)
        return psi * s, -theta * s

    def jacobian(self) -> Floats:
        return np.array([[0.0, 0.5], [-0.5, 0.0]])


class NSGAN(DiracGAN, frozen=True, kw_only=True):
    """theta maximises log sigmoid(D(theta)) instead. (theta² + psi²)' = -2 theta psi tanh(psi theta / 2) <= 0."""

    name = "ns-gan"
    title = "NS-GAN"
    formula = "θ′ = ψ σ(−ψθ),  ψ′ = −θ σ(ψθ)"
    beyond = "Beyond first order NS-GAN is pulled in, but ever more slowly the nearer it comes."

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        return psi * _sigmoid(-psi * theta), -theta * _sigmoid(psi * theta)

    def jacobian(self) -> Floats:
        return np.array([[0.0, 0.5], [-0.5, 0.0]])


class WGAN(DiracGAN, frozen=True, kw_only=True):
    """min over theta, max over |psi| <= c of D(0) - D(theta); psi is clipped after each of its updates."""

    name = "wgan"
    title = "WGAN, clip"
    formula = "θ′ = ψ,  ψ′ = −θ,  then |ψ| ≤ c"
    beyond = "Clipping only cuts the circles down until they fit between −c and c."

    clip: Annotated[float, Slider(0.05, 5.0, scale="log", symbol="c", label="clip",
                                  help="After each of its updates ψ is clipped to the range from −c to c")] = 1.0

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        return psi, -theta

    def bounded(self, psi: N) -> N:
        clipped: N = np.minimum(np.maximum(psi, -self.clip), self.clip)
        return clipped

    def jacobian(self) -> Floats:
        return np.array([[0.0, 1.0], [-1.0, 0.0]])


class WGANGP(DiracGAN, frozen=True, kw_only=True):
    """WGAN with lambda/2 (|psi| - g0)² taken from what psi maximises; sgn 0 = 0."""

    name = "wgan-gp"
    title = "WGAN-GP"
    formula = "θ′ = ψ,  ψ′ = −θ − λ(|ψ| − g₀) sgn\N{NO-BREAK SPACE}ψ"

    gp_weight: Annotated[float, Slider(0.0, 10.0, symbol="λ", label="penalty",
                                       help="How hard D's slope |ψ| is pulled towards g₀")] = 1.0
    gp_target: Annotated[float, Slider(0.0, 2.0, symbol="g₀", label="target",
                                       help="The slope that the penalty asks of D: 1 in the paper of WGAN-GP; "
                                            "with 0 the game converges")] = 1.0

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        return psi, -theta - self.gp_weight * (psi - self.gp_target * np.sign(psi))

    def jacobian(self) -> Floats | None:
        if self.gp_weight * self.gp_target > 0:
            return None  # psi' jumps by 2 lambda g0 where psi changes its sign
        return np.array([[0.0, 1.0], [-1.0, -self.gp_weight]])


class R1(DiracGAN, frozen=True, kw_only=True):
    """GAN with gamma/2 psi², half of gamma times D's squared slope on real data, taken from what psi maximises."""

    name = "r1"
    title = "GAN + R1"
    formula = "θ′ = ψ σ(ψθ),  ψ′ = −θ σ(ψθ) − γψ"

    r1_weight: Annotated[float, Slider(0.0, 3.0, symbol="γ", label="R1 penalty",
                                       help="How hard D's slope at the data is pulled towards 0. From 1 on nothing "
                                            "circles any more.")] = 0.3

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        s = _sigmoid(psi * theta)
        return psi * s, -theta * s - self.r1_weight * psi

    def jacobian(self) -> Floats:
        return np.array([[0.0, 0.5], [-0.5, -self.r1_weight]])


class Consensus(DiracGAN, frozen=True, kw_only=True):
    """GAN's field v minus reg times the gradient of |v|²/2; without the ½ the pull is twice as strong."""

    name = "consensus"
    title = "GAN + consensus"
    formula = "v − reg ∇(|v|²/2), with the v of GAN"

    reg: Annotated[float, Slider(0.0, 3.0, symbol="reg", label="consensus",
                                 help="How hard both players are pulled towards places where the field is small")] = 1.0

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        s = _sigmoid(psi * theta)
        # |v|² = (theta² + psi²) s², and s' = s (1 - s)
        curvature = (theta * theta + psi * psi) * (1 - s)
        pull = self.reg * s * s
        return psi * s - pull * (theta + curvature * psi), -theta * s - pull * (psi + curvature * theta)

    def jacobian(self) -> Floats:
        v = np.array([[0.0, 0.5], [-0.5, 0.0]])
        J: Floats = v - self.reg * v.T @ v
        return J


DIRAC_GANS: dict[str, type[DiracGAN]] = {game.name: game for game in (GAN, NSGAN, WGAN, WGANGP, R1, Consensus)}


def _sigmoid(t: N) -> N:
    s: N = 0.5 + 0.5 * np.tanh(0.5 * t)  # no overflow for any t
    return s


# Other games -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Linear:
    """The game (theta', psi') = J (theta, psi): what every smooth game is near its equilibrium."""

    J: Floats

    def field(self, theta: N, psi: N) -> tuple[N, N]:
        (a, b), (c, d) = self.J.tolist()
        return a * theta + b * psi, c * theta + d * psi

    def bounded(self, psi: N) -> N:
        return psi


# Update rules ------------------------------------------------------------------------------------------------------


def simultaneous(game: Game, theta: N, psi: N, last: tuple[N, N], h: float) -> tuple[N, N]:
    """w + h v(w): both players step from the same place."""
    dtheta, dpsi = game.field(theta, psi)
    return theta + h * dtheta, game.bounded(psi + h * dpsi)


def psi_first(game: Game, theta: N, psi: N, last: tuple[N, N], h: float) -> tuple[N, N]:
    """The discriminator steps, then the generator against the new discriminator: the usual order."""
    psi = game.bounded(psi + h * game.field(theta, psi)[1])
    return theta + h * game.field(theta, psi)[0], psi


def theta_first(game: Game, theta: N, psi: N, last: tuple[N, N], h: float) -> tuple[N, N]:
    """The generator steps, then the discriminator against the new generator."""
    theta = theta + h * game.field(theta, psi)[0]
    return theta, game.bounded(psi + h * game.field(theta, psi)[1])


def optimistic(game: Game, theta: N, psi: N, last: tuple[N, N], h: float) -> tuple[N, N]:
    """w + 2h v(w) - h v(last w): the last step is half taken back."""
    dtheta, dpsi = game.field(theta, psi)
    dtheta_before, dpsi_before = game.field(*last)
    return theta + 2 * h * dtheta - h * dtheta_before, game.bounded(psi + 2 * h * dpsi - h * dpsi_before)


def extragradient(game: Game, theta: N, psi: N, last: tuple[N, N], h: float) -> tuple[N, N]:
    """w + h v(w + h v(w)): a step with the field from where a plain step would lead."""
    dtheta, dpsi = game.field(*simultaneous(game, theta, psi, last, h))
    return theta + h * dtheta, game.bounded(psi + h * dpsi)


@dataclass(frozen=True)
class Rule:
    """An update rule and what it is called on screen.

    ``step(game, theta, psi, last, h)`` gives the next (theta, psi); ``last`` is the place one update ago.
    """

    title: str
    help: str
    step: Callable[..., tuple[float, float]]


RULES: dict[str, Rule] = {
    "simultaneous": Rule("simultaneous", "w + h v(w): both players step from the same point", simultaneous),
    "psi-first": Rule("alternating, ψ first", "The discriminator steps, then the generator sees it", psi_first),
    "theta-first": Rule("alternating, θ first", "The generator steps, then the discriminator sees it", theta_first),
    "optimistic": Rule("optimistic", "w + 2h v(w) − h v(last w): half of the last step is taken back", optimistic),
    "extragradient": Rule("extragradient", "w + h v(w + h v(w)): look one step ahead, then step with the gradient "
                                           "from there", extragradient),
}


def trajectory(
    game: Game, rule: Rule, theta: float | Floats, psi: float | Floats, h: float, steps: int
) -> Floats:
    """The trajectory of an update rule.

    Args:
        game: Whose field.
        rule: One of ``RULES``.
        theta: Start of the first player: a number, or ``(d,)`` for a game in d dimensions.
        psi: Start of the second.
        h: Step size, in units of time.
        steps: How many updates.

    Returns:
        ``(steps + 1, 2)`` or ``(steps + 1, 2, d)``, the start included; not finite once it has blown up.

    Raises:
        BadInput: The step size is no number above 0, or the steps are fewer than 0.
    """
    if not (math.isfinite(h) and h > 0):
        raise BadInput(f"the step size takes a finite number above 0, not {h!r}")
    if steps < 0:
        raise BadInput(f"a trajectory takes 0 steps or more, not {steps!r}")
    path = np.empty((steps + 1, 2, *np.shape(theta)))
    path[0, 0], path[0, 1] = theta, psi
    step = rule.step
    at = last = (theta, psi)
    with np.errstate(all="ignore"):  # a trajectory that blows up is shown as it is
        for t in range(1, steps + 1):
            at, last = step(game, *at, last, h), at
            path[t, 0], path[t, 1] = at
    return path


# Near the equilibrium ----------------------------------------------------------------------------------------------


def eigenvalues(J: Floats) -> tuple[complex, complex]:
    """Both eigenvalues of a ``(2, 2)`` matrix by the formula, exact where they coincide; the greater one first."""
    half_trace = (J[0, 0] + J[1, 1]) / 2
    root = cmath.sqrt(((J[0, 0] - J[1, 1]) / 2) ** 2 + J[0, 1] * J[1, 0])
    return complex(half_trace + root), complex(half_trace - root)


def growth(rule: Rule, J: Floats, h: float) -> float:
    """By what a long run of updates multiplies the distance to the equilibrium at each step.

    Every rule is linear in (w, last w) on a linear game, so it is a ``(4, 4)`` matrix, and the growth is the
    largest modulus of its eigenvalues: √(1 + h²) for simultaneous steps of the WGAN.

    Args:
        rule: One of ``RULES``.
        J: The field's Jacobian at the equilibrium, ``(2, 2)``.
        h: Step size, in units of time.
    """
    theta, psi, last_theta, last_psi = np.eye(4)
    step = rule.step(Linear(J), theta, psi, (last_theta, last_psi), h)
    matrix = np.stack([*step, theta, psi])
    return float(np.abs(np.linalg.eigvals(matrix)).max())
