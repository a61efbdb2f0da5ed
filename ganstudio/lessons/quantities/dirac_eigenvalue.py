"""Dirac eigenvalue: what decides near its equilibrium whether the smallest game turns, converges or runs away."""

from __future__ import annotations

from typing import Annotated, Literal

from ganstudio.core.control import Choice, Controls, Slider
from ganstudio.core.dirac_gan import DIRAC_GANS, RULES, eigenvalues, growth
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.trainer import Trainer


class EigenvalueParams(Controls, frozen=True, kw_only=True):
    """The game and its strength; rule and step size belong to the part growth."""

    game: Annotated[Literal["gan", "ns-gan", "wgan", "wgan-gp", "r1", "consensus"], Choice(help="Which game")] = "gan"
    part: Annotated[Literal["real", "imaginary", "growth"], Choice(
        help="Real or imaginary part of the eigenvalue with the greater real part; or by what a long run of updates "
             "multiplies the distance at each step")] = "real"
    rule: Annotated[Literal["simultaneous", "psi-first", "theta-first", "optimistic", "extragradient"], Choice(
        help="The update rule, of the part growth")] = "simultaneous"
    h: Annotated[float, Slider(1e-4, 10.0, scale="log", help="The step size, of the part growth")] = 0.1
    gp_weight: Annotated[float, Slider(0.0, 10.0, symbol="λ", help="Of the game wgan-gp")] = 1.0
    gp_target: Annotated[float, Slider(0.0, 2.0, symbol="g₀", help="Of the game wgan-gp")] = 1.0
    r1_weight: Annotated[float, Slider(0.0, 3.0, symbol="γ", help="Of the game r1")] = 0.3
    reg: Annotated[float, Slider(0.0, 3.0, help="Of the game consensus")] = 1.0


class DiracEigenvalue(Quantity[EigenvalueParams]):
    """Of the field's derivative at (0, 0), as the phase portrait says it.

    Source: Mescheder, Geiger, Nowozin 2018, arXiv:1801.04406, section 3 and lemma 2.3.
    """

    name = "dirac-eigenvalue"
    title = "eigenvalue of the Dirac-GAN"
    help = "Eigenvalue of the Dirac-GAN's field at its equilibrium, or the growth of an update rule there. Undefined " \
           "where the field jumps."
    needs_run = False

    def compute(self, trainer: Trainer | None, params: EigenvalueParams) -> float | None:
        kind = DIRAC_GANS[params.game]
        given = {name: getattr(params, name) for name in kind.__struct_fields__ if hasattr(params, name)}
        J = kind(**given).jacobian()
        if J is None:
            return None
        if params.part == "growth":
            return growth(RULES[params.rule], J, params.h)
        first, _ = eigenvalues(J)
        return first.real if params.part == "real" else abs(first.imag)
