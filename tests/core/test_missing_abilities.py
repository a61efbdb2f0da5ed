"""What a run lacks, in words."""

from __future__ import annotations

from ganstudio.core.leaves import ABILITIES
from ganstudio.core.missing_abilities import WITHOUT, what_is_missing


def test_each_ability_has_words_for_a_run_without_it() -> None:
    assert set(WITHOUT) == set(ABILITIES)
    assert all(clause.startswith(("it ", "its ", "the ")) and not clause.endswith(".") for clause in WITHOUT.values())


def test_the_first_thing_that_is_missing_is_said() -> None:
    assert what_is_missing({"styles", "skips"}, {"styles", "latent"}) == WITHOUT["skips"]
    assert what_is_missing({"styles", "skips"}, {"latent"}) == WITHOUT["styles"]
    assert what_is_missing({"styles"}, {"styles"}) == ""
    assert what_is_missing((), ()) == ""
