"""One thing is not told of in the plural."""

from __future__ import annotations

import pytest

from ganstudio.core.system.wording import counted


@pytest.mark.parametrize(("number", "said"), [
    (0, "0 steps"), (1, "1 step"), (2, "2 steps"), (1000, "1,000 steps"), (-1, "-1 steps"),
])
def test_a_number_and_what_it_counts(number: int, said: str) -> None:
    assert counted(number, "step") == said


def test_a_plural_of_its_own() -> None:
    assert (counted(1, "copy", "copies"), counted(3, "copy", "copies")) == ("1 copy", "3 copies")
