"""Place: is the figure where it was asked to be, as the words say, and do the words stay when it moves?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.dataset import Dataset
from ganstudio.core.examples import Bytes
from ganstudio.core.measure import Measure, MeasureInput, MetricInfo
from ganstudio.maths.judges.attribute_net import attribute_net
from ganstudio.maths.rolling import rolled

APART = 60  # levels of 255, mean over the colours: a pixel that differs as much from the ground belongs to the figure
FEWEST = 0.01  # share of a row or column of the figure's pixels without which it is not counted: stray pixels
Boxes = NDArray[np.float32]
WORDS = ("hair", "style", "glasses", "beard", "smile", "background", "skin", "head", "eyes", "brows", "nose", "mouth")


class PlaceMeasure(Measure):
    """Box and words of images that were asked for by both."""

    name = "place"
    title = "Place"
    kinds = ("image",)
    needs = frozenset({"attributes", "place"})
    numbers = {
        "place_iou": MetricInfo(
            title="IoU with the box", better="high", format=".2f",
            help="Area that the figure's box and the box asked for share, over the area that either covers"),
        "place_iou_chance": MetricInfo(
            title="IoU by chance", format=".2f", help="The same with the boxes of other images"),
        "centre_error": MetricInfo(
            title="centre error", better="low", format=".1f",
            help="Distance of the figure's centre from the one asked for, px of an image of 32"),
        "place_iou_moved": MetricInfo(
            title="IoU when moved", better="high", format=".2f",
            help="IoU with the box when the same latent and words are asked for in another box"),
        "words_right": MetricInfo(
            title="words right", better="high", format=".1%",
            help="Share of the words that a judge reads in the box as they were asked for"),
        "words_right_moved": MetricInfo(
            title="words right when moved", better="high", format=".1%",
            help="The same when the same latent and words are asked for in another box"),
        **{f"words_right_{name}": MetricInfo(
            title=f"{name} right", better="high", format=".1%",
            help=f"Share of images whose {name} a judge reads in the box as it was asked for") for name in WORDS},
    }

    def judge(self, data: Dataset[Any]) -> str:
        return attribute_net(data).name

    def compute(self, evidence: MeasureInput) -> dict[str, float | None]:
        numbers: dict[str, float | None] = dict.fromkeys(self.numbers)
        truth, made, data = evidence.examples, evidence.made.get("made"), evidence.data
        if truth is None or truth.attributes is None or made is None or "box" not in truth.details:
            return numbers
        asked: Boxes = truth.details["box"]
        found = boxes_of(made)
        numbers["place_iou"] = float(iou(found, asked).mean())
        numbers["place_iou_chance"] = float(iou(found, np.roll(asked, 1, axis=0)).mean())
        apart = (found[:, :2] + found[:, 2:] - asked[:, :2] - asked[:, 2:]) / 2
        numbers["centre_error"] = float(32 * np.linalg.norm(apart, axis=1).mean())
        judge = attribute_net(data)
        told = [name for name in data.attribute_values if name in WORDS]
        read = judge.read(made, asked)
        for name in told:
            numbers[f"words_right_{name}"] = float((read[name] == truth.details[name]).mean())
        numbers["words_right"] = float(np.mean([(read[name] == truth.details[name]).mean() for name in told]))
        if (moved := evidence.made.get("moved")) is not None:
            there = rolled(asked)
            numbers["place_iou_moved"] = float(iou(boxes_of(moved), there).mean())
            read = judge.read(moved, there)
            numbers["words_right_moved"] = float(np.mean([(read[name] == truth.details[name]).mean() for name in told]))
        return numbers


def boxes_of(images: Bytes) -> Boxes:
    """The box around what differs from the ground in images ``(n, 3, h, h)``, shares of the side.

    The ground is the median colour of the outermost pixels. Rows and columns with hardly a pixel of the figure are
    left out.
    """
    side = images.shape[-1]
    rim = np.concatenate([images[:, :, 0], images[:, :, -1], images[:, :, :, 0], images[:, :, :, -1]], axis=2)
    ground = np.median(rim, axis=2)[:, :, None, None]
    inside = np.abs(images.astype(np.float32) - ground).mean(1) > APART
    total = np.maximum(inside.sum((1, 2)), 1)[:, None]
    ends = []
    for axis in (1, 2):
        along = inside.sum(axis) > FEWEST * total
        first, last = along.argmax(1), side - along[:, ::-1].argmax(1)
        ends.append((np.where(along.any(1), first, 0), np.where(along.any(1), last, side)))
    (left, right), (top, bottom) = ends
    shares: Boxes = (np.stack([left, top, right, bottom], axis=1) / side).astype(np.float32)
    return shares


def iou(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Intersection over union of boxes ``(n, 4)``, ``(n,)``."""
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = [np.prod(each[:, 2:] - each[:, :2], axis=1) for each in (a, b)]
    return np.asarray(shared / np.maximum(areas[0] + areas[1] - shared, 1e-9), np.float64)
