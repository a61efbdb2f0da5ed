"""How commands read words of the command line: each fault is one sentence."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from ganstudio.core.errors import BadInput, unknown
from ganstudio.core.spec import MAX_SEED

MAX_STEPS = 1_000_000_000


class Parser(argparse.ArgumentParser):
    """An argument parser whose faults are BadInput: one sentence, no usage wall."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message} (see {self.prog} --help)")


def whole(name: str, text: str, low: int, high: int) -> int:
    """A whole number in a range; BadInput otherwise."""
    try:
        number = int(text)
    except ValueError:
        raise BadInput(f"{name} takes a whole number from {low} to {high}, not '{text[:60]}'") from None
    if not low <= number <= high:
        raise BadInput(f"{name} = {text[:60]} is out of range: allowed is {low} to {high}")
    return number


def number(name: str, text: str, low: float, high: float) -> float:
    """A number in a range; BadInput otherwise."""
    try:
        value = float(text)
    except ValueError:
        raise BadInput(f"{name} takes a number from {low:g} to {high:g}, not '{text[:60]}'") from None
    if not low <= value <= high:
        raise BadInput(f"{name} = {text[:60]} is out of range: allowed is {low:g} to {high:g}")
    return value


def remark(sentence: str) -> None:
    """Something worth knowing, on standard error."""
    sys.stderr.write(f"{sentence}\n")


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


def output(text: str, suffixes: tuple[str, ...]) -> Path:
    """A file to be written: its folder is there, and its ending is one we write."""
    path = Path(text)
    if path.suffix.lower() not in suffixes:
        raise BadInput(f"--out {text} has the ending '{path.suffix}': known are {', '.join(suffixes)}")
    try:
        if not path.resolve().parent.is_dir():
            raise BadInput(f"--out {text} lies in a folder that is not there: {path.resolve().parent}")
        if path.is_dir():
            raise BadInput(f"--out {text} is a folder")
    except OSError as fault:
        raise BadInput(f"--out {text} cannot be written: {fault.strerror or fault}") from None
    return path


def one_of(thing: str, text: str, known: list[str]) -> str:
    """One of the known names; BadInput with the nearest otherwise."""
    if text not in known:
        raise unknown(thing, text, known)
    return text


def print_json(value: Any) -> None:
    """Exactly one JSON object on standard output; undefined numbers are null."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
    sys.stdout.flush()
