"""Holds a view to the shapes that its fields declare: it may come from a file that anybody made."""

from __future__ import annotations

import functools
import typing

import msgspec

from ganstudio.core.images import images_of
from ganstudio.core.protocol.views import Array, Shape, View

MOST = 8192  # along any side: no panel shows more, and what compares each with each would need gigabytes


@functools.cache
def shapes_of(kind: type[msgspec.Struct]) -> dict[str, Shape]:
    """The shapes that a struct declares, by field."""
    found = {}
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        for extra in getattr(hint, "__metadata__", ()):
            if isinstance(extra, Shape):
                found[name] = extra
    return found


def check(view: View) -> None:
    """Whether a view is one that a probe could have made.

    Raises:
        ValueError: An array has another shape than its kind of view, or a number cannot be.
    """
    lengths: dict[str, int] = {}
    _check_struct(view, lengths)
    if not view.consistent(lengths):
        raise ValueError(f"a view of the kind {type(view).__name__.lower()} holds what does not go together")


def _check_struct(owner: msgspec.Struct, lengths: dict[str, int]) -> None:
    shapes = shapes_of(type(owner))
    for name in owner.__struct_fields__:
        value = getattr(owner, name)
        if name in shapes and isinstance(value, list):
            for one in value:
                _check_array(name, one, shapes[name], {})
        elif name in shapes and value is not None:
            _check_array(name, value, shapes[name], lengths)
        elif isinstance(value, msgspec.Struct):
            _check_struct(value, lengths)


def _check_array(name: str, array: Array, shape: Shape, lengths: dict[str, int]) -> None:
    sides = shape.sides
    # Each of them is a look at the bytes, and a ValueError if those do not fit.
    values = images_of(array) if sides[-1] == "c" else array.doubles() if array.dtype == "f8" else array.numpy()
    fits = values.ndim == len(sides) and (array.dtype == "u1") == (sides[-1] == "c")
    for letter, length in zip(sides, values.shape, strict=False):
        if isinstance(letter, int):
            fits &= letter == length
        elif not letter.startswith("("):
            fits &= length > 0 and lengths.setdefault(letter, length) == length and (letter != "c" or length in (1, 3))
    fits &= all(length <= MOST for length in values.shape)
    if not fits:
        raise ValueError(f"'{name}' has the shape {values.shape} of {array.dtype}, which it cannot have")
