"""Attributes as codes: back and forth, and the loss that the authors sum."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from ganstudio.maths.attribute_codes import code_loss, code_size, decoded, encoded, next_values, shares

VALUES = (5, 2, 2)


def some(n: int = 64) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    return torch.stack([torch.randint(n_values, (n,), generator=rng) for n_values in VALUES], dim=1)


def test_a_code_is_read_back() -> None:
    attributes = some()
    code = encoded(attributes, VALUES)
    assert code.shape == (64, code_size(VALUES)) == (64, 7)
    assert set(code.flatten().tolist()) == {0.0, 1.0}
    assert torch.equal(decoded(20 * code - 10, VALUES), attributes)


def test_shares_are_those_of_the_losses() -> None:
    """The log of the true value's share is minus the cross-entropy."""
    attributes, logits = some(), torch.randn(64, 7, generator=torch.Generator().manual_seed(1))
    found = shares(logits, VALUES)
    assert [tuple(part.shape) for part in found] == [(64, 5), (64, 2), (64, 2)]
    of_true = torch.stack([part.gather(1, attributes[:, at, None])[:, 0] for at, part in enumerate(found)], dim=1)
    assert float(-of_true.log().sum(1).mean()) == pytest.approx(float(code_loss(logits, attributes, VALUES)), rel=1e-5)
    assert torch.equal(torch.stack([part.argmax(1) for part in found], dim=1), decoded(logits, VALUES))


def test_the_loss_is_the_sum_over_the_attributes_not_their_mean() -> None:
    attributes, logits = some(), torch.randn(64, 7, generator=torch.Generator().manual_seed(1))
    parts = [F.cross_entropy(logits[:, :5], attributes[:, 0]),
             F.binary_cross_entropy_with_logits(logits[:, 5], attributes[:, 1].float()),
             F.binary_cross_entropy_with_logits(logits[:, 6], attributes[:, 2].float())]
    assert float(code_loss(logits, attributes, VALUES)) == pytest.approx(float(sum(parts)), rel=1e-6)
    assert float(code_loss(logits, attributes, VALUES)) == pytest.approx(3 * float(sum(parts)) / 3, rel=1e-6)


def test_the_next_value_is_another_and_the_first_after_the_last() -> None:
    attributes = some()
    for at, n in enumerate(VALUES):
        changed = next_values(attributes, at, VALUES)
        assert torch.equal((changed[:, at] - attributes[:, at]) % n, torch.ones(64, dtype=torch.long))
        assert torch.equal(changed.index_fill(1, torch.tensor(at), 0), attributes.index_fill(1, torch.tensor(at), 0))
