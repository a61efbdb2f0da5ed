"""What a user did wrong, said in one sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ganstudio.core.system.printable import cut, printable

LONGEST = 4000  # letters of a sentence: names of files have up to 4,096 bytes, and none is worth more


class BadInput(ValueError):
    """Bad input from outside: the message is one sentence naming the thing, the value and what is allowed."""

    def __init__(self, sentence: str) -> None:
        """``sentence`` stays on one line, of a bounded length, for any values in it, and nothing in it steers."""
        super().__init__(cut(printable(" ".join(cut(sentence, 2 * LONGEST).split())), LONGEST))


class DataMissing(BadInput):
    """The files of a published data set are not on this machine and could not be fetched.

    Attributes:
        data: Its name: the window offers a folder for it.
    """

    def __init__(self, sentence: str, data: str) -> None:
        super().__init__(sentence)
        self.data = data


def unknown(thing: str, name: str, known: Iterable[str]) -> BadInput:
    """The sentence for a name that does not exist, with its nearest neighbour.

    Args:
        thing: What was asked for, as it is called on screen ("variant", "data set").
        name: The name that was given.
        known: The names that exist.
    """
    names = list(known)
    shown = name if len(name) <= 60 else name[:57] + "..."
    # The search takes the square of the length, and what is twice as long as any name is like none.
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6) if len(name) <= 200 else []
    hint = f"did you mean '{close[0]}'? " if close else ""
    return BadInput(f"unknown {thing} '{shown}': {hint}known are {', '.join(names) or 'none'}")
