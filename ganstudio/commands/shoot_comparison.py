"""``ganstudio shoot --compare``: the comparison that a picture is of, trained to a step."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from ganstudio.commands import arguments
from ganstudio.core.protocol.spec import Spec
from ganstudio.core.system.errors import BadInput

if TYPE_CHECKING:
    from ganstudio.core.protocol.messages import MeasuredNow, Snapshot
    from ganstudio.ui.application import Studio
    from ganstudio.ui.comparison.window import ComparisonWindow
    from ganstudio.ui.state.comparison import Comparison
from ganstudio.ui.state.comparison_member import Member


def entries(text: str, base: Spec) -> list[Spec]:
    """The specs of ``V1,V2:k=v,…``: variants with commas between them, each with controls of its own after colons.

    Args:
        text: What was typed.
        base: Data, seed, preset and settings of all.

    Raises:
        BadInput: There are too few or too many.
    """
    from ganstudio.ui.state.comparison_plan import FEWEST, MOST

    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        variant, *settings = part.split(":")
        found.append(msgspec.structs.replace(
            base, variant=variant, controls={**base.controls, **dict(arguments.pairs("--compare", settings))}))
    if not FEWEST <= len(found) <= MOST:
        raise BadInput(f"--compare {text} names {len(found)} runs: allowed are {FEWEST} to {MOST}")
    return found


async def pose(studio: Studio, runs: Sequence[Spec], steps: Sequence[int], size: tuple[int, int], panel: str) -> None:
    """Opens the comparison and trains it, looking at it at the same steps each time.

    Args:
        studio: The open studio.
        runs: The specs.
        steps: At which all runs are held and looked at, ascending.
        size: Of the window, pixels.
        panel: That all cells show; empty: the usual one.

    Raises:
        BadInput: A run would not start, or has no such panel.
    """
    view = studio.window.comparisons.show([(spec, "") for spec in runs], playing=False)
    view.scheduler.pause()
    view.resize(*size)
    comparison = view.comparison
    await _until(lambda: not any(member.waiting for member in comparison.members))
    for member in comparison.members:
        if member.fault:
            raise BadInput(f"run {member.index + 1} of --compare: {member.fault[:1].lower()}{member.fault[1:-1]}")
    if panel:
        offered = [name for _, name in view.grid.offered()]
        view.choose_panel(arguments.one_of("panel", panel, offered))
    for step in steps:
        view.scheduler.pause()
        comparison.play(True, until=step)
        await _until(functools.partial(_all_held, comparison, step))
        await _looked_at(view)


def _all_held(comparison: Comparison, step: int) -> bool:
    return all(_held(member, step) for member in comparison.members)


def _held(member: Member, step: int) -> bool:
    progress = member.run.progress
    return not member.alive or (progress is not None and not progress.playing and progress.position.steps >= step)


async def _looked_at(view: ComparisonWindow) -> None:
    """Waits until each run that goes on was looked at and measured."""
    alive = [member for member in view.comparison.members if member.alive]
    seen: set[int] = set()
    measured: set[int] = set()

    def see(snapshot: Snapshot) -> None:
        seen.add(snapshot.run)

    def hear(numbers: MeasuredNow) -> None:
        measured.add(numbers.run)

    for member in alive:
        member.run.snapshot_came.connect(see)
        member.run.measured.connect(hear)
    try:
        view.scheduler.resume()
        wanted = {member.run.number for member in alive}
        await _until(lambda: wanted <= seen and wanted <= measured)
    finally:
        for member in alive:
            member.run.snapshot_came.disconnect(see)
            member.run.measured.disconnect(hear)


async def _until(there: Callable[[], bool]) -> None:
    while not there():
        await asyncio.sleep(0.02)
