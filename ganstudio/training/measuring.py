"""Measures a game: copies samples on the training thread, computes numbers and floors anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec
import numpy as np
import torch
from torch import Tensor

from ganstudio.core.measure import Evidence, Scores
from ganstudio.maths.latents import draw_latents
from ganstudio.training.game_view import ReadOnlyGame
from ganstudio.training.resolve import measures
from ganstudio.training.streams import seeded
from ganstudio.training.trainer import Trainer

CHUNK = 8192  # samples scored at a time


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers and what a perfect generator scores; None where undefined."""

    measures: dict[str, float | None]
    floors: dict[str, float | None]


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence of the generator, and of fresh data in the generator's place."""

    generated: Evidence
    perfect: Evidence


def copied(trainer: Trainer, samples: int, draw: int = 0) -> Copied:
    """Samples and scores, copied away from the game.

    Args:
        trainer: The run; its own randomness is not touched.
        samples: How many of each.
        draw: Which draw: another number gives other samples.
    """
    game, view = trainer.game, trainer.view
    rng = seeded(trainer.spec.seed, f"measure/{draw}", game.device)
    real = game.data.sample(samples, rng)
    other = game.data.sample(samples, rng)
    latents = draw_latents(game.network_controls, samples, rng)
    fake = torch.cat([view.generate(part) for part in torch.split(latents, CHUNK)])
    on_real, on_fake = _scores(view, real), _scores(view, fake)
    return Copied(
        generated=Evidence(real=_flat(real), fake=_flat(fake), real_scores=on_real, fake_scores=on_fake,
                           data=game.data, seed=trainer.spec.seed),
        perfect=Evidence(
            real=_flat(real), fake=_flat(other), real_scores=on_real, fake_scores=_scores(view, other),
            data=game.data, seed=trainer.spec.seed),
    )


def computed(evidence: Copied, known_floors: Mapping[str, float | None] | None = None) -> Measured:
    """Every number that applies to the data's kind.

    Args:
        evidence: What to look at.
        known_floors: Floors of an earlier measurement of the run at this sample size. Those of dear
            measures depend on the data alone and are taken from there.
    """
    numbers: dict[str, float | None] = {}
    floors: dict[str, float | None] = {}
    for kind in measures().values():
        if evidence.generated.data.kind not in kind.kinds:
            continue
        measure = kind()
        numbers.update(_finite(measure.compute(evidence.generated)))
        if kind.dear and known_floors is not None:
            floors.update({name: known_floors.get(name) for name in kind.numbers})
        else:
            floors.update(_finite(measure.compute(evidence.perfect)))
    return Measured(measures=numbers, floors=floors)


def _scores(view: ReadOnlyGame, x: Tensor) -> Scores:
    parts = [view.slope(part) for part in torch.split(x, CHUNK)]
    values = torch.cat([scores for scores, _ in parts])
    slopes = torch.cat([gradient.flatten(1).norm(dim=1) for _, gradient in parts])
    return Scores(values.cpu().numpy().astype(np.float64), slopes.cpu().numpy().astype(np.float64))


def _flat(x: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return x.flatten(1).cpu().numpy().astype(np.float64)


def _finite(numbers: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None or not math.isfinite(value) else value for name, value in numbers.items()}
