"""Attributes: is an image with one attribute changed the image that it should be, and the same person?

The judge reads attributes and nothing else, so its praise stands beside the error to the true image and the error of doing
nothing: a caricature that is read right is further from the truth than the image that was left as it was.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.judges.attribute_net import attribute_net
from ganstudio.measures.parts.differences import mean_difference

NAMED = ("hair", "glasses", "beard")
_BY_ATTRIBUTE = {
    "domain_right": ("right", "high", ".1%", "Share of images that a judge reads as having the attribute asked for"),
    "true_error": ("true error", "low", ".3g", "Mean absolute difference to the true image with the attribute changed"),
    "idle_error": ("error of doing nothing", "low", ".3g", "Mean absolute difference of the image to the true one"),
}


class AttributesMeasure(Measure):
    """For each attribute its next value is asked for, of unseen images."""

    name = "attributes"
    title = "Attributes"
    kinds = ("image",)
    needs = frozenset({"attributes", "source"})
    numbers = {
        **{(f"{number}_{name}"): MetricInfo(
            title=f"{name} {title}", better=better, format=form, help=f"{help} ({name})")  # type: ignore[arg-type]
           for number, (title, better, form, help) in _BY_ATTRIBUTE.items() for name in NAMED},
        "domain_right": MetricInfo(
            title="attribute right", better="high", format=".1%",
            help="Share of images that a judge reads as having the attribute asked for, of the worst attribute"),
        "kept": MetricInfo(
            title="others kept", better="high", format=".1%",
            help="Share of the other attributes that the judge still reads right"),
        "attribute_error": MetricInfo(
            title="true error", better="low",
            help="Mean absolute difference to the true image with the attribute changed, mean over the attributes"),
        "attribute_idle_error": MetricInfo(
            title="error of doing nothing", better="low",
            help="Mean absolute difference of the image itself to the true one, mean over the attributes"),
        "own_label_change": MetricInfo(
            title="change by its own attributes", better="low",
            help="Mean absolute difference of an image and what is made of it when its own attributes are asked for"),
        "attribute_cycle_error": MetricInfo(
            title="cycle error", better="low",
            help="Mean absolute difference of an image and what comes back when its own attributes are asked for again"),
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
            images, wanted = made[f"next_{at}"], data.truth_of_next(truth.details, name)  # type: ignore[attr-defined]
            read = judge.read(images)
            asked = (truth.attributes[:, at] + 1) % len(data.attribute_values[name])
            numbers[f"domain_right_{name}"] = float((read[:, at] == asked).mean())
            others = [i for i in range(len(names)) if i != at]
            kept.append((read[:, others] == truth.attributes[:, others]).mean())
            numbers[f"true_error_{name}"] = mean_difference(images, wanted)
            numbers[f"idle_error_{name}"] = mean_difference(truth.sources, wanted)
        numbers["kept"] = float(np.mean(kept))
        for total, number, join in (("domain_right", "domain_right", min), ("attribute_error", "true_error", np.mean),
                                    ("attribute_idle_error", "idle_error", np.mean)):
            found = [numbers[f"{number}_{name}"] for name in NAMED if numbers[f"{number}_{name}"] is not None]
            numbers[total] = float(join(found))  # type: ignore[operator]
        if "own" in made:
            numbers["own_label_change"] = mean_difference(made["own"], truth.sources)
        if "back" in made:
            numbers["attribute_cycle_error"] = mean_difference(made["back"], truth.sources)
        return numbers
