"""What is this? What a panel, a control or a button is, as headings with sentences; the text, without a widget."""

from __future__ import annotations

import html
from typing import NamedTuple

from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from ganstudio.core.control import ControlInfo
from ganstudio.core.system.printable import printable
from ganstudio.core.system.wording import format_value
from ganstudio.ui.main.control_lines import titled
from ganstudio.ui.panel import Panel
from ganstudio.ui.state.control_setting import Owner, owned_controls, restarts, value_now
from ganstudio.ui.state.keys import retold
from ganstudio.ui.state.run_model import RunModel

PARTS = ("control.", "box.", "reset.", "browse.")  # beginnings of the names of a control's widgets
UNKNOWN = "This part says nothing more of itself. F1 explains the panel that it is in."


class Section(NamedTuple):
    """A heading and what is said below it."""

    title: str  # empty: none
    text: str
    formula: bool = False  # LaTeX


class Explanation(NamedTuple):
    """What something is."""

    title: str
    sections: list[Section]


def of_panel(panel: Panel) -> Explanation:
    """What a panel shows, how to read it, and what healthy and sick runs look like there."""
    sections = [Section("What it shows", panel.help), Section("How to read it", panel.reading),
                Section("A run that goes well", panel.healthy), Section("A run that goes wrong", panel.sick),
                Section("Formula", panel.formula, formula=True), Section("Paper", panel.papers)]
    return Explanation(panel.title, [section._replace(text=section.text if section.formula else retold(section.text))
                                     for section in sections if section.text])


def of_control(run: RunModel, owner: Owner, info: ControlInfo, idle: str = "") -> Explanation:
    """What a control does, what it may be, and what it is in this run, in its preset and in the paper.

    Args:
        run: Of which it is.
        owner: Whose control it is.
        info: Its description.
        idle: Why it does nothing now; empty if it acts.
    """
    unit = f" {info.unit}" if info.unit else ""
    lines = [f"Now: {_value(value_now(run, owner, info))}{unit}", f"Default: {_value(info.default)}{unit}"]
    variant, started = run.variant, run.started
    if started is not None and owner != "data":
        preset = started.preset_controls if owner == "variant" else started.preset_network
        lines.append(f"In the preset “{started.spec.preset}”: {_value(preset.get(info.name, info.default))}{unit}")
        paper = next((each for each in variant.presets if each.name == "paper"), None) if variant is not None else None
        if paper is not None:
            values = paper.controls if owner == "variant" else paper.network
            lines.append(f"In the paper's preset: {_value(values.get(info.name, info.default))}{unit}. {paper.source}")
    allowed = ""
    if info.low is not None and info.high is not None:
        scale = ", on a logarithmic scale" if info.scale == "log" else ""
        allowed = f"{format_value(info.low)} to {format_value(info.high)}{unit}{scale}."
    elif info.choices:
        allowed = f"One of {', '.join(info.choices)}."
    elif info.kind == "toggle":
        allowed = "On or off."
    effect = "A change restarts the run." if restarts(owner, info) else "A change applies at the next update."
    if idle:
        effect = f"No effect now: {idle}. {effect}"
    sections = [Section("What it does", info.help), Section("Allowed", allowed),
                Section("Values", "\n".join(lines)), Section("When it acts", effect),
                Section("On the command line", f"--{_option(owner)} {info.name}={_value(value_now(run, owner, info))}")]
    title = titled(info)
    return Explanation(f"{title[:1].upper()}{title[1:]}", [section for section in sections if section.text])


def of_widget(widget: QWidget, run: RunModel) -> Explanation:
    """What a widget is: a control, or something with a tooltip, or else the panel that it is in."""
    each: QWidget | None = widget
    while each is not None and not isinstance(each, Panel | QDockWidget) and not each.isWindow():
        found = control_of(each, run)
        if found is not None:
            return of_control(run, *found, idle=str(getattr(each.parentWidget(), "idle", "")))
        if each.toolTip() or each.accessibleDescription():
            name = each.accessibleName() or each.objectName()
            return Explanation(name[:1].upper() + name[1:], [Section("", retold(_plain(
                each.toolTip() or each.accessibleDescription())))])
        each = each.parentWidget()
    if isinstance(each, Panel):
        return of_panel(each)
    return Explanation("What is this?", [Section("", UNKNOWN)])


def control_of(widget: QWidget, run: RunModel) -> tuple[Owner, ControlInfo] | None:
    """Whose control a widget belongs to, and its description; None if it is no part of one."""
    name = widget.objectName()
    part = next((part for part in PARTS if name.startswith(part)), None)
    if part is None:
        return None
    wanted = name.removeprefix(part)
    return next(((owner, info) for owner, info in owned_controls(run) if info.name == wanted), None)


def panel_at_hand(window: QMainWindow, focus: QWidget | None, under: QWidget | None) -> Panel | None:
    """The panel that has the focus, else the one under the pointer; None if there is neither."""
    for widget in (focus, under):
        each = widget
        while each is not None and each.window() is window:
            if isinstance(each, QDockWidget) and isinstance(panel := each.widget(), Panel):
                return panel
            each = each.parentWidget()
    return None


def _option(owner: Owner) -> str:
    return {"variant": "set", "network": "net-set", "data": "data-set"}[owner]


def _value(value: object) -> str:
    return printable(format_value(value)) or "empty"


def _plain(text: str) -> str:
    """A tooltip, which may be rich text, without its marks."""
    if "<" not in text:
        return text
    cut, inside = [], False
    for sign in text.replace("<br>", "\n"):
        if sign in "<>":
            inside = sign == "<"
        elif not inside:
            cut.append(sign)
    return html.unescape("".join(cut))
