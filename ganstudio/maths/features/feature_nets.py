"""Feature nets: the features of FID, KID, IS, precision and recall. Each number is shown with the net it used.

    attributes   one of ours that reads attributes, for data that asks for it (avatars); kept for the next start
    classifier   a small one of ours, trained on the data set if it has labels; kept as well
    random       layers that were never trained, pooled over the picture, for data without labels
    inception    torchvision's Inception v3, if its weights are on this machine

Numbers of two nets are not to be compared. Everything here runs on the processor, away from the training
thread, draws from generators of its own and lets the interpreter's lock go.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Features
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.core.system.resources import cache_folder
from ganstudio.maths.features.attribute_features import attribute_features, judged_by_attributes
from ganstudio.maths.features.classifier import FEWEST, Classifier, trained
from ganstudio.maths.features.inception import Inception, weights_at_hand
from ganstudio.maths.features.random_net import calibrated
from ganstudio.maths.kept_arrays import keep

VERSION = 1  # of all that a kept net depends on: if it changes, the net is trained again
LOOKED_AT = 64  # images that distinguish data sets of the same name
KINDS = ("auto", "attributes", "classifier", "random", "inception")

_known: dict[str, FeatureNet] = {}
_one_at_a_time = threading.RLock()  # two measurements at once must not train the same net twice


class FeatureNet(Protocol):
    """Images in, features out: the same ones for the same images, whatever else is being computed."""

    @property
    def name(self) -> str:
        """The words beside each number."""

    @property
    def description(self) -> str:
        """What it is, in a sentence or two."""

    def features(self, images: NDArray[np.uint8]) -> Features:
        """Features float64 ``(n, f)`` of images ``(n, c, h, h)``, and class probabilities if it tells classes."""


def net_for(data: Dataset[Any], prefer: str = "auto") -> FeatureNet:
    """The net that judges images of a data set; made at the first call (up to a minute), then kept.

    Args:
        data: Images, ``(c, h, h)``, values from -1 to 1.
        prefer: One of ``KINDS``. auto: the attribute net if the data asks for it, else the classifier if there are
            labels, else the random net. Inception is never chosen silently: the same run would score otherwise on
            another machine, and it takes minutes.

    Raises:
        BadInput: There is no such net, or not for this data, or not on this machine.
    """
    if prefer not in KINDS:
        raise unknown("feature net", prefer, KINDS)
    if data.kind != "image":
        raise BadInput(f"data set {data.name} has no feature net: it is {data.kind} data, not images")
    learns = has_classes(data)
    if prefer == "classifier" and not learns:
        raise BadInput(f"data set {data.name} cannot train a classifier: that takes {FEWEST} images with labels of "
                       "2 classes or more")
    by_attributes = judged_by_attributes(data)
    if prefer == "attributes" and not by_attributes:
        raise BadInput(f"data set {data.name} is not judged by its attributes")
    usual = "attributes" if by_attributes else "classifier" if learns else "random"
    kind = usual if prefer == "auto" else prefer
    with _one_at_a_time:
        key = f"{kind}-{key_of(data)}"
        if key not in _known:
            _known[key] = _made(kind, data, key)
        return _known[key]


def _made(kind: str, data: Any, key: str) -> FeatureNet:
    match kind:
        case "attributes":
            classes = net_for(data, "classifier") if has_classes(data) and not data.label_attribute else None
            return attribute_features(data, classes)
        case "classifier":
            return _kept_or_trained(data, cache_folder() / "feature-nets" / f"{key}.safetensors")
        case "inception":
            return Inception(weights_at_hand())
        case _:
            return calibrated(data)


def has_classes(data: Dataset[Any]) -> bool:
    """Whether a classifier can be trained on it."""
    labels = data.labels
    return labels is not None and len(labels) >= FEWEST and bool((labels != labels[0]).any())


def key_of(data: Dataset[Any]) -> str:
    """What tells data sets apart: name, shape, and a hash over labels and a few of the pixels."""
    looked_at = hashlib.sha256()
    looked_at.update(data.sample(LOOKED_AT, torch.Generator().manual_seed(0)).numpy().tobytes())
    if data.labels is not None:
        looked_at.update(np.ascontiguousarray(data.labels).tobytes())
    shape = "x".join(map(str, data.shape))
    return f"{data.name}-{shape}-v{VERSION}-{looked_at.hexdigest()[:16]}"


def _kept_or_trained(data: Dataset[Any], path: Path) -> Classifier:
    """From the user's cache folder, or trained and put there."""
    kept = Classifier.read(path)
    if kept is not None:
        return kept
    net = trained(data)
    keep(path, net.packed())
    return net


def pixels_of(samples: Tensor) -> NDArray[np.uint8]:
    """Bytes of images with values from -1 to 1; what lies beyond is clipped, what is no number is black."""
    scaled = torch.nan_to_num(samples.detach().float(), nan=-1.0).add(1).mul(127.5).round().clamp(0, 255)
    pixels: NDArray[np.uint8] = scaled.to(torch.uint8).cpu().numpy()
    return pixels
