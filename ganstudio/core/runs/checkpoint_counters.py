"""What a checkpoint has counted, read from the few bytes in which it says so: the rest may be a gigabyte."""

from __future__ import annotations

from typing import Protocol

import msgspec

from ganstudio.core.runs.tensor_packing import LEAD, MAGIC

MAX_HEADER = 1 << 24  # bytes; that of a network of a thousand layers takes some 300 kB
FORMER = "game/counters"  # up to format 3: steps and the updates of D and G come first
STEPS, UPDATES = "game/steps", "updates/"


class Readable(Protocol):
    """Bytes that are read from anywhere."""

    def read(self, length: int = ..., /) -> bytes:
        """The next bytes."""
        ...

    def seek(self, offset: int, /) -> object:
        """Goes to a place, from the beginning."""
        ...


class _Tensor(msgspec.Struct):
    """A tensor in the header of a safetensors file."""

    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def counters_of(tensors: Readable) -> tuple[int, int] | None:
    """Steps and updates of all players in a checkpoint's safetensors; None if it does not say them as it should."""
    tensors.seek(0)
    start, first = 0, tensors.read(8)
    if first == MAGIC:  # packed: what comes before the weights lies at the head as it was
        start = LEAD
        tensors.seek(start)
        first = tensors.read(8)
    length = int.from_bytes(first, "little")
    if not 0 < length <= MAX_HEADER:
        return None
    try:
        header = msgspec.json.decode(tensors.read(length), type=dict[str, msgspec.Raw])
        found = {name: msgspec.json.decode(raw, type=_Tensor) for name, raw in header.items()
                 if name in (FORMER, STEPS) or name.startswith(UPDATES)}
        if FORMER in found:
            steps, *updates = _whole_numbers(tensors, start + 8 + length, found[FORMER])[:3]
            return steps, sum(updates)
        if STEPS not in found:
            return None
        counts = {name: _whole_numbers(tensors, start + 8 + length, tensor)[0] for name, tensor in found.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, IndexError):
        return None
    return counts.pop(STEPS), sum(counts.values())


def _whole_numbers(tensors: Readable, start: int, tensor: _Tensor) -> list[int]:
    """The values of a small int64 tensor; ValueError if it is none."""
    first, end = tensor.data_offsets
    if tensor.dtype != "I64" or not 0 <= first <= end <= first + 80:
        raise ValueError("no counter")
    tensors.seek(start + first)
    data = tensors.read(end - first)
    return [int.from_bytes(data[at : at + 8], "little", signed=True) for at in range(0, len(data), 8)]
