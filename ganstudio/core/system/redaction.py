"""Text that is passed on without telling whose machine it is from: paths lose all but what explains a fault."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from getpass import getuser
from pathlib import Path

PACKAGES = ("site-packages", "dist-packages")
OURS = "ganstudio"
_SIGN = r"[^\\/\n\"'<>|:*?,;()\[\]{}]"  # of a part of a path
_ENDINGS = "ganrun|csv|tsv|txt|npy|npz|zip|json|toml|md|safetensors|onnx|pyx?|so|pyd|dll"
_PATH = re.compile(
    r"(?:[A-Za-z]:[\\/]|\\\\|~[\\/]|(?<![\w.)\]}])/)"  # where an absolute path begins
    rf"(?:{_SIGN}+[\\/])*"
    rf"(?:{_SIGN}{{0,160}}?\.(?:{_ENDINGS})(?!\w)|(?:(?!\s){_SIGN})*)")  # a file's name may have blanks in it


def without_paths(text: str) -> str:
    """A text in which each absolute path is cut.

    Of a file of Python's, of a package or of the studio the part stays that says which code it is
    (``…/torch/nn/functional.py``); of any other path nothing but its ending (``….csv``). The user's name is left out.
    """
    cut = _PATH.sub(lambda found: _cut(found[0]), text)
    for name in _names():
        cut = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", cut)
    return cut


def _cut(path: str) -> str:
    parts = [part for part in re.split(r"[\\/]+", path.strip()) if part]
    if len(parts) < 2 and not path.startswith(("~", "\\\\")):
        return path  # "/" or "/s" in "steps/s"
    for index, part in enumerate(parts):
        if part in PACKAGES:
            return "…/" + "/".join(parts[index + 1:])
    code = parts[-1].endswith((".py", ".pyx", ".so", ".pyd", ".dll"))
    if code and OURS in parts[:-1]:
        last = len(parts) - 1 - parts[::-1].index(OURS, 1)
        return "…/" + "/".join(parts[last:])
    if code and any(re.fullmatch(r"python[\d.]*|Lib", part) for part in parts[:-1]):
        return f"…/{parts[-1]}"
    return f"…{Path(parts[-1]).suffix}" if parts else "…"


def _names() -> list[str]:
    """The user's name and that of their folder, if they could be found in a text."""
    names = {Path.home().name}
    with contextlib.suppress(OSError, KeyError, ImportError):  # a system without such a user
        names.add(getuser())
    usual = {"root", "user", "home", "users", "admin", OURS, "", Path(sys.prefix).name, os.sep}
    return [name for name in names if len(name) > 2 and name.lower() not in usual]
