"""A run's randomness: one seeded generator a purpose, with draws made ahead in blocks.

A block costs one call for many steps. What is left of a block is part of the checkpoint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import torch
from torch import Tensor


def generator_for(seed: int, purpose: str, device: torch.device) -> torch.Generator:
    """A generator of its own for each purpose of a seed, so that one never shifts the draws of another."""
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return torch.Generator(device=device).manual_seed(int.from_bytes(digest[:8], "little") >> 1)


GPU_STATE = 64  # bytes that the state of a generator on a GPU has at most; on the CPU it has some 5000


def is_foreign_rng_state(rng: torch.Generator, state: Tensor) -> bool:
    """Whether a generator's state comes from another kind of device, and so says nothing to this one."""
    known = rng.get_state().numel()
    return state.dtype == torch.uint8 and state.numel() > 0 and (
        min(state.numel(), known) <= GPU_STATE < max(state.numel(), known))


def set_rng_state(rng: torch.Generator, state: Tensor) -> None:
    """Sets a generator as it was; one from another kind of device is a seed, so that it goes on the same each time."""
    if is_foreign_rng_state(rng, state):
        digest = hashlib.sha256(state.cpu().contiguous().numpy().tobytes()).digest()
        rng.manual_seed(int.from_bytes(digest[:8], "little") >> 1)
    else:
        rng.set_state(state)


class Stream:
    """Samples drawn ahead: ``take(n)`` hands out rows in the order they were drawn, whatever n is."""

    def __init__(self, draw: Callable[[int, torch.Generator], Tensor], rng: torch.Generator, block_rows: int) -> None:
        self._draw = draw
        self._rng = rng
        self._block_rows = block_rows
        self._block = draw(block_rows, rng)
        self._at = 0

    def take(self, n: int) -> Tensor:
        """The next ``n`` rows, ``(n, *shape)``."""
        end = self._at + n
        if end <= self._block.shape[0]:
            rows = self._block[self._at : end]
            self._at = end
            return rows
        rest = self._block[self._at :]
        fresh = self._draw(max(self._block_rows, n), self._rng)
        self._block, self._at = fresh, n - rest.shape[0]
        return torch.cat([rest, fresh[: self._at]]) if rest.shape[0] else fresh[: self._at]

    def state(self) -> dict[str, Tensor]:
        """The rows left and the generator's state."""
        return {"rows": self._block[self._at :].clone(), "rng": self._rng.get_state()}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what ``state`` gave; ValueError where rows have another shape or type."""
        rows = state["rows"]
        if rows.shape[1:] != self._block.shape[1:] or rows.dtype != self._block.dtype:
            raise ValueError(f"rows drawn ahead have shape {tuple(rows.shape)} of {rows.dtype}")
        self._block, self._at = state["rows"].to(self._rng.device), 0
        set_rng_state(self._rng, state["rng"])
