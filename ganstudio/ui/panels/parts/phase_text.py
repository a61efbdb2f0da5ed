"""What the phase portrait says in plain words: where a game goes, and why its eigenvalues say so."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dirac_gan import NSGAN, RULES, WGAN, DiracGAN, Rule, eigenvalues, growth
from ganstudio.core.system.wording import counted

Floats = NDArray[np.float64]
ARRIVED = 0.01  # of the distance at the start


READING = ("θ is the one point that G makes, ψ the slope of D. The arrows show where both are pushed; the path shows "
           "where the updates lead from the start, which you can drag. The equilibrium is the cross at (0, 0).")
HEALTHY = "The path spirals inwards: both eigenvalues have a negative real part, or the update rule damps the turning."
SICK = ("The path circles for ever or spirals outwards. WGAN and the unregularised GAN do so with simultaneous "
        "updates; a penalty on D's slope or another update rule cures it.")
FORMULA = r"\min_\theta \max_\psi \ f(\psi \theta) + f(0)"
PAPER = "Mescheder et al. 2018, Which Training Methods for GANs do actually Converge?, arXiv:1801.04406"
GUIDE = (READING, HEALTHY, SICK, FORMULA, PAPER)


def words(game: DiracGAN, rule: Rule, h: float) -> str:
    """The eigenvalues and what they and the updates come to, in two short sentences."""
    J = game.jacobian()
    if J is None:
        return f"No eigenvalues: the field jumps at ψ = 0 and pushes ψ away from it. {_around(game, rule, h)}."
    return f"Eigenvalues {pair(*eigenvalues(J))}, {_flow(J, game)}. {_stepped(J, game, rule, h)}."


def verdict(game: DiracGAN, rule: Rule, h: float) -> str:
    """The long version of ``words``: how each number arises, and what holds beyond first order."""
    J = game.jacobian()
    if J is None:
        return ("The penalty pulls |ψ| to g₀, not to 0, and jumps by 2λg₀ where ψ changes its sign. So there is no "
                "derivative at (0, 0), and no rest nearby. With g₀ = 0 the game converges.")
    factor = growth(rule, J, h)
    parts = [f"Eigenvalues at (0, 0): {pair(*eigenvalues(J))}.",
             "Near (0, 0) the distance neither grows nor shrinks in the long run." if _still(factor) else
             f"Near (0, 0) each step multiplies the distance by {_factor(factor)}{_closed_form(J, rule)}.",
             game.beyond]
    return " ".join(part for part in parts if part)


def pair(first: complex, second: complex) -> str:
    """Two eigenvalues as they are written: ±0.5i, −0.15 ± 0.477i, −0.5 twice, −0.134 and −1.87."""
    if first == second:
        return f"{number(first.real)} twice"
    if first.imag == 0:
        return f"{number(first.real)} and {number(second.real)}"
    real = f"{number(first.real)} ± " if first.real else "±"
    return f"{real}{'' if abs(first.imag) == 1 else number(abs(first.imag))}i"


def race(paths: dict[str, Floats], rule: Rule) -> str:
    """Which games have arrived at the equilibrium, measured on their trajectories ``(steps + 1, 2)``."""
    steps = max(len(path) for path in paths.values()) - 1
    arrived = []
    for title, path in paths.items():
        distance = np.hypot(path[:, 0], path[:, 1])
        if distance[-1] <= ARRIVED * distance[0]:
            arrived.append(title)
    adjective, _, which = rule.title.partition(", ")
    start = f"All six from one start: after {counted(steps, f'{adjective} step')}" + (f" ({which})" if which else "")
    if not arrived:
        return f"{start} none has arrived at (0, 0)."
    names = arrived[0] if len(arrived) == 1 else f"{', '.join(arrived[:-1])} and {arrived[-1]}"
    others = "" if len(arrived) == len(paths) else ", the others not"
    return f"{start} {names} {'has' if len(arrived) == 1 else 'have'} arrived{others}."


def _flow(J: Floats, game: DiracGAN) -> str:
    """What infinitely small steps do, in words."""
    first, _ = eigenvalues(J)
    if first.real == 0:
        return f"purely imaginary: {'to first order it circles' if isinstance(game, NSGAN) else 'it circles for ever'}"
    return "real part negative: it spirals in" if first.imag else "real and negative: it goes straight in"


def _stepped(J: Floats, game: DiracGAN, rule: Rule, h: float) -> str:
    """What steps of this size do, in words."""
    factor = growth(rule, J, h)
    near = " near (0, 0)" if isinstance(game, NSGAN) else ""
    if _still(factor):
        return f"{_steps_of(rule, h)} circle{near} too"
    turns = "spiral" if eigenvalues(J)[0].imag else "go"
    until = ", until clipped" if isinstance(game, WGAN) and factor > 1 else ""
    return (f"{_steps_of(rule, h)} {turns} {'outwards' if factor > 1 else 'in'}{near}, "
            f"×\N{NO-BREAK SPACE}{_factor(factor)} each{until}")


def _around(game: DiracGAN, rule: Rule, h: float) -> str:
    """Where the game whose penalty jumps ends up; far out it behaves like the same game without the jump."""
    smooth = msgspec.structs.replace(game, gp_target=0.0).jacobian()
    assert smooth is not None
    if growth(rule, smooth, h) > 1:
        return f"{_steps_of(rule, h)} are driven ever further out"
    return "It circles for ever"


def _steps_of(rule: Rule, h: float) -> str:
    adjective, _, which = rule.title.partition(", ")
    return f"{adjective.capitalize()} steps of {h:g}" + (f" ({which})" if which else "")


def _still(factor: float) -> bool:
    return abs(factor - 1) < 1e-9


def _factor(factor: float) -> str:
    return f"{factor:.6g}" if abs(factor - 1) < 0.01 else f"{factor:.4g}"


def _closed_form(J: Floats, rule: Rule) -> str:
    """√(1 + h²), if that is the factor of growth."""
    first, _ = eigenvalues(J)
    if rule is not RULES["simultaneous"] or first.real or not first.imag:
        return ""
    squared = first.imag**2
    return " = √(1+h²)" if squared == 1 else f" = √(1+h²/{1 / squared:g})"


def number(value: float) -> str:
    """Three figures, with a minus that looks like one."""
    return f"{value:.3g}".replace("-", "−")
