"""Gathers the next batch of real images on another thread while the players update, so that no update waits for it.

The stream alone decides what is drawn: the thread gathers the rows that the stream will return next, without advancing
it. So samples, their order, and checkpoints are the same with and without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor

from ganstudio.core.dataset import Batch
from ganstudio.training.streams import Stream


class Ready(NamedTuple):
    """A batch that is being gathered."""

    block: Tensor  # of draws; if the stream has another one by now, the batch is not the next one
    at: int
    rows: int
    samples: Future[Batch]


class GatheringStream(Stream):
    """A stream of draws whose ``take_batch`` returns their samples, and gathers the next ones ahead.

    Attributes:
        waited_s: Seconds that the caller of ``take_batch`` has waited, in total.
    """

    def __init__(
        self,
        draw: Callable[[int, torch.Generator], Tensor],
        rng: torch.Generator,
        block_rows: int,
        gather: Callable[[Tensor], Batch],
    ) -> None:
        """``gather`` returns the samples of draws ``(n, ...)``; it is also called from another thread."""
        super().__init__(draw, rng, block_rows)
        self._gather = gather
        self._ready: Ready | None = None
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="gathering")  # its thread ends with this object
        self._side: torch.cuda.Stream | None = None  # to gather on, if there is a GPU
        if rng.device.type == "cuda":
            self._side = torch.cuda.Stream(rng.device)  # type: ignore[no-untyped-call]
        self._known: Tensor | None = None  # the block that the side stream may read
        self.waited_s = 0.0

    def take_batch(self, n: int) -> Batch:
        """The samples of the next ``n`` draws."""
        began = time.perf_counter()
        ready, self._ready = self._ready, None
        as_foreseen = ready is not None and (ready.block is self._block and ready.at == self._at and ready.rows == n)
        drawn = self.take(n)
        samples = ready.samples.result() if ready is not None and as_foreseen else self._gather(drawn)
        if as_foreseen and self._side is not None:
            self._hand_over(samples)
        self._look_ahead(n)
        self.waited_s += time.perf_counter() - began
        return samples

    def gather_by(self, gather: Callable[[Tensor], Batch]) -> None:
        """Gathers by another function from the next batch on; what was gathered ahead is dropped, and drawn is kept."""
        self._gather, self._ready = gather, None

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._ready = None
        super().load_state(state)

    def _look_ahead(self, n: int) -> None:
        """Starts to gather the next ``n``, if the block holds them: drawing a block early would change checkpoints."""
        end = self._at + n
        if end > self._block.shape[0]:
            return
        if self._side is not None and self._known is not self._block:
            self._side.wait_stream(torch.cuda.current_stream(self._rng.device))  # on which the block was drawn
            self._known = self._block
        drawn = self._block[self._at : end]
        self._ready = Ready(self._block, self._at, n, self._threads.submit(self._gathered, drawn))

    def _gathered(self, drawn: Tensor) -> Batch:
        if self._side is None:
            return self._gather(drawn)
        # On another CUDA stream: on the update's stream it would wait for the update before it could read a draw.
        with torch.cuda.stream(self._side):
            samples = self._gather(drawn)
            self._side.synchronize()
        return samples

    def _hand_over(self, samples: Batch) -> None:
        """Makes sure that the memory is not reused while the update still reads it."""
        for tensor in samples.tensors:
            tensor.record_stream(torch.cuda.current_stream(tensor.device))
