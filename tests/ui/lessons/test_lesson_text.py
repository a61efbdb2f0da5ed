"""What is said of a claim is true before it was measured, when it holds and when it does not."""

from __future__ import annotations

import msgspec
import pytest

from ganstudio.core.lessons.played import ClaimPlayed
from ganstudio.ui.lessons.lesson_text import verdict

CLAIM = ClaimPlayed(step=1, text="It is so.", measure="w1", at=1500, value=None, bound="above 0.3", holds=None)


@pytest.mark.parametrize(("value", "holds", "mark", "sentence"), [
    (None, None, "·", "The notes say above 0.3, at step 1,500; it is not measured yet."),
    (0.42, True, "✓", "The notes say above 0.3; here it is 0.42."),
    (0.2, False, "✗", "The notes say above 0.3; here it is 0.2, so the claim does not hold."),
    (None, False, "✗", "The notes say above 0.3; here the number is undefined."),
])
def test_a_verdict(value: float | None, holds: bool | None, mark: str, sentence: str) -> None:
    assert verdict(msgspec.structs.replace(CLAIM, value=value, holds=holds)) == (mark, sentence)
