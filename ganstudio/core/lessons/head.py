"""The head of a lesson: what its TOML says of states, steps and claims, checked key by key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ganstudio.core.control import Value, shown
from ganstudio.core.lessons.files import below, inside
from ganstudio.core.lessons.keys import Keys
from ganstudio.core.lessons.lesson import Asked, Claim, Prepared, RunAsked, Step
from ganstudio.core.protocol.spec import MAX_SEED, Change, Planned
from ganstudio.core.system.errors import BadInput

FORMAT = 1
MOST_STATES, MOST_STEPS, MOST_CLAIMS, MOST_COMPARED, MOST_PANELS, MOST_CHANGES = 12, 40, 20, 6, 8, 50
MOST_PICTURES = 100
LONGEST_RUN = 1_000_000  # steps
FILES = ("file", "path")  # controls of data sets that name a file or a folder


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the head says; the steps have no prose yet."""

    title: str
    order: float
    minutes: float
    summary: str
    prerequisites: list[str]
    papers: list[str]
    states: list[Prepared]
    steps: list[Step]


def head_of(table: object, where: str, folder: Path) -> Head:
    """The head of a lesson.

    Args:
        table: As ``tomllib`` gives it.
        where: The file, for sentences.
        folder: Of the lesson: files of data are inside it.

    Raises:
        BadInput: A key is unknown or missing, or a value is not allowed.
    """
    keys = Keys(table, where)
    version = keys.whole("format", 1, 1_000_000)
    if version != FORMAT:
        raise BadInput(f"{where}: format = {shown(version)} is not known here: this version reads format {FORMAT}")
    order, minutes = keys.number("order", 0, 1e6), keys.number("minutes", 1, 60)
    if minutes is None:
        raise BadInput(f"{where} lacks the key minutes")
    head = Head(
        title=keys.text("title", 120), order=1e6 if order is None else order, minutes=minutes,
        summary=keys.text("summary", 400), prerequisites=keys.names("prerequisites", 20),
        papers=keys.texts("papers", 20, 400),
        states=[_state(one, folder) for one in keys.tables("state", MOST_STATES, "state")],
        steps=[],
    )
    names = [state.name for state in head.states]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise BadInput(f"{where}: two states are called {twice}: each has a name of its own")
    states = {state.name: state for state in head.states}
    steps: list[Step] = []
    for one in keys.tables("step", MOST_STEPS, "step"):
        steps.append(_step(one, states, steps[-1] if steps else None, folder))
    if not steps:
        raise BadInput(f"{where} lacks the key step: a lesson has at least one [[step]]")
    keys.done()
    return msgspec.structs.replace(head, steps=steps)


def _state(keys: Keys, folder: Path) -> Prepared:
    run = keys.table("run")
    if run is None:
        raise BadInput(f"{keys.where} lacks the key run")
    steps = keys.whole("steps", 1, LONGEST_RUN)
    if steps is None:
        raise BadInput(f"{keys.where} lacks the key steps")
    changes = []
    for one in keys.tables("changes", MOST_CHANGES, "change"):
        at = one.whole("at", 0, steps - 1)
        name, value = one.text("name", 200), one.raw("value")
        if at is None or value is None:
            raise BadInput(f"{one.where} lacks the key {'at' if at is None else 'value'}")
        changes.append(Planned(steps=at, change=Change(name=name, value=_value(one, value))))
        one.done()
    state = Prepared(name=keys.name("name"), run=_run(run, folder), steps=steps,
                     changes=sorted(changes, key=lambda change: change.steps),
                     pictures=keys.wholes("pictures", 0, steps, MOST_PICTURES))
    below(folder, state.file, f"{keys.where}: the prepared state")
    keys.done()
    return state


def _value(keys: Keys, value: object) -> Value:
    """A single value of a control."""
    return Keys({"value": {"value": value}}, keys.where).values("value")["value"]


def _run(keys: Keys, folder: Path) -> RunAsked:
    run = RunAsked(
        variant=keys.name("variant"), data=keys.name("data"), preset=keys.name("preset", needed=False) or "toy",
        seed=keys.whole("seed", 0, MAX_SEED, 0) or 0, network=keys.name("network", needed=False),
        controls=keys.values("controls"), data_controls=_inside(keys, folder),
        network_controls=keys.values("network_controls"),
    )
    keys.done()
    return run


def _step(keys: Keys, states: Mapping[str, Prepared], before: Step | None, folder: Path) -> Step:
    run, state = keys.table("run"), keys.one_of("state", list(states), "state of this lesson")
    compare = [_run(one, folder) for one in keys.tables("compare", MOST_COMPARED, "run")]
    if sum((run is not None, bool(state), bool(compare))) > 1:
        raise BadInput(f"{keys.where} has more than one of run, state and compare: a step begins at most one of them")
    if "compare" in keys and len(compare) < 2:
        raise BadInput(f"{keys.where}: compare has {len(compare)} runs: a comparison has 2 to {MOST_COMPARED}")
    at = keys.whole("at", 0, LONGEST_RUN)
    if at is not None and (not state or at > states[state].steps):
        raise keys.fault("at", f"the step of a prepared state, from 0 to {states[state].steps:,}" if state else
                         "nothing in a step that does not begin with a state")
    begins = run is not None or bool(state) or bool(compare)
    has_run = begins or (before is not None and before.has_run)
    compared = [one.variant for one in compare] if begins else before.compared if before is not None else []
    start = before.end if before is not None and not begins else 0
    if state:
        start = states[state].steps if at is None else at
    until = keys.whole("until", 0, LONGEST_RUN)
    change = keys.values("change")
    if not has_run and (until is not None or change):
        raise BadInput(f"{keys.where} has {'until' if until is not None else 'change'} and no run: an earlier step "
                       "must begin one")
    if until is not None and until < start:
        raise keys.fault("until", f"a step from {start:,} on, where the run of this step is when it begins")
    layout = keys.names("layout", MOST_PANELS)
    look_at = keys.name("look_at", needed=False)
    if look_at and layout and look_at not in layout:
        raise keys.fault("look_at", f"one of the panels in layout: {', '.join(layout)}")
    end = start if until is None else until
    shows = keys.whole("shows", 0, end)
    if shows is not None and (not has_run or compared):
        raise BadInput(f"{keys.where} has shows and no run of its own to look back at")
    step = Step(
        title="", run=None if run is None else _run(run, folder), state=state, compare=compare, change=change,
        until=until, start=start, end=end, has_run=has_run, compared=compared, layout=layout, look_at=look_at,
        shows=shows,
        claims=[_claim(one, start, end, compared) for one in keys.tables("claim", MOST_CLAIMS, "claim")])
    keys.done()
    return step


def _claim(keys: Keys, start: int, end: int, compared: list[str]) -> Claim:
    value = _asked(keys, start, end, compared)
    less, per = (_part(keys, name, start, end, compared, value) for name in ("less", "per"))
    above, below = keys.number("above"), keys.number("below")
    if above is None and below is None:
        raise BadInput(f"{keys.where} has no bound: it needs above or below, or both")
    if above is not None and below is not None and above >= below:
        raise keys.fault("above", f"a number less than below = {below:g}")
    claim = Claim(text=keys.text("text", 600), value=value, less=less, per=per, above=above, below=below)
    keys.done()
    return claim


def _asked(keys: Keys, start: int, end: int, compared: list[str]) -> Asked:
    """A quantity with what belongs to it; the other keys are left to the caller."""
    at = keys.whole("at", 0, LONGEST_RUN)
    if at is not None and not start <= at <= end:
        raise keys.fault("at", f"a step of the run from {start:,} to {end:,}, through which it goes here")
    of = _of(keys, compared)
    return Asked(quantity=keys.text("quantity", 200), params=keys.values("with"), of=of, at=at)


def _of(keys: Keys, compared: list[str]) -> str:
    """Which of the runs that are compared: a variant that one of them has, or a number from 1."""
    value = keys.raw("of")
    if value is None:
        return ""
    if not compared:
        raise keys.fault("of", "nothing in a step without compare")
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= len(compared):
        return text
    if compared.count(text) != 1:
        once = [name for name in compared if compared.count(name) == 1]
        raise keys.fault("of", f"the number of a run from 1 to {len(compared)}"
                         + (f", or one of {', '.join(once)}" if once else ""))
    return text


def _part(keys: Keys, name: str, start: int, end: int, compared: list[str], value: Asked) -> Asked | None:
    """What a value is divided by, or is less: the name of a quantity of the same run, or a table of its own."""
    found = keys.raw(name)
    if found is None:
        return None
    if isinstance(found, str):
        return Asked(quantity=Keys({name: found}, keys.where).text(name, 200), of=value.of, at=value.at)
    inner = Keys(found, f"{keys.where}, {name}")
    asked = _asked(inner, start, end, compared)
    inner.done()
    return asked


def _inside(keys: Keys, folder: Path) -> dict[str, Value]:
    """The controls of the data; a file that they name is one of the lesson's folder, as an absolute path."""
    values = keys.values("data_controls")
    for name in FILES:
        if isinstance(file := values.get(name), str) and file:
            values[name] = str(inside(folder, file, f"{keys.where}: the {name} of the data", folders=True))
    return values
