"""A preset file: what is trained, what the user set, which panels are shown and which controls are hidden.

It is TOML, written so that it can be read and changed by hand, and ends in ``.ganpreset``. It holds no weights: opening
it starts a new run from step 0. What belongs to a machine (device, threads, number format) is not in it.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import msgspec

from ganstudio.core.control import MAX_NUMBERS, MAX_TEXT, Value
from ganstudio.core.presets.layout import Layout, parsed, written
from ganstudio.core.protocol.spec import MAX_SEED, Spec
from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import why_no_file
from ganstudio.core.system.toml import read_toml

SUFFIX = ".ganpreset"
FORMAT = 1
LARGEST = 64 * 1024  # bytes of a file
MOST_TITLE, MOST_NOTE = 120, 2000  # characters
MOST_SETTINGS = 256
MOST_STEPS = 10**9
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,199}")
_CONTROL = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,199}")


class SavedPreset(msgspec.Struct, frozen=True, kw_only=True):
    """What a preset file says."""

    title: str = ""
    note: str = ""
    variant: str = "wgan-gp"
    preset: str = "toy"
    data: str = "ring"
    network: str = ""  # empty: the usual one for the data
    seed: int = 0
    until: int = 0  # the step at which the run is paused; 0: it goes on
    controls: dict[str, Value] = {}  # that differ from the variant's preset
    network_controls: dict[str, Value] = {}
    data_controls: dict[str, Value] = {}
    layout: Layout | None = None  # None: as the window is
    hidden: tuple[str, ...] = ()  # controls of the variant that the window does not show at first

    @property
    def spec(self) -> Spec:
        """The run that it starts."""
        return Spec(variant=self.variant, preset=self.preset, data=self.data, network=self.network, seed=self.seed,
                    controls=dict(self.controls), network_controls=dict(self.network_controls),
                    data_controls=dict(self.data_controls))


# Written -----------------------------------------------------------------------------------------------------------


def to_text(preset: SavedPreset, *, brief: bool = False) -> str:
    """The preset as the text of a file; ``brief``: what has its default is left out, for a code."""
    lines = [] if brief else ["# A preset of GAN Studio: `ganstudio FILE` opens it, and so does dropping it on the "
                              "window."]
    lines.append(f"format = {FORMAT}")
    lines += [f"{name} = {_toml(value)}" for name, value in (("title", preset.title), ("note", preset.note)) if value]
    run: dict[str, Value] = {"variant": preset.variant, "preset": preset.preset, "data": preset.data,
                             "network": preset.network, "seed": preset.seed, "until": preset.until}
    usual = SavedPreset() if brief else SavedPreset(variant="", preset="", data="", seed=-1)
    told = [f"{name} = {_toml(value)}" for name, value in run.items() if value != getattr(usual, name)]
    lines += ["", "[run]", *told] if told else []
    for table, values in (("controls", preset.controls), ("network_controls", preset.network_controls),
                          ("data_controls", preset.data_controls)):
        if values:
            lines += ["", f"[{table}]", *(f"{_key(name)} = {_toml(value)}" for name, value in values.items())]
    if preset.layout is not None or preset.hidden:
        lines += ["", "[window]"]
        if preset.layout is not None:
            lines.append(f"layout = {_toml(written(preset.layout))}")
        if preset.hidden:
            lines.append(f"hidden = [{', '.join(map(_toml, preset.hidden))}]")
    return "\n".join(lines) + "\n"


def write_preset(path: Path, preset: SavedPreset) -> None:
    """Writes the file, whole or not at all; BadInput if it cannot be written."""
    with atomic_write(path) as (part,):
        part.write_bytes(to_text(preset).encode())


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, map(float, value)))}]"
    return repr(value)  # a float has a dot or an exponent, so that it is read as one


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


# Read --------------------------------------------------------------------------------------------------------------


def read_preset(path: Path) -> SavedPreset:
    """The preset in a file.

    Raises:
        BadInput: It cannot be read, is no preset, or is one of a later version.
    """
    name = path.name if path.name.isprintable() else ascii(path.name)
    if why := why_no_file(path):
        raise BadInput(f"preset file {name} {why}")
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise BadInput(f"preset file {name} has {size:,} bytes: at most {LARGEST:,} are allowed")
        content = path.read_bytes()
    except OSError as fault:
        raise BadInput(f"preset file {name} cannot be read: {fault.strerror or fault}") from None
    try:
        return from_text(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput(f"preset file {name} is not text in UTF-8") from None
    except BadInput as fault:
        raise BadInput(f"preset file {name}: {fault}") from None


def from_text(text: str) -> SavedPreset:
    """The preset that a text says; BadInput if it is none, in a sentence that does not name the file."""
    if len(text) > LARGEST:
        raise BadInput(f"it has {len(text):,} characters: at most {LARGEST:,} are allowed")
    try:
        found = read_toml(text)
    except (RecursionError, ValueError) as fault:
        raise BadInput(f"it is not written as TOML: {' '.join(str(fault).split())[:200]}") from None
    form = found.pop("format", None)
    if type(form) is not int or form < 1:
        raise BadInput(f"format = {_shown(form)} is not allowed: a preset of GAN Studio says format = {FORMAT}")
    if form > FORMAT:
        raise BadInput(f"it has format {_shown(form)}: this version of GAN Studio reads {FORMAT}")
    run = _table(found, "run", ("variant", "preset", "data", "network", "seed", "until"))
    window = _table(found, "window", ("layout", "hidden"))
    controls, network_controls, data_controls = (
        _settings(found, name) for name in ("controls", "network_controls", "data_controls"))
    title, note = (_text(found.pop(name, ""), name, most) for name, most in (("title", MOST_TITLE),
                                                                            ("note", MOST_NOTE)))
    if found:
        known = "format, title, note, run, controls, network_controls, data_controls and window"
        raise BadInput(f"it has a key {_shown(next(iter(found)))}: known are {known}")
    usual = SavedPreset()
    return SavedPreset(
        title=title, note=note, controls=controls, network_controls=network_controls, data_controls=data_controls,
        variant=_leaf(run.get("variant", usual.variant), "variant"),
        preset=_leaf(run.get("preset", usual.preset), "preset"), data=_leaf(run.get("data", usual.data), "data"),
        network=_leaf(run.get("network", usual.network), "network"),
        seed=_whole(run.get("seed", 0), "seed", MAX_SEED), until=_whole(run.get("until", 0), "until", MOST_STEPS),
        layout=parsed(_text(window["layout"], "layout", LARGEST)) if "layout" in window else None,
        hidden=_hidden(window.get("hidden", [])),
    )


def _table(found: dict[str, Any], name: str, known: tuple[str, ...]) -> dict[str, Any]:
    table = found.pop(name, {})
    if not isinstance(table, dict):
        raise BadInput(f"{name} is not a table: it is written as [{name}] with its keys below")
    if odd := next((key for key in table if key not in known), None):
        raise BadInput(f"[{name}] has a key {_shown(odd)}: known are {', '.join(known)}")
    return table


def _settings(found: dict[str, Any], name: str) -> dict[str, Value]:
    table = found.pop(name, {})
    if not isinstance(table, dict):
        raise BadInput(f"{name} is not a table: it is written as [{name}] with its controls below")
    if len(table) > MOST_SETTINGS:
        raise BadInput(f"[{name}] has {len(table):,} controls: at most {MOST_SETTINGS} are allowed")
    for key, value in table.items():
        if not _CONTROL.fullmatch(key):
            raise BadInput(f"[{name}] has a key {_shown(key)}: a control's name has letters, digits and underscores")
        table[key] = _value(value, key)
    return table


def _value(value: Any, name: str) -> Value:
    if isinstance(value, list) and 0 < len(value) <= MAX_NUMBERS and all(_is_number(each) for each in value):
        return [float(each) for each in value]
    if isinstance(value, str):
        return _text(value, name, MAX_TEXT)
    if isinstance(value, bool) or _is_number(value):
        return value  # type: ignore[no-any-return]
    raise BadInput(f"{name} = {_shown(value)} is not allowed: a control takes a finite number, true or false, a text, "
                   f"or a list of 1 to {MAX_NUMBERS} numbers")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63


def _text(value: Any, name: str, most: int) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{name} = {_shown(value)} is not a text")
    if len(value) > most:
        raise BadInput(f"{name} has {len(value):,} characters: at most {most:,} are allowed")
    if any((ord(sign) < 32 and sign not in "\n\t") or ord(sign) == 127 for sign in value):
        raise BadInput(f"{name} holds a control character: letters, digits, signs and line ends are allowed")
    return value


def _leaf(value: Any, name: str) -> str:
    if value == "" and name == "network":
        return ""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise BadInput(f"{name} = {_shown(value)} is not a name: allowed are lower-case letters and digits with "
                       "hyphens between them")
    return value


def _whole(value: Any, name: str, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise BadInput(f"{name} = {_shown(value)} is not allowed: it is a whole number from 0 to {most}")
    return value


def _hidden(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_SETTINGS or not all(
            isinstance(name, str) and _CONTROL.fullmatch(name) for name in value):
        raise BadInput(f"hidden = {_shown(value)} is not a list of names of controls")
    return tuple(dict.fromkeys(value))


def _shown(value: object) -> str:
    try:
        text = ascii(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return "something with a whole number of more than 4,300 digits"
    return text if len(text) <= 60 else f"{text[:60]}…"
