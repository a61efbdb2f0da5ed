"""Mixing and truncation, bit for bit where they say so."""

from __future__ import annotations

import torch
from torch import Tensor

from ganstudio.maths.styles import mixed, repeated, truncated


def ws(seed: int) -> Tensor:
    return torch.randn(3, 6, 5, generator=torch.Generator().manual_seed(seed))


def test_at_0_it_is_the_second_and_at_the_end_the_first() -> None:
    assert torch.equal(mixed(ws(1), ws(2), 0), ws(2))
    assert torch.equal(mixed(ws(1), ws(2), 6), ws(1))


def test_layers_from_the_crossover_on_take_the_second() -> None:
    found = mixed(ws(1), ws(2), 2)
    assert torch.equal(found[:, :2], ws(1)[:, :2])
    assert torch.equal(found[:, 2:], ws(2)[:, 2:])


def test_mixing_into_repeated_w_leaves_them_as_they_were() -> None:
    """w that are expanded share their memory: written to at one layer they would change at all."""
    w = torch.randn(2, 5)
    every = repeated(w, 6)
    before = every.clone()
    every[:, 3:] = 0.0
    assert torch.equal(every[:, :3], before[:, :3])
    assert torch.equal(before, w[:, None].expand(2, 6, 5))


def test_truncation() -> None:
    mean = torch.randn(5)
    assert truncated(ws(1), mean, 1) is not None and torch.equal(truncated(ws(1), mean, 1), ws(1))
    assert torch.equal(truncated(ws(1), mean, 0), mean.expand(3, 6, 5))
    torch.testing.assert_close(truncated(ws(1), mean, 0.7), mean + 0.7 * (ws(1) - mean))
    cut = truncated(ws(1), mean, 0.7, cutoff=2)
    assert torch.equal(cut[:, 2:], ws(1)[:, 2:])
    torch.testing.assert_close(cut[:, :2], mean + 0.7 * (ws(1)[:, :2] - mean))
