"""Patch pixels: which pixels a score of a patch discriminator depends on, measured on the discriminator."""

from __future__ import annotations

import copy
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from ganstudio.core.control import Choice, Controls, Integer
from ganstudio.core.network import ScoresPatches
from ganstudio.lessons.quantity import Quantity
from ganstudio.training.trainer import Trainer

CHANGE = 0.5  # of a pixel, from -1 to 1


class PatchParams(Controls, frozen=True, kw_only=True):
    """What is counted."""

    part: Annotated[Literal["side", "scores", "interaction"], Choice(
        help="side: of the square that the middle score depends on, px; scores: how many a change of the middle pixel "
             "moves; interaction: what two changed pixels do to the mean score together beyond what each does alone, "
             "over the smaller of these two effects")] = "side"
    distance: Annotated[int, Integer(
        1, 255, unit="px", help="Of the two pixels of interaction, along a row")] = 1


class PatchPixels(Quantity[PatchParams]):
    """In evaluation mode and float64, on random images: what is 0 is 0 but for rounding."""

    name = "patch-pixels"
    title = "pixels that a score depends on"
    help = "How far a score of a patch discriminator sees, measured on the discriminator itself. Undefined where it " \
           "scores no patches."

    def compute(self, trainer: Trainer | None, params: PatchParams) -> float | None:
        assert trainer is not None
        found = next((m for m in trainer.game.modules.values() if isinstance(m, ScoresPatches)), None)
        if found is None or trainer.game.data.kind != "image":
            return None
        side = trainer.view.real.shape[-1]
        assert isinstance(found, nn.Module)
        D = copy.deepcopy(found).double().eval()
        channels = next(m for m in D.modules() if isinstance(m, nn.Conv2d)).in_channels
        x = torch.rand(1, channels, side, side, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 - 1

        def scored(images: Tensor) -> Tensor:
            return found.finest(D(images), side)[0]

        if params.part == "side":
            x.requires_grad_()
            scores = scored(x)
            middle = len(scores) // 2
            (slope,) = torch.autograd.grad(scores[middle, middle], x)
            columns = slope[0].abs().sum((0, 1)).nonzero()[:, 0]
            return float(columns.max() - columns.min() + 1) if len(columns) else 0.0
        with torch.no_grad():
            row, left = side // 2, (side - (params.distance if params.part == "interaction" else 0)) // 2

            def changed(*at: int) -> Tensor:
                other = x.clone()
                for column in at:
                    other[:, :, row, column] += CHANGE
                return scored(other)

            before = scored(x)
            if params.part == "scores":
                return float((changed(left) != before).sum())
            right = left + params.distance
            if right >= side:
                return None
            one, two, both = (scores.mean() - before.mean() for scores in (changed(left), changed(right),
                                                                           changed(left, right)))
            alone = torch.minimum(one.abs(), two.abs())
            return float((both - one - two).abs() / alone) if alone > 0 else None
