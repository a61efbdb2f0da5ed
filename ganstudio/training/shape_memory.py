"""Remembers the shapes that operations return, so that a rehearsal on tensors without contents takes less time.

torch computes the shape of most results on the meta device in Python, in 0.1 to 1 ms an operation. A rehearsal repeats
the same operations on the same shapes: each layer, each player, each run of a similar network. Such an operation is
computed once, and afterwards an empty tensor of the same shape is made in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

MOST = 20_000  # operations that are remembered: some 20 MB; a large network has some thousands
_PLAIN = (type(None), bool, int, float, str, torch.dtype, torch.device, torch.layout, torch.memory_format)
_IN_PLACE = "in place"
_known: dict[Any, Any] = {}  # by operation and arguments: the results, _IN_PLACE, or None if it is to be computed


class UnknownArgument(Exception):
    """An argument on which the shape of a result may depend in a way that is not known."""


class ShapeMemory(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within it, operations on tensors without contents are remembered; all others are computed as usual."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None,
    ) -> Any:
        return computed(func, args, kwargs or {})


def computed(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of an operation; one on tensors without contents that was met before is not computed again."""
    try:
        key = (func, _key(args), tuple((name, _key(value)) for name, value in kwargs.items()))
    except UnknownArgument:
        return func(*args, **kwargs)
    if key in _known:
        known = _known[key]
        if known is None:
            return func(*args, **kwargs)
        if known is _IN_PLACE:
            return args[0]
        single, results = known
        made = [None if each is None else torch.empty_strided(each[0], each[1], dtype=each[2], device="meta")
                for each in results]
        return made[0] if single else tuple(made)
    made = func(*args, **kwargs)
    if len(_known) >= MOST:
        _known.clear()
    _known[key] = _result(args, kwargs, made, key)
    return made


def _key(value: Any) -> Any:
    """What the shape of a result depends on in an argument; its type too, for 1, 1.0 and True are equal."""
    if isinstance(value, Tensor):
        if value.device.type != "meta" or value.is_complex() or value.layout != torch.strided:
            raise UnknownArgument
        return value.shape, value.stride(), value.dtype
    if isinstance(value, _PLAIN):
        return type(value), value
    if isinstance(value, list | tuple):
        return type(value), tuple([_key(each) for each in value])
    if isinstance(value, torch.Generator):
        return torch.Generator  # what is drawn has no contents
    raise UnknownArgument


def _result(args: tuple[Any, ...], kwargs: dict[str, Any], made: Any, key: Any) -> Any:
    """What of a result is remembered; None if an empty tensor of its own would not be the same."""
    if args and made is args[0] and isinstance(made, Tensor):
        return _IN_PLACE if _key(args) == key[1] else None  # else the operation has changed the shape itself
    single = isinstance(made, Tensor)
    results = [made] if single else list(made) if isinstance(made, tuple) else []
    met = {tensor.untyped_storage()._cdata for tensor in _tensors([*args, *kwargs.values()])}
    for tensor in results:
        if tensor is None:  # a gradient that was not asked for
            continue
        if not isinstance(tensor, Tensor) or not tensor.is_meta or tensor.is_complex():
            return None
        like = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
        storage = tensor.untyped_storage()
        if storage._cdata in met or tensor.storage_offset() or storage.nbytes() != like.untyped_storage().nbytes():
            return None  # a view
        met.add(storage._cdata)
    if not results:
        return None
    return single, tuple(None if tensor is None else (tensor.shape, tensor.stride(), tensor.dtype)
                         for tensor in results)


def _tensors(values: Any) -> list[Tensor]:
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, list | tuple):
            found += _tensors(value)
    return found
