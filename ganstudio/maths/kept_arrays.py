"""Arrays that take long to make, kept in the cache folder: made once, checked whenever they are read.

A set is one safetensors file that carries a hash over its bytes. What is damaged, cut short or of another shape than
promised is made again; if nothing can be written, that only costs the time again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.resources import cache_folder

Arrays = dict[str, NDArray[Any]]

MOST_BYTES = 512 * 2**20  # of all sets but the newest


class Promise(msgspec.Struct, frozen=True):
    """What an array is to be."""

    dtype: str
    shape: tuple[int, ...]

    def is_kept_by(self, array: NDArray[Any]) -> bool:
        return array.dtype == np.dtype(self.dtype) and array.shape == self.shape


def folder() -> Path:
    """The folder of the sets."""
    return cache_folder() / "made"


def kept_arrays(key: str, promised: Mapping[str, Promise], make: Callable[[], Arrays]) -> Arrays:
    """The arrays of that key from the disk, or made and put there.

    Args:
        key: A file name that says all they depend on: what is drawn, the version of its code, size, seed.
        promised: By name, what they are.
        make: Makes them.
    """
    path = folder() / f"{key}.safetensors"
    kept = _read(path, promised)
    if kept is not None:
        with contextlib.suppress(OSError):
            os.utime(path)  # the age that decides what is dropped
        return kept
    made = make()
    content = save(made, metadata={"sha256": hash_of(made)})
    with contextlib.suppress(OSError, BadInput):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as (unfinished,):
            unfinished.write_bytes(content)
        _drop_old(path)
    return made


def keep(path: Path, content: bytes) -> None:
    """Puts a file into the cache, whole or not at all; a disk that is full only costs the time again."""
    unfinished = path.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)


def hash_of(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 over names, types, shapes and bytes."""
    seen = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        seen.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        seen.update(np.ascontiguousarray(array).data)
    return seen.hexdigest()


def _read(path: Path, promised: Mapping[str, Promise]) -> Arrays | None:
    """None if there is nothing, or not what was promised."""
    try:
        with safe_open(path, framework="np") as file:
            named = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no mapping
    except (OSError, SafetensorError, ValueError, TypeError):
        return None
    whole = arrays.keys() == promised.keys() and all(promised[name].is_kept_by(arrays[name]) for name in arrays)
    return arrays if whole and named.get("sha256") == hash_of(arrays) else None


def _drop_old(newest: Path) -> None:
    """Drops the sets longest unused until all but the newest take at most ``MOST_BYTES``."""
    found = [(path.stat(), path) for path in newest.parent.glob("*.safetensors") if path != newest]
    taken = 0
    for about, path in sorted(found, key=lambda each: each[0].st_mtime, reverse=True):
        taken += about.st_size
        if taken > MOST_BYTES:
            path.unlink(missing_ok=True)
