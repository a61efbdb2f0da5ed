"""Runs a Python program and sees each system call by which it changes a folder; kills it before one of them if asked.

It is what ``strace --seccomp-bpf`` does, through the kernel's own ptrace, so that no system package is needed: the
program asks the kernel to stop it at the calls below (a seccomp filter), and this process, which traces it, reads what
is written. Linux on x86-64 and 64-bit ARM.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import signal
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# The numbers of the calls: x86-64, and the table that ARM shares with newer machines; -1: there is none.
CALLS = {
    "open": (2, -1), "openat": (257, 56), "creat": (85, -1), "write": (1, 64), "pwrite64": (18, 68), "writev": (20, 66),
    "pwritev": (296, 70), "pwritev2": (328, 287), "truncate": (76, 45), "ftruncate": (77, 46), "fsync": (74, 82),
    "fdatasync": (75, 83), "sync_file_range": (277, 84), "rename": (82, -1), "renameat": (264, 38),
    "renameat2": (316, 276), "unlink": (87, -1), "unlinkat": (263, 35), "link": (86, -1), "linkat": (265, 37),
    "symlink": (88, -1), "symlinkat": (266, 36), "mkdir": (83, -1), "mkdirat": (258, 34), "rmdir": (84, -1),
    "utimensat": (280, 88), "fallocate": (285, 47), "sendfile": (40, 71), "copy_file_range": (326, 285),
    "splice": (275, 76), "io_uring_setup": (425, 425),
}
ON_DESCRIPTORS = {"write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "fsync", "fdatasync", "fallocate",
                  "sync_file_range", "sendfile", "copy_file_range", "splice"}
MACHINES = {"x86_64": 0, "aarch64": 1}  # the column of the numbers
AT_FDCWD = -100

PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SEIZE, PTRACE_GET_SYSCALL_INFO = 7, 24, 0x4206, 0x420E
EVENT_STOP, EVENT_SECCOMP = 128, 7
# TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, TRACESECCOMP, EXITKILL
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000
WALL = 0x40000000  # waitpid: threads too
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Call:
    """A call that changed the folder, or made a change durable. Paths are relative to the folder; "" is the folder."""

    kind: str  # open, truncate, write, sync, rename, unlink, mkdir, rmdir, times or mark
    path: str
    to: str = ""  # of a rename
    offset: int = 0  # of a write; of a truncate, the new length
    data: bytes = b""
    cut: bool = False  # of an open: whether it empties the file
    at: float = 0.0  # seconds, by the monotonic clock, when it was made
    name: str = ""  # as the kernel calls it


@dataclass
class Trace:
    """What a program did to a folder."""

    calls: list[Call] = field(default_factory=list)
    status: int = 0  # as waitpid gives it
    words: str = ""  # what it printed


class CannotTrace(Exception):  # a state of the machine, which the test says
    """This machine does not let a process trace its child."""


class Tracer:
    """Runs a program in a process of its own and follows it."""

    def __init__(self, folder: Path, marks: Path) -> None:
        """``folder``: what is watched. ``marks``: a file in it; what is written to it is kept as calls of kind mark."""
        self._folder = str(folder.resolve())
        self._marks = os.path.relpath(marks.resolve(), self._folder)
        column = MACHINES[platform.machine()]
        self._names = {numbers[column]: name for name, numbers in CALLS.items() if numbers[column] >= 0}
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._ptrace.restype = ctypes.c_long
        self._pending: dict[int, Call] = {}
        self._memory: dict[int, int] = {}

    def run(self, script: Path, words: Sequence[str], *, kill_before: Callable[[Call], bool] | None = None) -> Trace:
        """Runs a script.

        Args:
            script: It calls ``stop_at_writes`` below before all else.
            words: Its arguments.
            kill_before: Whether it is killed before this call, which is not made then; asked of each in turn.

        Raises:
            CannotTrace: Tracing is not allowed here.
        """
        trace = Trace()
        reading, writing = os.pipe()
        printed, printing = os.pipe()
        pid = os.posix_spawn(
            sys.executable, [sys.executable, "-X", "faulthandler", str(script), *words], {**os.environ},
            file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0), (os.POSIX_SPAWN_DUP2, printing, 1),
                          (os.POSIX_SPAWN_DUP2, printing, 2)],
            setpgroup=0,
        )
        os.close(reading)
        os.close(printing)
        try:
            if self._ptrace(PTRACE_SEIZE, pid, None, OPTIONS) != 0:
                raise CannotTrace(os.strerror(ctypes.get_errno()))
            os.write(writing, b"go\n")
            self._follow(pid, trace, kill_before)
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            self._see_off(pid)
            raise
        finally:
            os.close(writing)
            for held in self._memory.values():
                os.close(held)
            self._memory.clear()
            self._pending.clear()
            with os.fdopen(printed, "rb") as file:
                trace.words = file.read().decode(errors="replace")
        return trace

    def _follow(self, pid: int, trace: Trace, kill_before: Callable[[Call], bool] | None) -> None:
        end = time.monotonic() + PATIENCE_S
        while True:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            tid, status = os.waitpid(-pid, WALL)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                self._pending.pop(tid, None)
                if tid == pid:
                    trace.status = status
                    return
                continue
            stop, event = os.WSTOPSIG(status), status >> 16
            how, send = PTRACE_CONT, 0
            if event == EVENT_SECCOMP:
                call = self._entered(tid)
                if call is not None:
                    if call.kind != "mark" and kill_before is not None and kill_before(call):
                        os.kill(pid, signal.SIGKILL)  # the call is not made: its thread is stopped before it
                        continue
                    self._pending[tid] = call
                    how = PTRACE_SYSCALL  # stop once more when it has been made
            elif stop == signal.SIGTRAP | 0x80:
                self._made(tid, trace)
            elif event == 0 and stop != signal.SIGTRAP:
                send = stop  # a signal that is the program's own
            self._ptrace(how, tid, None, send)  # fails if it was killed meanwhile

    def _see_off(self, pid: int) -> None:
        """Waits until all threads of a program that was killed have ended: the first one ends last."""
        while True:
            tid, status = os.waitpid(-pid, WALL)
            if tid == pid and (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
                return

    def _made(self, tid: int, trace: Trace) -> None:
        call, info = self._pending.pop(tid, None), self._info(tid)
        if call is None or info is None:
            return
        result = struct.unpack_from("<q", info, 24)[0]
        if result < 0:
            return
        if call.kind == "write" and result != len(call.data):
            call = Call(call.kind, call.path, offset=call.offset, data=call.data[:result], at=call.at, name=call.name)
        trace.calls.append(call)

    def _info(self, tid: int) -> bytes | None:
        """The kernel's ``ptrace_syscall_info``: its operation, and from byte 24 on number and arguments, or result."""
        room = ctypes.create_string_buffer(128)
        if self._ptrace(PTRACE_GET_SYSCALL_INFO, tid, 128, ctypes.addressof(room)) <= 0:
            return None
        return room.raw

    # What a call is about ---------------------------------------------------------------------------------------------

    def _entered(self, tid: int) -> Call | None:
        """The call that a thread is about to make; None if it concerns another folder or changes nothing."""
        info = self._info(tid)
        if info is None:
            return None
        number, *words = struct.unpack_from("<7Q", info, 24)
        name = self._names[number]
        now = time.monotonic()
        if name in ON_DESCRIPTORS:
            return self._on_descriptor(tid, name, words, now)
        if name == "io_uring_setup":
            raise CannotTrace("the program writes by io_uring, whose writes are no calls")
        return self._on_path(tid, name, words, now)

    def _on_descriptor(self, tid: int, name: str, words: list[int], now: float) -> Call | None:
        fd = words[{"copy_file_range": 2, "splice": 2}.get(name, 0)] & 0xFFFFFFFF
        path = self._inside(_read_link(f"/proc/{tid}/fd/{fd}"))
        if path is None:
            return None
        if name in ("fsync", "fdatasync"):
            return Call("sync", path, at=now, name=name)
        if name == "ftruncate":
            return Call("truncate", path, offset=words[1], at=now, name=name)
        if name not in ("write", "pwrite64"):
            raise CannotTrace(f"the program changes {path} by {name}, which is not followed")
        data = self._bytes(tid, words[1], words[2])
        if path == self._marks:
            return Call("mark", path, data=data, at=now)
        offset = words[3] if name == "pwrite64" else self._place(tid, fd)
        return Call("write", path, offset=offset, data=data, at=now, name=name)

    def _place(self, tid: int, fd: int) -> int:
        """Where a plain write goes."""
        text = Path(f"/proc/{tid}/fdinfo/{fd}").read_text()
        place, flags = (int(re.search(rf"{word}:\s*(\d+)", text)[1], base)  # type: ignore[index]
                        for word, base in (("pos", 10), ("flags", 8)))
        return Path(f"/proc/{tid}/fd/{fd}").stat().st_size if flags & os.O_APPEND else place

    def _on_path(self, tid: int, name: str, words: list[int], now: float) -> Call | None:
        at = name.endswith(("at", "at2"))
        if name == "utimensat" and not words[1]:  # of a descriptor
            path = self._inside(_read_link(f"/proc/{tid}/fd/{words[0] & 0xFFFFFFFF}"))
        elif name.startswith("symlink"):
            path = self._path(tid, words[-5 if at else 1], words[1] if at else AT_FDCWD)
        else:
            path = self._path(tid, words[1] if at else words[0], words[0] if at else AT_FDCWD)
        to = None
        if name.startswith(("rename", "link")):
            to = self._path(tid, words[3] if at else words[1], words[2] if at else AT_FDCWD)
        if path is None and to is None:
            return None
        if name in ("open", "openat", "creat"):
            assert path is not None
            flags = os.O_CREAT | os.O_TRUNC if name == "creat" else words[2 if at else 1]
            there = os.path.lexists(f"{self._folder}/{path}")
            if path == self._marks or not flags & (os.O_CREAT | os.O_TRUNC) or (there and not flags & os.O_TRUNC):
                return None
            return Call("open", path, cut=bool(flags & os.O_TRUNC), at=now, name=name)
        kinds = {"rename": "rename", "unlink": "unlink", "mkdir": "mkdir", "rmdir": "rmdir", "utimensat": "times"}
        kind = kinds.get(name if name == "utimensat" else re.sub("at2?$", "", name))
        if kind is None or path is None or (to is None and kind == "rename"):
            raise CannotTrace(f"the program changes {path or to} by {name}, which is not followed")
        if name == "unlinkat" and words[2] & 0x200:
            kind = "rmdir"
        return Call(kind, path, to=to or "", at=now, name=name)

    def _path(self, tid: int, address: int, folder: int) -> str | None:
        text = os.fsdecode(self._text(tid, address))
        if not text.startswith("/"):
            fd = ctypes.c_int(folder & 0xFFFFFFFF).value
            text = f"{_read_link(f'/proc/{tid}/cwd' if fd == AT_FDCWD else f'/proc/{tid}/fd/{fd}')}/{text}"
        path = Path(text)
        return self._inside(f"{path.parent.resolve()}/{path.name}")

    def _inside(self, path: str) -> str | None:
        """A path relative to the folder; None if it lies elsewhere, or has been deleted."""
        if path == self._folder:
            return ""
        if not path.startswith(self._folder + "/") or path.endswith(" (deleted)"):
            return None
        return path[len(self._folder) + 1:]

    def _bytes(self, tid: int, address: int, count: int) -> bytes:
        held = self._memory.get(tid)
        if held is None:
            held = self._memory[tid] = os.open(f"/proc/{tid}/mem", os.O_RDONLY)
        return os.pread(held, count, address)

    def _text(self, tid: int, address: int) -> bytes:
        found = b""
        while b"\0" not in found:
            found += self._bytes(tid, address + len(found), 4096 - (address + len(found)) % 4096)
        return found.partition(b"\0")[0]


def _read_link(path: str) -> str:
    return str(Path(path).readlink())


def stop_at_writes() -> None:
    """To be called by the program: waits until it is traced, then asks the kernel to stop it at the calls above."""
    sys.stdin.readline()
    column = MACHINES[platform.machine()]
    numbers = [pair[column] for pair in CALLS.values() if pair[column] >= 0]
    load, equal, give = 0x20, 0x15, 0x06  # of the kernel's packet filter: BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
    program = struct.pack("<HBBI", load, 0, 0, 0)
    for place, number in enumerate(numbers):
        program += struct.pack("<HBBI", equal, len(numbers) - place, 0, number)
    program += struct.pack("<HBBI", give, 0, 0, 0x7FFF0000) + struct.pack("<HBBI", give, 0, 0, 0x7FF00000)
    room = ctypes.create_string_buffer(program)
    filters = ctypes.create_string_buffer(struct.pack("HP", len(program) // 8, ctypes.addressof(room)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
    for call in ((38, 1, None, 0, 0), (22, 2, ctypes.addressof(filters), 0, 0)):  # no new privileges; the filter
        if prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
