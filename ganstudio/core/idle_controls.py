"""Which controls do nothing with the settings as they are, and why: they are shown so, and not as if they acted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ganstudio.core.control import ControlInfo, Needs, Value
from ganstudio.core.system.wording import format_value

ABSENT = {"label": "this variant has no labels", "attributes": "this variant uses no attributes"}
SCHEDULED = ("learning_rate_", "beta1_", "beta2_")  # of players that do not move, for their rates are 0


def idle(
    controls: Sequence[ControlInfo], values: Mapping[str, Value], *, steps: int = 0,
    has: Collection[str] | None = None,
) -> dict[str, str]:
    """The controls of an owner that do nothing now.

    Args:
        controls: Of a variant, a network or a data set.
        values: Their values, by name; for one that is missing its default holds.
        steps: How many the run has done.
        has: The run's abilities; None: they are not known, and none is missed.

    Returns:
        Control -> why it does nothing, as the end of a sentence.
    """
    known = {info.name: info for info in controls}
    now = {info.name: values.get(info.name, info.default) for info in controls}
    found: dict[str, str] = {}
    for info in controls:
        missed = next((need for need in info.needs if need.control in known and not holds(need, now)), None)
        if info.ability and has is not None and info.ability not in has:
            found[info.name] = ABSENT.get(info.ability, f"this run has no {info.ability}")
        elif missed is not None:
            found[info.name] = _why(missed, known[missed.control], now[missed.control])
        elif info.name.startswith(SCHEDULED) and (over := _rates_are_over(now, steps)):
            found[info.name] = over
    return found


def holds(need: Needs, values: Mapping[str, Value]) -> bool:
    """Whether a condition holds among values."""
    value = values[need.control]
    if need.among:
        return value in need.among
    return not isinstance(value, int | float) or need.above is None or value > need.above


def _why(need: Needs, info: ControlInfo, value: Value) -> str:
    name = f"{info.label} {info.symbol}" if info.symbol not in ("", *info.label.split()) else info.label
    if not need.among:
        return f"{name} is {format_value(value)}"
    return f"{name} is {format_value(value)}, not {' or '.join(need.among)}"


def _rates_are_over(values: Mapping[str, Value], steps: int) -> str:
    """Why no rate acts any more, if a linear schedule has brought them to 0; else nothing."""
    horizon, floor = values.get("horizon"), values.get("rate_floor")
    if values.get("schedule") != "linear" or floor != 0 or not isinstance(horizon, int) or steps < horizon:
        return ""
    return f"the schedule has brought the rates to 0 at step {horizon:,}; raise horizon or rate floor"
