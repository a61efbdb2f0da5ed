"""Blind spot: a number of the images of the data set that are made up to deceive a measure of quality."""

from __future__ import annotations

from typing import Annotated, Literal

from ganstudio.core.control import Choice, Controls, Text
from ganstudio.core.system.errors import unknown
from ganstudio.lessons.quantity import Quantity
from ganstudio.maths.features.feature_nets import net_for
from ganstudio.maths.features.metric_blind_spots import blind_spots
from ganstudio.training.trainer import Trainer

TITLES = {
    "memorised": "All of them: memorised images", "one-a-class": "IS: one image a class",
    "arrangement": "FID: where things are", "few-samples": "FID: how many images",
    "outlier": "Precision: one outlier", "noise": "Diversity: noise",
}


class BlindParams(Controls, frozen=True, kw_only=True):
    """Which blind spot, and which of its numbers."""

    spot: Annotated[Literal["memorised", "one-a-class", "arrangement", "few-samples", "outlier", "noise"], Choice(
        help="Which blind spot of the panel Quality")] = "memorised"
    number: Annotated[str, Text(help="The number as the panel names it, for instance recall")] = "FID of copies"


class BlindSpotNumber(Quantity[BlindParams]):
    """As the panel Quality shows them: 1,000 images of each kind, judged by the net of the data set."""

    name = "blind-spot"
    title = "number of a blind spot"
    help = "A number of image quality, measured on images of the data set that are made up to deceive it. Undefined " \
           "for points, and for the spot one-a-class if the feature net does not know classes."

    def compute(self, trainer: Trainer | None, params: BlindParams) -> float | None:
        assert trainer is not None
        data = trainer.game.data
        if data.kind != "image":
            return None
        spots = {spot.title: spot.values for spot in blind_spots(data, net_for(data))}
        values = spots.get(TITLES[params.spot])
        if values is None:
            return None
        if params.number not in values:
            raise unknown(f"number of the blind spot {params.spot}", params.number, list(values))
        return values[params.number]
