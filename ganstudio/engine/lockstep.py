"""Runs in lockstep: those of one group make their steps in rounds, and each is the run that it would be alone.

By the clock of steps, the runs of a group that have done the fewest make one step each: a round. A turn of the group
is whole rounds, so that commands and looks find all its runs at the same step. By the clock of time, the run that has
trained for the shortest makes the next step. A run that is paused, that has diverged or that has failed holds up no
other; once it goes on, the clock lets it catch up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence

from ganstudio.engine.hosted_run import TURN_S, HostedRun

PATIENCE_S = 0.3  # of a round that takes longer, a pause does not wait for the end: the next round goes on with it


def in_turn(runs: Iterable[HostedRun]) -> list[list[HostedRun]]:
    """The runs by who shares a turn: each group, and each run that goes alone."""
    found: dict[tuple[int, int], list[HostedRun]] = {}
    for hosted in runs:
        found.setdefault((hosted.group, 0 if hosted.group else hosted.number), []).append(hosted)
    return list(found.values())


def due(members: Sequence[HostedRun], now: float) -> bool:
    """Whether a group makes a round now: once all its runs that play may go on."""
    playing = [hosted for hosted in members if hosted.playing]
    return bool(playing) and all(hosted.due(now) for hosted in playing)


def wait_s(members: Sequence[HostedRun], now: float) -> float:
    """Seconds until the runs that share a turn have something to do; infinite if they have nothing to do."""
    turn = max((hosted.turn_wait_s(now) for hosted in members if hosted.playing), default=math.inf)
    return min(turn, *(hosted.serve_wait_s(now) for hosted in members))


def next_round(members: Iterable[HostedRun]) -> list[HostedRun]:
    """The runs of a group whose turn it is to make one step each; none if none plays."""
    playing = [hosted for hosted in members if hosted.playing]
    if not playing:
        return []
    if all(hosted.clock == "time" for hosted in playing):
        return [min(playing, key=lambda hosted: hosted.trained_s)]
    fewest = min(hosted.steps for hosted in playing)
    return [hosted for hosted in playing if hosted.steps == fewest]


def take_group_turn(
    members: Sequence[HostedRun], guard: Callable[[HostedRun, Callable[[], None]], bool], has_mail: Callable[[], bool],
    is_to_pause: Callable[[], bool],
) -> None:
    """Makes whole rounds until the turn is over, mail comes, or the speed's bound is reached.

    Args:
        members: The runs of the group.
        guard: Does something for a run, and says whether that went well; a run that raises is ended there.
        has_mail: Whether a command waits.
        is_to_pause: Whether all that waits is to pause or end runs: of a long round that need not wait for its end.
    """
    for hosted in members:
        hosted.among = len(members)
    there = list(members)
    end = time.perf_counter() + TURN_S
    while there:
        began = time.perf_counter()
        for hosted in next_round(there):
            if not guard(hosted, hosted.make_step):
                there.remove(hosted)
            if time.perf_counter() - began > PATIENCE_S and is_to_pause():
                return
        bounded = any(hosted.bounded for hosted in there)
        if bounded or has_mail() or time.perf_counter() >= end or not next_round(there):
            return
