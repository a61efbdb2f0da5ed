"""Attributes as numbers that networks take and give: one for each value, or one for an attribute of two values."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def code_size(values: Sequence[int]) -> int:
    """Length of the code of attributes with so many values each."""
    return sum(1 if n == 2 else n for n in values)


def encoded(attributes: Tensor, values: Sequence[int]) -> Tensor:
    """Attributes ``(n, a)`` as codes ``(n, code_size)`` of 0 and 1."""
    parts = [attributes[:, at : at + 1].float() if n == 2 else F.one_hot(attributes[:, at], n).float()
             for at, n in enumerate(values)]
    return torch.cat(parts, dim=1)


def code_loss(logits: Tensor, attributes: Tensor, values: Sequence[int]) -> Tensor:
    """Cross-entropy of logits ``(n, code_size)``, summed over the attributes, mean over the samples."""
    loss, first = logits.new_zeros(()), 0
    for at, n in enumerate(values):
        if n == 2:
            target = attributes[:, at].to(logits.dtype)
            loss = loss + F.binary_cross_entropy_with_logits(logits[:, first], target)
            first += 1
        else:
            loss = loss + F.cross_entropy(logits[:, first : first + n], attributes[:, at])
            first += n
    return loss


def shares(logits: Tensor, values: Sequence[int]) -> list[Tensor]:
    """The probability of each value of each attribute, ``(n, its values)``, of logits ``(n, code_size)``."""
    found, first = [], 0
    for n in values:
        if n == 2:
            of_second = logits[:, first].sigmoid()
            found.append(torch.stack([1 - of_second, of_second], dim=1))
            first += 1
        else:
            found.append(logits[:, first : first + n].softmax(1))
            first += n
    return found


def decoded(logits: Tensor, values: Sequence[int]) -> Tensor:
    """The likeliest attributes ``(n, a)`` of logits ``(n, code_size)``."""
    found, first = [], 0
    for n in values:
        if n == 2:
            found.append((logits[:, first] > 0).long())
            first += 1
        else:
            found.append(logits[:, first : first + n].argmax(1))
            first += n
    return torch.stack(found, dim=1)


def next_values(attributes: Tensor, at: int, values: Sequence[int]) -> Tensor:
    """The same attributes ``(n, a)`` with the next value of one of them, the first after the last."""
    changed = attributes.clone()
    changed[:, at] = (changed[:, at] + 1) % values[at]
    return changed
