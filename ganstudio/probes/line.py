"""Line: densities of data and generator on the line, the discriminator over them, and the one that would be optimal."""

from __future__ import annotations

import numpy as np
import torch

from ganstudio.core.dataset import Floats
from ganstudio.core.probe import GameView, Probe
from ganstudio.core.protocol.views import Array, Line
from ganstudio.maths.line_densities import Cells, bandwidth, mass_along, mass_of_data, mass_of_samples, smoothed

CELLS = 240
SLICES = 600  # of a generator's one latent
ARROWS = 25
QUANTILES = 512  # places of equal mass at which the objective is evaluated
FAINT = 1e-4  # of a density's top: where both are fainter, the best D is unknown
FARTHEST = 30.0  # replaces an infinite optimal score: float32's exponential still holds it


class LineProbe(Probe):
    """Cells of equal width over the data's extent."""

    name = "line"
    title = "Line"
    kinds = ("line",)
    priority = "front"

    def look(self, game: GameView, size: int) -> Line:
        extent = game.data.extent
        edges = np.linspace(extent.low, extent.high, CELLS + 1)
        q, how, kernel = _generator(game, edges)
        exact = mass_of_data(game.data, edges)
        p = exact if exact is not None else mass_of_samples(game.real.double().cpu().numpy()[:, 0], edges)
        at = torch.as_tensor(p.centres[:, None], dtype=torch.float32, device=game.real.device)
        score = game.score(at).double().cpu().numpy()
        alike = smoothed(p, kernel)  # D* compares densities that were looked at equally closely
        optimum = None if exact is None else _optimum(game, alike, q, score)
        z = game.latent_line(ARROWS)
        reached = game.generate(z, game.shown_labels(len(z)))[:, 0].cpu().numpy()
        return Line(
            x=_floats(p.centres), data=_floats(p.density), exact=exact is not None,
            generator=_floats(q.density), generator_known=how, score=_floats(score), kind=game.variant.score_kind,
            optimum=None if optimum is None else _floats(_seen(optimum, alike, q)),
            latents=Array.of(z[:, 0].cpu().numpy()), reached=Array.of(np.nan_to_num(reached)),
            loss=None if game.shown_class else _loss(game, p, q, score), label=game.shown_class,
            best_loss=None if optimum is None else _loss(game, alike, q, optimum),
        )


def _floats(values: Floats) -> Array:
    return Array.of(values.astype(np.float32))


def _generator(game: GameView, edges: Floats) -> tuple[Cells, str, float]:
    """The generator's mass by cells, how it is known, and the sd of the kernel it was smoothed with, data units."""
    if game.known is not None:
        return Cells(edges, game.known.mass(edges)), "exact", 0.0
    path = game.generated_line(SLICES)
    if path is not None and bool(torch.isfinite(path[0]).all()):
        return mass_along(path[0][:, 0].double().cpu().numpy(), path[1].cpu().numpy(), edges), "pushed", 0.0
    fake = game.generate(game.latents).double().cpu().numpy()[:, 0]
    samples = fake[np.isfinite(fake)]
    if len(samples) < 2:
        return Cells(edges, np.zeros(CELLS)), "kernel", 0.0
    kernel = min(bandwidth(samples), 0.1 * float(edges[-1] - edges[0]))
    return smoothed(mass_of_samples(samples, edges), kernel), "kernel", kernel


def _optimum(game: GameView, p: Cells, q: Cells, score: Floats) -> Floats | None:
    """D* over the cells in the units of the score; None if the variant has no closed form for it."""
    if game.variant.reads_w1:  # Kantorovich's potential: its slope is the sign of F_q - F_p
        above = _left_of(q, game.generate(game.latents)) - _left_of(p, game.real) + np.cumsum(q.mass - p.mass)
        potential = np.cumsum(np.sign(above) * np.diff(p.edges))
        weight = p.mass + q.mass
        shift = float((weight * (np.nan_to_num(score) - potential)).sum() / max(weight.sum(), 1e-12))
        return potential + shift
    with np.errstate(divide="ignore", invalid="ignore"):
        log_ratio = np.nan_to_num(np.log(p.mass) - np.log(q.mass), nan=0.0, posinf=np.inf, neginf=-np.inf)
    best = game.variant.optimal_score(torch.from_numpy(log_ratio), game.controls)
    return None if best is None else best.clamp(-FARTHEST, FARTHEST).numpy()


def _left_of(cells: Cells, samples: torch.Tensor) -> float:
    """Mass that lies left of the cells; samples tell how what is not in the cells is shared by their two sides."""
    low, high = float(cells.edges[0]), float(cells.edges[-1])
    left, right = int((samples[:, 0] < low).sum()), int((samples[:, 0] > high).sum())
    return max(1 - float(cells.mass.sum()), 0.0) * left / max(left + right, 1)


def _seen(optimum: Floats, p: Cells, q: Cells) -> Floats:
    faint = (p.mass < FAINT * p.mass.max()) & (q.mass < FAINT * max(q.mass.max(), 1e-30))
    return np.where(faint, np.nan, optimum)


def _loss(game: GameView, p: Cells, q: Cells, score: Floats) -> float | None:
    """What D minimises of its scores, at places of equal mass under both densities; None if one is not in sight."""
    on_real, on_fake = (_at_quantiles(cells, score) for cells in (p, q))
    if on_real is None or on_fake is None:
        return None
    terms = game.variant.score_terms(on_real, on_fake, game.controls)
    loss = sum(float(term) for term in terms.values())
    return loss if terms and np.isfinite(loss) else None


def _at_quantiles(cells: Cells, score: Floats) -> torch.Tensor | None:
    below = np.cumsum(cells.mass)
    if not below[-1] > 0.5:
        return None
    share = (np.arange(QUANTILES) + 0.5) / QUANTILES * below[-1]
    return torch.from_numpy(score[np.searchsorted(below, share).clip(max=len(score) - 1)])
