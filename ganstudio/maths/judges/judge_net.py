"""What judges share: weights by name, trained once on a data set's own examples, kept on disk, with their own score."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Generator, Tensor
from torch.nn import functional as F

from ganstudio.core.system.resources import cache_folder
from ganstudio.maths.kept_arrays import hash_of, keep

Weights = dict[str, Tensor]
SEED = 20170626
_one_at_a_time = threading.RLock()
_known: dict[str, tuple[Weights, float]] = {}


def kept_judge(key: str, train: Callable[[], tuple[Weights, float]]) -> tuple[Weights, float]:
    """Weights and score of a judge: from memory, from the disk, or trained and put there.

    Args:
        key: A file name that says all that it depends on.
        train: Trains it; gives its weights and its score on examples that it was not trained on.
    """
    with _one_at_a_time:
        if key not in _known:
            path = cache_folder() / "judges" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.safetensors"
            kept = _read(path, key)
            if kept is None:
                kept = train()
                weights, score = kept
                keep(path, save(weights, metadata={"key": key, "score": repr(score), "sha256": _hash(weights)}))
            _known[key] = kept
        return _known[key]


def _read(path: Path, key: str) -> tuple[Weights, float] | None:
    """None if there is none, or it is damaged or another."""
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata()
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no mapping
        if about["key"] != key or about["sha256"] != _hash(weights):
            return None
        return weights, float(about["score"])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError):
        return None


def _hash(weights: Weights) -> str:
    return hash_of({name: weight.numpy() for name, weight in weights.items()})


@torch.enable_grad()
def fit(
    weights: Weights, examples: int, loss: Callable[[Weights, Tensor], Tensor], *, steps: int, batch: int, rate: float,
) -> Weights:
    """Trains weights by Adam, whose rate falls to 0 in a straight line.

    Args:
        weights: To start from.
        examples: How many there are.
        loss: Of the weights on some of the examples, by their numbers ``(batch,)``.
        steps: Updates.
        batch: Examples in each.
        rate: The first rate.
    """
    rng = Generator().manual_seed(SEED)
    for weight in weights.values():
        weight.requires_grad_(True)
    optimiser = torch.optim.Adam(weights.values(), lr=rate)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
        chosen = torch.randint(examples, (batch,), generator=rng)
        slopes = torch.autograd.grad(loss(weights, chosen), list(weights.values()))
        for weight, slope in zip(weights.values(), slopes, strict=True):
            weight.grad = slope
        optimiser.step()
    return {name: weight.detach() for name, weight in weights.items()}


def conv_weights(name: str, before: int, after: int, kernel: int, rng: Generator) -> Weights:
    """Weights of one convolution that keep its input's variance (He et al. 2015)."""
    fan_in = before * kernel * kernel
    return {name: torch.randn(after, before, kernel, kernel, generator=rng) * (2 / fan_in) ** .5,
            f"{name}.bias": torch.zeros(after)}


def scaled(images: np.ndarray[Any, np.dtype[np.uint8]], side: int) -> Tensor:
    """Images ``(n, c, h, h)`` from -1 to 1 at ``side`` px, by means over blocks."""
    x = torch.from_numpy(np.ascontiguousarray(images)).float().div_(127.5).sub_(1)
    return x if x.shape[-1] == side else F.interpolate(x, size=(side, side), mode="area")
