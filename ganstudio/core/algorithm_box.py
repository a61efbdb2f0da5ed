"""The algorithm box of a variant, line by line: which line is at work at each moment of an update.

The box is the text at the top of the variant's file, as the paper has it; it carries no marks. What a line is follows
from how boxes are written: `repeat … (player)` begins the updates of a player, the lines below it are set in;
`minimise` and `maximise` are what is optimised, `or …` is an alternative that a control chooses, `a <- b` and `a += b`
follow the optimiser's step, `a = b` and `a ~ p` say what the others mean. All else is a note, as is what comes after an
empty line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from ganstudio.core.protocol.spec import PlayerInfo

Role = Literal["loop", "meaning", "objective", "after", "note"]
Phase = Literal["turn", "draw", "meaning", "terms", "gradient", "step", "after"]


@dataclass(frozen=True)
class BoxLine:
    """A line of a box."""

    text: str
    role: Role
    player: str = ""  # in whose updates it is at work; empty: in all
    maximised: bool = False  # what it says is maximised: the loss is its negative
    alternative: bool = False  # a control chooses between it and another line


@dataclass(frozen=True)
class Moment:
    """A moment of an update, and the line of the box that says it; -1: no line does."""

    phase: Phase
    line: int


def box_lines(algorithm: str, players: Sequence[PlayerInfo]) -> list[BoxLine]:
    """The lines of a box, without the sentence above it."""
    _, _, box = algorithm.partition("\n\n")
    lines: list[BoxLine] = []
    inside, over = "", False  # whose updates the lines set in belong to; whether the box is over
    for text in box.rstrip().splitlines():
        words = text.strip()
        over = over or not words
        if not text.startswith(" "):
            inside = ""
        player = _player(words, players) or inside
        if over:
            lines.append(BoxLine(text, "note"))
        elif re.match(r"repeat\b", words):
            inside = player
            lines.append(BoxLine(text, "loop", player))
        elif found := re.match(r"(minimise|maximise|or)\b", words):
            lines.append(BoxLine(text, "objective", player, found[1] == "maximise", found[1] == "or"))
        elif re.search(r"<-|\+=", words):
            lines.append(BoxLine(text, "after", player))
        elif re.match(r"[^:]* [=~] ", words):
            lines.append(BoxLine(text, "meaning", inside))
        else:
            lines.append(BoxLine(text, "note"))
    return lines


def _player(words: str, players: Sequence[PlayerInfo]) -> str:
    """The player that the brackets at the end of a line name."""
    found = re.search(r"\((\w+)(?:,[^()]*)?\)$", words)
    return next((each.name for each in players if found and found[1] in (each.name, each.word, each.letter)), "")


def objective_line(lines: Sequence[BoxLine], player: str, chosen: Collection[str]) -> int:
    """The line that says what a player optimises; -1 if none does.

    Args:
        lines: The box.
        player: The player.
        chosen: What is chosen in the objective's controls: of several lines the one that names it counts.
    """
    own = [index for index, line in enumerate(lines) if line.role == "objective"
           and (line.player == player or (line.alternative and not line.player))]
    named = [index for index in own if any(_names(lines[index].text, choice) for choice in chosen)]
    return next(iter([*named, *own]), -1)


def _names(text: str, choice: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(choice)}(?![\w-])", text) is not None


def moments(lines: Sequence[BoxLine], player: str, chosen: Collection[str]) -> list[Moment]:
    """The moments of an update of a player, in their order."""
    objective = objective_line(lines, player, chosen)
    loop = next((index for index, line in enumerate(lines) if line.role == "loop" and line.player == player), objective)
    meanings = [Moment("meaning", index) for index, line in enumerate(lines)
                if line.role == "meaning" and line.player in ("", player)]
    after = [Moment("after", index) for index, line in enumerate(lines)
             if line.role == "after" and line.player in ("", player)]
    return [Moment("turn", loop), Moment("draw", loop), *meanings, Moment("terms", objective),
            Moment("gradient", objective), Moment("step", objective), *after]
