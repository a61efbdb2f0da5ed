"""The directions along which a sample varies most."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Principal(NamedTuple):
    """Principal directions, the widest first."""

    mean: Tensor  # (d,)
    directions: Tensor  # (k, d), orthonormal
    sds: Tensor  # (k,): standard deviation along each
    shares: Tensor  # (k,): of the variance


def principal_directions(sample: Tensor, most: int) -> Principal:
    """The principal directions of a sample, each with the sign that makes its largest component positive.

    Args:
        sample: ``(n, d)``, n at least 2.
        most: How many directions at most.

    Source: of W: Härkönen et al. 2020, GANSpace, arXiv:2004.02546, section 3.1.
    """
    values = sample.detach().cpu().double()
    mean = values.mean(0)
    centred = values - mean
    variances, vectors = torch.linalg.eigh(centred.T @ centred / (len(values) - 1))
    variances, directions = variances.clamp(min=0).flip(0), vectors.T.flip(0)
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    directions = directions * torch.where(largest < 0, -1.0, 1.0)
    total = variances.sum().clamp(min=torch.finfo(torch.float64).tiny)
    return Principal(mean.to(sample), directions[:most].to(sample), variances[:most].sqrt().to(sample),
                     (variances / total)[:most])
