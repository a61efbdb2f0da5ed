"""What the program of run format 3 recorded, and how today's results are compared with it.

The files lie in ``tests/data/format3``; its README says how they were made. A hash holds bit for bit on the build of
torch and the kind of CPU that computed it: where a fixed computation comes out otherwise, numbers are compared instead.
"""

from __future__ import annotations

import hashlib
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ganstudio.core.protocol.spec import Position
from ganstudio.core.protocol.views import ScalarBatch, View
from ganstudio.training.game import Game

DATA = Path(__file__).parent.parent / "data" / "format3"
TOLERANCE = 1e-4  # of a number computed by another build of torch, or on another kind of CPU
OF_TERMS_OF_IMAGES = 0.1  # the same of an image run's terms
OF_IMAGES = 2e-2  # the same of an image run's weights: Adam makes a whole step of a gradient that is all rounding


@cache
def load_record(name: str) -> dict[str, Any]:
    """One of the records beside the files."""
    record: dict[str, Any] = json.loads((DATA / name).read_text())
    return record


@cache
def bits_hold() -> bool:
    """Whether this machine computes a fixed thing to the very bits that the recording machine had."""
    recorded: str = load_record("expected.json")["fingerprint"]
    return compute_fingerprint() == recorded


def compute_fingerprint() -> str:
    """SHA-256 of weights after some hundred steps of Adam, through what the players of a run are made of."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rng = torch.Generator().manual_seed(7)
        digest = hashlib.sha256()
        for rows, width in (8, 4), (100, 48), (3000, 4), (128, 128):  # each size takes other ways through a product
            draws = [torch.randn(*shape, generator=rng) for shape in ((rows, 2), (2, width), (width, width), (width,))]
            digest.update(_bytes(*_fit(_score_points, draws[0], draws[1:], 150)))
        draws = [torch.randn(*shape, generator=rng) for shape in ((8, 1, 8, 8), (4, 1, 4, 4), (8, 4, 4, 4), (32,))]
        digest.update(_bytes(*_fit(_score_images, draws[0], draws[1:], 60)))
        return digest.hexdigest()
    finally:
        torch.set_num_threads(threads)


def _score_points(x: Tensor, weights: list[Tensor]) -> Tensor:
    first, second, last = weights
    hidden = torch.tanh(torch.relu(x @ first) @ second / math.sqrt(second.shape[0]))
    scores = hidden @ last
    return functional.softplus(-scores).mean() + torch.exp(scores.clamp(max=2) - 1).mean()


def _score_images(x: Tensor, weights: list[Tensor]) -> Tensor:
    first, second, last = weights
    hidden = functional.leaky_relu(functional.conv2d(x, first, stride=2, padding=1), 0.2)
    hidden = functional.conv2d(functional.batch_norm(hidden, None, None, training=True), second, stride=2, padding=1)
    return functional.softplus(-hidden.flatten(1) @ last).mean()


def _fit(score: Any, x: Tensor, weights: list[Tensor], steps: int) -> list[Tensor]:
    """Weights after so many steps of Adam, written out."""
    means, squares = ([torch.zeros_like(weight) for weight in weights] for _ in range(2))
    for step in range(1, steps + 1):
        weights = [weight.detach().requires_grad_() for weight in weights]
        gradients = torch.autograd.grad(score(x, weights), weights)
        with torch.no_grad():
            for at, gradient in enumerate(gradients):
                means[at] = 0.5 * means[at] + 0.5 * gradient
                squares[at] = 0.9 * squares[at] + 0.1 * gradient.square()
                size = (squares[at] / (1 - 0.9**step)).sqrt() + 1e-8
                weights[at] = weights[at] - 0.01 * means[at] / (1 - 0.5**step) / size
    return [weight.detach() for weight in weights]


def _bytes(*tensors: Tensor) -> bytes:
    return b"".join(tensor.contiguous().numpy().tobytes() for tensor in tensors)


def describe_weights(game: Game) -> dict[str, list[float]]:
    """Mean and standard deviation of each tensor of both players."""
    found = {}
    for name, module in (("discriminator", game.modules["D"]), ("generator", game.modules["G"])):
        for key, tensor in sorted(module.state_dict().items()):
            values = tensor.detach().double()
            found[f"{name}/{key}"] = [float(f"{number:.9g}") for number in (
                float(values.mean()), float(values.std(unbiased=False)))]
    return found


def check_weights(game: Game, recorded: dict[str, Any]) -> None:
    """The weights are those recorded: to the bit where bits hold, else in their mean and spread."""
    if bits_hold():
        assert game.weights_hash() == recorded["hash"]
    else:
        tolerance = OF_IMAGES if game.data.kind == "image" else TOLERANCE
        check_numbers(describe_weights(game), recorded["weights"], tolerance)


def check_numbers(found: dict[str, Any], recorded: dict[str, Any], tolerance: float = TOLERANCE) -> None:
    """Numbers under names, each within the tolerance; what was not finite is so again."""
    assert found.keys() >= recorded.keys()
    for name, wanted in recorded.items():
        np.testing.assert_allclose(
            np.asarray(found[name], dtype=float), np.asarray(wanted, dtype=float), rtol=tolerance, atol=tolerance,
            equal_nan=True, err_msg=name)


def check_holds(found: Any, recorded: Any, where: str = "") -> None:
    """All that was recorded is there with its value; what came to the format since may stand beside it."""
    if isinstance(recorded, dict) and "discriminator_updates" in recorded:
        assert msgspec.convert(found, Position) == msgspec.convert(recorded, Position), where
    elif isinstance(recorded, dict):
        for key, value in recorded.items():
            assert key in found, f"{where}/{key}"
            check_holds(found[key], value, f"{where}/{key}")
    elif isinstance(recorded, list):
        assert len(found) == len(recorded), where
        for at, value in enumerate(recorded):
            check_holds(found[at], value, f"{where}/{at}")
    else:
        assert found == recorded or (found != found and recorded != recorded), where


def last_terms(batches: list[ScalarBatch]) -> dict[str, float]:
    """The last value of each term, in the order of the game."""
    return {name: float(value) for batch in batches
            for name, value in zip(batch.names, batch.values.numpy()[-1], strict=True)}


def describe_scalars(batches: list[ScalarBatch]) -> dict[str, Any]:
    """Of each player: how many updates have terms, under which names, and a hash over where and what they are."""
    found = {}
    for player in "discriminator", "generator":
        mine = [batch for batch in batches if batch.player == player]
        digest = hashlib.sha256()
        for batch in mine:
            for at, row in zip(batch.at.doubles(), batch.values.numpy(), strict=True):
                digest.update(np.float64(at).tobytes() + np.ascontiguousarray(row, dtype=np.float32).tobytes())
        found[player] = {
            "updates": sum(batch.at.shape[0] for batch in mine), "sha256": digest.hexdigest(),
            "names": sorted({name for batch in mine for name in batch.names}),
        }
    return found


def digest_view(view: View) -> dict[str, str]:
    """A short hash of each field of a view, by name."""
    fields: dict[str, Any] = msgspec.to_builtins(view)
    return {name: hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:12] for name, value in fields.items()}
