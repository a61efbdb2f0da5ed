"""LessonNotes: what is known of a lesson that is played: the page, values of claims, answers opened, moments."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ganstudio.core.lessons.lesson import Claim, Lesson, Step
from ganstudio.core.lessons.played import ClaimPlayed, Played
from ganstudio.core.runs.format import there
from ganstudio.ui.state.preferences import Preferences


class Moment(msgspec.Struct, frozen=True):
    """A recorded moment of a run, at the end of a step of a lesson."""

    file: str
    steps: int


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a lesson between two starts."""

    page: int = 0
    played: Played
    moments: dict[str, Moment] = {}  # by the step of the lesson, from 1


class LessonNotes:
    """Of one lesson, kept between two starts. Page 0 is its introduction, page n its n-th step."""

    def __init__(self, lesson: Lesson, preferences: Preferences, *, afresh: bool = False) -> None:
        """Reads what was kept; ``afresh``: begins without it."""
        self.lesson = lesson
        self._preferences = preferences
        kept = None if afresh else self._remembered()
        self.page = kept.page if kept is not None else 0
        self.played = kept.played if kept is not None else Played(name=lesson.name)
        self._moments = {int(page): moment for page, moment in kept.moments.items()} if kept is not None else {}
        self._values: dict[tuple[int, int], dict[int, float | None]] = {}  # (page, claim) -> part -> value

    def go(self, page: int) -> None:
        """Another page is shown."""
        self.page = page
        self._change(reached=max(self.played.reached, page))

    # Claims --------------------------------------------------------------------------------------------------

    def claims(self, page: int) -> list[ClaimPlayed]:
        """The claims of a page, with the numbers that were measured."""
        if page < 1:
            return []
        step = self.lesson.steps[page - 1]
        known = {claim.text: claim for claim in self.played.claims if claim.step == page}
        return [known.get(claim.text) or _unmeasured(claim, page, step) for claim in step.claims]

    def note(self, page: int, index: int, part: int, value: float | None) -> None:
        """Notes a number that a claim is made of; once all are there, the claim has its own."""
        values = self._values.setdefault((page, index), {})
        values[part] = value
        step = self.lesson.steps[page - 1]
        claim = step.claims[index]
        if len(values) < len(claim.parts):
            return
        del self._values[page, index]
        found = ClaimPlayed.of(claim, page, step.moment_of(claim.value),
                               claim.combine([values[at] for at in range(len(claim.parts))]))
        others = [one for one in self.played.claims if (one.step, one.text) != (page, claim.text)]
        self._change(claims=sorted([*others, found], key=lambda one: one.step))

    def forget(self, page: int) -> None:
        """The page is played again."""
        self._moments.pop(page, None)
        self._change(claims=[claim for claim in self.played.claims if claim.step != page])

    # Answers and moments -------------------------------------------------------------------------------------

    def answer_open(self, page: int) -> bool:
        """Whether the answer of a page was opened."""
        return page in self.played.answers

    def open_answer(self, page: int, shown: bool) -> None:
        """Notes that an answer was opened, or folded."""
        others = [one for one in self.played.answers if one != page]
        self._change(answers=sorted([*others, *([page] * shown)]))

    def moment(self, page: int) -> Moment | None:
        """The recorded moment at the end of a page; None if there is none, or its file is gone."""
        moment = self._moments.get(page)
        return moment if moment is not None and there(Path(moment.file)) else None

    def keep_moment(self, page: int, moment: Moment) -> None:
        """Notes the recorded moment at the end of a page."""
        self._moments[page] = moment
        self._remember()

    # Between two starts --------------------------------------------------------------------------------------

    def _change(self, **values: object) -> None:
        self.played = msgspec.structs.replace(self.played, **values)
        self._remember()

    def _remember(self) -> None:
        kept = _Kept(page=self.page, played=self.played,
                     moments={str(page): moment for page, moment in self._moments.items()})
        self._preferences.keep(f"lesson/{self.lesson.name}", msgspec.json.encode(kept).decode())

    def _remembered(self) -> _Kept | None:
        """What was kept of the lesson; None if there is nothing, or it cannot be read."""
        try:
            kept = msgspec.json.decode(self._preferences.text(f"lesson/{self.lesson.name}", ""), type=_Kept)
        except msgspec.MsgspecError:
            return None
        steps = len(self.lesson.steps)
        if not 0 <= kept.page <= steps or not all(page.isdigit() and int(page) <= steps for page in kept.moments):
            return None  # the lesson was written over
        known = {claim.text for claim in self.lesson.claims}
        claims = [claim for claim in kept.played.claims if claim.text in known]
        return msgspec.structs.replace(kept, played=msgspec.structs.replace(kept.played, claims=claims))


def _unmeasured(claim: Claim, page: int, step: Step) -> ClaimPlayed:
    """A claim before it was measured."""
    return ClaimPlayed(step=page, text=claim.text, measure=claim.measure, at=step.moment_of(claim.value), value=None,
                       bound=claim.bound, holds=None)
