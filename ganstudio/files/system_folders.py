"""Which folders the system makes up: /proc and the like hold no files of a disk, and reading one may never end."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")  # Linux; elsewhere such folders are not mounted
KINDS = frozenset((
    "autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
    "efivarfs", "fusectl", "mqueue", "nsfs", "proc", "pstore", "resctrl", "rpc_pipefs", "securityfs", "selinuxfs",
    "sysfs", "tracefs",
))


def made_by_system() -> frozenset[int]:
    """The device numbers of such folders, as ``os.stat_result.st_dev``."""
    found: set[int] = set()
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        with contextlib.suppress(ValueError, IndexError):
            fields = line.split(" ")  # man 5 proc: id, parent, major:minor, …, a dash, the kind
            if fields[fields.index("-") + 1] in KINDS:
                major, _, minor = fields[2].partition(":")
                found.add(os.makedev(int(major), int(minor)))
    return frozenset(found)
