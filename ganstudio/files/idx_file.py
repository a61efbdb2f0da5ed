"""IDX files, MNIST's format: bytes behind a header of their shape; plain or gzipped.

Source: the table "file formats for the MNIST database", LeCun, Cortes and Burges: two zero bytes, the type (8: bytes),
the number of axes, each axis' length in four bytes, big end first, and the values.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.system.errors import BadInput

MOST_BYTES = 2**30


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """The array of a file with ``axes`` axes, whose name may end in ``.gz``.

    Raises:
        BadInput: It is no such file, or cut short.
    """
    shown = f"'{path}'"
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as handle:
            header = handle.read(4 + 4 * axes)
            if len(header) < 4 + 4 * axes or header[:4] != bytes((0, 0, 8, axes)):
                raise BadInput(f"{shown} is not an IDX file of bytes with {axes} axes")
            shape = tuple(int.from_bytes(header[at : at + 4], "big") for at in range(4, len(header), 4))
            promised = math.prod(shape)
            if promised > MOST_BYTES:
                raise BadInput(f"{shown} promises {promised:,} bytes: allowed are {MOST_BYTES:,}")
            held = handle.read(promised)
            handle.read(1)  # the end: gzip compares its checksum there
    except OSError as fault:
        raise BadInput(f"{shown} cannot be read: {fault.strerror or fault}") from None
    except (EOFError, zlib.error):
        raise BadInput(f"{shown} is damaged or cut short") from None
    if len(held) < promised:
        raise BadInput(f"{shown} is cut short: it holds {len(held):,} bytes, and its header promises {promised:,}")
    return np.frombuffer(held, np.uint8).reshape(shape)
