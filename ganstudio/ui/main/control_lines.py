"""Controls in the command palette: their values, and "λ 0.5" sets one."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

from ganstudio.core.control import ControlInfo, value_from_text
from ganstudio.core.system.errors import BadInput
from ganstudio.core.system.printable import printable
from ganstudio.core.system.wording import format_value
from ganstudio.ui.main.action_registry import Line
from ganstudio.ui.state.control_setting import Owner, owned_controls, restarts, set_control, value_now
from ganstudio.ui.state.run_commands import RunCommands

GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "lambda": "λ", "kappa": "κ", "pi": "π", "sigma": "σ", "theta": "θ"}


class ControlLines:
    """Finds controls of the run on screen by name, label or symbol, and sets them."""

    def __init__(self, commands: RunCommands, show: Callable[[str], None],
                 in_live: Callable[[Callable[[], None]], None]) -> None:
        """Makes it.

        Args:
            commands: Of the run on screen.
            show: Is given the name of a control that is to be shown.
            in_live: Is given what is to be done: the window goes back to the live run first.
        """
        self._commands, self._show, self._in_live = commands, show, in_live

    def __call__(self, text: str) -> Iterator[Line]:
        """The lines for a typed text: of each control that it names its value, or what it would be set to."""
        if self._commands.run.started is None:
            return
        words = text.replace("=", " ").split()
        for owner, info in owned_controls(self._commands.run):
            if len(words) > 1 and names(info, words[:-1]) and not names(info, words):
                if (line := self._setting(owner, info, words[-1])) is not None:
                    yield line
            elif not words or names(info, words):
                now = format_value(value_now(self._commands.run, owner, info))
                yield Line(f"Control › {titled(info)} = {printable(now)}{allowed(info)}",
                           functools.partial(self._show, info.name), matches=True)

    def _setting(self, owner: Owner, info: ControlInfo, word: str) -> Line | None:
        """A line that sets a control, or says why it cannot be that; None if no number was typed."""
        try:
            value = value_from_text(info, word)
        except BadInput as fault:
            if not info.choices and not re.search(r"\d", word):
                return None  # the words of something else: "mode collapse"
            said = str(fault)
            return Line(f"{said[:1].upper()}{said[1:]}", None, first=True)
        more = ", restarts the run" if restarts(owner, info) else ""
        now = format_value(value_now(self._commands.run, owner, info))
        return Line(f"Set {titled(info)} to {printable(format_value(value))} (now {printable(now)}{more})",
                    lambda: self._in_live(lambda: set_control(self._commands, owner, info, value)), first=True)


def names(info: ControlInfo, words: list[str]) -> bool:
    """Whether words name a control: each begins a word of its label or name, or is its symbol."""
    known = [*info.label.lower().split(), *info.name.split("_"), info.name]
    return bool(words) and all(
        word == info.symbol or GREEK.get(word.lower()) == info.symbol
        or any(part.startswith(word.lower()) for part in known) for word in words)


def titled(info: ControlInfo) -> str:
    """Label and symbol."""
    return info.label if info.symbol in ("", *info.label.split()) else f"{info.label} {info.symbol}"


def allowed(info: ControlInfo) -> str:
    """The range or the choices, in brackets; empty if there is neither."""
    if info.low is not None and info.high is not None:
        return f" ({format_value(info.low)} to {format_value(info.high)})"
    return f" ({', '.join(info.choices)})" if info.choices else ""
