"""Checks a lesson: plays it without a window, from its seeds, and says of each claim whether it holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import torch

from ganstudio.core.control import declared, validated
from ganstudio.core.lessons.lesson import FILE, Lesson, RunAsked, Step
from ganstudio.core.lessons.played import ClaimPlayed
from ganstudio.core.panel_catalog import panels
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.lessons.moment import check_asked
from ganstudio.lessons.stage import Stage
from ganstudio.training.resolve_spec import Parts, resolved


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a check; the JSON of ``ganstudio lesson --check`` is made of these."""

    name: str
    seconds: float
    claims: list[ClaimPlayed]

    @property
    def holds(self) -> bool:
        """Whether every claim holds."""
        return all(claim.holds for claim in self.claims)


def check_names(lesson: Lesson) -> None:
    """Checks what the file alone cannot show: variants, data, values, panels and quantities; nothing is trained.

    Raises:
        BadInput: One sentence with the place.
    """
    parts: dict[bytes, Parts] = {}

    def parts_of(asked: RunAsked) -> Parts:
        key = msgspec.json.encode(asked)
        if key not in parts:
            parts[key] = resolved(asked.spec())
        return parts[key]

    on_stage: list[Parts] = []
    known = {info.name: info for info in panels()[0]}
    for state in lesson.states:
        with _place(lesson, f"state {state.name}"):
            controls = parts_of(state.run).controls
            for planned in state.changes:
                _check_change(parts_of(state.run), planned.change.name, planned.change.value)
                controls = validated(type(controls), {planned.change.name: planned.change.value}, controls)
    for number, step in enumerate(lesson.steps, start=1):
        with _place(lesson, f"step {number}"):
            if step.run is not None or step.compare:
                on_stage = [parts_of(asked) for asked in ([step.run] if step.run is not None else step.compare)]
            elif step.state:
                on_stage = [parts_of(lesson.state(step.state).run)]
            for name, value in step.change.items():
                takers = [each for each in on_stage if name in declared(type(each.controls))]
                for each in takers or on_stage[:1]:
                    _check_change(each, name, value)
            for name in [*step.layout, *([step.look_at] if step.look_at else [])]:
                if name not in known:
                    raise unknown("panel", name, known)
                if on_stage and on_stage[0].data.kind not in known[name].kinds:
                    raise BadInput(f"panel {name} is for data of kind {' or '.join(known[name].kinds)}, and this is "
                                   f"{on_stage[0].data.kind}")
        for index, claim in enumerate(step.claims, start=1):
            with _place(lesson, f"step {number}, claim {index}"):
                for part in claim.parts:
                    check_asked(part, has_run=step.has_run)
                    _check_control(part.quantity, on_stage, step, step.entry_of(part))


@contextmanager
def _place(lesson: Lesson, place: str) -> Iterator[None]:
    """Says where in the lesson a fault is."""
    try:
        yield
    except BadInput as fault:
        raise BadInput(f"{lesson.name}/{FILE}, {place}: {fault}") from None


def _check_change(parts: Parts, name: str, value: object) -> None:
    """Raises BadInput if a control cannot be changed so while the run goes on."""
    owner = type(parts.controls)
    validated(owner, {name: value}, parts.controls, of=f"variant {parts.spec.variant}")
    if not declared(owner)[name][0].live:
        raise BadInput(f"{name} is not live: changing it restarts the run")


def _check_control(quantity: str, on_stage: list[Parts], step: Step, entry: int) -> None:
    if quantity.startswith("control:") and entry < len(on_stage):
        fields = declared(type(on_stage[entry].controls))
        name = quantity.removeprefix("control:")
        if name not in fields:
            raise unknown(f"control of variant {on_stage[entry].spec.variant}", name, fields)


def check(lesson: Lesson, entered: Callable[[int, Step], None] | None = None,
          played: Callable[[list[ClaimPlayed]], None] | None = None) -> Checked:
    """Plays a lesson and measures its claims. The same on each machine of one kind, however often it is called.

    Args:
        lesson: The lesson.
        entered: Is called with each step and its number from 1 before it is played.
        played: Is called with its claims afterwards.

    Raises:
        BadInput: It names what there is not, or a prepared state is missing.
    """
    begun = time.perf_counter()
    torch.set_num_threads(1)
    check_names(lesson)
    stage = Stage(lesson)
    claims: list[ClaimPlayed] = []
    for number, step in enumerate(lesson.steps, start=1):
        if entered is not None:
            entered(number, step)
        with _place(lesson, f"step {number}"):
            stage.enter(step)
            values = stage.play(step)
        found = [ClaimPlayed.of(claim, number, step.moment_of(claim.value), value)
                 for claim, value in zip(step.claims, values, strict=True)]
        claims += found
        if played is not None:
            played(found)
    return Checked(name=lesson.name, seconds=time.perf_counter() - begun, claims=claims)
