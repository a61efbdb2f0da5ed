"""Dirac radius: how far the smallest game is from its equilibrium after some updates."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from ganstudio.core.control import Choice, Controls, Integer, Slider, Toggle
from ganstudio.core.dirac_gan import DIRAC_GANS, RULES, trajectory
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.trainer import Trainer


class DiracParams(Controls, frozen=True, kw_only=True):
    """The game, the rule, the start and the step size; a strength belongs to the game that has it."""

    game: Annotated[Literal["gan", "ns-gan", "wgan", "wgan-gp", "r1", "consensus"], Choice(help="Which game")] = "gan"
    rule: Annotated[Literal["simultaneous", "psi-first", "theta-first", "optimistic", "extragradient"], Choice(
        help="The update rule")] = "simultaneous"
    steps: Annotated[int, Integer(0, 100_000, unit="updates", help="How many updates")] = 100
    h: Annotated[float, Slider(1e-4, 10.0, scale="log", help="The step size")] = 0.1
    theta: Annotated[float, Slider(-100.0, 100.0, symbol="θ", help="Where the generator begins")] = 1.0
    psi: Annotated[float, Slider(-100.0, 100.0, symbol="ψ", help="The slope that the discriminator begins with")] = 0.0
    clip: Annotated[float, Slider(0.05, 5.0, symbol="c", help="Of the game wgan")] = 1.0
    gp_weight: Annotated[float, Slider(0.0, 10.0, symbol="λ", help="Of the game wgan-gp")] = 1.0
    gp_target: Annotated[float, Slider(0.0, 2.0, symbol="g₀", help="Of the game wgan-gp")] = 1.0
    r1_weight: Annotated[float, Slider(0.0, 3.0, symbol="γ", help="Of the game r1")] = 0.3
    reg: Annotated[float, Slider(0.0, 3.0, help="Of the game consensus")] = 1.0
    relative: Annotated[bool, Toggle(help="Whether it is divided by the distance at the start")] = False


class DiracRadius(Quantity[DiracParams]):
    """The trajectory of the phase portrait panel, at its end."""

    name = "dirac-radius"
    title = "distance of the Dirac-GAN from its equilibrium"
    help = "√(θ² + ψ²) of the Dirac-GAN after some updates of a rule, as the phase portrait draws it"
    needs_run = False

    def compute(self, trainer: Trainer | None, params: DiracParams) -> float | None:
        kind = DIRAC_GANS[params.game]
        game = kind(**{name: getattr(params, name) for name in kind.__struct_fields__})
        path = trajectory(game, RULES[params.rule], params.theta, params.psi, params.h, params.steps)
        start, end = (math.hypot(*path[at]) for at in (0, -1))
        if not params.relative:
            return end
        return end / start if start > 0 else None
