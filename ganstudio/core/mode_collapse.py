"""Judges whether a generator that was well has lost nearly all its modes: judged over hundreds of steps, to be sure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.core.protocol.views import ModeCount
from ganstudio.core.system.wording import figure

Floats = NDArray[np.float64]
State = Literal["well", "lost", "between"]
SEEN = 8  # observations at least
STEPS = 400  # steps that they span at least
EVER_STEPS = 1000  # the same, for a run that never was well: it may only be slow to begin
OVER, OVER_STEPS = 4, 100  # observations in a row, and steps that they span, without lost modes end a collapse
SHARE = 0.8  # of them in which the modes are lost: a generator that hops from mode to mode passes between two
ALIKE, VARIED = 0.25, 0.5  # diversity of the generated images over that of real ones: below is lost, above is well


@dataclass(frozen=True)
class Collapse:
    """A mode collapse: when it began, and what is seen of it."""

    at: int  # the first step at which the modes were lost
    well_at: int | None  # the last step before it at which all was well; None: it never was
    well_from: int | None  # the first such step
    words: str  # what is to be seen, as the rest of a sentence
    seen_at: int  # the step at which that is to be seen


class CollapseDetector:
    """Judges a run by observations of it, in the order of its steps."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, State]] = deque()
        self._since: int | None = None  # the first loss after the last time that all was well
        self._well: tuple[int, int] | None = None  # first and last
        self._reported = False
        self._not_lost: list[int] = []  # steps since the modes were lost last
        self.last = -1  # step
        self.over_at: int | None = None  # since which step the collapse that was reported last is over

    def see(self, steps: int, state: State, words: str = "") -> Collapse | None:
        """Takes one more observation; returns a collapse once it is sure, and only once until all is well again."""
        if steps <= self.last:
            return None
        before = self._seen[-1][1] if self._seen else None
        self.last = steps
        self._seen.append((steps, state))
        if state == "lost":
            self._not_lost = []
        else:
            self._not_lost = [*self._not_lost[:OVER], steps]  # the first one counts, and how many there are
        if self._reported and len(self._not_lost) >= OVER and steps - self._not_lost[0] >= OVER_STEPS:
            self.over_at, self._reported, self._since = self._not_lost[0], False, None
        if state == "well" and before == "well":  # twice: a generator on its way may pass through by chance
            self._well = (self._well[0] if self._well else steps, steps)
            if self._reported:
                self.over_at = self._seen[-2][0]
            self._since, self._reported = None, False
        elif state == "lost" and self._since is None:
            self._since = steps
        span = STEPS if self._well else EVER_STEPS
        while len(self._seen) > SEEN and self._seen[1][0] <= steps - span:
            self._seen.popleft()
        if self._reported or self._since is None or len(self._seen) < SEEN or steps - self._seen[0][0] < span:
            return None
        states = [one for _, one in self._seen]
        if "well" in states or states.count("lost") < SHARE * len(states) or state != "lost":
            return None
        self._reported, self.over_at = True, None
        first, last = self._well or (None, None)
        return Collapse(at=self._since, well_at=last, well_from=first, words=words, seen_at=steps)


def few_modes(K: int) -> int:
    """How many modes of K a collapse leaves at most."""
    return max(1, K // 4)


def is_away(modes: ModeCount) -> bool:
    """Whether most points are far from every mode, so that the mode that is nearest to them says nothing."""
    return modes.near is not None and modes.near < 0.5


def mode_shares(real: NDArray[np.float32], modes: ModeCount) -> Floats:
    """Share ``(K,)`` of the real points ``(n, 2)`` whose nearest mode it is, in its own sd; equal without points."""
    centres, radius = modes.centres.numpy(), modes.radius.numpy()
    if not len(real):
        return np.full(len(centres), 1 / len(centres))
    squared = ((real[:, None, :] - centres) ** 2).sum(-1) / radius**2
    return np.bincount(squared.argmin(axis=1), minlength=len(centres)) / len(real)


def judge_concentration(K: int, found: float, reverse_kl: float) -> State:
    """Judges by how few of K modes the samples lie near.

    Args:
        K: How many modes there are.
        found: How many were found.
        reverse_kl: Of the samples' share at each mode against the true one, in nats; ln(K / m) on m equal ones. Of a
            generator that has lost no mode it is below .4 (wgan-gp after 20 steps); of one that sits on one mode or
            hops from one to the next, above 1.2 (ns-gan whose G is ten times faster than D).
    """
    lost = math.log(K / few_modes(K))
    if reverse_kl >= 0.9 * lost:
        return "lost"
    return "well" if found >= max(few_modes(K) + 1, K / 2) and reverse_kl <= 0.25 * lost else "between"


def judge_modes(modes: ModeCount, expected: Floats) -> tuple[State, str]:
    """Judges by the modes that generated points lie near.

    Args:
        modes: How the points fall on the modes.
        expected: The share ``(K,)`` of real points at each mode.

    Returns:
        The state, and what is seen as the rest of a sentence.
    """
    nearest = modes.nearest.doubles()
    there = (nearest > 0) & (expected > 0)
    divergence = float((nearest[there] * np.log(nearest[there] / expected[there])).sum())
    reach = max(int((nearest >= 0.2 * expected).sum()), 1)
    K = len(nearest)
    words = f"{'one' if reach == 1 else reach} of {K} modes {'gets' if reach == 1 else 'get'} nearly all points"
    if is_away(modes):
        words = f"the points are far from every mode, half of them by more than {figure(modes.distance, 2)} data units"
    return judge_concentration(K, modes.found, divergence), words


def judge_measures(
    measures: Mapping[str, float | None], floors: Mapping[str, float | None]
) -> tuple[State, str] | None:
    """Judges by the generator's measures and by what real samples have for them; None if they do not say."""
    different, usual = measures.get("diversity"), floors.get("diversity")
    if different is not None and usual:
        ratio = different / usual
        words = f"generated images vary only {ratio:.0%} as much as real ones"
        return ("lost" if ratio < ALIKE else "well" if ratio >= VARIED else "between"), words
    found, K, divergence = measures.get("modes"), floors.get("modes"), measures.get("reverse_kl")
    if found is None or divergence is None or K is None or K < 2:
        return None
    return judge_concentration(round(K), found, divergence), f"{found:.0f} of {K:.0f} modes are found"
