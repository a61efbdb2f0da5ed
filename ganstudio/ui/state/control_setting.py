"""Sets a control of the run on screen: a live one at the next update, any other by a restart."""

from __future__ import annotations

import msgspec

from ganstudio.core.control import ControlInfo, Value
from ganstudio.core.protocol.spec import OF_DATA
from ganstudio.ui.state.run_commands import RunCommands
from ganstudio.ui.state.run_model import RunModel

Owner = str
"""Whose control it is: "variant", "network" or "data"."""
LIVE = {"variant": "", "data": OF_DATA}
"""Owners of live controls, with what the names of theirs begin with in a change."""


def owned_controls(run: RunModel) -> list[tuple[Owner, ControlInfo]]:
    """The controls of the run's variant, network and data, those that do something on its kind of data."""
    owned = [("variant", info) for info in (run.variant.controls if run.variant else [])]
    owned += [("network", info) for info in (run.network.controls if run.network else [])]
    owned += [("data", info) for info in (run.data.controls if run.data else [])]
    return [(owner, info) for owner, info in owned if not info.kinds or run.kind in info.kinds]


def value_now(run: RunModel, owner: Owner, info: ControlInfo) -> Value:
    """What a control of the run is at this moment."""
    values = {"variant": run.settings, "network": run.spec.network_controls, "data": run.data_controls_at(None)}[owner]
    return values.get(info.name, info.default)


def restarts(owner: Owner, info: ControlInfo) -> bool:
    """Whether another value restarts the run."""
    return owner not in LIVE or not info.live


def set_control(commands: RunCommands, owner: Owner, info: ControlInfo, value: Value) -> None:
    """Gives a control another value."""
    if not restarts(owner, info):
        commands.sender.set_control(f"{LIVE[owner]}{info.name}", value)
        return
    spec = commands.next_run.base
    match owner:
        case "variant":
            spec = msgspec.structs.replace(spec, controls={**spec.controls, info.name: value})
        case "network":
            spec = msgspec.structs.replace(spec, network_controls={**spec.network_controls, info.name: value})
        case _:
            spec = msgspec.structs.replace(spec, data_controls={**spec.data_controls, info.name: value})
    commands.next_run.start(spec)
