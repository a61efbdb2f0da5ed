"""What the columns of the library say: short names, origins, times, sizes, and which runs a search finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.core.protocol.spec import Parent, Position, Spec
from ganstudio.core.runs.library import Kept
from ganstudio.ui.library.columns import amount, matches, natural, origins, shorter, when

NOON = 1_700_000_000.0  # 14 November 2023


def test_a_name_that_the_studio_gave_is_shortened_to_what_tells_runs_apart(tmp_path: Path) -> None:
    made = "2026-11-05 20.24.30 wgan-gp swiss-roll 28430-1"
    assert shorter(made) == [made, "5 Nov, 20:24:30 wgan-gp swiss-roll", "5 Nov, 20:24:30", "20:24:30"]
    for own in ("my run", f"{made} copy", "2026-11-05", "", made.replace("-11-", "-99-")):
        assert shorter(own) == [own]
    child = Kept(path=tmp_path / "x.ganrun", changed=NOON, size=1, spec=Spec(variant="wgan", data="ring"),
                 parent=Parent(file=f"{made}.ganrun", position=Position(steps=1150)))
    assert origins(child)[0] == f"from step 1,150 of {made}"
    assert origins(child)[-1] == "step 1,150 of 20:24:30"


@pytest.mark.parametrize(("text", "found"), [
    ("tag:lec", True), ("tag:3", True), ("tag:", True), ("tag:good wgan", True), ("tag:wgan", False),
    ("TAG:GOOD", True), ("tag:good tag:bad", False), ("good", True)])
def test_tags_are_searched(text: str, found: bool) -> None:
    one = Kept(path=Path("a.ganrun"), changed=0.0, size=0, tags=("Good", "lecture 3"))
    assert matches(one, "a wgan ring good, lecture 3", text) is found
    assert not matches(Kept(path=one.path, changed=0.0, size=0), "a wgan ring", "tag:")


def test_numbers_in_names_are_numbers() -> None:
    assert sorted(["a10", "a9", "B1", "", "3"], key=natural) == ["", "3", "a9", "a10", "B1"]


def test_a_time_is_said_as_one_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    day = 86400.0
    assert when(NOON, NOON).startswith("Today, ") and when(NOON - day, NOON).startswith("Yesterday, ")
    assert when(NOON - 5 * day, NOON).startswith(("9 Nov 2023, ", "10 Nov 2023, "))  # wherever this is run
    assert (amount(1_234_567), amount(2_345_678_901)) == ("1.2 MB", "2.35 GB")
