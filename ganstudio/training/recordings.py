"""Ways to record the operations of an update, and to repeat them on the same memory without running its Python.

``CudaRecording`` is a CUDA graph. ``Rerun`` stands in for it where there is no GPU, in tests: it keeps each operation
with the tensors that it was given, and repeats it into the tensors that it made, as a graph does with kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Generator, Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_aten = torch.ops.aten
READS = {_aten._local_scalar_dense.default, _aten.nonzero.default, _aten.masked_select.default, _aten.equal.default,
         _aten._unique2.default, _aten.unique_consecutive.default}
"""Operations that wait for the device: their result is a number of Python, or has a size that only the device knows."""
BY_MASK = {_aten.index.Tensor, _aten.index_put.default, _aten.index_put_.default}  # if a mask is given, they wait too


class Recording(Protocol):
    """Records one kind of update."""

    def make(self, work: Callable[[], object]) -> None:
        """Makes an update by running ``work``, and records its operations.

        Raises:
            RuntimeError: It cannot be recorded; the update was not made.
        """
        ...

    def replay(self) -> None:
        """Makes another update: the same operations on the same memory."""
        ...


class CudaRecording:
    """A CUDA graph. What the work allocates comes from memory of its own, which lasts as long as this object."""

    def __init__(self, rng: Generator) -> None:
        """``rng``: the generator that the work draws from; each replay continues from the generator's state."""
        self._rng = rng
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(rng)

    def make(self, work: Callable[[], object]) -> None:
        stream, before = torch.cuda.current_stream(self._rng.device), self._rng.clone_state()
        try:
            # The engine's other threads may use the device meanwhile: only this one must keep to what can be captured.
            with torch.cuda.device(self._rng.device), torch.cuda.graph(
                    self._graph, capture_error_mode="thread_local"):
                work()
        except RuntimeError:
            # What torch leaves if a capture breaks off: its stream as the current one, and a generator that believes
            # that it is still being captured.
            torch.cuda.set_stream(stream)
            self._rng.graphsafe_set_state(before)
            raise
        self._graph.replay()  # nothing was computed while it was captured

    def replay(self) -> None:
        self._graph.replay()


class HostReads(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes whether operations wait for the device, or bring tensors to it: neither can be part of a CUDA graph."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found = False
        self._paused = False

    @contextmanager
    def not_now(self) -> Iterator[None]:
        """In the block nothing is noted: it is no part of what is to be repeated."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        if self._paused:
            return made
        tensors = [leaf for leaf in tree_leaves((args, kwargs, made)) if isinstance(leaf, Tensor)]
        self.found = (
            self.found or func in READS or len({tensor.device for tensor in tensors}) > 1
            or (func in BY_MASK and any(tensor.dtype in (torch.bool, torch.uint8) for tensor in tensors)))
        return made


class Rerun(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Repeats operations one by one, each on the tensors that it had when it was recorded, on any device."""

    def __init__(self, rng: Generator) -> None:
        """``rng``: what the work draws from, as it is."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._calls: list[tuple[Any, tuple[Any, ...], dict[str, Any], Any]] = []

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func in READS:
            raise RuntimeError(f"{func} waits for the device")
        made = func(*args, **(kwargs or {}))
        self._calls.append((func, args, dict(kwargs or {}), made))
        return made

    def make(self, work: Callable[[], object]) -> None:
        self._calls.clear()
        with self:
            work()

    @torch.no_grad()
    def replay(self) -> None:
        for func, args, kwargs, made in self._calls:
            again = func(*args, **kwargs)
            for result, lies, new in zip(func._schema.returns, _parts(made), _parts(again), strict=False):
                if result.alias_info is None:  # else it is a view, or was changed in place
                    for there, here in zip(tree_leaves(lies), tree_leaves(new), strict=True):
                        if isinstance(there, Tensor):
                            there.copy_(here)


def _parts(made: Any) -> tuple[Any, ...]:
    return made if isinstance(made, tuple) else (made,)
