"""How commands read words of the command line: each fault is one sentence."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from ganstudio.commands.terminal import remark
from ganstudio.core.protocol.spec import MAX_SEED
from ganstudio.core.runs.format import MAGIC, SUFFIX, short, there
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.core.system.paths import why_absent, why_not_made
from ganstudio.core.system.printable import is_printable

N = TypeVar("N", int, float)

MAX_STEPS = 1_000_000_000
FURTHEST_STEP = 10**12  # that a run may have come to
REPLACED = "an existing file is replaced once the new one is complete, but never a folder or a run"


class Parser(argparse.ArgumentParser):
    """An argument parser whose faults are BadInput: one sentence, no usage wall."""

    _words: Sequence[str] = ()

    def parse_known_args(  # type: ignore[override]  # typeshed's overloads differ by the namespace, which we take as is
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        self._words = () if args is None else args
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        dashed = next((word for word in self._words if _is_dashed_name(word)), "")
        hint = f"; a name that begins with a dash is written ./{dashed}" if dashed else ""
        raise BadInput(f"{message}{hint} (see {self.prog} --help)")


def _is_dashed_name(word: str) -> bool:
    """Whether a word is taken for an option and is a file's name: ``-a.ganrun``."""
    try:
        return word.startswith("-") and len(word) > 1 and (word.endswith(SUFFIX) or Path(word).exists())
    except (OSError, ValueError):
        return False


def whole(name: str, text: str, low: int, high: int) -> int:
    """A whole number in a range; BadInput otherwise."""
    return _in_range(int, "a whole number", name, text, (low, high), "d")


def number(name: str, text: str, low: float, high: float) -> float:
    """A number in a range; BadInput otherwise."""
    return _in_range(float, "a number", name, text, (low, high), "g")


def _in_range(read: Callable[[str], N], kind: str, name: str, text: str, allowed: tuple[N, N], form: str) -> N:
    low, high = allowed
    span = f"{low:{form}} to {high:{form}}"
    try:
        value = read(text)
    except ValueError:
        raise BadInput(f"{name} takes {kind} from {span}, not '{text[:60]}'") from None
    if not low <= value <= high:
        raise BadInput(f"{name} = {text[:60]} is out of range: allowed is {span}")
    return value


def add_data_path(parser: argparse.ArgumentParser, of: str = "") -> None:
    """The option that says where the data of a run lies now; the command line acts on it (``cli``)."""
    parser.add_argument("--data-path", default="", metavar="FOLDER",
                        help=f"{of}where the images that the run was trained on lie now, if they were moved; of points "
                             "or of one image the file. Other data than the run's is refused.")


def seed(text: str) -> int:
    """A seed."""
    return whole("--seed", text, 0, MAX_SEED)


def steps(text: str) -> int:
    """A number of steps."""
    return whole("--steps", text, 0, MAX_STEPS)


def pairs(option: str, texts: list[str]) -> dict[str, str]:
    """``K=V`` words as a mapping; the last of a name wins."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise BadInput(f"{option} takes NAME=VALUE, not '{text[:60]}'")
        found[name.strip()] = value
    return found


def moments(texts: list[str]) -> list[tuple[int, str, str]]:
    """``STEP:K=V`` words in the order of their steps."""
    found: list[tuple[int, str, str]] = []
    for text in texts:
        step, colon, rest = text.partition(":")
        if not colon:
            raise BadInput(f"--at takes STEP:NAME=VALUE, not '{text[:60]}'")
        at = whole("the step of --at", step, 0, MAX_STEPS)
        found.extend((at, name, value) for name, value in pairs("--at", [rest]).items())
    return sorted(found, key=lambda moment: moment[0])


def size(text: str) -> tuple[int, int]:
    """``1600x1000`` as width and height in pixels."""
    width, x, height = text.lower().partition("x")
    if not x:
        raise BadInput(f"--size takes WIDTHxHEIGHT in pixels, not '{text[:60]}'")
    return whole("the width of --size", width, 320, 8192), whole("the height of --size", height, 240, 8192)


def output(text: str, suffixes: tuple[str, ...], run: Path | None = None) -> Path:
    """A file to be written: its folder is there, its ending is one we write, and no run is lost to it.

    Args:
        text: The word after ``--out``.
        suffixes: Endings that are written.
        run: The file that is read meanwhile.
    """
    path = Path(text)
    try:
        if path.is_dir():
            raise BadInput(f"--out {text} is a folder: it takes a file that ends in {' or '.join(suffixes)}")
        if path.suffix.lower() not in suffixes:
            raise BadInput(f"--out {text} has the ending '{path.suffix}': known are {', '.join(suffixes)}")
        if not path.resolve().parent.is_dir():
            raise BadInput(f"--out {text} is in a folder that does not exist: {path.resolve().parent}")
        if run is not None and why_absent(run) == "" and path.exists() and path.samefile(run):
            raise BadInput(f"--out {text} is the run itself: choose another name")
        if _is_database(path):
            raise BadInput(f"--out {text} is a run or another SQLite file, and these are never replaced: "
                           "choose another name")
    except RuntimeError:
        raise BadInput(f"--out {text} is a link that leads back to itself: choose another name") from None
    except (OSError, ValueError) as fault:
        if isinstance(fault, BadInput):
            raise
        raise BadInput(f"--out {text} cannot be written: {getattr(fault, 'strerror', '') or fault}") from None
    return path


def _is_database(path: Path) -> bool:
    """Whether a file begins as runs do, under any name."""
    if not path.is_file():  # a pipe would wait for ever
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def run_file(text: str) -> Path:
    """A run that is to be read; whether it is one, its reader says. A folder is none, and a name may be mistyped."""
    path = Path(text)
    if why_absent(path) == "is not there":  # else there is something of that name, and another one is not meant
        near = difflib.get_close_matches(path.stem[:255], _runs_beside(path), n=1, cutoff=0.75)
        if near and near[0] + SUFFIX != path.name:
            raise BadInput(f"run file {short(path)} is not there: did you mean '{path.with_name(near[0] + SUFFIX)}'?")
    elif there(path) and path.is_dir():
        raise BadInput(f"{short(path)} is a folder: a run is a file, whose name ends in {SUFFIX}")
    return path


def _runs_beside(path: Path) -> list[str]:
    """The names of the runs of a folder, without their ending."""
    try:
        return [other.name.removesuffix(SUFFIX) for other in path.parent.iterdir() if other.name.endswith(SUFFIX)]
    except (OSError, ValueError):
        return []


def new_run(text: str) -> Path:
    """A run that is to be made. Any name will do, but the library looks for one ending."""
    path = Path(text)
    if (fault := why_not_made(path)) not in ("", "exists already"):
        raise BadInput(f"run file {short(path)} {fault}: choose another name")
    if not path.name.endswith(SUFFIX) and _is_free(path):  # a missing folder is reported elsewhere
        remark(f"note: {short(path)} does not end in {SUFFIX}: every command reads it, but the studio's library does "
               "not list it")
    return path


def _is_free(path: Path) -> bool:
    try:
        return path.parent.is_dir() and not path.exists()
    except (OSError, ValueError):  # a name that cannot be
        return False


def one_of(thing: str, text: str, known: list[str]) -> str:
    """One of the known names; BadInput with the nearest otherwise."""
    if text not in known:
        raise unknown(thing, text, known)
    return text


def _escaped(sign: re.Match[str]) -> str:
    """A sign as JSON writes it in ASCII: beyond U+FFFF as a pair."""
    return "\\u007f" if sign[0] == "\x7f" else json.dumps(sign[0])[1:-1]


def print_json(value: Any, *, indent: int = 2) -> None:
    """Exactly one JSON object on standard output; undefined numbers are null. ``indent``: -1 for a single line."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=indent).decode()
    text = re.sub(r"[^\n\x20-\x7e]", lambda sign: sign[0] if is_printable(sign[0]) else _escaped(sign), text)
    if (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") != "utf8":
        text = re.sub(r"[^\x00-\x7f]", _escaped, text)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
