"""Label maps: does the image show what the map asked for, and has it the texture of the truth?

Read by a label net that never plays; made of maps that are not in the training data.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dataset import Dataset
from ganstudio.core.examples import Bytes
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.judges.label_net import at_reading_size, label_net

FEWEST_MAPS = 20  # of one class, without which they are not measured apart
FEWEST = 200  # pairs of neighbours of a class without which its texture is not measured
TEXTURED = ("water", "grass", "house", "tree")


class LabelMapsMeasure(Measure):
    """Label score and texture of what was made of unseen maps."""

    name = "label-maps"
    title = "Label maps"
    kinds = ("image",)
    needs = frozenset({"source", "label maps"})
    numbers = {
        "label_score": MetricInfo(
            title="label score", better="high", format=".1%",
            help="Share of pixels that a label net reads as the class that the map asked for. Its floor is that of "
                 "true "
                 "images."),
        "label_chance": MetricInfo(
            title="label chance", format=".1%",
            help="Label score of an answer that does not look: the commonest class of each place"),
        "texture_ratio": MetricInfo(
            title="texture ratio", format=".2f",
            help="Mean difference of neighbouring pixels of one class over that of true images, mean over water, "
                 "grass, "
                 "house and tree: 1 is right, 0 is flat, more than 1 is noisier than the truth"),
        **{f"texture_ratio_{name}": MetricInfo(
            title=f"texture of {name}", format=".2f",
            help=f"Mean difference of neighbouring pixels of class {name} over that of true images")
           for name in TEXTURED},
        "label_score_uniform": MetricInfo(
            title="label score, one-class maps", better="high", format=".1%",
            help="Label score on maps that are of one class everywhere. An answer that does not look at the map has "
                 "20%."),
        "spread_uniform": MetricInfo(
            title="spread, one-class maps", format=".3f",
            help="Mean absolute difference between the mean images of two one-class maps: 0 if they look all the same"),
    }

    def judge(self, data: Dataset[Any]) -> str:
        return label_net(data).name

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        truth, made, data = evidence.examples, evidence.made.get("made"), evidence.data
        if truth is None or truth.maps is None or made is None:
            return numbers
        asked = at_reading_size(truth.maps)
        uniform = (asked == asked[:, :1, :1]).all((1, 2))
        if uniform.sum() >= FEWEST_MAPS:
            numbers |= self._on_uniform(made[uniform], asked[uniform], data)
        numbers["label_score"] = float((label_net(data).read(made) == asked).mean())
        numbers["label_chance"] = commonest_share(asked, len(data.classes_of_maps))
        ratios = []
        for name in TEXTURED:
            at = data.classes_of_maps.index(name)
            of_made, of_true = texture(made, truth.maps == at), texture(truth.images, truth.maps == at)
            ratio = None if of_made is None or not of_true else of_made / of_true
            numbers[f"texture_ratio_{name}"] = ratio
            ratios += [] if ratio is None else [ratio]
        numbers["texture_ratio"] = float(np.mean(ratios)) if ratios else None
        return numbers

    def _on_uniform(self, made: Bytes, asked: Bytes, data: Dataset[Any]) -> dict[str, float | None]:
        return {"label_score_uniform": float((label_net(data).read(made) == asked).mean()),
                "spread_uniform": _spread(made, asked[:, 0, 0])}


def _spread(images: Bytes, labels: NDArray[np.uint8]) -> float | None:
    """Mean absolute difference between the mean images of any two labels."""
    means = [images[labels == label].astype(np.float64).mean(0) / 127.5 for label in np.unique(labels)]
    apart = [np.abs(a - b).mean() for a, b in itertools.combinations(means, 2)]
    return float(np.mean(apart)) if apart else None


def texture(images: Bytes, inside: NDArray[np.bool_]) -> float | None:
    """Mean absolute difference of horizontal and vertical neighbours that both lie inside; None if they are few.

    Args:
        images: ``(n, c, h, h)``.
        inside: ``(n, h, h)``.
    """
    x: NDArray[Any] = images.astype(np.float32) / 127.5
    across, down = inside[:, :, 1:] & inside[:, :, :-1], inside[:, 1:] & inside[:, :-1]
    pairs = int(across.sum() + down.sum())
    if pairs < FEWEST:
        return None
    sums = (np.abs(np.diff(x, axis=3)).mean(1)[across].sum() + np.abs(np.diff(x, axis=2)).mean(1)[down].sum())
    return float(sums / pairs)


def commonest_share(maps: Bytes, classes: int) -> float:
    """Share of pixels that are of the commonest class of their place."""
    counts = np.stack([(maps == label).mean(0) for label in range(classes)])
    return float(counts.max(0).mean())
