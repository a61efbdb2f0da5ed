"""What a user did wrong, said in one sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BadInput(ValueError):
    """Bad input from outside: the message is one sentence naming the thing, the value and what is allowed."""

    def __init__(self, sentence: str) -> None:
        """``sentence`` stays on one line for any values in it."""
        super().__init__(" ".join(sentence.split()))


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
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return BadInput(f"unknown {thing} '{shown}': {hint}known are {', '.join(names) or 'none'}")
