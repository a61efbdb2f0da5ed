"""What a picture waits for: a look of all views, and the measures of that very moment, in whatever order they come."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from studio_kit import Stage, measured, points_view, progress, snapshot

from ganstudio.commands import shoot
from ganstudio.core.protocol.messages import Event


class Scheduler:
    def visible(self) -> list[Any]:
        return [SimpleNamespace(measures=True)]

    def resume(self) -> None: ...


@pytest.mark.parametrize("order", [
    ["nothing", "measures", "picture"],  # no panel was laid out yet at the first look, and the second took longer
    ["picture", "measures"],
    ["nothing", "picture", "measures"],
])
def test_measures_count_from_the_first_answer_on(qapp: object, order: list[str]) -> None:
    stage = Stage()
    run = stage.begin()
    stage.link.say(progress(run, 40, playing=False))
    says: dict[str, Event] = {
        "nothing": snapshot(run, steps=40), "picture": snapshot(run, points_view(np.zeros((4, 2))), steps=40),
        "measures": measured(run, 40, {"w1": 0.5}, {"w1": 0.1})}

    async def played() -> None:
        studio: Any = SimpleNamespace(run=stage.run, window=SimpleNamespace(scheduler=Scheduler()))
        waits = asyncio.ensure_future(shoot._looked_at(studio, 40, []))
        await asyncio.sleep(0.05)
        stage.link.say(says["measures"])  # of the file: they say nothing of this moment
        for event in order:
            await asyncio.sleep(0.05)
            assert not waits.done()
            stage.link.say(says[event])
        await asyncio.wait_for(waits, 5)

    asyncio.run(played())
