"""Disagreement: do the images that a generator makes at its levels show the same thing?"""

from __future__ import annotations

import torch

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.level_disagreement import LevelDisagreement
from ganstudio.maths.rolling import AT_ONCE

SIDES = tuple(4 << level for level in range(8))  # px, of levels that are not the largest
WHAT = ("root mean square difference from the largest image shrunk to this size by means over squares, over the spread "
        "of that among samples. 0: they are the same; levels that know nothing of each other and vary alike give 1.41")


class Disagreement(Measure):
    """Of each level below the largest, and of the worst one."""

    name = "disagreement"
    title = "Disagreement of levels"
    kinds = ("image",)
    needs = frozenset({"levels"})
    samples = 1000
    expensive = True
    numbers = {
        "disagreement": MetricInfo(
            title="disagreement", better="low", format=".2f",
            help=f"Of the level that differs most from the largest image: {WHAT}. Undefined if all images are alike."),
        **{f"disagreement_{side}": MetricInfo(
            title=f"disagreement at {side} px", better="low", format=".2f",
            help=f"Of the images of {side} px: {WHAT}. Undefined if G has no such level.") for side in SIDES},
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        game = evidence.game
        if game is None:  # a perfect generator: its levels are those of the data, and 0 apart
            return numbers
        counted = LevelDisagreement()
        with torch.no_grad():
            for _ in range(0, self.samples, AT_ONCE):
                counted.add(game.modules["G"].levels_of(game.latents(AT_ONCE)))
        found = counted.values()
        numbers |= dict(zip((f"disagreement_{side}" for side in SIDES), found, strict=False))
        numbers["disagreement"] = max(found, default=None)
        return numbers
