"""What a run file is: its tables, by format, and what goes in.

Tables: ``meta`` (key, value), ``log`` (seq, entry), ``scalars`` (seq, chunk), ``checkpoints`` (id,
position, tensors as safetensors bytes, pinned, logged), ``frames`` (id, view, steps, body), ``measures`` (id,
body) and ``arrays`` (hash, body: what frames repeat, shared_arrays.py). Hidden until its first commit, WAL while it is
written, one plain file after close. Format 1 had one checkpoint, which could not be pinned, format 2 neither frames nor
measures; up to format 3 positions counted the updates of two players by name of the field, and tensors of checkpoints
had other names (training/game_state.py); up to format 4 each frame held all of its arrays, and tensors were not packed
(tensor_packing.py). All are read as they are. A run that is gone on with is brought to the present format first, but
for what is large: frames and tensors stay, and are read as they are.

``meta`` holds spec, plan, parent, scene and machines as JSON, tags, and the user's own points that the run is trained
on (``points``, a ``KeptPoints`` as MessagePack); what is not there was not known to the program that wrote the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ganstudio.core.protocol.spec import Position

SUFFIX = ".ganrun"
TAILS = ("-wal", "-journal", "-shm")  # of the files that SQLite keeps beside a run; the first two hold what it needs
LOCK_TAIL = "-lock"  # of the file beside a run that is locked while it is written; a program that dies leaves it
APPLICATION_ID = 0x47414E53  # "GANS"
SCHEMA = 5
READABLE = range(1, SCHEMA + 1)
BUDGET = 2 << 30  # bytes of checkpoints that one run keeps
MIGRATIONS = {  # from that format to the next
    1: ("ALTER TABLE checkpoints ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE checkpoints ADD COLUMN logged INTEGER NOT NULL DEFAULT -1"),
    2: ("CREATE TABLE frames(id INTEGER PRIMARY KEY, view TEXT NOT NULL, steps INTEGER NOT NULL, body BLOB NOT NULL)",
        "CREATE TABLE measures(id INTEGER PRIMARY KEY, body BLOB NOT NULL)"),
    3: ("UPDATE log SET entry = by_player(entry)", "UPDATE checkpoints SET position = by_player(position)",
        "UPDATE meta SET value = by_player(value) WHERE key IN ('parent', 'scene')",
        "UPDATE meta SET value = one_stream(value) WHERE key = 'spec'"),
    4: ("CREATE TABLE arrays(hash BLOB PRIMARY KEY, body BLOB NOT NULL)",),
}
_FIRST = {"meta": ("key", "value"), "log": ("seq", "entry"), "scalars": ("seq", "chunk"),
          "checkpoints": ("id", "position", "tensors")}
_SECOND = {**_FIRST, "checkpoints": (*_FIRST["checkpoints"], "pinned", "logged")}
_THIRD = {**_SECOND, "frames": ("id", "view", "steps", "body"), "measures": ("id", "body")}
_FIFTH = {**_THIRD, "arrays": ("hash", "body")}
TABLES = {1: _FIRST, 2: _SECOND, 3: _THIRD, 4: _THIRD, 5: _FIFTH}  # by format: the columns of each table
FURTHEST = 1 << 53  # steps, and updates: beyond it, a double does not tell two of them apart
MAX_BLOB = 1 << 30  # bytes
MAX_CLASSES = 1000  # of images, whose number of each is kept
MAX_NAMES = 1 << 14  # letters of their names together
MAX_DATA = 1 << 16  # bytes of what is kept of images
MAX_LOG = 200_000  # commands of a run: a slider that is moved for an hour and a half without a pause
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
    """The user's own points that a run is trained on: their hash and shape and, if they are few, themselves."""

    sha256: str  # over the values as float64, little-endian, row by row
    shape: tuple[int, int]  # rows and columns
    tensors: bytes = b""  # safetensors with the one tensor "points"; empty if they take more than MAX_POINTS


class KeptData(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of images outside the run file that a run is trained on."""

    count: int  # how many
    sha256: str  # over their pixels and labels, in their order
    shape: list[int] = []  # of one image: colours, height, width; empty in older files
    classes: list[str] = []  # the names of the labels, if they have names
    counts: list[int] = []  # images of each label; empty if there are no labels


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A machine that a run was computed on, as far as it may decide the last bits of a number."""

    processor: str  # its name
    instructions: str  # that torch uses of it: AVX2, AVX512, …
    system: str  # Linux x86_64


def by_player(row: bytes | str) -> bytes:
    """JSON of format 3 with each position in today's form; what is no JSON stays, and the reader says so."""
    try:
        return msgspec.json.encode(_by_player(msgspec.json.decode(row)))
    except UNREADABLE:
        return row.encode() if isinstance(row, str) else row


def _by_player(value: Any) -> Any:
    if isinstance(value, list):
        return [_by_player(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "discriminator_updates" in value or "generator_updates" in value:
        return msgspec.to_builtins(msgspec.convert(value, Position))
    return {key: _by_player(part) for key, part in value.items()}


def one_stream(row: bytes | str) -> bytes:
    """JSON of a spec of format 3 with the one stream of latents that it had."""
    try:
        return msgspec.json.encode({"streams": 1, **msgspec.json.decode(row, type=dict[str, Any])})
    except UNREADABLE:
        return row.encode() if isinstance(row, str) else row


class DiskFull(Exception):  # a state of the disk that passes, not a fault of the program
    """Nothing more can be written for now; what was committed is safe."""


def there(path: Path) -> bool:
    """Whether there is something of that name; one that is too long or holds a NUL names nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def has_log(path: Path) -> bool:
    """Whether a run says that it has a write-ahead log (byte 18 is 2: SQLite's file format, section 1.3)."""
    with path.open("rb") as file:
        return file.read(20)[18:19] == b"\2"


def foreign(path: Path) -> Path | None:
    """A log or journal beside a name that no run has: of a run that was moved away without it; None if there is none.

    SQLite would take it for that of whatever file has the name next, and write its pages into that file.
    """
    return next((left for tail in TAILS[:2] if there(left := path.with_name(path.name + tail))), None)


def short(path: Path) -> str:
    """A path as a sentence can hold it."""
    text = str(path)
    return text if len(text) <= 200 else text[:197] + "..."


def line(fault: Exception) -> str:
    """What a fault says, on one line."""
    return " ".join(str(fault).split())
