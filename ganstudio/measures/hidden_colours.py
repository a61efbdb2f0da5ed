"""Hidden colours: has each class its true colour, and what does an image hide from the eye for the way back?

Where a class may have two colours in summer and one in winter, the winter has no room for which one it was. If the
right one comes back all the same, it was hidden where no eye sees it.

Source: Chu, Zhmoginov, Sandler 2017, CycleGAN, a Master of Steganography, arXiv:1712.02950.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.examples import Bytes
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo

FEWEST = 12  # pixels of a class in an image without which its colour is not read
BACK = {"back": "", "back_8bit": "_8bit", "back_noise": "_noise", "back_blur": "_blur", "other": "_of_truth"}
_AFTER = {"": "", "_8bit": " after rounding to 8 bits between", "_noise": " after noise of 0.05 between",
          "_blur": " after a 3×3 blur between", "_of_truth": " when the true winter is translated: chance"}


class HiddenColoursMeasure(Measure):
    """Colours of classes, there and back, also after changes between that no eye sees."""

    name = "hidden-colours"
    title = "Hidden colours"
    kinds = ("image",)
    needs = frozenset({"source", "seasons"})
    numbers = {
        "colours_right": MetricInfo(
            title="colours right", better="high", format=".1%",
            help="Share of the classes of an image whose mean colour is nearest to the true one of the other season"),
        **{f"colours_back{ending}": MetricInfo(
            title=f"colours back{_AFTER[ending]}", better="floor", format=".1%",
            help=f"Share of classes that have their own summer colour again after summer, winter, "
                 f"summer{_AFTER[ending]}")
           for ending in BACK.values()},
    }

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        truth, made = evidence.examples, evidence.made
        if truth is None or truth.sources is None or "other" not in made:
            return numbers
        colours = truth.details.get("colours")
        if truth.maps is None or colours is None or "summer" not in truth.tables:  # scenes have colours, no seasons
            return numbers
        summer, winter = truth.tables["summer"], truth.tables["winter"]  # (k, 2, 3) and (k, 3)
        present, found = class_colours(made["made"], truth.maps, len(winter))
        numbers["colours_right"] = float((nearest(found, winter) == np.arange(len(winter)))[present].mean())
        if colours.any():  # two colours: which one it was is a bit that winter has no room for
            for name, ending in BACK.items():
                if name in made:
                    present, found = class_colours(made[name], truth.maps, len(summer))
                    apart = np.linalg.norm(found[:, :, None] - summer[None], axis=-1)  # (n, classes, 2)
                    numbers[f"colours_back{ending}"] = float((apart.argmin(-1) == colours)[present].mean())
        return numbers


def class_colours(images: Bytes, maps: Bytes, classes: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which classes an image has enough of, ``(n, classes)``, and their mean colours, ``(n, classes, 3)`` in [0, 1]."""
    here = np.stack([maps == label for label in range(classes)], axis=1).astype(np.float32)
    counts = here.sum((2, 3))
    sums = np.einsum("nkhw,nchw->nkc", here, images.astype(np.float32) / 255, optimize=True)
    return counts >= FEWEST, (sums / np.maximum(counts, 1)[..., None]).astype(np.float64)


def nearest(colours: NDArray[np.float64], table: NDArray[np.float64]) -> NDArray[np.int64]:
    """The number of the nearest colour of a table ``(k, 3)``, ``(n, classes)``."""
    found: NDArray[np.int64] = np.linalg.norm(colours[:, :, None] - table, axis=-1).argmin(-1)
    return found
