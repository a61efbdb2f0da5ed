"""Translation: how far is the image from the true one, and what does noise change in it?

Made of sources that are not in the training data. The picture with the lower L1 need not be the better one: the picture
of least L1 is each pixel's median, which has no texture.
"""

from __future__ import annotations

from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.image_differences import mean_difference


class TranslationMeasure(Measure):
    """Distance to the true image, and between two images of one source."""

    name = "translation"
    title = "Translation"
    kinds = ("image",)
    needs = frozenset({"source"})
    numbers = {
        "l1": MetricInfo(
            title="L1 to the truth", better="low",
            help="Mean absolute difference between what was made and the true image of the same source, of pixels from "
                 "-1 to 1. Its floor is that of another true image of the same source."),
        "draws_differ": MetricInfo(
            title="draws differ", format=".3f",
            help="Mean absolute difference between two images made of one source: what its noise changes"),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        truth, made = evidence.examples, evidence.made.get("made")
        if truth is None or made is None:
            return numbers
        numbers["l1"] = mean_difference(made, truth.images)
        again = evidence.made.get("again")
        if again is not None:
            numbers["draws_differ"] = mean_difference(again, made[: len(again)])
        return numbers
