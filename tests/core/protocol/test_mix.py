"""What the panel Styles asks for: it survives the wire, and what cannot be is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.core.protocol.asks import Mix
from ganstudio.core.protocol.messages import SnapshotRequest, command_of, framed
from ganstudio.core.system.errors import BadInput
from ganstudio.engine.command_check import checked


def request(*mixes: Mix) -> SnapshotRequest:
    return SnapshotRequest(run=1, views=["styles-hand"], size=36, measure=False, asks=list(mixes))


@pytest.mark.parametrize("mix", [
    Mix(), Mix(crossover=0, psi=0.0), Mix(crossover=64, psi=-2.0, silent=list(range(64)), noise=1 << 30),
    Mix(show="noise", silent=[0]), Mix(show="directions", layer=64, moved=[10.0, -10.0] * 8),
])
def test_what_can_be_asked_survives_the_wire_and_is_accepted(mix: Mix) -> None:
    found = command_of(framed(request(mix))[4:])
    assert isinstance(found, SnapshotRequest) and found.asks == [mix]
    checked(found)


@pytest.mark.parametrize(("changes", "named"), [
    ({"crossover": -2}, "crossover"), ({"crossover": 65}, "crossover"), ({"psi": 2.1}, "psi"),
    ({"psi": float("nan")}, "psi"), ({"noise": -1}, "noise"), ({"layer": 65}, "layer"),
    ({"silent": [-1]}, "silent"), ({"silent": [0] * 65}, "at most"), ({"moved": [11.0]}, "moved"),
    ({"moved": [0.0] * 17}, "at most"), ({"moved": [float("inf")]}, "moved"),
])
def test_what_cannot_be_is_refused_in_a_sentence(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInput, match=named):
        checked(request(Mix(**changes)))
    with pytest.raises(BadInput, match="one thing of a kind"):
        checked(request(Mix(), Mix(psi=0.5)))
