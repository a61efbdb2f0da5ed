"""What is known of a measured number: by its own name, or by that of its family."""

from __future__ import annotations

from ganstudio.core.measure import MetricInfo
from ganstudio.core.measured_rows import info_of, is_family, rows, shown_rows

KNOWN = {
    "disagreement": MetricInfo(title="disagreement", help="of all levels"),
    "disagreement_*": MetricInfo(title="disagreement, px", help="of a level", format=".2f"),
    "disagreement_se_*": MetricInfo(title="standard error", help="of that"),
}


def test_a_number_of_a_family_has_its_help_and_ends_its_title() -> None:
    found = info_of(KNOWN, "disagreement_16")
    assert found == MetricInfo(title="disagreement, px 16", help="of a level", format=".2f")
    assert info_of(KNOWN, "disagreement") is KNOWN["disagreement"]


def test_the_longest_name_of_a_family_counts() -> None:
    found = info_of(KNOWN, "disagreement_se_of_16")
    assert found is not None and found.title == "standard error of 16"


def test_a_family_is_no_number_and_what_nobody_knows_is_none() -> None:
    assert info_of(KNOWN, "disagreement_*") is None
    assert info_of(KNOWN, "fid") is None
    assert is_family("disagreement_*") and not is_family("disagreement_4")


def test_what_neither_the_run_nor_a_perfect_generator_has_is_left_out() -> None:
    measures = {"a": None, "b": 1.0, "c": None, "critic_gap": 2.0}
    assert list(rows(measures, {"c": 3.0}, reads_w1=False)) == [("b", 1.0, None), ("c", None, 3.0)]


def test_tables_leave_out_details_and_what_is_not_known() -> None:
    known = {"a": MetricInfo(title="a", help="."), "a_of_*": MetricInfo(title="of", help=".", detail=True)}
    shown = list(shown_rows(known, {"a": 1.0, "a_of_hair": 2.0, "b": 3.0}, {}, reads_w1=False))
    assert shown == [(known["a"], 1.0, None)]
