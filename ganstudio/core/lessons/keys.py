"""Tables of a TOML file read key by key: each fault is one sentence with the key, the value and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from ganstudio.core.control import MAX_NUMBERS, MAX_TEXT, Value, shown
from ganstudio.core.leaves import NAME
from ganstudio.core.system.errors import BadInput, unknown
from ganstudio.core.system.printable import printable

LONGEST_NAME = 200
MOST_SETTINGS = 200


class Keys:
    """A table of which each key is taken once; what is left over at the end is unknown."""

    def __init__(self, table: object, where: str) -> None:
        """Takes a table.

        Args:
            table: As ``tomllib`` gives it.
            where: What it is and where, for sentences: "lesson.md, step 3".
        """
        if not isinstance(table, dict):
            raise BadInput(f"{where} is {shown(table)}, and must be a table of keys and values")
        self.where = where
        self._table: dict[str, Any] = table
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def _take(self, key: str, *, needed: bool) -> Any:
        self._known.append(key)
        if key not in self._table and needed:
            raise BadInput(f"{self.where} lacks the key {key}")
        return self._table.get(key)

    def fault(self, key: str, allowed: str) -> BadInput:
        """The sentence for a value that is not allowed."""
        return BadInput(f"{self.where}: {key} = {shown(self._table.get(key))} is not possible: allowed is {allowed}")

    def text(self, key: str, most: int = MAX_TEXT, *, needed: bool = True) -> str:
        """A text of at most so many letters that is not empty; empty if the key is not there and not needed."""
        value = self._take(key, needed=needed)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise self.fault(key, f"a text of 1 to {most:,} letters")
        return printable(" ".join(value.split()))

    def name(self, key: str, *, needed: bool = True) -> str:
        """A name: lower-case letters and digits with hyphens between them."""
        value = self.text(key, LONGEST_NAME, needed=needed)
        if value and not NAME.fullmatch(value):
            raise self.fault(key, "a name of lower-case letters and digits with hyphens between them")
        return value

    def one_of(self, key: str, known: Collection[str], thing: str) -> str:
        """One of the known names; empty if the key is not there."""
        value = self.text(key, LONGEST_NAME, needed=False)
        if value and value not in known:
            raise BadInput(f"{self.where}: {unknown(thing, value, known)}")
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number in a range; the default if the key is not there."""
        value = self._take(key, needed=False)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fault(key, f"a whole number from {low:,} to {high:,}")
        return value

    def wholes(self, key: str, low: int, high: int, most: int) -> list[int]:
        """A list of whole numbers in a range, ascending; empty if the key is not there."""
        value = self._take(key, needed=False)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most or any(
                isinstance(one, bool) or not isinstance(one, int) or not low <= one <= high for one in value) or (
                sorted(set(value)) != value):
            raise self.fault(key, f"a list of up to {most} whole numbers from {low:,} to {high:,}, ascending")
        return value

    def number(self, key: str, low: float = -math.inf, high: float = math.inf) -> float | None:
        """A finite number in a range; None if the key is not there."""
        value = self._take(key, needed=False)
        if value is None:
            return None
        number = _finite(value)
        if number is None or not low <= number <= high:
            raise self.fault(key, "a finite number" if math.isinf(low) else f"a number from {low:g} to {high:g}")
        return number

    def names(self, key: str, most: int) -> list[str]:
        """A list of names, each once; empty if the key is not there."""
        found = self.texts(key, most, LONGEST_NAME)
        if any(not NAME.fullmatch(name) for name in found) or len(set(found)) < len(found):
            raise self.fault(key, "a list of names, each once: lower-case letters and digits with hyphens between them")
        return found

    def texts(self, key: str, most: int, longest: int = MAX_TEXT) -> list[str]:
        """A list of texts; empty if the key is not there."""
        value = self._take(key, needed=False)
        if value is None:
            return []
        good = isinstance(value, list) and len(value) <= most and all(
            isinstance(one, str) and 0 < len(one) <= longest for one in value)
        if not good:
            raise self.fault(key, f"a list of at most {most} texts of 1 to {longest:,} letters")
        return [printable(one) for one in value]

    def values(self, key: str) -> dict[str, Value]:
        """Values of controls by name; empty if the key is not there. Whether a control takes one is asked later."""
        value = self._take(key, needed=False)
        if value is None:
            return {}
        if not isinstance(value, dict) or len(value) > MOST_SETTINGS:
            raise self.fault(key, f"a table of at most {MOST_SETTINGS} names and values")
        return {self._setting(key, name): self._value(key, name, one) for name, one in value.items()}

    def _setting(self, key: str, name: str) -> str:
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise BadInput(f"{self.where}: {key} has a name of {len(name):,} letters, or one that cannot be printed: "
                           f"allowed are 1 to {LONGEST_NAME} letters")
        return name

    def _value(self, key: str, name: str, value: Any) -> Value:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value:
            return value
        if isinstance(value, int | float) and _finite(value) is not None:
            return value
        if isinstance(value, list) and len(value) <= MAX_NUMBERS:
            numbers = [_finite(one) for one in value]
            if all(number is not None for number in numbers):
                return [number for number in numbers if number is not None]
        raise BadInput(f"{self.where}: {key}.{name} = {shown(value)} is not possible: allowed is a number, a text of "
                       f"at most {MAX_TEXT} letters, true or false, or a list of at most {MAX_NUMBERS} numbers")

    def table(self, key: str) -> Keys | None:
        """A table inside; None if the key is not there."""
        value = self._take(key, needed=False)
        return None if value is None else Keys(value, f"{self.where}, {key}")

    def tables(self, key: str, most: int, what: str) -> list[Keys]:
        """A list of tables, called ``what`` 1, 2 and so on; empty if the key is not there."""
        value = self._take(key, needed=False)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            raise self.fault(key, f"a list of at most {most} tables, written as [[{key}]] or in brackets")
        return [Keys(one, f"{self.where}, {what} {number}") for number, one in enumerate(value, start=1)]

    def raw(self, key: str) -> Any:
        """The value as it is, for keys that may hold one thing or another."""
        return self._take(key, needed=False)

    def done(self) -> None:
        """Raises BadInput if there is a key that was not taken."""
        for key in self._table:
            if key not in self._known:
                raise BadInput(f"{self.where}: {unknown('key', printable(key), self._known)}")


def _finite(value: object) -> float | None:
    """A number as float; None if it is none, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
