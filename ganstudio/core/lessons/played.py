"""What came of a lesson that was played: the values of its claims, and the answers that were opened."""

from __future__ import annotations

import msgspec

from ganstudio.core.lessons.lesson import Claim


class ClaimPlayed(msgspec.Struct, frozen=True, kw_only=True):
    """A claim with the number that was measured."""

    step: int  # of the lesson, from 1
    text: str
    measure: str  # what was measured
    at: int  # the step of the run
    value: float | None
    bound: str
    holds: bool | None  # None: not measured

    @classmethod
    def of(cls, claim: Claim, step: int, at: int, value: float | None) -> ClaimPlayed:
        """A claim and what was measured for it."""
        return cls(step=step, text=claim.text, measure=claim.measure, at=at, value=value, bound=claim.bound,
                   holds=claim.holds(value))


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson as far as it was played; kept in a file of JSON."""

    name: str
    reached: int = 0  # the step of the lesson, from 1
    answers: list[int] = []  # the steps, from 1, whose answer was opened
    claims: list[ClaimPlayed] = []
    remarks: list[str] = []  # what was not as the lesson says
