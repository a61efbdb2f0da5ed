"""Reads a run file, which may come from an unknown source."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ganstudio.core.protocol.flow import credible
from ganstudio.core.protocol.messages import MeasuredNow, Started
from ganstudio.core.protocol.spec import (
    Change,
    LogEntry,
    Parent,
    Plan,
    PlayerInfo,
    Position,
    SingleStep,
    Spec,
    as_recorded,
)
from ganstudio.core.protocol.views import BlindSpot, ScalarBatch
from ganstudio.core.runs.checkpoint_counters import counters_of
from ganstudio.core.runs.format import (
    APPLICATION_ID,
    FURTHEST,
    MAGIC,
    MAX_BLOB,
    MAX_CLASSES,
    MAX_DATA,
    MAX_LOG,
    MAX_NAMES,
    MAX_POINTS,
    READABLE,
    SCHEMA,
    SUFFIX,
    TABLES,
    UNREADABLE,
    Checkpoint,
    KeptData,
    KeptPoints,
    Machine,
    line,
    short,
    there,
)
from ganstudio.core.runs.hot_journal import opened
from ganstudio.core.runs.joined_terms import merge_batches
from ganstudio.core.runs.named_spec import MOST_NAME, check_names
from ganstudio.core.runs.shared_arrays import HASH_BYTES, inflated
from ganstudio.core.runs.tensor_packing import unpack_tensors
from ganstudio.core.runs.view_frames import MAX_FRAME, MAX_MOMENT, Frame, TooLarge, UnknownView, unpacked
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of, why_no_file
from ganstudio.core.system.printable import cut, is_printable, printable
from ganstudio.core.system.wording import counted

T = TypeVar("T")
NOT_OF_THE_FILE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PERM,
                   sqlite3.SQLITE_READONLY)
"""Errors of the disk, or of its rights, that say nothing of what the file holds."""
SIDE = 1024  # px, of the largest images that there are, as in core.network.ImageControls
MAX_LOG_BYTES = 1 << 26
REMEMBERED, REMEMBERED_BYTES = 8, 1 << 20  # arrays that frames share, and how large each may be
MOST_FRAMES = 300_000  # some 200 of each view are kept for each time that the run gets e times longer
MOST_MEASURED, MAX_MEASURED_BYTES = 2_000_000, 1 << 28  # a day's are a tenth of that
MOST_CHECKPOINTS = 100_000
MOST_MACHINES = 8  # in a sentence
MOST_BATCHES, JOINED = 1_000_000, 4096  # of terms; so many rows of them are joined as they are read
MOST_NAMES = 1000  # of the terms of one batch: so many different lists of them
ROOM = 4096  # bytes around the points in their entry: names, shapes and the hash take some 200
PLAYER = re.compile(r"[a-z][a-z0-9_ -]{0,39}", re.ASCII)
MOST_PLAYERS = 16  # of a run
MOST_LETTERS = 40  # of a player's word on screen
MOST_MODULES = 64  # of a player
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class UnknownFrame(BadInput):
    """A recorded view of a kind that is not installed here."""


class RunReader:
    """Reads a run file from an unknown source: read-only, and only what a run file may hold."""

    def __init__(self, path: Path) -> None:
        """Opens the file.

        Raises:
            BadInput: It is not there, not a run file, damaged, or from a later version.
        """
        self.path = path
        self._arrays: dict[bytes, bytes] = {}  # by hash, those read last
        if there(path) and path.is_dir():
            raise BadInput(f"{short(path)} is a folder: a run is a file, whose name ends in {SUFFIX}")
        if fault_of_path := why_no_file(path):
            raise BadInput(f"run file {short(path)} {fault_of_path}")
        try:
            with path.open("rb") as file:
                magic = file.read(len(MAGIC))
        except OSError as fault:
            raise BadInput(f"run file {path} cannot be read: {said_of(fault)}") from None
        if magic != MAGIC:
            raise BadInput(f"{path} is not a GAN Studio run: it does not begin as an SQLite file does")
        try:
            self._db = opened(path)
        except sqlite3.Error as fault:
            what = "cannot be read" if getattr(fault, "sqlite_errorcode", 0) & 0xFF in NOT_OF_THE_FILE else "is damaged"
            raise BadInput(f"run file {path} {what}: {line(fault)}") from None
        try:
            self._look_over()
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            self._db.close()
            raise BadInput(f"run file {path} is damaged: {line(fault)}") from None
        except BadInput:
            self._db.close()
            raise

    def _look_over(self) -> None:
        """Whether it is a run's, of a format that is known, and holds what a run holds and no more."""
        self._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BLOB)
        self._db.execute("PRAGMA trusted_schema=OFF")
        if self._pragma("application_id") != APPLICATION_ID:
            raise BadInput(f"{self.path} is an SQLite file of another program, not a GAN Studio run")
        if (version := self._pragma("user_version")) not in READABLE:
            raise BadInput(f"run file {self.path} has format {version}: this version of GAN Studio reads 1 to {SCHEMA}")
        found = set(self._db.execute("SELECT type, name FROM sqlite_master"))
        self._version = version
        # SQLite makes an index of its own for a primary key that is no number; nothing else may lie beside our tables.
        found -= {("index", "sqlite_autoindex_meta_1"), ("index", "sqlite_autoindex_arrays_1")}
        if found != {("table", name) for name in TABLES[version]}:
            held = ", ".join(sorted(f"{kind} {name}" for kind, name in found))[:200]
            allowed = ", ".join(sorted(TABLES[version]))
            raise BadInput(f"run file {self.path} holds {held}: a run holds the tables {allowed}")
        for table, columns in TABLES[version].items():
            rows = self._db.execute(f"PRAGMA table_xinfo({table})").fetchall()
            if tuple(row[1] for row in rows) != columns or any(row[6] for row in rows):  # 6: it is computed, or hidden
                raise BadInput(
                    f"run file {self.path} has other columns in its table {table}: a run's are {', '.join(columns)}")

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    @property
    def version(self) -> int:
        """The format of the file."""
        return self._version

    def spec(self) -> Spec:
        """What the run was made of."""
        spec = self._meta("spec", Spec, 1 << 20)
        if spec is None:
            raise BadInput(f"run file {self.path} has no spec")
        return self._named(spec, "spec")

    def log(self) -> list[LogEntry]:
        """The command log."""
        self._bounded("log", "entry", MAX_LOG, MAX_LOG_BYTES)
        entries = [self._decoded(row, LogEntry, "log") for row in self._rows("SELECT entry FROM log ORDER BY seq")]
        for entry in entries:
            self._checked(entry.position, "log")
            if isinstance(entry.command, SingleStep) and not PLAYER.fullmatch(entry.command.player):
                raise BadInput(f"run file {self.path} has a damaged log: it names an unknown player")
            if isinstance(entry.command, Change) and not _is_term(entry.command.name):
                raise BadInput(f"run file {self.path} has a damaged log: it names a control that cannot be")
        return entries

    def scalars(self) -> list[ScalarBatch]:
        """All terms of all updates: each player's in their order, many of them in a batch."""
        batches: list[ScalarBatch] = []
        single: list[ScalarBatch] = []  # as they lie in the file
        names: dict[tuple[str, ...], list[str]] = {}  # once in memory, and not for each batch
        try:
            for (row,) in self._db.execute("SELECT chunk FROM scalars ORDER BY seq"):
                batch = msgspec.msgpack.decode(row, type=ScalarBatch)
                if not _stands(batch):
                    raise BadInput(f"run file {self.path} has a damaged scalar: its terms are not those of a player's "
                                   "updates")
                if len(names) < MOST_NAMES:
                    known = names.setdefault(tuple(batch.names), batch.names)
                    batch = ScalarBatch(player=batch.player, names=known, at=batch.at, values=batch.values)
                single.append(batch)
                if len(single) == JOINED:
                    batches += merge_batches(single)
                    single = []
                    if len(batches) > MOST_BATCHES:
                        raise BadInput(f"run file {self.path} has damaged scalars: the names of its terms change more "
                                       f"than {MOST_BATCHES:,} times")
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged scalar: {line(fault)}") from None
        except sqlite3.Error as fault:
            raise BadInput(f"run file {self.path} is damaged: {line(fault)}") from None
        return batches + single

    def scalars_of(self, players: Collection[str]) -> list[ScalarBatch]:
        """All terms of all updates, of a run in which only these players play."""
        batches = self.scalars()
        if strangers := {batch.player for batch in batches} - set(players):
            raise BadInput(f"run file {self.path} has a damaged scalar: it holds terms of {' and '.join(strangers)}, "
                           f"and the players are {' and '.join(players)}")
        return batches

    def plan(self) -> Plan:
        """What the run was to come to; an empty plan if none was given."""
        return self._meta("plan", Plan, 1 << 24) or Plan()

    def parent(self) -> Parent | None:
        """What the run branched off from, if it did."""
        parent = self._meta("parent", Parent, 1 << 14)
        if parent is not None:
            self._checked(parent.position, "parent")
        return parent

    def scene(self) -> Started | None:
        """What a window has to know to show the run without building it; None in older files."""
        scene = self._meta("scene", Started, 1 << 22)
        if scene is None:
            return None
        self._checked(scene.position, "scene")
        if len(scene.players) > MOST_PLAYERS or not all(map(_is_player, scene.players)):
            raise BadInput(f"run file {self.path} has a damaged scene: its players are not valid")
        return msgspec.structs.replace(
            scene, spec=self._named(scene.spec, "scene"), units=printable(scene.units), record=printable(scene.record),
            device_title=printable(scene.device_title), warnings=[printable(text) for text in scene.warnings],
            classes=[cut(printable(name), MOST_NAME) for name in scene.classes], flows=credible(scene.flows))

    def points(self) -> KeptPoints | None:
        """The user's own points that the run was trained on; None if it had none, and in older files."""
        rows = self._all("SELECT CASE WHEN length(value) <= ? THEN value END FROM meta WHERE key = 'points'",
                         MAX_POINTS + ROOM)
        if not rows:
            return None
        if rows[0][0] is None:
            raise BadInput(f"run file {self.path} has damaged points: they take more than {MAX_POINTS:,} bytes")
        try:
            kept = msgspec.msgpack.decode(rows[0][0], type=KeptPoints)
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has damaged points: {line(fault)}") from None
        count, columns = kept.shape
        if not (_is_step(count) and count >= 2 and columns in (1, 2)):
            raise BadInput(f"run file {self.path} has damaged points: allowed are 2 rows and more of 1 or 2 columns")
        if HASH.fullmatch(kept.sha256) is None:
            raise BadInput(f"run file {self.path} has damaged points: their hash is not a SHA-256 in lower-case digits")
        return kept

    def data(self) -> KeptData | None:
        """What is known of images outside the file; None if there were none, and in older files."""
        rows = self._rows(f"SELECT value FROM meta WHERE key = 'data' AND length(value) <= {MAX_DATA}")
        if not rows:
            return None
        try:
            kept = msgspec.msgpack.decode(rows[0], type=KeptData)
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged description of its data: {line(fault)}") from None
        if not _is_step(kept.count) or HASH.fullmatch(kept.sha256) is None:
            raise BadInput(f"run file {self.path} has a damaged description of its data: allowed are a number and a "
                           "hash")
        if not are_images(kept):
            raise BadInput(f"run file {self.path} has a damaged description of its data: there are no such images")
        return kept

    def machines(self) -> list[Machine]:
        """On which machines the run was computed; none in older files."""
        return (self._meta("machines", list[Machine], 1 << 14) or [])[:MOST_MACHINES]

    def pins(self) -> list[int]:
        """The steps whose checkpoints stay."""
        if self._version < 2:
            return []
        self._bounded("checkpoints", "position", MOST_CHECKPOINTS, MOST_CHECKPOINTS * 1000)
        rows = self._rows("SELECT position FROM checkpoints WHERE pinned != 0 ORDER BY id")
        return sorted(self._position(row).steps for row in rows)

    def frames(self, after: int = 0) -> list[tuple[int, str, int]]:
        """Id, view and steps of each frame whose id is higher than ``after``, in the order of their ids."""
        if self._version < 3:
            return []
        self._bounded("frames", "view", MOST_FRAMES, MOST_FRAMES * MOST_NAME, after)
        rows = self._all("SELECT id, view, steps FROM frames WHERE id > ? ORDER BY id", after)
        if not all(isinstance(id_, int) and isinstance(name, str) and _is_step(steps) for id_, name, steps in rows):
            raise BadInput(f"run file {self.path} has a damaged frame: its name or its step is missing")
        return rows

    def frame(self, id_: int, most: int = MAX_FRAME) -> Frame:
        """The frame of that id; ``most``: bytes that may come of it, of which more are neither read nor unpacked."""
        rows = self._all("SELECT view, steps, CASE WHEN typeof(body) != 'blob' OR length(body) <= ? THEN body END "
                         "FROM frames WHERE id = ?", MAX_FRAME, id_) if self._version > 2 else []
        if not rows:
            raise BadInput(f"run file {self.path} has no frame {id_}")
        name, steps, body = rows[0]
        if not isinstance(body, bytes):
            raise BadInput(f"run file {self.path} has a damaged frame: it is not bytes, or more than {MAX_FRAME:,}")
        try:
            frame = unpacked(body, self.array, min(most, MAX_FRAME))
        except TooLarge:
            raise BadInput(f"run file {self.path} has damaged frames: those of step {steps:,} unpack to more than "
                           f"{MAX_MOMENT:,} bytes together") from None
        except UnknownView:
            raise UnknownFrame(
                f"run file {self.path} shows the view '{str(name)[:80]}', which is not installed here") from None
        except ValueError as fault:
            raise BadInput(f"run file {self.path} has a damaged frame: {line(fault)}") from None
        self._checked(frame.position, "frame")
        if (frame.name, frame.position.steps) != (name, steps):
            raise BadInput(f"run file {self.path} has a damaged frame: it is of another moment than the one under "
                           "which it is kept")
        return frame

    def array(self, digest: bytes) -> bytes:
        """The bytes of an array that frames refer to by its hash; ValueError if the file does not hold it.

        The last ones are remembered: a film asks for the same real samples at each of its moments.
        """
        if digest in self._arrays:
            return self._arrays[digest]
        rows = self._all(f"SELECT body FROM arrays WHERE hash = ? AND length(body) <= {MAX_FRAME}",
                         digest) if self._version > 4 else []
        if not rows or not isinstance(rows[0][0], bytes):
            raise ValueError(f"it refers to the array {digest.hex()[:16]}, which the file does not hold")
        found = inflated(digest, rows[0][0], MAX_FRAME)
        if len(found) <= REMEMBERED_BYTES:
            while len(self._arrays) >= REMEMBERED:
                self._arrays.pop(next(iter(self._arrays)))
            self._arrays[digest] = found
        return found

    def raw_arrays(self) -> Iterator[tuple[bytes, bytes]]:
        """Hash and body of each array that frames refer to, as they lie in the file; what is none is left out."""
        if self._version < 5:
            return
        try:
            for row in self._db.execute(f"SELECT hash, body FROM arrays WHERE length(body) <= {MAX_FRAME}"):
                if isinstance(row[0], bytes) and len(row[0]) == HASH_BYTES and isinstance(row[1], bytes):
                    yield row
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {self.path} is damaged: {line(fault)}") from None

    def raw_frames(self, steps: int) -> Iterator[tuple[str, int, bytes]]:
        """View, steps and body of each frame up to a step, as they lie in the file; what is none is left out."""
        if self._version < 3:
            return
        try:
            query = (f"SELECT view, steps, body FROM frames WHERE steps <= ? AND length(body) <= {MAX_FRAME} "
                     f"AND length(view) <= {MOST_NAME} ORDER BY id")
            for row in self._db.execute(query, (steps,)):
                if isinstance(row[0], str) and _is_step(row[1]) and isinstance(row[2], bytes):
                    yield row
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {self.path} is damaged: {line(fault)}") from None

    def measured(self, known: int = 0) -> list[MeasuredNow]:
        """The generator's numbers, as they were taken, but the first ``known``."""
        if self._version < 3:
            return []
        self._bounded("measures", "body", MOST_MEASURED, MAX_MEASURED_BYTES)
        rows = self._all("SELECT body FROM measures ORDER BY id LIMIT -1 OFFSET ?", known)
        try:
            found = [msgspec.msgpack.decode(row[0], type=MeasuredNow) for row in rows]
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged measure: {line(fault)}") from None
        if not all(_is_step(one.steps) for one in found):
            raise BadInput(f"run file {self.path} has a damaged measure: its step is outside of any run")
        return [_shown(one) for one in found]

    def moments(self) -> list[tuple[int, Position]]:
        """The checkpoints' ids and positions, in the order of the game."""
        self._bounded("checkpoints", "position", MOST_CHECKPOINTS, MOST_CHECKPOINTS * 1000)
        rows = self._all("SELECT id, position FROM checkpoints ORDER BY id")
        if not all(isinstance(id_, int) for id_, _ in rows):
            raise BadInput(f"run file {self.path} has a damaged checkpoint: it has no number")
        return sorted(((id_, self._position(row)) for id_, row in rows), key=lambda moment: moment[1].updates)

    def checkpoint(self, id_: int | None = None, most: int = MAX_BLOB) -> Checkpoint:
        """The checkpoint of that id, or the last one; ``most``: bytes that its tensors may take, to be read at all."""
        if id_ is None:
            moments = self.moments()
            if not moments:
                raise BadInput(f"run file {self.path} has no checkpoint yet: train it for longer")
            id_ = moments[-1][0]
        logged = "logged" if self._version > 1 else "-1"
        rows = self._all(f"SELECT position, CASE WHEN length(tensors) <= ? THEN tensors END, {logged}, length(tensors) "
                         "FROM checkpoints WHERE id = ?", most, id_)
        if not rows:  # who writes it lets go of checkpoints all the time
            raise BadInput(f"run file {self.path} has no checkpoint {id_} any more")
        row, tensors, before, size = rows[0]
        if isinstance(size, int) and size > most:
            raise BadInput(f"run file {self.path} has a damaged checkpoint: it takes {size:,} bytes, and that of such "
                           f"a run at most {most:,}")
        if not isinstance(tensors, bytes):
            raise BadInput(f"run file {self.path} has a damaged checkpoint: its tensors are not bytes")
        try:
            tensors = unpack_tensors(tensors, most)
        except ValueError as fault:
            raise BadInput(f"run file {self.path} has a damaged checkpoint: {line(fault)}") from None
        return Checkpoint(
            position=self._position(row), tensors=tensors, logged=before if isinstance(before, int) else -1)

    def counted(self, id_: int) -> tuple[int, int] | None:
        """Steps and updates of all players as a checkpoint itself has counted them, without reading all of it.

        None if it does not say so in the way that it should: then reading it tells what is wrong with it.
        """
        try:
            with self._db.blobopen("checkpoints", "tensors", id_, readonly=True) as blob:
                return counters_of(blob)
        except (sqlite3.Error, OverflowError):
            return None

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def _rows(self, query: str) -> list[Any]:
        return [row[0] for row in self._all(query)]

    def _all(self, query: str, *values: int | str | bytes) -> list[Any]:
        try:
            return self._db.execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise BadInput(f"run file {self.path} is damaged: {line(fault)}") from None

    def _bounded(self, table: str, column: str, rows: int, size: int, after: int = -1) -> None:
        """Raises BadInput if a table has more rows, or more bytes in a column, than a run's; looks at no value."""
        key = "seq" if table == "log" else "id"
        count, total = self._all(f"SELECT count(*), total(length({column})) FROM {table} WHERE {key} > ?", after)[0]
        if count > rows or total > size:
            raise BadInput(f"run file {self.path} has a damaged table {table}: it holds {counted(count, 'row')} of "
                           f"{int(total):,} bytes, and at most {rows:,} of {size:,} are read")

    def _meta(self, key: str, kind: type[T], most: int) -> T | None:
        """What the file says under a key; None if it says nothing."""
        rows = self._all(f"SELECT CASE WHEN length(value) <= ? THEN value END, length(value) FROM meta "
                         f"WHERE key = '{key}'", most)
        if not rows:
            return None
        value, size = rows[0]
        if value is None and isinstance(size, int) and size > most:
            raise BadInput(f"run file {self.path} has a damaged {key}: it takes {size:,} bytes, and at most {most:,} "
                           "are read")
        return self._decoded(value, kind, key)

    def _named(self, spec: Spec, what: str) -> Spec:
        """A spec whose names are of a length that names have."""
        if fault := check_names(spec):
            raise BadInput(f"run file {self.path} has a damaged {what}: {fault}")
        return as_recorded(spec)

    def _decoded(self, row: Any, kind: type[T], what: str) -> T:
        try:
            return msgspec.json.decode(row, type=kind)
        except UNREADABLE as fault:
            raise BadInput(f"run file {self.path} has a damaged {what}: {line(fault)}") from None

    def _position(self, row: Any) -> Position:
        """The position at which a checkpoint was made."""
        position = self._decoded(row, Position, "checkpoint")
        self._checked(position, "checkpoint")
        return position

    def _checked(self, position: Position, what: str) -> None:
        """No position is before the first step, or beyond the longest run that we read."""
        counts = (position.steps, position.place, *position.by_player.values())
        players = position.by_player
        if not (all(map(_is_step, counts)) and len(players) <= MOST_PLAYERS and all(map(PLAYER.fullmatch, players))):
            raise BadInput(f"run file {self.path} has a damaged {what}: its position is outside of any run")


def _shown(one: MeasuredNow) -> MeasuredNow:
    """Numbers whose words can be shown."""
    words = (one.net, *one.measures, *one.floors, *(text for spot in one.blind for text in (
        spot.title, spot.sentence, *spot.values)))
    if all(map(is_printable, words)):
        return one
    return msgspec.structs.replace(
        one, net=printable(one.net), measures={printable(name): value for name, value in one.measures.items()},
        floors={printable(name): value for name, value in one.floors.items()},
        blind=[BlindSpot(printable(spot.title), printable(spot.sentence),
                         {printable(name): value for name, value in spot.values.items()}) for spot in one.blind])


def _is_step(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value <= FURTHEST


def are_images(kept: KeptData) -> bool:
    """Whether there can be images of that shape, with labels of which there are as many as are said."""
    shape, counts = kept.shape, kept.counts
    known = not shape or (len(shape) == 3 and shape[0] in (1, 3) and all(1 <= side <= SIDE for side in shape[1:]))
    whole = len(counts) <= MAX_CLASSES and all(map(_is_step, counts)) and (not counts or sum(counts) == kept.count)
    named = len(kept.classes) <= MAX_CLASSES and sum(map(len, kept.classes)) <= MAX_NAMES
    return known and whole and named and all(name.isprintable() for name in kept.classes)


def _is_player(player: PlayerInfo) -> bool:
    shown = (player.letter, player.word, *player.modules)
    return PLAYER.fullmatch(player.name) is not None and len(player.modules) <= MOST_MODULES and all(
        0 < len(text) <= MOST_LETTERS and text.isprintable() for text in shown)


def _is_term(name: str) -> bool:
    """Whether a word can be that of a term: it is drawn beside its curve."""
    return 0 < len(name) <= MOST_NAME and "<" not in name and is_printable(name)


def _stands(batch: ScalarBatch) -> bool:
    """Whether it holds a row of terms for each of its updates."""
    try:
        at, values = batch.at.doubles(), batch.values.numpy()
    except ValueError:
        return False
    named = PLAYER.fullmatch(batch.player) is not None and all(map(_is_term, batch.names))
    return named and at.ndim == 1 and len(at) > 0 and values.shape == (len(at), len(batch.names))
