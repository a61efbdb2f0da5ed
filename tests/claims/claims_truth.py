"""Claims on truth: f-GAN fits one Gaussian where each divergence wants it, and a held WGAN-GP critic reads W1."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from claim import Claim, Outcome, train
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, ndtr

from ganstudio.core.control import Controls
from ganstudio.core.dataset import Dataset, Extent, Kind
from ganstudio.maths.latents import draw_latents
from ganstudio.networks.mlp import MLP, MLPControls
from ganstudio.training.game import Game
from ganstudio.training.resolve_spec import variants

Floats = NDArray[np.float64]
Mixture = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]

PAPER: Mixture = ((0.33, 0.67), (-1.0, 2.0), (0.25, 1.41421356))
# Neyman's chi^2 has a finite optimum only where the data's tails are wide: the widest part of each reaches far out.
OTHERS: dict[str, Mixture] = {
    "0 and 3": ((0.6, 0.4), (0.0, 3.0), (0.5, 1.5)),
    "-2 and 1": ((0.25, 0.75), (-2.0, 1.0), (0.4, 1.6)),
    "three": ((0.3, 0.3, 0.4), (-2.0, 0.0, 3.0), (0.5, 0.5, 2.0)),
}

# f(e^r) as a function of the log ratio r: the table's rows, written down once more for the judge.
GENERATORS: dict[str, Callable[[Floats], Floats]] = {
    "kl": lambda r: r * np.exp(r), "reverse-kl": lambda r: -r,
    "js": lambda r: np.exp(r) * r - (np.exp(r) + 1) * (np.logaddexp(0, r) - np.log(2)),
    "jeffrey": lambda r: np.expm1(r) * r, "pearson": lambda r: np.expm1(r) ** 2,
    "neyman": lambda r: np.expm1(r) ** 2 * np.exp(-r), "hellinger": lambda r: np.expm1(r / 2) ** 2,
}


def best_gaussian(name: str, mixture: Mixture) -> tuple[float, float]:
    """Mean and sd of the Gaussian with the least divergence from a mixture, by quadrature."""
    weights, means, sds = (np.array(part) for part in mixture)
    x = np.linspace((means - 14 * sds.max()).min(), (means + 14 * sds.max()).max(), 60_001)
    log_p = logsumexp(np.log(weights / weights.sum()) - ((x[:, None] - means) / sds) ** 2 / 2
                      - np.log(sds * np.sqrt(2 * np.pi)), axis=1)

    def divergence(at: Floats) -> float:
        mean, log_sd = at
        log_q = -((x - mean) / np.exp(log_sd)) ** 2 / 2 - log_sd - np.log(2 * np.pi) / 2
        with np.errstate(all="ignore"):
            inside = np.exp(log_q) * GENERATORS[name](log_p - log_q)
        return float(np.nansum(np.where(np.isfinite(inside), inside, 0)) * (x[1] - x[0]))

    mean = float((weights * means).sum() / weights.sum())
    sd = float(np.sqrt((weights * (sds**2 + means**2)).sum() / weights.sum() - mean**2))
    found = minimize(divergence, [mean, np.log(sd)], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-11})
    return float(found.x[0]), float(np.exp(found.x[1]))


def fit(name: str, mixture: Mixture) -> Outcome:
    """The affine generator on a mixture, by the command line."""
    lists = (",".join(f"{number:.9g}" for number in part) for part in mixture)
    data = [word for key, text in zip(("weights", "means", "sds"), lists, strict=True)
            for word in ("--data-set", f"{key}={text}")]
    report = train("--variant", "f-gan", "--set", f"divergence={name}", "--network", "affine", "--data", "mixture",
                   *data)
    mean, sd = best_gaussian(name, mixture)
    off = report["measures"]["mean"] - mean, report["measures"]["sd"] - sd
    return Outcome(abs(off[0]) <= 0.03 and abs(off[1]) <= 0.02 and report["seconds"] <= 90,
                   f"μ {mean:.4f} {off[0]:+.4f}, σ {sd:.4f} {off[1]:+.4f}, {report['seconds']:.0f} s")


class Shifted(Dataset[Controls]):
    """Data with a known distance from the generator's samples, which a test makes up."""

    name = "shifted"
    title = "Shifted"

    def __init__(self, shape: tuple[int, ...], draw: Callable[[int, torch.Generator], torch.Tensor]) -> None:
        super().__init__(Controls())
        self._shape, self._draw = shape, draw

    @property
    def kind(self) -> Kind:
        return "line" if self._shape == (1,) else "plane"

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    @property
    def extent(self) -> Extent:
        return Extent(-5.0, 5.0)

    def sample(self, n: int, rng: torch.Generator) -> torch.Tensor:
        return self._draw(n, rng)


class Placed(torch.nn.Module):
    """A generator that only renames its latent."""

    def __init__(self, make: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self._make = make
        self.still = torch.nn.Parameter(torch.zeros(1))  # a player has parameters

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self._make(z) + 0 * self.still


class Held(MLP):
    """The studio's own critic against a generator that a test makes up."""

    make: Callable[[torch.Tensor], torch.Tensor]

    def generator(self, c: MLPControls, shape: tuple[int, ...], rng: torch.Generator) -> torch.nn.Module:
        return Placed(type(self).make)


def held_critic(
    shape: tuple[int, ...], latent: str, data: Callable[[int, torch.Generator], torch.Tensor],
    make: Callable[[torch.Tensor], torch.Tensor], sides: str = "two", steps: int = 1200, seed: int = 0,
) -> tuple[float, float]:
    """Gap, and gap over mean slope, of WGAN-GP's critic at lambda 10 with the generator held: 100,000 fresh samples."""
    torch.set_num_threads(1)
    kind = variants()["wgan-gp"]
    preset = kind.presets["toy"].controls
    controls = kind.controls_type()(**{
        **preset, "gp_weight": 10.0, "gp_sides": sides, "generator_steps": 0, "horizon": steps, "rate_floor": 0.0,
        "batch_size": 256,
    })
    network = MLPControls(latent_dim=shape[0], latent=latent, init_d="uniform")  # type: ignore[arg-type]
    held = type("Made", (Held,), {"make": staticmethod(make)})
    game = Game(kind(), controls, held(), network, Shifted(shape, data), seed, torch.device("cpu"))
    while game.steps < steps:
        game.update()
    rng = torch.Generator().manual_seed(99)
    D = game.discriminator.module
    gap, slopes = 0.0, []
    for sign, x in ((1, data(100_000, rng)), (-1, game.generator.module(_latents(network, 100_000, rng)))):
        x = x.detach().requires_grad_()
        scores = D(x)
        (gradient,) = torch.autograd.grad(scores.sum(), x)
        gap += sign * float(scores.detach().mean())
        slopes.append(float(gradient.norm(dim=1).mean()))
    return gap, gap / (sum(slopes) / 2)


def _latents(c: MLPControls, n: int, rng: torch.Generator) -> torch.Tensor:
    return draw_latents(c, n, rng)


def _normal(d: int, shift: float, sd: float = 1.0) -> Callable[[int, torch.Generator], torch.Tensor]:
    """N(shift along the first axis, sd^2 I)."""
    def draw(n: int, rng: torch.Generator) -> torch.Tensor:
        x = sd * torch.randn((n, d), generator=rng)
        x[:, 0] += shift
        return x
    return draw


def _uniform(low: float, high: float) -> Callable[[int, torch.Generator], torch.Tensor]:
    return lambda n, rng: low + (high - low) * torch.rand((n, 1), generator=rng)


def _line(theta: float) -> Callable[[int, torch.Generator], torch.Tensor]:
    def draw(n: int, rng: torch.Generator) -> torch.Tensor:
        y = torch.rand((n, 1), generator=rng)
        return torch.cat([torch.full_like(y, theta), y], dim=1)
    return draw


def _same(z: torch.Tensor) -> torch.Tensor:
    return z


def _unit(z: torch.Tensor) -> torch.Tensor:
    return (z + 1) / 2  # U(-1, 1) to U(0, 1)


def _line_at_0(z: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.zeros(len(z)), (z[:, 1] + 1) / 2], dim=1)


def shifted_gap(shift: float) -> float:
    """The critic's gap at its optimum between N(0, 1) and N(shift, 1), by quadrature.

    On the line D' = 1 + F / (2 lambda rho) with F = |F_q - F_p| and rho the density of eps x + (1 - eps) G(z), which
    given eps is Gaussian; the gap is the integral of D' F. In more dimensions this is the best of the critics that
    look along the shift alone.
    """
    x = np.linspace(-9, shift + 9, 4001)
    eps = (np.arange(400) + 0.5) / 400
    sd = np.sqrt(eps**2 + (1 - eps) ** 2)
    rho = (np.exp(-((x[:, None] - eps * shift) / sd) ** 2 / 2) / (sd * np.sqrt(2 * np.pi))).mean(axis=1)
    apart = ndtr(x) - ndtr(x - shift)
    return float((apart * (1 + apart / (2 * 10 * rho)))[rho > 1e-12].sum() * (x[1] - x[0]))


SHIFTS = {  # name: (shape, latent, data, generator, gap at the optimum, W1)
    "N(0,1) to N(2,1)": ((1,), "gaussian", _normal(1, 2.0), _same, shifted_gap(2.0), 2.0),
    "U[0,1] to U[1,3]": ((1,), "uniform", _uniform(1.0, 3.0), _unit, 1.617, 1.5),
    "lines .5 apart": ((2,), "uniform", _line(0.5), _line_at_0, 0.5 * (1 + 0.5 / 20), 0.5),
    "2-D shift of 2.5": ((2,), "gaussian", _normal(2, 2.5), _same, shifted_gap(2.5), 2.5),
    "10-D shift of 3": ((10,), "gaussian", _normal(10, 3.0), _same, shifted_gap(3.0), 3.0),
    "N(0,1) to N(-3,1)": ((1,), "gaussian", _normal(1, -3.0), _same, shifted_gap(3.0), 3.0),
    "lines 2 apart": ((2,), "uniform", _line(2.0), _line_at_0, 2 * (1 + 2 / 20), 2.0),
}


def shift(name: str) -> Outcome:
    """A held generator at a known distance."""
    shape, latent, data, make, gap, distance = SHIFTS[name]
    read, corrected = held_critic(shape, latent, data, make)
    return Outcome(abs(read / gap - 1) <= 0.02 and abs(corrected / distance - 1) <= 0.02,
                   f"gap {read:.4f} of {gap:.4f}, over slope {corrected:.4f} of {distance:g}")


def concentric(seed: int) -> Outcome:
    """N(0,1) against N(0,9), W1 1.5958: the optimal slope turns over at 0, where two sides stick."""
    data = _normal(1, 0.0, 3.0)
    one, two = (held_critic((1,), "gaussian", data, _same, sides, seed=seed) for sides in ("one", "two"))
    return Outcome(abs(one[1] / 1.595769 - 1) <= 0.1,
                   f"one-sided: gap {one[0]:.3f}, over slope {one[1]:.3f}; two-sided: gap {two[0]:.3f}")


CLAIMS = [
    *(Claim(f"f-GAN {name} on the paper's mixture", "|μ − μ*| ≤ .03, |σ − σ*| ≤ .02, ≤ 90 s", partial(fit, name, PAPER))
      for name in GENERATORS),
    *(Claim(f"f-GAN {name} on the mixture '{other}'", "|μ − μ*| ≤ .03, |σ − σ*| ≤ .02, ≤ 90 s",
            partial(fit, name, mixture)) for other, mixture in OTHERS.items() for name in GENERATORS),
    *(Claim(f"held critic, {name}", "gap and gap over slope within 2 %", partial(shift, name)) for name in SHIFTS),
    *(Claim(f"held critic, concentric, seed {seed}", "one-sided penalty: gap over slope within 10 % of W1",
            partial(concentric, seed)) for seed in (0, 1, 2)),
]
