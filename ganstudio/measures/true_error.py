"""True error: how far a translation is from the withheld true one, beside the error of doing nothing.

No loss of an unpaired game sees the truth: an exchange of colours that looks right costs nothing, and a caricature is
read as well as the truth. Of two directions, or of several attributes, the worse one is given, and each one by its
own name.
"""

from __future__ import annotations

import numpy as np

from ganstudio.core.examples import Bytes, Examples
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.image_differences import mean_difference

DIRECTIONS = {"ab": "from sources to images", "ba": "from images to sources"}
ATTRIBUTES = {name: f"with another value of {name}" for name in
              ("hair", "glasses", "beard", "style", "ink", "paper", "pen")}
Pairs = dict[str, tuple[Bytes, Bytes]]


def _family(name: str, title: str, help: str, parts: dict[str, str]) -> dict[str, MetricInfo]:
    return {
        name: MetricInfo(title=title, better="low", help=f"{help}, of the worst direction or attribute"),
        **{f"{name}_{part}": MetricInfo(title=f"{title}, {part.upper() if part in DIRECTIONS else part}", better="low",
                                        help=f"{help}, {said}") for part, said in parts.items()},
    }


class TrueErrorMeasure(Measure):
    """Errors of translations whose truth is known, of doing nothing, and of the way there and back."""

    name = "true-error"
    title = "True error"
    kinds = ("image",)
    needs = frozenset({"source"})
    numbers = {
        **_family("true_error", "true error", "Mean absolute difference to the withheld true translation",
                  DIRECTIONS | ATTRIBUTES),
        **_family("idle_error", "doing nothing", "Mean absolute difference of a source to its true translation",
                  DIRECTIONS | ATTRIBUTES),
        **_family("cycle_error", "cycle error", "Mean absolute difference of an image and what comes back of it",
                  DIRECTIONS),
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        truth, made = evidence.examples, evidence.made
        if truth is None or truth.sources is None:
            return numbers
        families: dict[str, Pairs] = {"true_error": {}, "idle_error": {}, "cycle_error": {}}
        if "other" in made:
            families = _both_ways(_as_made(truth.sources, evidence), truth.images, made)
        elif "next_0" in made:
            families = _attributes(evidence, truth, made)
        for name, pairs in families.items():
            errors = {part: mean_difference(*pair) for part, pair in pairs.items()}
            numbers.update({f"{name}_{part}": error for part, error in errors.items() if part})
            numbers[name] = max(errors.values(), default=None)
        return numbers


def _as_made(sources: Bytes, evidence: MeasureInput) -> Bytes:
    """Sources as a generator of sources gives them: of label maps a plane for each class, from 0 to 1."""
    classes = len(evidence.data.classes_of_maps)
    if not classes:
        return sources
    planes: Bytes = np.where(sources[:, None] == np.arange(classes)[:, None, None], 255, 128).astype(np.uint8)
    return planes


def _both_ways(a: Bytes, b: Bytes, made: dict[str, Bytes]) -> dict[str, Pairs]:
    return {"true_error": {"ab": (made["made"], b), "ba": (made["other"], a)},
            "idle_error": {"ab": (a, b), "ba": (b, a)} if a.shape == b.shape else {},  # a map's planes are no image
            "cycle_error": {"ab": (made["back"], a), "ba": (made["other_back"], b)}}


def _attributes(evidence: MeasureInput, truth: Examples, made: dict[str, Bytes]) -> dict[str, Pairs]:
    assert truth.sources is not None
    found: dict[str, Pairs] = {"true_error": {}, "idle_error": {}, "cycle_error": {}}
    for at, name in enumerate(evidence.data.attribute_values):
        if name in ATTRIBUTES:
            wanted = evidence.data.truth_of_next(truth.details, name)
            if wanted is not None:  # of some attributes it was never drawn
                found["true_error"][name] = made[f"next_{at}"], wanted
                found["idle_error"][name] = truth.sources, wanted
    if "back" in made:
        found["cycle_error"][""] = made["back"], truth.sources
    return found
