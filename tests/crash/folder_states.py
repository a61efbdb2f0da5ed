"""What a folder holds after each call that a program made to it: if the program is killed, and if the power fails.

After a kill the folder holds what all calls so far have made of it. After a power cut it holds at least what was made
durable (``fsync`` of a file for its bytes, of the folder for its names); of the rest any part may be there. Names
come in the order in which they were changed, as on file systems with a journal; writes in any order, and the last
sectors of one may be missing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from syscall_tracer import Call

SECTOR = 512  # bytes that a disk writes whole
Files = dict[str, bytes]  # by path


@dataclass
class _Inode:
    """The bytes of a file: those that are seen, those that are durable, and the calls between them."""

    seen: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    since: list[Call] = field(default_factory=list)

    def apply(self, call: Call) -> None:
        _change(self.seen, call)
        self.since.append(call)

    def sync(self) -> None:
        self.durable = bytes(self.seen)
        self.since.clear()


def _change(bytes_: bytearray, call: Call, parts: Iterable[slice] | None = None) -> None:
    """Makes a write or a truncation; ``parts``: of a write, those that reach the disk."""
    if call.kind == "write":
        end = call.offset + len(call.data)
        bytes_.extend(bytes(max(end - len(bytes_), 0)))
        for part in parts if parts is not None else [slice(0, len(call.data))]:
            data = call.data[part]
            bytes_[call.offset + part.start : call.offset + part.start + len(data)] = data
    else:
        length = call.offset if call.kind == "truncate" else 0
        bytes_.extend(bytes(max(length - len(bytes_), 0)))
        del bytes_[length:]


Names = dict[str, _Inode | None]  # None: a folder


class Disk:
    """A folder that calls are made to one after the other."""

    def __init__(self) -> None:
        self._names: Names = {}
        self._durable: Names = {}
        self._since: list[tuple[str, str, str, _Inode | None]] = []  # changes of names: kind, path, to, inode

    def apply(self, call: Call) -> None:
        """Makes a call."""
        if call.kind in ("open", "mkdir", "rename", "unlink", "rmdir"):
            if call.kind != "open" or call.path not in self._names:
                change = (call.kind, call.path, call.to, _Inode() if call.kind == "open" else None)
                _rename(self._names, change)
                self._since.append(change)
            if call.kind == "open" and call.cut:
                self._inode(call.path).apply(call)
        elif call.kind in ("write", "truncate"):
            self._inode(call.path).apply(call)
        elif call.kind == "sync":
            if (found := self._names.get(call.path)) is not None:
                found.sync()
            else:  # a folder: all names, which lie in folders beside each other
                self._durable = dict(self._names)
                self._since.clear()

    def _inode(self, path: str) -> _Inode:
        found = self._names[path]
        assert found is not None
        return found

    def killed(self, folder: str = "") -> Files:
        """What is there, below a folder, if the program is killed now."""
        return _below(folder, self._names, lambda inode: bytes(inode.seen))

    def least(self, folder: str = "") -> Files:
        """What is there at least if the power fails now."""
        return _below(folder, self._durable, lambda inode: inode.durable)

    def names_alone(self, folder: str = "") -> Files:
        """What may be there if the power fails now: all names, and the bytes that are durable."""
        return _below(folder, self._names, lambda inode: inode.durable)

    def bytes_alone(self, folder: str = "") -> Files:
        """The same: all bytes, under the names that are durable."""
        return _below(folder, self._durable, lambda inode: bytes(inode.seen))

    def chance(self, luck: random.Random, folder: str = "") -> Files:
        """The same: some of the names, and parts of the bytes."""
        names = dict(self._durable)
        for change in self._since[: luck.randint(0, len(self._since))]:
            _rename(names, change)
        return _below(folder, names, lambda inode: _torn(inode, luck))


def _below(folder: str, names: Names, bytes_of: Callable[[_Inode], bytes]) -> Files:
    return {path.removeprefix(f"{folder}/"): bytes_of(inode) for path, inode in names.items()
            if inode is not None and (not folder or path.startswith(f"{folder}/"))}


def _rename(names: Names, change: tuple[str, str, str, _Inode | None]) -> None:
    kind, path, to, inode = change
    if kind in ("open", "mkdir"):
        names[path] = inode
    elif kind == "rename":
        for name in [name for name in names if name == path or name.startswith(f"{path}/")]:
            names[to + name[len(path):]] = names.pop(name)
    else:
        names.pop(path, None)


def _torn(inode: _Inode, luck: random.Random) -> bytes:
    """The bytes of a file after a power cut: of each call since it was synced all, nothing, or single sectors."""
    bytes_ = bytearray(inode.durable)
    for call in inode.since:
        what = luck.random()
        if call.kind == "write" and what < 0.3:
            starts = range(-(call.offset % SECTOR), len(call.data), SECTOR)
            _change(bytes_, call, [slice(max(at, 0), at + SECTOR) for at in starts if luck.random() < 0.5])
        elif what < 0.7:
            _change(bytes_, call)
    return bytes(bytes_)


def written(files: Files, folder: Path) -> Path:
    """Writes the files of a state into a new folder, and returns it."""
    folder.mkdir(parents=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def found_in(folder: Path) -> Files:
    """The files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
