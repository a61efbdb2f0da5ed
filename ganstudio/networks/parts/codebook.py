"""A codebook: each vector of a map is replaced by the nearest of n vectors, whose number is its code."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

MEMORY = 0.99  # of the running share of each code


class Codebook(nn.Module):
    """Codes ``(n, h, w)`` -> their vectors ``(n, d, h, w)``; ``nearest`` gives the codes of a map of vectors."""

    def __init__(self, codes: int, dim: int, grid: int, rng: Generator) -> None:
        """Vectors from U(-1/n, 1/n), as in the authors' code.

        Args:
            codes: How many vectors.
            dim: The length of each.
            grid: Side of the maps of codes that the game plays with.
            rng: For the first vectors.
        """
        super().__init__()
        self.grid = grid
        self.weight = nn.Parameter(torch.empty(codes, dim).uniform_(-1 / codes, 1 / codes, generator=rng))
        self.shares: Tensor
        self.idle: Tensor
        self.register_buffer("shares", torch.zeros(codes))  # running mean of each code's share of those used
        self.register_buffer("idle", torch.zeros(codes))  # uses since dead codes were last looked for

    def forward(self, codes: Tensor) -> Tensor:
        return F.embedding(codes, self.weight).permute(0, 3, 1, 2)

    def nearest(self, z: Tensor) -> Tensor:
        """The codes ``(n, h, w)`` of vectors ``(n, d, h, w)``, in float32: in bfloat16 many distances would be equal.
        """
        with nullcontext() if z.is_meta else torch.autocast(z.device.type, enabled=False):
            flat, book = z.detach().float().permute(0, 2, 3, 1), self.weight.detach().float()
            apart = book.square().sum(1) - 2 * flat @ book.t()  # but for |z|^2, which is the same for all codes
            return apart.argmin(-1)

    def draw(self, shape: tuple[int, int], rng: Generator | None) -> Tensor:
        """Codes of a shape, each drawn on its own by the running shares; all as probable if none was used yet."""
        weights = self.shares if bool(self.shares.sum() > 0) else torch.ones_like(self.shares)
        return by_chance(weights / weights.sum(), torch.rand(shape, generator=rng, device=weights.device))

    def count(self, codes: Tensor) -> Tensor:
        """Adds the codes ``(n, h, w)`` of one update to the running shares; returns how often each was used, ``(K,)``.
        """
        uses = torch.bincount(codes.flatten(), minlength=len(self.weight)).to(self.shares.dtype)
        memory = MEMORY if bool(self.shares.sum() > 0) else 0.0
        self.shares.mul_(memory).add_(uses / uses.sum(), alpha=1 - memory)
        self.idle.add_(uses)
        return uses

    def take(self, z: Tensor, rng: Generator, places: Tensor | None = None) -> None:
        """Puts vectors of the encoder in the place of codes.

        Args:
            z: ``(n, d, h, w)``; with fewer vectors than places they are taken more than once.
            rng: Chooses which.
            places: Numbers of the codes to be replaced; None: all of them.
        """
        flat = z.detach().float().permute(0, 2, 3, 1).flatten(0, 2)
        count = len(self.weight) if places is None else len(places)
        order = torch.randperm(len(flat), generator=rng, device=flat.device)
        order = order.repeat(-(-count // len(flat)))[:count]
        with torch.no_grad():
            if places is None:
                self.weight.copy_(flat[order])
            else:
                self.weight[places] = flat[order]


def by_chance(shares: Tensor, chances: Tensor) -> Tensor:
    """The codes whose shares ``(K,)`` or ``(n, K)`` chances from 0 to 1, ``(n, m)``, fall on: ``(n, m)``.

    A code whose share is 0 is never taken.
    """
    last = shares.shape[-1] - 1 - (shares > 0).flip(-1).float().argmax(-1, keepdim=True)  # where rounding ends below 1
    reached = shares.double().cumsum(-1)
    found = torch.searchsorted(reached, chances.double().contiguous(), right=True)
    return torch.minimum(found, last)


def perplexity(shares: Tensor) -> Tensor:
    """exp of the entropy of shares ``(K,)`` that add up to 1: of how many equally frequent codes it is the entropy."""
    found: Tensor = torch.special.entr(shares).sum().exp()
    return found
