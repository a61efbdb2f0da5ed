"""Whether a generator that was well has lost nearly all its modes: judged over hundreds of steps, so as to be sure."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject

from ganstudio.core.protocol.messages import MeasuredNow, Snapshot, Started
from ganstudio.core.protocol.views import ModeCount, Points
from ganstudio.ui.panels.points import Floats, few, shares
from ganstudio.ui.state.session import Session

State = Literal["well", "lost", "between"]
SEEN = 8  # observations at least
STEPS = 400  # that they span at least
EVER_STEPS = 1000  # likewise of a run that never was well: it may only be slow to begin
SHARE = 0.8  # of them in which the modes are lost: a generator that hops from mode to mode passes between two
ALIKE, VARIED = 0.25, 0.5  # of what real images differ by


@dataclass(frozen=True)
class Collapse:
    """What was seen."""

    at: int  # the first step at which the modes were lost
    well_at: int | None  # the last step before it at which all was well; None: it never was
    well_from: int | None  # the first such step
    words: str  # what is to be seen now, as the rest of a sentence


class Watch:
    """Judges a run by what is seen of it, in the order of its steps."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, State]] = deque()
        self._since: int | None = None  # the first loss after the last time that all was well
        self._well: tuple[int, int] | None = None  # first and last
        self._told = False
        self.last = -1  # step

    def see(self, steps: int, state: State, words: str = "") -> Collapse | None:
        """Takes one more observation; a collapse once it is sure, and once alone until all is well again."""
        if steps <= self.last:
            return None
        before = self._seen[-1][1] if self._seen else None
        self.last = steps
        self._seen.append((steps, state))
        if state == "well" and before == "well":  # twice: a generator on its way may pass through by chance
            self._well = (self._well[0] if self._well else steps, steps)
            self._since, self._told = None, False
        elif state == "lost" and self._since is None:
            self._since = steps
        span = STEPS if self._well else EVER_STEPS
        while len(self._seen) > SEEN and self._seen[1][0] <= steps - span:
            self._seen.popleft()
        if self._told or self._since is None or len(self._seen) < SEEN or steps - self._seen[0][0] < span:
            return None
        states = [one for _, one in self._seen]
        if "well" in states or states.count("lost") < SHARE * len(states) or state != "lost":
            return None
        self._told = True
        first, last = self._well or (None, None)
        return Collapse(at=self._since, well_at=last, well_from=first, words=words)


def of_concentration(K: int, found: float, reverse_kl: float) -> State:
    """By how few of K modes the samples lie near, as the Points panel says it.

    Args:
        K: How many modes there are.
        found: How many were found.
        reverse_kl: Of the samples' share at each mode against the true one, in nats; ln(K / m) on m equal ones. Of a
            generator that has lost no mode it is below .4 (wgan-gp after 20 steps); of one that sits on one mode or
            hops from one to the next, above 1.2 (ns-gan whose G is ten times faster than D).
    """
    lost = math.log(K / few(K))
    if reverse_kl >= 0.9 * lost:
        return "lost"
    return "well" if found >= max(few(K) + 1, K / 2) and reverse_kl <= 0.25 * lost else "between"


def of_modes(modes: ModeCount, expected: Floats) -> tuple[State, str]:
    """By where the shown points lie; ``expected`` is the share ``(K,)`` of real points at each mode."""
    nearest = modes.nearest.doubles()
    there = (nearest > 0) & (expected > 0)
    divergence = float((nearest[there] * np.log(nearest[there] / expected[there])).sum())
    reach = max(int((nearest >= 0.2 * expected).sum()), 1)
    K = len(nearest)
    words = f"nearly all points are near {'one mode' if reach == 1 else f'{reach} modes'} of {K}"
    return of_concentration(K, modes.found, divergence), words


def of_measures(measured: MeasuredNow) -> tuple[State, str] | None:
    """By the generator's numbers; None where they say nothing of it."""
    numbers, floors = measured.measures, measured.floors
    different, usual = numbers.get("diversity"), floors.get("diversity")
    if different is not None and usual:
        ratio = different / usual
        words = f"the generated images differ {ratio:.0%} as much as real ones"
        return ("lost" if ratio < ALIKE else "well" if ratio >= VARIED else "between"), words
    found, K, divergence = numbers.get("modes"), floors.get("modes"), numbers.get("reverse_kl")
    if found is None or divergence is None or K is None or K < 2:
        return None
    return of_concentration(round(K), found, divergence), f"{found:.0f} of {K:.0f} modes are found"


class CollapseWatch(QObject):
    """Watches the run on screen by what comes anyway, and tells the session."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._watch = Watch()
        self._expected: Floats | None = None
        session.run_started.connect(self._begin)
        session.measured.connect(self._measured)
        session.snapshot_came.connect(self._seen)

    def _begin(self, _: Started) -> None:
        self._watch = Watch()
        self._expected = None

    def _measured(self, measured: MeasuredNow) -> None:
        judged = of_measures(measured)
        if judged is not None:
            self._take(measured.steps, *judged)

    def _seen(self, snapshot: Snapshot) -> None:
        view = snapshot.views.get("points")
        if not isinstance(view, Points) or view.modes is None or len(view.modes.nearest.numpy()) < 2:
            return
        if snapshot.position.steps <= self._watch.last or not np.isfinite(view.fake.numpy()).all():
            return
        if self._expected is None:
            self._expected = shares(view.real.numpy(), view.modes)
        self._take(snapshot.position.steps, *of_modes(view.modes, self._expected))

    def _take(self, steps: int, state: State, words: str) -> None:
        collapse = self._watch.see(steps, state, words)
        if collapse is not None and self._session.last_diverged is None:
            self._session.tell_collapse(collapse)
