"""Parallel lines: how far the generated points are from the line of real ones, and what D reads of that."""

from __future__ import annotations

import math

import torch
from torch.nn.functional import softplus

from ganstudio.core.probe import GameView, Probe
from ganstudio.views.parallel_lines import ParallelLines


class ParallelLinesProbe(Probe):
    """The place of the two, and the Jensen-Shannon divergence that D's own loss amounts to.

    A D that gives logits s has the loss L = E[-log sigmoid(s(x))] + E[-log(1 - sigmoid(s(G(z))))]. At its best it is
    2 log 2 - 2 JSD, and never less: log 2 - L/2 is at most the JSD.

    Source: Goodfellow et al. 2014, arXiv:1406.2661, theorem 1.
    """

    name = "parallel-lines"
    title = "Parallel lines"
    kinds = ("plane",)
    needs = frozenset({"parallel lines"})

    def look(self, game: GameView, size: int) -> ParallelLines:
        fake = game.generate(game.latents)
        across = fake[:, 0].double()
        alike = bool((across == across[0]).all())  # their mean would be rounded
        return ParallelLines(
            theta=float(game.data.controls.theta), position=float(across[0] if alike else across.mean()),
            spread=0.0 if alike else float(across.std(correction=0)), jsd_read=_jsd_read(game, fake),
        )


def _jsd_read(game: GameView, fake: torch.Tensor) -> float | None:
    if game.variant.score_kind != "logit":
        return None
    on_real, on_fake = game.score(game.real).double(), game.score(fake).double()
    loss = float(softplus(-on_real).mean() + softplus(on_fake).mean())
    return math.log(2) - loss / 2
