"""Text of unknown origin as a terminal or a window can show it: nothing in it moves a cursor or turns a line round."""

from __future__ import annotations

import re
import unicodedata

JOINERS = "\u200c\u200d"  # that Persian and many emoji are written with
_SUSPECT = re.compile(r"[^\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u05ff\u3000-\ud7ff]")  # all else is looked up
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, marks of direction and others unseen, surrogates, line ends


def printable(text: str, keep: str = "") -> str:
    """The text with what cannot be seen, or moves other text, written as an escape: ``\\x1b``, ``\\u202e``.

    Args:
        text: Of any origin.
        keep: Characters that stay as they are, such as line ends.
    """
    def escaped(found: re.Match[str]) -> str:
        sign = found[0]
        if sign in keep or sign in JOINERS or unicodedata.category(sign) not in _HIDDEN:
            return sign
        return sign.encode("unicode_escape").decode("ascii")

    return _SUSPECT.sub(escaped, text)


def is_printable(text: str) -> bool:
    """Whether a text is shown as it is."""
    return printable(text) == text


def cut(text: str, most: int) -> str:
    """A text of at most so many letters; of a longer one, its beginning and its end."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most - most // 2 - 1):]}"
