"""What the view of a lesson says: where it is, what the run does, and what the notes and the run say of a claim."""

from __future__ import annotations

from ganstudio.core.lessons.lesson import Lesson
from ganstudio.core.lessons.played import ClaimPlayed
from ganstudio.core.system.wording import figure
from ganstudio.ui.state.lesson_player import LessonPlayer


def progress_text(player: LessonPlayer) -> str:
    """Where the lesson is."""
    return f"Step {player.page:,} of {player.pages:,}" if player.page else "Introduction"


def facts_text(lesson: Lesson, titles: dict[str, str]) -> str:
    """What is said of a lesson before it begins; ``titles``: those of other lessons, by name."""
    facts = [f"About {lesson.minutes:g} minutes"]
    if lesson.prerequisites:
        before = ", ".join(titles.get(name, name) for name in lesson.prerequisites)
        facts.append(f"best after: {before}")
    if lesson.papers:
        facts.append(", ".join(lesson.papers))
    return f"{'; '.join(facts)}."


def run_text(player: LessonPlayer) -> str:
    """What the run does, or those that are compared, in a sentence; empty if the page needs none."""
    step = player.step
    if step is None or (not step.has_run and not player.playing_page):
        return ""
    several = bool(step.compared)
    if player.away:
        return ("The comparison was closed. Play this step again to see it." if several else
                "The run on screen is not the lesson's. Play this step again to continue with it.")
    runs, play, are = ("runs", "play", "are") if several else ("run", "plays", "is")
    for_step = "" if player.playing_page in (0, player.page) else f" for step {player.playing_page:,} of the lesson"
    match player.waits:
        case "start":
            return f"The {runs}{for_step} {are} being built…"
        case "play" if player.playing is False:
            return f"Paused at step {player.done:,} of {player.until:,}. Press Play to continue."
        case "play":
            return f"The {runs} {play} to step {player.until:,}{for_step}: {player.done:,} so far."
        case "measure":
            return "Measuring…"
    if player.playing:
        return f"The {runs} {play}: step {player.done:,}."
    return f"The {runs} {are} paused at step {player.done:,}."


def verdict(claim: ClaimPlayed) -> tuple[str, str]:
    """A mark for a claim and the sentence below it: what the notes say, and what was measured.

    The mark is ``✓`` if it holds, ``✗`` if it does not, and ``·`` before it was measured.
    """
    says = f"The notes say {claim.bound}"
    if claim.holds is None:
        return "·", f"{says}, at step {claim.at:,}; it is not measured yet."
    if claim.value is None:
        return "✗", f"{says}; here the number is undefined."
    number = figure(claim.value, 4)
    return ("✓", f"{says}; here it is {number}.") if claim.holds else (
        "✗", f"{says}; here it is {number}, so the claim does not hold.")
