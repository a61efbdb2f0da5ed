"""Attributes: is an image with one attribute changed the image that it should be, and the same person?

The judge reads attributes and nothing else: a caricature that is read right may be further from the truth than the
image that was left as it was. So this stands beside the true error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.image_differences import mean_difference
from ganstudio.maths.judges.attribute_judge import AttributeJudge, attribute_judge
from ganstudio.maths.rolling import rolled

NAMED = ("hair", "glasses", "beard", "style", "background", "skin", "head", "eyes", "brows", "nose", "mouth", "ink",
         "paper", "pen", "shape", "colour", "size")
COLOUR = "hair"  # the attribute that a style decides and no game is told


class AttributesMeasure(Measure):
    """For each attribute its next value is asked for, of unseen images."""

    name = "attributes"
    title = "Attributes"
    kinds = ("image",)
    needs = frozenset({"attributes", "source"})
    numbers = {
        **{f"domain_right_{name}": MetricInfo(
            title=f"{name} right", better="high", format=".1%",
            help=f"Share of images that a judge reads as having the value of {name} that was asked for")
           for name in NAMED},
        "domain_right": MetricInfo(
            title="attribute right", better="high", format=".1%",
            help="Share of images that a judge reads as having the attribute asked for, of the worst attribute"),
        "kept": MetricInfo(
            title="others kept", better="high", format=".1%",
            help="Share of the other attributes that the judge still reads right"),
        "attribute_entropy": MetricInfo(
            title="entropy of styles", better="high", format=".2f",
            help="Entropy of the hair colours that a judge reads in eight styles of each source, over that of eight "
                 "colours drawn by chance: 1 is as varied as chance, 0 always the same"),
        "reference_followed": MetricInfo(
            title="reference followed", better="high", format=".1%",
            help="Share of images whose hair has the colour of the reference whose style they were given"),
        "own_label_change": MetricInfo(
            title="change by its own attributes", better="low",
            help="Mean absolute difference of an image and what is made of it when its own attributes are asked for"),
    }

    def judge(self, data: Dataset[Any]) -> str:
        return attribute_judge(data).name

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        truth, made, data = evidence.examples, evidence.made, evidence.data
        if truth is None or truth.sources is None or truth.attributes is None or "next_0" not in made:
            return numbers
        names = list(data.attribute_values)
        judge = attribute_judge(data)
        kept: list[Any] = []
        for at, name in enumerate(names):
            if name not in NAMED:
                continue
            read = judge.read(made[f"next_{at}"])
            asked = (truth.attributes[:, at] + 1) % len(data.attribute_values[name])
            numbers[f"domain_right_{name}"] = float((read[name] == asked).mean())
            others = [other for other in read if other != name]
            kept.append(np.mean([(read[other] == truth.details[other]).mean() for other in others]))
        numbers["kept"] = float(np.mean(kept)) if kept else None
        right = [numbers[f"domain_right_{name}"] for name in NAMED if name in names]
        numbers["domain_right"] = min((share for share in right if share is not None), default=None)
        if "own" in made:
            numbers["own_label_change"] = mean_difference(made["own"], truth.sources)
        if "style_0" in made:
            numbers |= self._of_styles(judge, evidence)
        return numbers

    def _of_styles(self, judge: AttributeJudge, evidence: MeasureInput) -> dict[str, float | None]:
        """Of several styles for each source: do they differ, and is a reference's followed?"""
        made, truth = evidence.made, evidence.examples
        assert truth is not None
        drawn = np.stack([judge.read(made[name])[COLOUR] for name in sorted(made) if name.startswith("style_")], axis=1)
        n, values = drawn.shape[1], judge.values[COLOUR]
        perfect = entropy(np.random.default_rng(0).integers(0, values, (20_000, n)), values)
        followed = None
        if "reference" in made:  # each source is given the style of the one before it
            wanted = rolled(truth.details[COLOUR])
            followed = float((judge.read(made["reference"])[COLOUR] == wanted).mean())
        return {"attribute_entropy": entropy(drawn, values) / perfect, "reference_followed": followed}


def entropy(values: NDArray[np.int64], count: int) -> float:
    """Entropy of the values in each row ``(n, draws)``, mean over the rows, nats."""
    shares = np.stack([(values == value).mean(1) for value in range(count)], axis=1)
    return float(-(shares * np.log(np.maximum(shares, 1e-12))).sum(1).mean())
