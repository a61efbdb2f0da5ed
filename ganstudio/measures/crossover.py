"""Crossover: of two mixed styles, which layers decide an attribute? A check of style mixing that needs no eye."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.features.feature_nets import pixels_of
from ganstudio.maths.judges.attribute_net import attribute_net, has_attributes
from ganstudio.maths.styles import mixed, repeated
from ganstudio.networks.parts.styled_copy import StyledCopy, latents_for

PAIRS = 600
SEED = 7403  # added to the run's
Read = dict[str, NDArray[np.int64]]


class Crossover(Measure):
    """For each k: layers before k take the w of A, those from k on that of B. Whose attributes does the image have?"""

    name = "crossover"
    title = "Crossover"
    kinds = ("image",)
    needs = frozenset({"styles"})
    expensive = True
    on_request = True
    numbers = {
        "crossover_se": MetricInfo(
            title="crossover, standard error", better="low", format=".3f",
            help="The largest standard error of the shares at one k, over the pairs. Undefined without styles or for "
                 "data without attributes."),
    }
    families = {
        "crossover_*": MetricInfo(
            title="crossover", format=".3f",
            help=f"Share of {PAIRS} pairs whose attribute, as a judge reads it, differs, in which the image has that "
                 "of the source of layers k and later: 1 at k = 0, 0 at k = number of layers. Mean over the "
                 "attributes."),
        "crossover_of_*": MetricInfo(
            title="crossover of", format=".3f", detail=True,
            help="The same of one attribute, for instance crossover_of_hair_1."),
    }

    def judge(self, data: Dataset[Any]) -> str:
        return attribute_net(data).name if has_attributes(data) else ""

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        game, data = evidence.game, evidence.data
        if game is None or not has_attributes(data):
            return dict.fromkeys(self.numbers)
        judge, copy = attribute_net(data), StyledCopy(game)
        first, second = (repeated(w, copy.num_ws)
                         for w in copy.mapped(latents_for(game, 2 * PAIRS, evidence.seed + SEED)).chunk(2))
        read = [judge.read(pixels_of(copy.drawn(mixed(first, second, k))))
                for k in range(copy.num_ws + 1)]
        return table(read, judge.reads_well(data))


def table(read: list[Read], names: list[str]) -> dict[str, float | None]:
    """The numbers of what is read of the images of each k from 0, which are B's, to the last, which are A's."""
    found: dict[str, float | None] = {}
    errors = []
    for k, here in enumerate(read):
        follows = {name: (here[name] == read[0][name])[read[-1][name] != read[0][name]] for name in names}
        shares = {name: float(yes.mean()) for name, yes in follows.items() if len(yes)}
        found[f"crossover_{k}"] = float(np.mean(list(shares.values()))) if shares else None
        found |= {f"crossover_of_{name}_{k}": shares.get(name) for name in names}
        # As if all attributes of a pair went together: the standard error of their mean is no larger than this.
        errors += [float(np.mean([np.sqrt(p * (1 - p) / len(follows[name])) for name, p in shares.items()]))] if (
            shares) else []
    return {"crossover_se": max(errors, default=None), **found}
