"""A control's only truth: its range, scale, unit, symbol and help are written once, in the annotation.

Widgets, validation, the command line, the catalogue and the docs all follow from it.
msgspec's decode does not look at these annotations: every door goes through ``validated``.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from ganstudio.core.system.errors import BadInput, unknown

Value = bool | int | float | str | list[float]
"""What a control may hold, and what travels in a command or a run file."""

MAX_TEXT = 4096
MAX_NUMBERS = 256


class Needs(msgspec.Struct, frozen=True):
    """A condition without which a control does nothing: another control of its owner has a certain value."""

    control: str
    among: tuple[str, ...] = ()  # it is one of these
    above: float | None = None  # or it is more than this


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """What every kind of control says about itself."""

    help: str = ""
    symbol: str = ""
    unit: str = ""
    label: str = ""  # the name on screen; if empty, the field's name with spaces
    group: str = ""  # the box that it is shown in; if empty, the owner's own
    live: bool = True  # False: changing it restarts the run
    kinds: tuple[str, ...] = ()  # the kinds of data on which it does something; empty: all
    needs: tuple[Needs, ...] = ()  # while one of these does not hold, it does nothing
    ability: str = ""  # of `core.leaves.ABILITIES`: in runs without it, it does nothing


class Slider(Control, frozen=True):
    """A real number. On a log scale a low end of 0 is a detent left of the smallest decade."""

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    detent: float = 1e-3


class Integer(Control, frozen=True):
    """A whole number."""

    low: int
    high: int
    scale: Literal["linear", "log"] = "linear"


class Choice(Control, frozen=True):
    """One of the names of the field's Literal."""


class Toggle(Control, frozen=True):
    """On or off."""


class Numbers(Control, frozen=True):
    """A list of real numbers, written ``1,2,3``."""

    low: float = -1e6
    high: float = 1e6


class Text(Control, frozen=True):
    """A line of text."""


class FilePath(Control, frozen=True):
    """The path of a file that is read, or of a folder."""

    folder: bool = False
    suffixes: tuple[str, ...] = ()


class Controls(msgspec.Struct, frozen=True, kw_only=True):
    """A set of controls: subclass it (frozen and kw_only stated again) and annotate each field."""

    def check(self) -> None:
        """Raises BadInput if two values do not go together."""


C = TypeVar("C", bound=Controls)


class ControlInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A control as data: what the window builds its widget from, and what ``catalog --json`` prints."""

    name: str
    kind: str
    default: Value
    low: float | None = None
    high: float | None = None
    scale: str | None = None
    detent: float | None = None
    choices: list[str] = []
    live: bool = True
    kinds: list[str] = []
    label: str = ""
    symbol: str = ""
    unit: str = ""
    help: str = ""
    group: str = ""
    needs: list[Needs] = []
    ability: str = ""


@cache
def declared(owner: type[Controls]) -> dict[str, tuple[Control, tuple[str, ...]]]:
    """Field name -> its control and, for a Choice, the names to choose from."""
    found: dict[str, tuple[Control, tuple[str, ...]]] = {}
    for name, hint in get_type_hints(owner, include_extras=True).items():
        if name not in owner.__struct_fields__:
            continue
        control = next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Control)), None)
        if control is None:
            raise TypeError(f"{owner.__name__}.{name} has no control in its annotation")
        plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        choices = tuple(map(str, get_args(plain))) if get_origin(plain) is Literal else ()
        found[name] = (control, choices)
    return found


def described(owner: type[Controls], group: str) -> list[ControlInfo]:
    """The controls of a class as data, in the order they are written; those that have a single value are left out."""
    defaults = owner()
    return [
        ControlInfo(
            name=name,
            kind=_kind(control),
            default=plain(getattr(defaults, name)),
            low=getattr(control, "low", None),
            high=getattr(control, "high", None),
            scale=getattr(control, "scale", None),
            detent=getattr(control, "detent", None) if getattr(control, "scale", "") == "log" else None,
            choices=list(choices),
            live=control.live,
            kinds=list(control.kinds),
            label=control.label or name.replace("_", " "),
            symbol=control.symbol,
            unit=control.unit,
            help=control.help,
            group=control.group or group,
            needs=list(control.needs),
            ability=control.ability,
        )
        for name, (control, choices) in declared(owner).items()
        if not _has_one_value(control, choices)
    ]


def _has_one_value(control: Control, choices: tuple[str, ...]) -> bool:
    """Whether there is nothing to choose: where it is restated so, the owner has no use for it."""
    return len(choices) == 1 if isinstance(control, Choice) else (
        isinstance(control, Integer | Slider) and control.low == control.high)


def _kind(control: Control) -> str:
    if isinstance(control, FilePath):
        return "folder" if control.folder else "file"
    return type(control).__name__.lower()


def plain(value: Any) -> Value:
    """A control's value as it travels: tuples become lists."""
    return list(value) if isinstance(value, tuple) else typing.cast(Value, value)


def values(controls: Controls) -> dict[str, Value]:
    """The values of a set of controls as they travel."""
    return {name: plain(getattr(controls, name)) for name in controls.__struct_fields__}


def in_key(values: Mapping[str, Value]) -> str:
    """Values as a part of the name of what is kept of them: one name for equal values, as of 0, 0.0 and -0.0."""
    said = {name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in values.items()}
    return "-".join(f"{name}{value}" for name, value in sorted(said.items()))


def validated(owner: type[C], mapping: Mapping[str, Any], base: C | None = None, *, of: str = "") -> C:
    """A set of controls from untrusted values, over ``base`` or over the defaults.

    Args:
        owner: The class of controls.
        mapping: Name -> value; texts are read as the control's kind asks.
        base: The values of names that the mapping does not hold; the class's defaults if None.
        of: Who owns the controls, for the sentence ("variant wgan-gp").

    Raises:
        BadInput: An unknown name, a value of the wrong kind or out of range.
    """
    fields = declared(owner)
    merged: dict[str, Any] = {}
    for name, value in mapping.items():
        if name not in fields:
            raise unknown(f"control of {of}" if of else "control", name, fields)
        control, choices = fields[name]
        merged[name] = _checked(name, control, choices, value)
    start = base if base is not None else owner()
    result = msgspec.structs.replace(start, **merged)
    result.check()
    return result


def _checked(name: str, control: Control, choices: tuple[str, ...], value: Any) -> Any:
    match control:
        case Slider() | Integer():
            number = _number(name, value, control)
            if number != control.low == control.high:
                raise BadInput(f"{name} = {number:.12g} is not possible here: allowed is {control.low:.12g}. "
                               f"{control.help}")
            if isinstance(control, Slider):
                return _in_range(name, number, control.low, control.high)
            if number != int(number):
                raise BadInput(f"{name} takes a whole number from {control.low} to {control.high}, not {shown(value)}")
            return int(_in_range(name, number, control.low, control.high))
        case Choice():
            if not isinstance(value, str) or value not in choices:
                raise unknown(name, value if isinstance(value, str) else shown(value), choices)
            return value
        case Toggle():
            known: dict[Any, bool] = {"true": True, "on": True, "1": True, "yes": True, True: True,
                                      "false": False, "off": False, "0": False, "no": False, False: False}
            key = value.lower() if isinstance(value, str) else value
            if not isinstance(key, str | bool) or key not in known:
                raise BadInput(f"{name} is on or off, not {shown(value)}")
            return known[key]
        case Numbers():
            return _numbers(name, value, control)
        case _:
            if not isinstance(value, str) or len(value) > MAX_TEXT or "\0" in value:
                raise BadInput(f"{name} takes a text of at most {MAX_TEXT} characters, not {shown(value)}")
            return value


def _number(name: str, value: Any, control: Slider | Integer | Numbers) -> float:
    allowed = f"a number from {control.low:.12g} to {control.high:.12g}"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadInput(f"{name} takes {allowed}, not {shown(value)}")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise BadInput(f"{name} takes {allowed}, not {shown(value)}") from None
    if not math.isfinite(number):
        raise BadInput(f"{name} takes {allowed}, not {shown(value)}")
    return number


def _in_range(name: str, number: float, low: float, high: float) -> float:
    if not low <= number <= high:
        raise BadInput(f"{name} = {number:.12g} is out of range: allowed is {low:.12g} to {high:.12g}")
    return number


def _numbers(name: str, value: Any, control: Numbers) -> tuple[float, ...]:
    parts = [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not 1 <= len(parts) <= MAX_NUMBERS:
        raise BadInput(f"{name} takes 1 to {MAX_NUMBERS} numbers separated by commas, not {shown(value)}")
    return tuple(_in_range(name, _number(name, part, control), control.low, control.high) for part in parts)


def shown(value: Any) -> str:
    """Any value in a sentence: a long one is cut."""
    if isinstance(value, int) and abs(value) > 10**50:
        return "a whole number of more than 50 digits"
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        text = "something with a whole number of more than 4,300 digits"
    return text if len(text) <= 60 else text[:57] + "..."


def value_from_text(info: ControlInfo, text: str) -> Value:
    """A typed value of a control, checked against its description: the window has that alone.

    Raises:
        BadInput: It is not of the control's kind, or out of range.
    """
    name, low, high = info.label or info.name, info.low or 0.0, info.high or 0.0
    control: Control
    match info.kind:
        case "slider":
            control = Slider(low, high)
        case "integer":
            control = Integer(int(low), int(high))
        case "choice":
            control = Choice()
        case "toggle":
            control = Toggle()
        case "numbers":
            control = Numbers(low=low, high=high)
        case _:
            control = Text()
    return plain(_checked(name, control, tuple(info.choices), text))


def argument_of(cls: type[Any], contract: type[Any]) -> Any:
    """The class of controls that a leaf gave its contract: ``Ring(Dataset[RingControls])`` -> RingControls."""
    for base in (base for ancestor in cls.__mro__ for base in getattr(ancestor, "__orig_bases__", ())):
        if isinstance(origin := get_origin(base), type) and issubclass(origin, contract):
            argument = get_args(base)[0]
            if isinstance(argument, type):
                return argument
    raise TypeError(f"{cls.__name__} does not say its controls: write {contract.__name__}[SomeControls]")
