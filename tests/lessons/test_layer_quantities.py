"""Quantities about layers: against a network that is worked out by hand, a dense matrix, and what is known of both."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganstudio.core.control import Value
from ganstudio.core.lessons.lesson import Asked
from ganstudio.core.protocol.spec import Spec
from ganstudio.lessons.moment import value_of
from ganstudio.lessons.recent_terms import RecentTerms
from ganstudio.training.trainer import Trainer


def measured(quantity: str, trainer: Trainer | None = None, **params: Value) -> float:
    value = value_of(Asked(quantity=quantity, params=params), trainer, RecentTerms())
    assert value is not None
    return value


def test_the_gradient_per_layer_of_equal_positive_weights() -> None:
    width, a = 8, 0.05
    trainer = Trainer(Spec(variant="wgan", data="ring", device="cpu", threads=1,
                           network_controls={"width": width, "depth": 2}))
    with torch.no_grad():
        for name, weight in trainer.game.modules["D"].named_parameters():
            weight.fill_(a if name.endswith("weight") else 10.0)  # with such biases every unit is on
    # From 1 output to 8 units the norm changes by a sqrt(8), from these to the 8 before them by 8 a.
    assert measured("gradient-per-layer", trainer) == pytest.approx((a * width**0.5 * a * width) ** 0.5, rel=1e-4)


def test_power_iteration_comes_from_below_and_arrives() -> None:
    shares = [measured("power-iteration", rounds=rounds, size=32) for rounds in (1, 3, 10, 1000)]
    assert shares == sorted(shares)
    assert shares[0] < 0.95 and shares[-1] == pytest.approx(1.0, abs=1e-5)
    assert measured("power-iteration", rounds=1, size=1) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("side", [1, 3])
def test_the_norm_of_a_convolution_is_that_of_its_dense_matrix(side: int) -> None:
    channels, out, pixels = 2, 3, 5
    drawn = torch.empty(out, channels, side, side).normal_(generator=torch.Generator().manual_seed(7)).double().numpy()
    kernel = drawn / np.linalg.norm(drawn.reshape(out, -1), 2)
    dense = np.zeros((out, pixels, pixels, channels, pixels, pixels))
    for y in range(pixels):
        for x in range(pixels):
            for dy in range(side):
                for dx in range(side):
                    v, u = y + dy - side // 2, x + dx - side // 2
                    if 0 <= v < pixels and 0 <= u < pixels:
                        dense[:, y, x, :, v, u] = kernel[:, :, dy, dx]
    true = np.linalg.norm(dense.reshape(out * pixels**2, channels * pixels**2), 2)
    found = measured("convolution-norm", inputs=channels, outputs=out, kernel=side, resolution=pixels, seed=7)
    assert found == pytest.approx(true, rel=1e-3)
