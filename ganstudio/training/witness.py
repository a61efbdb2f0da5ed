"""Hashes what the first updates of each player were given: so that runs can be said to share it, and shown to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal

from torch import Tensor

FIRST = 16  # updates of each player: their batches of 64 images of 64 px are 50 MB, hashed in a tenth of a second

What = Literal["data", "latent"]
Note = Callable[[What, Tensor], None]


class Witness:
    """Keeps SHA-256 of the real samples and latents that the first updates of each player drew, in their order.

    A game that has one (``Game.witness``) tells it each draw. What an optimiser that looks ahead draws beside is not
    told.
    """

    def __init__(self, first: int = FIRST) -> None:
        """``first``: how many updates of each player are hashed."""
        self.first = first
        self._running: dict[tuple[str, What], hashlib._Hash] = {}
        self._after: dict[tuple[str, What], dict[int, str]] = {}  # update -> the hash once it has drawn

    def note(self, player: str, update: int, what: What, drawn: Tensor) -> None:
        """Hashes what an update has drawn.

        Args:
            player: Whose update it is.
            update: Finished updates of this player before it.
            what: What was drawn.
            drawn: The samples or latents ``(n, ...)``, which are hashed as they lie in memory row by row.
        """
        if update >= self.first:
            return
        running = self._running.setdefault((player, what), hashlib.sha256())
        running.update(drawn.detach().cpu().contiguous().numpy().tobytes())
        self._after.setdefault((player, what), {})[update] = running.hexdigest()

    def digest(self, player: str, what: What, updates: int) -> str | None:
        """SHA-256 of all that the first so many updates of a player drew; None if they drew nothing."""
        after = self._after.get((player, what), {})
        last = max((update for update in after if update < updates), default=None)
        return None if last is None else after[last]
