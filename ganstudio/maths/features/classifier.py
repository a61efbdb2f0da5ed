"""A feature net trained on the data set itself: a small classifier, whose last hidden layer gives the features.

Some 8,000 labelled images are gone over twice, with a seed of its own: the same net for the same data on one
machine. It knows this data set and nothing else, as Inception knows photographs and nothing else.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Generator, Tensor
from torch.nn import functional as F

from ganstudio.core.dataset import Dataset
from ganstudio.core.measure import Features
from ganstudio.maths.features.random_net import shrunk, spread
from ganstudio.maths.kept_arrays import hash_of

SIDE = 32  # px, the most that is looked at
FEATURES = 64
WIDTHS = (16, 32, 64)
SEED = 20170626
FEWEST = 500  # labelled images to train on
MOST = 8192
TESTED = 1000  # images held out, at most a tenth
ROUNDS = 2  # over the images
BATCH = 64
RATE = 3e-3  # of Adam, falling to 0 in a straight line
SEEN_AT_ONCE = 250  # images

Weights = dict[str, Tensor]


class Classifier:
    """64 features, each of mean 0 and spread 1 over real images, and class probabilities."""

    def __init__(self, weights: Weights, data: str, accuracy: float) -> None:
        """Takes what was trained.

        Args:
            weights: By name, as ``trained`` makes them.
            data: The data set's name.
            accuracy: Share of held-out images that it names rightly.
        """
        self._weights = weights
        self._data = data
        self.accuracy = accuracy

    @property
    def name(self) -> str:
        """The words beside each number."""
        return f"classifier of {self._data}, {self.accuracy:.0%} right"

    @property
    def description(self) -> str:
        """What it is."""
        classes = len(self._weights["out.bias"])
        return (f"A small classifier of ours, trained on {self._data} to tell {classes} classes apart. It classifies "
                f"{self.accuracy:.1%} of held-out images correctly. Its last hidden layer has {FEATURES} features.")

    def features(self, images: NDArray[np.uint8]) -> Features:
        """Features ``(n, 64)`` and class probabilities ``(n, K)`` of images ``(n, c, h, h)``."""
        w = self._weights
        hidden, logits = self._seen(images)
        values = (hidden - w["shift"].double()) / w["scale"].double()
        return Features(net=self.name, values=values.numpy(), probabilities=F.softmax(logits, dim=1).numpy())

    @torch.no_grad()
    def _seen(self, images: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """Hidden layer and logits in float64."""
        parts = [through(self._weights, shrunk(images[at : at + SEEN_AT_ONCE], int(self._weights["side"])))
                 for at in range(0, len(images), SEEN_AT_ONCE)]
        if not parts:
            return torch.zeros(0, FEATURES).double(), torch.zeros(0, len(self._weights["out.bias"])).double()
        return torch.cat([hidden for hidden, _ in parts]).double(), torch.cat([logits for _, logits in parts]).double()

    def packed(self) -> bytes:
        """As a safetensors file."""
        return save(self._weights, metadata={"data": self._data, "accuracy": repr(self.accuracy),
                                             "sha256": _hash_of(self._weights)})

    @classmethod
    def read(cls, path: Path) -> Classifier | None:
        """What was packed into a file; None if there is none, or it is damaged."""
        try:
            with safe_open(path, framework="pt") as file:
                about = file.metadata()
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no mapping
            if about["sha256"] != _hash_of(weights):
                return None
            net = cls(weights, about["data"], float(about["accuracy"]))
            channels = weights["conv0"].shape[1]
            net.features(np.zeros((1, channels, int(weights["side"]), int(weights["side"])), np.uint8))
        except (OSError, SafetensorError, KeyError, ValueError, IndexError, TypeError, RuntimeError):
            return None
        return net


def _hash_of(weights: Weights) -> str:
    return hash_of({name: weight.numpy() for name, weight in weights.items()})


def through(w: Weights, x: Tensor) -> tuple[Tensor, Tensor]:
    """Hidden layer ``(n, 64)`` and logits ``(n, K)`` of images ``(n, c, side, side)``."""
    for index in range(len(WIDTHS)):
        x = F.silu(F.conv2d(x, w[f"conv{index}"], w[f"conv{index}.bias"], stride=2, padding=1))
    hidden = F.linear(x.flatten(1), w["hidden"], w["hidden.bias"])
    return hidden, F.linear(F.silu(hidden), w["out"], w["out.bias"])


def fresh(channels: int, side: int, classes: int, rng: Generator) -> Weights:
    """Weights to start from, drawn so that each layer keeps its input's variance (He et al. 2015)."""
    w: Weights = {}

    def layer(name: str, *shape: int, gain: float = math.sqrt(2)) -> None:
        w[name] = torch.randn(*shape, generator=rng) * gain / math.sqrt(math.prod(shape[1:]))
        w[f"{name}.bias"] = torch.zeros(shape[0])

    for index, (n, m) in enumerate(itertools.pairwise((channels, *WIDTHS))):
        layer(f"conv{index}", m, n, 3, 3)
    left = side
    for _ in WIDTHS:
        left = (left + 1) // 2
    layer("hidden", FEATURES, WIDTHS[-1] * left * left)
    layer("out", classes, FEATURES, gain=1.0)
    return w


@torch.enable_grad()
def trained(data: Dataset[Any]) -> Classifier:
    """A classifier of a labelled data set: 5 to 20 s on one core.

    Args:
        data: With labels of at least 500 images and 2 classes.
    """
    labels = data.labels
    assert labels is not None
    _, classes = np.unique(labels, return_inverse=True)
    rng = Generator().manual_seed(SEED)
    order = torch.randperm(len(labels), generator=rng)
    held_out, used = order[: min(len(order) // 10, TESTED)], order[len(order) // 10 :][:MOST]
    truth = torch.from_numpy(classes)
    side = min(data.shape[-1], SIDE)
    images = small(data, used, side)
    w = fresh(data.shape[0], side, int(classes.max()) + 1, rng)
    for weight in w.values():
        weight.requires_grad_(True)
    optimiser = torch.optim.Adam(w.values(), lr=RATE)
    batches = [part for _ in range(ROUNDS) for part in torch.split(torch.randperm(len(used), generator=rng), BATCH)]
    for step, batch in enumerate(batches):
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / len(batches))
        _, logits = through(w, images[batch])
        loss = F.cross_entropy(logits, truth[used[batch]])
        for weight, slope in zip(w.values(), torch.autograd.grad(loss, list(w.values())), strict=True):
            weight.grad = slope
        optimiser.step()
    w = {name: weight.detach() for name, weight in w.items()}
    with torch.no_grad():
        tested = torch.split(small(data, held_out, side), SEEN_AT_ONCE)
        hidden = torch.cat([through(w, part)[0] for part in torch.split(images, SEEN_AT_ONCE)])
        predicted = torch.cat([through(w, part)[1] for part in tested])
    right = (predicted.argmax(dim=1) == truth[held_out]).double().mean()
    w["shift"] = hidden.mean(dim=0)
    w["scale"] = torch.from_numpy(spread(hidden.double().numpy()).astype(np.float32))
    w["side"] = torch.tensor(side)
    return Classifier(w, data.name, float(right))


def small(data: Dataset[Any], indices: Tensor, side: int) -> Tensor:
    """Images by their place in the data set, brought to ``side`` px; a thousand at a time, for memory's sake."""
    parts = []
    for part in torch.split(indices, 1024):
        x = data.gather(part)
        parts.append(x if x.shape[-1] == side else F.interpolate(x, size=(side, side), mode="area"))
    return torch.cat(parts)
