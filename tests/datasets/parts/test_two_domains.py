"""Games between two domains: the words for both, as each data set has them."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.core.control import validated
from ganstudio.datasets.avatars import Avatars
from ganstudio.datasets.digit_styles import DigitStyles
from ganstudio.datasets.faces import Faces
from ganstudio.datasets.parts.two_domains import domain_words
from ganstudio.datasets.ring import Ring
from ganstudio.datasets.seasons import Seasons


@pytest.mark.parametrize(("leaf", "controls", "words"), [
    (Seasons, {"count": 100}, ("summer", "winter")), (Faces, {"count": 100}, ("no glasses", "glasses")),
    (Faces, {"count": 100, "domain": "hair"}, ("black hair", "other hair")), (Avatars, {}, ("no glasses", "glasses")),
    (DigitStyles, {"count": 100}, ("thin pen", "thick pen")), (Ring, {}, ("", "")),
])
def test_domains_have_the_words_of_the_data(leaf: Any, controls: dict[str, Any], words: tuple[str, str]) -> None:
    assert leaf(validated(leaf.controls_type(), controls, of="data")).domains == words


def test_all_but_the_first_value_are_the_other_domain() -> None:
    assert domain_words("pen", ("thin", "thick")) == ("thin", "thick")
    assert domain_words("ink", ("red", "blue", "black")) == ("red", "other ink")
