"""What a run file is: its tables, by format, and what goes in.

Tables: ``meta`` (key, value), ``log`` (seq, entry), ``scalars`` (seq, chunk), ``checkpoints`` (id,
position, tensors as safetensors bytes, pinned, logged), ``frames`` (id, view, steps, body) and ``measures`` (id,
body). WAL while it is written, one plain file after close. Format 1 had one checkpoint, which could not be pinned,
format 2 neither frames nor measures; both are read as they are, and migrated when the run is gone on with.

``meta`` holds spec, plan, parent and scene as JSON, tags, and the user's own points that the run is trained on
(``points``, a ``KeptPoints`` as MessagePack); what is not there was not known to the program that wrote the file.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ganstudio.core.protocol.spec import Position

SUFFIX = ".ganrun"
APPLICATION_ID = 0x47414E53  # "GANS"
SCHEMA = 3
READABLE = range(1, SCHEMA + 1)
BUDGET = 2 << 30  # bytes of checkpoints that one run keeps
MIGRATIONS = {  # from that format to the next
    1: ("ALTER TABLE checkpoints ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE checkpoints ADD COLUMN logged INTEGER NOT NULL DEFAULT -1"),
    2: ("CREATE TABLE frames(id INTEGER PRIMARY KEY, view TEXT NOT NULL, steps INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE measures(id INTEGER PRIMARY KEY, body BLOB NOT NULL)"),
}
_FIRST = {"meta": ("key", "value"), "log": ("seq", "entry"), "scalars": ("seq", "chunk"),
          "checkpoints": ("id", "position", "tensors")}
_SECOND = {**_FIRST, "checkpoints": (*_FIRST["checkpoints"], "pinned", "logged")}
TABLES = {  # by format: the columns of each table
    1: _FIRST, 2: _SECOND, 3: {**_SECOND, "frames": ("id", "view", "steps", "body"), "measures": ("id", "body")},
}
FURTHEST = 1 << 53  # steps, and updates: beyond it, a double does not tell two of them apart
PLAYERS = ("discriminator", "generator")
MAX_BLOB = 1 << 30  # bytes
MAX_POINTS = 8 << 20  # bytes of the user's own points that a run keeps: half a million on the plane
MAGIC = b"SQLite format 3\0"

# What hostile bytes make of a decoder.
UNREADABLE = (msgspec.MsgspecError, TypeError, UnicodeDecodeError, RecursionError)


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides how a run goes on from a position."""

    position: Position
    tensors: bytes  # safetensors
    logged: int = -1  # entries of the log that came before it; -1: those at a lower position


class KeptPoints(msgspec.Struct, frozen=True, kw_only=True):
    """The user's own points that a run is trained on: what tells them from others and, where few, themselves."""

    sha256: str  # over the values as float64, little-endian, row by row
    shape: tuple[int, int]  # rows and columns
    tensors: bytes = b""  # safetensors with the one tensor "points"; empty where they take more than MAX_POINTS


class DiskFull(Exception):  # a state of the disk that passes, not a fault of the program
    """Nothing more can be written for now; what was committed stands."""


def there(path: Path) -> bool:
    """Whether there is something of that name; a name too long for the system names nothing."""
    try:
        return path.exists()
    except OSError:
        return False


def short(path: Path) -> str:
    """A path as a sentence can hold it."""
    text = str(path)
    return text if len(text) <= 200 else text[:197] + "..."


def line(fault: Exception) -> str:
    """What a fault says, on one line."""
    return " ".join(str(fault).split())
