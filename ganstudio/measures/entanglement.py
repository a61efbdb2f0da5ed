"""Entanglement: does one attribute of a generated image tell of another, where in the data none does?"""

from __future__ import annotations

import itertools
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dataset import Dataset
from ganstudio.core.examples import Bytes
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.judges.attribute_net import attribute_net, has_attributes
from ganstudio.maths.mutual_information import bias_bits, mutual_information_bits


class Entanglement(Measure):
    """Mutual information of the attributes that a judge reads; the parts of a drawn image are independent."""

    name = "entanglement"
    title = "Entanglement"
    kinds = ("image",)
    needs = frozenset({"styles"})
    expensive = True
    on_request = True
    numbers = {
        "entanglement": MetricInfo(
            title="entanglement", better="low", format=".4f",
            help="Mutual information of two attributes of generated images as a judge reads them, mean over all pairs, "
                 "bits, less (a − 1)(b − 1) / (2 n ln 2), which independent values show in n images: 0 for drawn data, "
                 "whose parts are chosen independently, and a little more for the floor, as some real images are drawn "
                 "twice. Undefined for data without attributes."),
        "entanglement_worst": MetricInfo(
            title="entanglement, worst pair", better="low", format=".4f",
            help="The same of the pair that tells most of each other. Undefined as there."),
    }

    def judge(self, data: Dataset[Any]) -> str:
        return attribute_net(data).name if has_attributes(data) else ""

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        data = evidence.data
        if not has_attributes(data) or not np.isfinite(evidence.fake).all():
            return dict.fromkeys(self.numbers)
        judge = attribute_net(data)
        read, names = judge.read(as_bytes(evidence.fake, data.shape[0])), judge.reads_well(data)
        pairs = [excess_bits(read[one], read[other]) for one, other in itertools.combinations(names, 2)]
        if not pairs:
            return dict.fromkeys(self.numbers)
        return {"entanglement": float(np.mean(pairs)), "entanglement_worst": max(pairs)}


def excess_bits(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Mutual information beyond what independent values would show."""
    return mutual_information_bits(first, second) - bias_bits(first, second)


def as_bytes(values: NDArray[np.float64], channels: int) -> Bytes:
    """Images ``(n, c, h, h)`` of their values ``(n, c h h)`` from -1 to 1."""
    side = round((values.shape[1] / channels) ** 0.5)
    pixels = np.rint((values + 1) * 127.5).clip(0, 255).astype(np.uint8)
    return cast(Bytes, pixels.reshape(-1, channels, side, side))
