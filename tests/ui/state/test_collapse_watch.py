"""The watch over the run on screen: what it looks at, and that it reports a collapse once."""

from __future__ import annotations

import numpy as np
from studio_kit import RING, Stage, measured, mode_count, points_view, snapshot

from ganstudio.core.mode_collapse import Collapse
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.collapse_watch import CollapseWatch

EVEN = np.full(8, 0.125)
ONE = np.eye(8)[2]


def test_a_collapse_is_reported_once_and_another_run_is_watched_from_its_beginning(qapp: object) -> None:
    stage = Stage()
    watch = CollapseWatch(stage.run)
    told: list[Collapse] = []
    stage.run.collapsed.connect(told.append)
    run = stage.begin(Spec())
    for steps in range(0, 500, 20):
        stage.link.say(snapshot(run, points_view(RING, modes=mode_count(EVEN)), steps=steps))
    for steps in range(500, 1500, 20):
        stage.link.say(snapshot(run, points_view(RING, modes=mode_count(ONE)), steps=steps))
        stage.link.say(measured(run, steps - 300, {"modes": 8.0, "reverse_kl": 0.0}, {"modes": 8.0}))
    assert [(one.at, one.well_at) for one in told] == [(500, 480)]
    assert stage.run.collapses == told
    run = stage.begin(Spec())
    assert stage.run.collapses == []
    for steps in range(0, 900, 20):
        stage.link.say(snapshot(run, points_view(RING, modes=mode_count(ONE)), steps=steps))
    assert len(told) == 1
    del watch
