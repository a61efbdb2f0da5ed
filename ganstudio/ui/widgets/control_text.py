"""What is said of a control: its tooltip."""

from __future__ import annotations

import html

from ganstudio.core.control import ControlInfo, Value
from ganstudio.core.system.printable import printable
from ganstudio.core.system.wording import format_value


def explained(info: ControlInfo, preset: Value) -> str:
    """The tooltip: symbol, meaning, range, this preset's value and the usual one, and what moving it does."""
    head = f"<b>{info.label}</b>" + (f" ({info.symbol})" if info.symbol not in ("", *info.label.split()) else "")
    parts = [head, info.help]
    if info.low is not None and info.high is not None:
        unit = f" {info.unit}" if info.unit else ""
        parts.append(f"{format_value(info.low)} to {format_value(info.high)}{unit}.")
    if info.choices:
        parts.append(f"One of {', '.join(info.choices)}.")
    value, default = (html.escape(printable(format_value(one))) for one in (preset, info.default))  # it may be a path
    if preset != info.default:
        parts.append(f"In this preset {value}; the default is {default}.")
    elif value:
        parts.append(f"The default is {value}.")
    if not info.live:
        parts.append("<i>A change restarts the run.</i>")
    return "<br>".join(parts)
