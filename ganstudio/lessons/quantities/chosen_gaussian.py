"""Chosen Gaussian: the Gaussian with the least divergence from a mixture, mean or sd."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.core.control import Choice, Controls, Numbers, Slider, Text
from ganstudio.lessons.quantity import Quantity
from ganstudio.maths.f_divergence.f_divergences import FDivergence, custom, divergence
from ganstudio.training.trainer import Trainer

CELLS = 20_001
REACH = 14  # sds around the outermost Gaussians over which is integrated
FAR = 300.0  # log ratios beyond it add nothing that a double holds

Floats = NDArray[np.float64]


class ChosenParams(Controls, frozen=True, kw_only=True):
    """Which divergence, from what."""

    divergence: Annotated[Literal[
        "kl", "reverse-kl", "pearson", "neyman", "hellinger", "jeffrey", "js", "gan", "total-variation", "alpha",
        "js-weighted", "custom"], Choice(help="Which divergence, as in the variant f-gan")] = "kl"
    part: Annotated[Literal["mean", "sd"], Choice(help="Which figure of the Gaussian")] = "mean"
    alpha: Annotated[float, Slider(-1.0, 2.0, symbol="α", help="Of the divergence alpha")] = 0.5
    pi: Annotated[float, Slider(0.01, 0.99, symbol="π", help="Of the divergence js-weighted")] = 0.5
    f: Annotated[str, Text(help="Of the divergence custom: its function of u, for instance u*log(u)")] = "u*log(u)"
    weights: Annotated[tuple[float, ...], Numbers(1e-6, 1e6, help="Weight of each Gaussian of the mixture")
                       ] = (0.33, 0.67)
    means: Annotated[tuple[float, ...], Numbers(-1e3, 1e3, help="Their centres")] = (-1.0, 2.0)
    sds: Annotated[tuple[float, ...], Numbers(1e-3, 1e3, help="Their standard deviations")] = (0.25, 1.41421356)


class ChosenGaussian(Quantity[ChosenParams]):
    """By quadrature, with the function of the table that f-GAN trains with.

    Source: Nowozin, Cseke, Tomioka 2016, arXiv:1606.00709, the univariate experiment, for the mixture.
    """

    name = "chosen-gaussian"
    title = "Gaussian that a divergence prefers"
    unit = "data units"
    help = "Mean or sd of the Gaussian with the least divergence from a mixture on a line, found by quadrature"
    needs_run = False

    def compute(self, trainer: Trainer | None, params: ChosenParams) -> float | None:
        found = custom(params.f) if params.divergence == "custom" else divergence(
            params.divergence, params.alpha, params.pi)
        if not len(params.weights) == len(params.means) == len(params.sds):
            return None
        mean, sd = _chosen(found, params.weights, params.means, params.sds)
        return mean if params.part == "mean" else sd


@functools.lru_cache(maxsize=64)
def _chosen(
    f: FDivergence, weights: tuple[float, ...], means: tuple[float, ...], sds: tuple[float, ...],
) -> tuple[float, float]:
    """Mean and sd of the Gaussian q that minimises the integral of q f(p/q)."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    w, m, s = (np.array(part, dtype=np.float64) for part in (weights, means, sds))
    w /= w.sum()
    x = np.linspace((m - REACH * s.max()).min(), (m + REACH * s.max()).max(), CELLS)
    log_p: Floats = logsumexp(
        np.log(w) - ((x[:, None] - m) / s) ** 2 / 2 - np.log(s * np.sqrt(2 * np.pi)), axis=1)

    def total(at: Floats) -> float:
        log_q = -((x - at[0]) / np.exp(at[1])) ** 2 / 2 - at[1] - np.log(2 * np.pi) / 2
        ratio = torch.from_numpy(np.exp(np.clip(log_p - log_q, -FAR, FAR)))
        with np.errstate(all="ignore"):
            inside = np.exp(log_q) * f.value(ratio).numpy()
        return float(np.where(np.isfinite(inside), inside, 0.0).sum() * (x[1] - x[0]))

    mean = float((w * m).sum())
    sd = float(np.sqrt((w * (s**2 + m**2)).sum() - mean**2))
    found = minimize(total, [mean, np.log(sd)], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-11})
    return float(found.x[0]), float(np.exp(found.x[1]))
