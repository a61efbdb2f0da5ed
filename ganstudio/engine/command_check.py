"""Holds what arrives over the wire to bounds, before anything is done with it: whoever has the token may send it."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

from ganstudio.core.control import MAX_NUMBERS, MAX_TEXT, shown
from ganstudio.core.protocol.asks import Ask
from ganstudio.core.protocol.messages import (
    Command,
    Hello,
    MeasureQuantities,
    SetControl,
    SnapshotRequest,
    Start,
    Step,
)
from ganstudio.core.protocol.views import Picture, Sketch, Walk
from ganstudio.core.runs.format import FURTHEST, short
from ganstudio.core.runs.named_spec import check_names
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import why_absent, why_not_made
from ganstudio.training.resolve_spec import probes

MOST_RUNS = 64  # that may be open at once
MOST_REPLACED = 10_000  # runs that one start ends: a user who clicks fast asks for many before one is built
MOST_NAME = 200  # letters
MOST_ANCHORS, MOST_PLACES = 4, 256  # of a walk
MOST_SIDE, MOST_WORDS = 256, 64  # px of a sketch's map, and attributes
MOST_POINTS = 256  # of a sketch
MOST_PATH = 4096  # letters
MOST_QUANTITIES = 100  # of one question


def checked(command: Command) -> Command:
    """The command, with the views of a look each once and only those that there are.

    Raises:
        BadInput: One of its fields is beyond what it may be.
    """
    if isinstance(command, Hello):
        return command
    for name in ("run", "id"):
        _whole(name, getattr(command, name, 0), -1, FURTHEST)
    match command:
        case Start():
            _check_start(command)
        case SnapshotRequest(views=views, walk=walk, sketch=sketch, picture=picture, asks=asks):
            _check_walk(walk)
            _check_sketch(sketch)
            _check_picture(picture)
            _check_asks(asks)
            known = probes()
            return msgspec.structs.replace(command, views=[name for name in dict.fromkeys(views) if name in known])
        case MeasureQuantities(asked=asked):
            if len(asked) > MOST_QUANTITIES or any(
                    len(one.quantity) > MOST_NAME or len(one.params) > MOST_NAME for one in asked):
                raise BadInput(f"a lesson asks for at most {MOST_QUANTITIES} quantities at once, with names and lists "
                               f"of parameters of at most {MOST_NAME}")
        case Step(player=name) | SetControl(name=name):
            if len(name) > MOST_NAME:
                raise BadInput(f"a name of {len(name):,} letters is too long: allowed are {MOST_NAME}")
            value = getattr(command, "value", 0)
            if isinstance(value, str | list) and len(value) > (MAX_TEXT if isinstance(value, str) else MAX_NUMBERS):
                raise BadInput(f"{shown(name)} takes at most {MAX_TEXT} letters or {MAX_NUMBERS} numbers")
    return command


def _check_start(command: Start) -> None:
    _whole("at", command.at, -1, FURTHEST)
    _whole("until", command.until, 0, FURTHEST)
    if len(command.replaces) > MOST_REPLACED:
        raise BadInput(f"a run replaces at most {MOST_REPLACED:,} others, not {len(command.replaces):,}")
    if fault := check_names(command.spec):
        raise BadInput(f"this run is not possible: {fault}")
    for path, why in ((command.file, why_absent), (command.record, why_not_made)):
        if len(path) > MOST_PATH:
            raise BadInput(f"a path of {len(path):,} letters is too long: allowed are {MOST_PATH}")
        if path and (fault := why(Path(path))):
            raise BadInput(f"run file {short(Path(path))} {fault}")


def _check_walk(walk: Walk | None) -> None:
    if walk is None:
        return
    if len(walk.anchors) > MOST_ANCHORS or len(walk.at) > MOST_PLACES:
        raise BadInput(f"a walk has at most {MOST_ANCHORS} anchors and {MOST_PLACES} places, not "
                       f"{len(walk.anchors):,} and {len(walk.at):,}")
    if not all(math.isfinite(share) and 0 <= share <= 1 for place in walk.at for share in place):
        raise BadInput("a place of a walk lies between 0 and 1 in both directions")


def _check_sketch(sketch: Sketch | None) -> None:
    if sketch is None:
        return
    _whole("latent", sketch.latent, 0, FURTHEST)
    if len(sketch.words) > MOST_WORDS:
        raise BadInput(f"a sketch has at most {MOST_WORDS} attributes, not {len(sketch.words):,}")
    for value in sketch.words:
        _whole("words", value, 0, 255)
    if sketch.box is not None and not all(math.isfinite(end) and 0 <= end <= 1 for end in sketch.box):
        raise BadInput("the ends of a sketch's box lie between 0 and 1")
    if len(sketch.points) > MOST_POINTS:
        raise BadInput(f"a sketch has at most {MOST_POINTS} key points, not {len(sketch.points):,}")
    if not all(math.isfinite(end) and 0 <= end <= 1 for point in sketch.points for end in point):
        raise BadInput("the key points of a sketch lie between 0 and 1 in both directions")
    if (array := sketch.map) is None:
        return
    side = array.shape[0] if array.shape else 0
    if array.dtype != "u1" or array.shape != (side, side) or not 1 <= side <= MOST_SIDE or len(array.data) != side**2:
        raise BadInput(f"a sketch's map has a byte for each pixel of a square of at most {MOST_SIDE} px a side")


def _check_picture(picture: Picture | None) -> None:
    if picture is None:
        return
    array = picture.pixels
    side = array.shape[0] if array.shape else 0
    known = array.dtype == "u1" and array.shape == (side, side, 3)
    if not known or not 1 <= side <= MOST_SIDE or len(array.data) != 3 * side**2:
        raise BadInput(f"a picture has three bytes for each pixel of a square of at most {MOST_SIDE} px a side")


def _check_asks(asks: list[Ask]) -> None:
    if len(asks) != len({type(ask) for ask in asks}):
        raise BadInput("a look asks for one thing of a kind")
    for ask in asks:
        ask.check()


def _whole(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise BadInput(f"{name} = {shown(value)} is out of range: allowed is {low} to {high}")
