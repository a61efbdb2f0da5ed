"""Which move a divergence is laid to, against cases worked out by hand."""

from __future__ import annotations

from ganstudio.core.divergence_cause import suspect


def test_where_nothing_was_moved_nothing_is_suspected() -> None:
    assert suspect([], 40.0) is None


def test_the_last_move_ahead_of_it_is_suspected() -> None:
    assert suspect([("gp_weight", 10), ("learning_rate_d", 90)], 100.5) == 1
    assert suspect([("gp_weight", 10), ("learning_rate_d", 101)], 100.5) == 0


def test_a_drag_is_one_move() -> None:
    drag = [("gp_weight", 10), *(("learning_rate_d", steps) for steps in (300, 310, 320, 500))]
    assert suspect(drag, 520.0) == 1
    assert suspect([*drag, ("learning_rate_d", 701)], 720.0) == 5, "a hand came back to it much later"


def test_a_move_that_was_borne_for_most_of_the_way_is_no_cause() -> None:
    assert suspect([("learning_rate_d", 5)], 9000.0) is None
    assert suspect([("learning_rate_d", 8100)], 9000.0) == 0
    assert suspect([("learning_rate_d", 8099)], 9000.0) is None
    assert suspect([("learning_rate_d", 5)], 205.0) == 0
