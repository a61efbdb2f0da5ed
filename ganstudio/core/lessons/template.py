"""The template of a lesson: a folder with a lesson that passes its own check, to be written over."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ganstudio.core.control import Value
from ganstudio.core.leaves import NAME
from ganstudio.core.lessons.head import FILES
from ganstudio.core.lessons.lesson import FILE, RunAsked
from ganstudio.core.runs.format import short
from ganstudio.core.system.atomic_write import atomic_write
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.paths import said_of, why_absent

FIRST = RunAsked(variant="wgan-gp", data="ring")
STEPS = 50
MOST_BYTES = 8 << 20  # of a data file that is copied into the lesson

TEXT = """\
+++
format = 1
title = {title}
minutes = 5
summary = "One sentence for the menu."
prerequisites = []
papers = []

# Each [[step]] belongs to one "## " below, in their order. Every key is explained in docs/lessons.md.

[[step]]
run = {run}
until = {until}
layout = {layout}
look_at = {look_at}
[[step.claim]]
text = "The run has done its steps, and every weight is a finite number."
quantity = "finite"
above = 0.5

[[step]]
{change}until = {further}
[[step.claim]]
text = "It has gone on."
quantity = "step"
above = {above}
+++
Say here what the lesson is about, and what the reader will see. A formula is written $D(x) = \\tfrac12$, or on a line
of its own:

$$\\min_G \\max_D\\; E_x[\\log D(x)] + E_z[\\log(1 - D(G(z)))]$$

## What to look at first

Say what is on screen. Then let the run play.

### Question

What do you expect to happen next?

### Answer

Say what happened, and why. The claims above are measured at the end of each step.

## What changes

Say what was changed, and what came of it.
"""


def write_template(
    folder: Path, run: RunAsked = FIRST, *, until: int = STEPS, layout: Sequence[str] = (), look_at: str = "",
    change: dict[str, Value] | None = None, title: str = "",
) -> Path:
    """Writes a new lesson; returns its file.

    Args:
        folder: The new folder; its name is the lesson's.
        run: The run that it begins with.
        until: The step to which that plays.
        layout: The panels that it shows; empty: samples or points, whatever the layout has.
        look_at: The panel that is framed; empty: none.
        change: Controls that the second step changes.
        title: Of the lesson; empty: made from the folder's name.

    Raises:
        BadInput: The folder's name is no name for a lesson, there is something of that name, or it cannot be written.
    """
    if not NAME.fullmatch(folder.name):
        raise BadInput(f"the folder '{short(folder)}' cannot be a lesson: its name has lower-case letters and digits "
                       "with hyphens between them")
    if (fault := why_absent(folder)) != "is not there":
        raise BadInput(f"{short(folder)} {fault or 'exists already'}: choose another name for the new lesson")
    files = _own_files(run)
    inside = {name: path.name for name, path in files.items()}
    run = msgspec.structs.replace(run, data_controls={**run.data_controls, **inside})
    title = title or folder.name.replace("-", " ").capitalize()
    changes = f"change = {toml(change)}\n" if change else ""
    text = TEXT.format(
        title=toml(title), run=toml(_table(run)), until=until, further=2 * until, above=until + 0.5,
        layout=toml(list(layout)), look_at=toml(look_at), change=changes)
    if not layout:
        text = text.replace("layout = []\n", "")
    if not look_at:
        text = text.replace('look_at = ""\n', "")
    try:
        folder.mkdir(parents=True)
        for path in files.values():
            shutil.copyfile(path, folder / path.name)
        with atomic_write(folder / FILE) as (part,):
            part.write_text(text, encoding="utf-8", newline="\n")
    except OSError as fault:
        raise BadInput(f"{short(folder)} cannot be written: {said_of(fault)}") from None
    return folder / FILE


def _table(run: RunAsked) -> dict[str, object]:
    """A run's keys that are not as usual."""
    usual = RunAsked(variant="", data="")
    return {name: value for name in run.__struct_fields__
            if (value := getattr(run, name)) != getattr(usual, name)}


def toml(value: object) -> str:
    """A value as TOML writes it in a line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(toml(one) for one in value)}]"
        case dict():
            return "{ " + ", ".join(f"{_key(name)} = {toml(one)}" for name, one in value.items()) + " }"
    raise TypeError(f"{type(value).__name__} has no form in TOML")


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else toml(name)


def _own_files(run: RunAsked) -> dict[str, Path]:
    """The files of the user's own that the data of a run is read from, by control: the lesson gets copies.

    Raises:
        BadInput: It is a folder, or a file that is too large.
    """
    files = {}
    for name in FILES:
        value = run.data_controls.get(name)
        if not isinstance(value, str) or not value:
            continue
        path = Path(value)
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            raise BadInput(f"the data of this run, {short(path)}, is not a file of at most {MOST_BYTES >> 20} MB: a "
                           "lesson holds its own data, so that it can be given away")
        files[name] = path
    return files
