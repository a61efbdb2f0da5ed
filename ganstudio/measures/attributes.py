"""Attributes: is an image with one attribute changed the image that it should be, and the same person?

The judge reads attributes and nothing else: a caricature that is read right may be further from the truth than the image that
was left as it was. So this stands beside the true error.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.judges.attribute_net import attribute_net
from ganstudio.maths.image_differences import mean_difference

NAMED = ("hair", "glasses", "beard")


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
        "own_label_change": MetricInfo(
            title="change by its own attributes", better="low",
            help="Mean absolute difference of an image and what is made of it when its own attributes are asked for"),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        truth, made, data = evidence.examples, evidence.made, evidence.data
        if truth is None or truth.sources is None or truth.attributes is None or "next_0" not in made:
            return numbers
        names = list(data.attribute_values)
        judge = attribute_net(data)  # type: ignore[arg-type]  # examples with attributes come from such data alone
        kept: list[Any] = []
        for at, name in enumerate(names):
            if name not in NAMED:
                continue
            read = judge.read(made[f"next_{at}"])
            asked = (truth.attributes[:, at] + 1) % len(data.attribute_values[name])
            numbers[f"domain_right_{name}"] = float((read[:, at] == asked).mean())
            others = [i for i in range(len(names)) if i != at]
            kept.append((read[:, others] == truth.attributes[:, others]).mean())
        numbers["kept"] = float(np.mean(kept))
        right = [numbers[f"domain_right_{name}"] for name in NAMED if name in names]
        numbers["domain_right"] = min((share for share in right if share is not None), default=None)
        if "own" in made:
            numbers["own_label_change"] = mean_difference(made["own"], truth.sources)
        return numbers
